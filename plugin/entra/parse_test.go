package entra_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra"
)

func TestParseError(t *testing.T) {
	t.Parallel()
	const trace, correlation = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
	for name, tt := range map[string]struct {
		body string
		want entra.Error
		text string
	}{
		"Entra, on one line": {
			`{"error":"invalid_grant","error_description":"AADSTS50173: The grant has expired. Trace ID: ` + trace + ` Correlation ID: ` + correlation + ` Timestamp: 2026-11-22 10:00:00Z","error_codes":[50173],"timestamp":"2026-11-22 10:00:00Z","trace_id":"` + trace + `","correlation_id":"` + correlation + `"}`,
			entra.Error{Code: "invalid_grant", AADSTS: 50173, Description: "The grant has expired.", TraceID: trace, CorrelationID: correlation, Status: 400,
				When: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)},
			"AADSTS50173: The grant has expired.",
		},
		"Entra, on several": {
			`{"error":"invalid_grant","error_description":"AADSTS50173: The grant.\r\nTrace ID: x\r\nCorrelation ID: y\r\nTimestamp: z"}`,
			entra.Error{Code: "invalid_grant", AADSTS: 50173, Description: "The grant.", Status: 400}, "AADSTS50173: The grant.",
		},
		"plain OAuth": {`{"error":"invalid_client"}`, entra.Error{Code: "invalid_client", Status: 400}, "invalid_client"},
		"no fields of their own": {
			`{"error":"invalid_grant","error_description":"AADSTS50173: The grant.\r\nTrace ID: ` + trace + `\r\nCorrelation ID: ` + correlation + `\r\nTimestamp: 2026-11-22 10:00:00Z"}`,
			entra.Error{Code: "invalid_grant", AADSTS: 50173, Description: "The grant.", CorrelationID: correlation, Status: 400,
				When: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)},
			"AADSTS50173: The grant.",
		},
		"several": {`{"error":"x","error_codes":[7,50076,50079,50076,-1,0],"error_description":"AADSTS8: y"}`,
			entra.Error{Code: "x", AADSTS: 50076, Also: []int{50079}, Description: "y", Status: 400}, "AADSTS50076: y"},
		"several, one described": {`{"error":"x","error_codes":[50076,50079],"error_description":"AADSTS50079: y"}`,
			entra.Error{Code: "x", AADSTS: 50079, Also: []int{50076}, Description: "y", Status: 400}, "AADSTS50079: y"},
		"several, none known": {`{"error":"x","error_codes":[7,8]}`, entra.Error{Code: "x", AADSTS: 7, Status: 400}, "AADSTS7"},
		"code in number":      {`{"error":"x","error_codes":[7]}`, entra.Error{Code: "x", AADSTS: 7, Status: 400}, "AADSTS7"},
		"odd types":           {`{"error":"x","error_codes":"7","claims":7,"suberror":[],"error_description":{}}`, entra.Error{Code: "x", Status: 400}, "x"},
		"claims":              {`{"error":"x","claims":"{\"a\":1}"}`, entra.Error{Code: "x", Claims: `{"a":1}`, Status: 400}, "x"},
		"bad claims":          {`{"error":"x","claims":"{\"a\":\"\u202e\"}"}`, entra.Error{Code: "x", Status: 400}, "x"},
		"no claims":           {`{"error":"x","claims":"[]"}`, entra.Error{Code: "x", Status: 400}, "x"},
		"escapes": {`{"error":"x\u001b[31m","error_description":"a\u001b]0;t\u0007\nb\u202e"}`,
			entra.Error{Code: "x[31m", Description: "a]0;t b", Status: 400}, "x[31m: a]0;t b"},
		"big number": {`{"error":"x","error_description":"AADSTS99999999999999999999: y"}`,
			entra.Error{Code: "x", Description: "AADSTS99999999999999999999: y", Status: 400}, "x: AADSTS99999999999999999999: y"},
	} {
		e, ok := entra.ParseError(400, http.Header{}, tt.body)
		if !ok || !reflect.DeepEqual(*e, tt.want) {
			t.Errorf("%s: %+v", name, *e)
		}
		if e.Error() != tt.text {
			t.Errorf("%s: %q", name, e)
		}
	}
	e, ok := entra.ParseError(503, http.Header{}, "<html>")
	if ok || e.Error() != "HTTP status 503 Service Unavailable" {
		t.Errorf("%q", e)
	}
	long, _ := entra.ParseError(400, http.Header{}, `{"error":"x","error_description":"`+strings.Repeat("y", 100000)+`"}`)
	if len(long.Error()) > 600 {
		t.Errorf("%d bytes", len(long.Error()))
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	for v, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "x": 0, "1000000000": 24 * time.Hour, now.Add(time.Minute).Format(http.TimeFormat): time.Minute,
	} {
		e, _ := entra.ParseError(429, http.Header{"Retry-After": {v}, "Date": {now.Format(http.TimeFormat)}}, "")
		if e.RetryAfter != want {
			t.Errorf("%q: %v, want %v", v, e.RetryAfter, want)
		}
	}
}
