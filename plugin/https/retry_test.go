package https

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	const day = 24 * time.Hour
	here := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	there := here.Add(time.Hour)
	date := func(at time.Time) string { return at.Format(http.TimeFormat) }
	for name, test := range map[string]struct {
		value, date string
		want        time.Duration
		asked       bool
	}{
		"none":                  {"", "", 0, false},
		"seconds":               {"7", "", 7 * time.Second, true},
		"0 seconds":             {"0", "", 0, true},
		"blanks":                {" 2 ", "", 2 * time.Second, true},
		"1e9 seconds":           {"1000000000", "", day, true},
		"1e26 seconds":          {"100000000000000000000000000", "", day, true},
		"negative":              {"-7", "", 0, false},
		"a sign":                {"+7", "", 0, false},
		"a fraction":            {"7.5", "", 0, false},
		"an exponent":           {"1e9", "", 0, false},
		"Inf":                   {"Inf", "", 0, false},
		"NaN":                   {"NaN", "", 0, false},
		"a word":                {"soon", "", 0, false},
		"a date":                {date(here.Add(9 * time.Second)), "", 9 * time.Second, true},
		"a date, their clock":   {date(there.Add(9 * time.Second)), date(there), 9 * time.Second, true},
		"a date that is over":   {date(here.Add(-9 * time.Second)), "", 0, true},
		"a date far away":       {date(here.Add(1000 * time.Hour)), "", day, true},
		"a date of another age": {"Sunday, 06-Nov-94 08:49:37 GMT", "", 0, true},
	} {
		h := http.Header{"Retry-After": {test.value}, "Date": {test.date}}
		if got, asked := RetryAfter(h, here); got != test.want || asked != test.asked {
			t.Errorf("%s: %v, %v", name, got, asked)
		}
	}
	if got, asked := RetryAfter(http.Header{}, here); got != 0 || asked {
		t.Errorf("no header: %v, %v", got, asked)
	}
}

// Whoever waits for a service ends with the call, and says why.
func TestSleep(t *testing.T) {
	if err := Sleep(t.Context(), time.Nanosecond); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	signal := errors.New("ended by a signal")
	cancel(signal)
	if err := Sleep(ctx, time.Hour); err != signal {
		t.Error(err)
	}
}
