package graph

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/https"
)

func TestBusy(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	const s = time.Second
	for name, test := range map[string]struct {
		status     int
		times      int // of the status, before the answer
		retryAfter string
		date       string
		slept      []time.Duration
		fails      string // what the error says; "" if there is none
	}{
		"429, seconds":             {429, 2, "7", "", []time.Duration{7 * s, 7 * s}, ""},
		"429, 0 seconds":           {429, 2, "0", "", []time.Duration{0, 0}, ""},
		"429, no header":           {429, 3, "", "", []time.Duration{1 * s, 2 * s, 4 * s}, ""},
		"429, no sense":            {429, 1, "soon", "", []time.Duration{1 * s}, ""},
		"429, negative":            {429, 1, "-5", "", []time.Duration{1 * s}, ""},
		"429, a date":              {429, 1, date(9 * s), "-", []time.Duration{9 * s}, ""},
		"429, a date that is over": {429, 1, date(-9 * s), "-", []time.Duration{0}, ""},
		"429, date by their clock": {429, 1, date(time.Hour + 9*s), date(time.Hour), []time.Duration{9 * s}, ""},
		"429, 60 s in all":         {429, 2, "30", "", []time.Duration{30 * s, 30 * s}, ""},
		"429, over 60 s in all":    {429, 3, "25", "", []time.Duration{25 * s, 25 * s}, "after 3 tries"},
		"429, 61 s":                {429, 1, "61", "", nil, "asks to wait for 1m1s"},
		"429, 1e9 s":               {429, 1, "1000000000", "", nil, "429 Too Many Requests, TooManyRequests"},
		"429, 1e30 s":              {429, 1, "1000000000000000000000000000000", "", nil, "asks to wait for 24h0m0s"},
		"429 for ever":             {429, 99, "1", "", []time.Duration{1 * s, 1 * s, 1 * s}, "after 4 tries (request ID " + requestID + ")"},
		"503":                      {503, 1, "2", "", []time.Duration{2 * s}, ""},
		"503 for ever":             {503, 99, "", "", []time.Duration{1 * s, 2 * s, 4 * s}, "503 Service Unavailable"},
		"500":                      {500, 1, "", "", []time.Duration{1 * s}, ""},
		"502":                      {502, 1, "", "", []time.Duration{1 * s}, ""},
		"504":                      {504, 1, "", "", []time.Duration{1 * s}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			mux := http.NewServeMux()
			mux.HandleFunc("GET /v1.0/me", func(w http.ResponseWriter, req *http.Request) {
				if int(asked.Add(1)) > test.times {
					says(200, megan)(w, req)
					return
				}
				if test.retryAfter != "" {
					w.Header().Set("Retry-After", test.retryAfter)
				}
				switch test.date {
				case "":
				case "-":
					w.Header()["Date"] = nil
				default:
					w.Header().Set("Date", test.date)
				}
				says(test.status, graphError("TooManyRequests", "x"))(w, req)
			})
			m, slept := serve(t, mux)
			m.Now = func() time.Time { return now }
			notes := 0
			m.Note = func(string) { notes++ }
			got, err := reply(t, m)
			if !slices.Equal(*slept, test.slept) || notes != len(*slept) {
				t.Errorf("it slept %v with %d notes, want %v", *slept, notes, test.slept)
			}
			if test.fails == "" {
				if err != nil || !strings.Contains(got, "Megan Bowen") {
					t.Errorf("got %v and %q", err, got)
				}
				return
			}
			var network *https.NetworkError
			if !errors.As(err, &network) || !strings.Contains(err.Error(), test.fails) {
				t.Errorf("got %v (%T), want it to say %q", err, err, test.fails)
			}
		})
	}
}

// The 60 seconds are for the person and the manager together.
func TestBusyTwice(t *testing.T) {
	var asked atomic.Int32
	busy := func(w http.ResponseWriter, req *http.Request) {
		if asked.Add(1)%2 == 0 {
			says(200, megan)(w, req)
			return
		}
		w.Header().Set("Retry-After", "40")
		w.WriteHeader(429)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1.0/me", busy)
	mux.HandleFunc("GET /v1.0/me/manager", busy)
	m, slept := serve(t, mux)
	m.Manager = true
	var network *https.NetworkError
	if _, err := reply(t, m); !errors.As(err, &network) || len(*slept) != 1 {
		t.Errorf("got %v after %v", err, *slept)
	}
}

func TestNetworkErrors(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1.0/me", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	m, _ := serve(t, mux)
	m.Path = "/v1.0/me?$select=secretlyNamed"
	var network *https.NetworkError
	_, err := reply(t, m)
	if !errors.As(err, &network) || strings.Contains(err.Error(), "secretlyNamed") {
		t.Errorf("got %v (%T)", err, err)
	}
	m.Origin = "https://127.0.0.1:1" // not the host that HTTP is made for
	var answer *https.AnswerError
	if _, err := reply(t, m); !errors.As(err, &answer) {
		t.Errorf("got %v (%T)", err, err)
	}
}
