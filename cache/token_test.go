package cache

import (
	"testing"
	"time"
)

func TestTokenTimes(t *testing.T) {
	const hour = time.Hour
	for name, test := range map[string]struct {
		life         time.Duration // from being obtained to Expires
		until        time.Duration
		margin       time.Duration
		fresh, valid time.Duration // the last second of each
	}{
		"an hour":                   {hour, hour, 5 * time.Minute, 55*time.Minute - time.Second, hour - time.Second},
		"50 minutes":                {50 * time.Minute, 50 * time.Minute, 5 * time.Minute, 45*time.Minute - time.Second, 50*time.Minute - time.Second},
		"10 minutes":                {10 * time.Minute, 10 * time.Minute, time.Minute, 9*time.Minute - time.Second, 10*time.Minute - time.Second},
		"10 seconds":                {10 * time.Second, 10 * time.Second, time.Second, 8 * time.Second, 9 * time.Second},
		"24 hours":                  {24 * hour, 24 * hour, 5 * time.Minute, 24*hour - 5*time.Minute - time.Second, 24*hour - time.Second},
		"28 hours: capped":          {28 * hour, 24 * hour, 5 * time.Minute, 24*hour - 5*time.Minute - time.Second, 24*hour - time.Second},
		"a century: capped":         {100 * 365 * 24 * hour, 24 * hour, 5 * time.Minute, 24*hour - 5*time.Minute - time.Second, 24*hour - time.Second},
		"none":                      {0, 0, 0, -time.Hour, -time.Hour},
		"ended before it was there": {-hour, -hour, 0, -2 * hour, -2 * hour},
	} {
		token := Token{Value: NewSecret("x"), Obtained: testStart, Expires: testStart.Add(test.life)}
		if got := token.Until(); !got.Equal(testStart.Add(test.until)) {
			t.Errorf("%s: until %v", name, got)
		}
		if got := token.Margin(); got != test.margin {
			t.Errorf("%s: margin %v", name, got)
		}
		if at := testStart.Add(test.fresh); test.fresh > 0 && (!token.Fresh(at) || token.Fresh(at.Add(time.Second))) {
			t.Errorf("%s: the last fresh second is not %v", name, at)
		}
		if at := testStart.Add(test.valid); test.valid > 0 && (!token.Valid(at) || token.Valid(at.Add(time.Second))) {
			t.Errorf("%s: the last valid second is not %v", name, at)
		}
		if test.life <= 0 && (token.Valid(testStart) || token.Fresh(testStart)) {
			t.Errorf("%s: is valid", name)
		}
	}
}

func TestTokenOfTheYear9999(t *testing.T) {
	s, _ := newStore(t)
	token := Token{Value: NewSecret("x"), Kind: Access, Obtained: testStart, Expires: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)}
	must(t, s.KeepToken(testKey, token))
	got, err := both(t, s, testKey)
	must(t, err)
	if !got.Fresh(testStart.Add(23*time.Hour)) || got.Fresh(testStart.Add(24*time.Hour-5*time.Minute)) || got.Valid(testStart.Add(24*time.Hour)) {
		t.Errorf("it is believed until %v", got.Until())
	}
}

func TestTokenAndTheClock(t *testing.T) {
	token := Token{Value: NewSecret("x"), Obtained: testStart, Expires: testStart.Add(time.Hour)}
	for name, test := range map[string]struct {
		token Token
		now   time.Time
		want  bool
	}{
		"just now":                     {token, testStart, true},
		"clock back by 5 minutes":      {token, testStart.Add(-5 * time.Minute), true},
		"clock back by more":           {token, testStart.Add(-5*time.Minute - time.Second), false},
		"clock back by a year":         {token, testStart.AddDate(-1, 0, 0), false},
		"clock forward by a year":      {token, testStart.AddDate(1, 0, 0), false},
		"no text":                      {Token{Obtained: testStart, Expires: token.Expires}, testStart, false},
		"no expiry":                    {Token{Value: token.Value, Obtained: testStart}, testStart, false},
		"nobody knows since when":      {Token{Value: token.Value, Expires: token.Expires}, testStart, false},
		"the zero token, long ago":     {Token{}, time.Time{}, false},
		"the same instant, other zone": {token, testStart.In(time.FixedZone("", 14*3600)), true},
	} {
		if test.token.Valid(test.now) != test.want || test.token.Fresh(test.now) != test.want {
			t.Errorf("%s: valid %v, fresh %v", name, test.token.Valid(test.now), test.token.Fresh(test.now))
		}
	}
}
