package entratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// An OAuthError is an error answer of the authority. AADSTS 0 leaves the number out.
type OAuthError struct {
	Error       string // "invalid_grant"
	AADSTS      int    // 50173
	Suberror    string
	Description string // without the number and the trace lines, which are added
	Claims      string // JSON, as text
	Status      int    // of HTTP; 0 is 400, or 401 for invalid_client
}

func (e *OAuthError) status() int {
	switch {
	case e.Status != 0:
		return e.Status
	case e.Error == "invalid_client":
		return http.StatusUnauthorized
	case e.Error == "temporarily_unavailable":
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// describe returns an OAuthError for a number of
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
func describe(name string, aadsts int, format string, args ...any) *OAuthError {
	return &OAuthError{Error: name, AADSTS: aadsts, Description: fmt.Sprintf(format, args...)}
}

// numbered is the description with the number in front.
func (e *OAuthError) numbered() string {
	if e.AADSTS == 0 {
		return e.Description
	}
	return fmt.Sprintf("AADSTS%d: %s", e.AADSTS, e.Description)
}

// writeOAuthError writes Entra's error shape: the description ends with trace ID, correlation ID and time, which stand in fields of their own, too.
func writeOAuthError(w http.ResponseWriter, req *http.Request, e *OAuthError) {
	now := dateOf(w).Format("2006-01-02 15:04:05Z")
	trace, correlation := newGUID(), req.Header.Get("client-request-id")
	if !validGUID(correlation) {
		correlation = newGUID()
	}
	codes := []int{}
	if e.AADSTS != 0 {
		codes = []int{e.AADSTS}
	}
	body := map[string]any{
		"error":             e.Error,
		"error_description": fmt.Sprintf("%s Trace ID: %s Correlation ID: %s Timestamp: %s", e.numbered(), trace, correlation, now),
		"error_codes":       codes,
		"timestamp":         now,
		"trace_id":          trace,
		"correlation_id":    correlation,
	}
	if e.AADSTS != 0 {
		body["error_uri"] = fmt.Sprintf("https://%s/error?code=%d", req.Host, e.AADSTS)
	}
	if e.Suberror != "" {
		body["suberror"] = e.Suberror
	}
	if e.Claims != "" {
		body["claims"] = e.Claims
	}
	writeJSON(w, e.status(), body)
}

// writeStatus is the answer of a service in trouble, in the shape of the endpoint.
func (s *Server) writeStatus(w http.ResponseWriter, req *http.Request, endpoint string, status int) {
	switch endpoint {
	case "me", "manager", "users":
		writeGraphError(w, req, status, graphCode(status), http.StatusText(status)+".")
	case "arm":
		s.writeARMStatus(w, status)
	case "whoami", "version", "kube":
		writeKubeStatus(w, status, http.StatusText(status))
	case "appservice", "azureml":
		writeAppServiceError(w, status, http.StatusText(status))
	case "registry", "repository", "exchange", "registry-token":
		writeRegistryStatus(w, status)
	case "pipelines":
		writePipelinesError(w, status, http.StatusText(status))
	case "servicefabric", "cloudshell":
		writeCodedError(w, status, strings.ReplaceAll(http.StatusText(status), " ", ""), http.StatusText(status))
	default:
		e := describe("temporarily_unavailable", 90033, "A transient error has occurred. Please try again.")
		if status < 500 && status != http.StatusTooManyRequests {
			e = describe("invalid_request", 900144, "The request is not valid.")
		}
		e.Status = status
		writeOAuthError(w, req, e)
	}
}

// oauthError reads the error code out of an answer of the token endpoint, for the log.
func (a *answer) oauthError(endpoint string) string {
	if endpoint != "token" && endpoint != "devicecode" || a.status < 400 {
		return ""
	}
	var body struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(a.body.Bytes(), &body) != nil {
		return ""
	}
	return body.Error
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.Encode(body)
}

func validGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range s {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') {
			return false
		} else if !dash && !strings.ContainsRune("0123456789abcdefABCDEF", c) {
			return false
		}
	}
	return true
}

// dateOf is the time that the answer carries: the server's clock, set wrong or not.
func dateOf(w http.ResponseWriter) time.Time {
	if t, err := http.ParseTime(w.Header().Get("Date")); err == nil {
		return t.UTC()
	}
	return time.Now().UTC()
}
