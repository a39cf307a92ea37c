package entra

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

var (
	errSession = errors.New("the stored session is damaged; signing out removes it")
	errNoJSON  = errors.New("is no JSON (a proxy, or a sign-in page of the network?)")
)

// ScopesError says that the service granted a token, but for none of the scopes that were asked for.
type ScopesError struct {
	Declined []string
}

func (e *ScopesError) Error() string {
	return "the service granted none of the scopes: " + strings.Join(e.Declined, " ")
}

// Class is refused.
func (e *ScopesError) Class() failure.Class { return failure.Refused }

// Error is a refusal of the token service: an OAuth 2.0 error answer (RFC 6749, section 5.2) with what
// Entra adds to it, or a mere HTTP status. All text is cleaned.
//
// See https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
type Error struct {
	Code          string // "invalid_grant"; "" where there was no OAuth error
	AADSTS        int    // 50173; 0 if the service named no number
	Also          []int  // further numbers that are known here
	Suberror      string
	Description   string // without the number and the trace lines
	CorrelationID string
	TraceID       string
	Claims        string        // claims challenge to pass on in the next sign-in: a JSON object, or ""
	RetryAfter    time.Duration // what the service asked for, at most a day
	Status        int           // of HTTP
	When          time.Time     // by the service's clock, or else by ours
	Application   bool          // an application has signed in by itself: no person can mend it by signing in
	Assertion     bool          // and it showed another service's token
}

func (e *Error) Error() string {
	var parts []string
	if e.AADSTS != 0 {
		parts = append(parts, "AADSTS"+strconv.Itoa(e.AADSTS))
	} else if e.Code != "" {
		parts = append(parts, e.Code)
	}
	if e.Description != "" {
		parts = append(parts, e.Description)
	}
	if len(parts) == 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("HTTP status %d %s", e.Status, http.StatusText(e.Status))))
	}
	if e.RetryAfter > 0 {
		parts = append(parts, fmt.Sprintf("it asks to wait %v", e.RetryAfter))
	}
	return strings.Join(parts, ": ")
}

// Class is refused.
func (e *Error) Class() failure.Class { return failure.Refused }

// transient reports whether the same request may succeed in a moment.
func (e *Error) transient() bool {
	return e.Status >= 500 || e.Status == http.StatusRequestTimeout || e.Status == http.StatusTooManyRequests ||
		e.Code == "temporarily_unavailable" || e.Code == "server_error" || e.AADSTS == 90033
}

// needsPerson reports whether a sign-in can mend what a refresh token can't. invalid_grant: "The provided
// authorization grant or refresh token is invalid, expired, revoked"
// (https://www.rfc-editor.org/rfc/rfc6749#section-5.2); the others are those of OpenID Connect Core 1.0,
// section 3.1.2.6. 50020, 90072 and 50034: the account is not in this tenant, but another may be.
func (e *Error) needsPerson() bool {
	switch e.Code {
	case "invalid_grant", "interaction_required", "login_required", "consent_required", "account_selection_required":
		return true
	}
	return e.AADSTS == 50020 || e.AADSTS == 90072 || e.AADSTS == 50034
}

// EndsSession reports whether the refresh token serves nothing any more, whatever is asked for: it was revoked, or has
// lived for too long. What a policy wants for one resource, or who has to consent, ends none.
func (e *Error) EndsSession() bool {
	return slices.Contains([]int{50132, 50133, 50173, 70008, 700081, 700082, 700084}, e.AADSTS)
}

// parseError makes an Error of an answer that is no success. ok is false if its body is no OAuth error.
func parseError(rep reply) (e *Error, ok bool) {
	e = &Error{Status: rep.status}
	e.RetryAfter, _ = https.RetryAfter(rep.header, rep.at)
	o, err := parseObject(rep.body)
	if err != nil {
		return e, false
	}
	short := func(name string) string {
		s, _ := o.text(name)
		return text.Redact(s, 64)
	}
	e.Code, e.Suberror, e.CorrelationID, e.TraceID = short("error"), short("suberror"), short("correlation_id"), short("trace_id")
	e.When, _ = time.Parse(timestamp, short("timestamp"))
	description, _ := o.text("error_description")
	e.readTrailer(description)
	described, words := splitDescription(description)
	var codes []int
	if json.Unmarshal(o["error_codes"], &codes) != nil {
		codes = nil
	}
	e.Description = words
	e.AADSTS, e.Also = numbers(described, codes)
	if challenge, _ := o.text("claims"); claims.IsRequest(challenge) { // one that can be sent on
		e.Claims = challenge
	}
	return e, e.Code != ""
}

// timestamp is how the service writes a time.
const timestamp = "2006-01-02 15:04:05Z"

// readTrailer takes correlation ID and time from the end of a description where they have no field of their
// own: "... Trace ID: <GUID> Correlation ID: <GUID> Timestamp: 2026-11-22 10:00:00Z".
func (e *Error) readTrailer(description string) {
	description = text.Clean(description)
	if _, after, _ := strings.Cut(description, "Correlation ID: "); e.CorrelationID == "" && len(after) >= 36 && authority.IsGUID(after[:36]) {
		e.CorrelationID = after[:36]
	}
	if _, after, _ := strings.Cut(description, "Timestamp: "); e.When.IsZero() && len(after) >= len(timestamp) {
		e.When, _ = time.Parse(timestamp, after[:len(timestamp)])
	}
}

// splitDescription takes an error_description apart: "AADSTS50020: What happened. Trace ID: ...".
func splitDescription(s string) (aadsts int, words string) {
	s = text.Clean(s)
	for _, label := range []string{"Trace ID:", "Correlation ID:", "Timestamp:"} {
		s, _, _ = strings.Cut(s, label)
	}
	s = strings.Join(strings.Fields(s), " ")
	if name, after, ok := strings.Cut(s, ":"); ok && strings.HasPrefix(name, "AADSTS") {
		if n := NumberIn(name); name == "AADSTS"+strconv.Itoa(n) {
			aadsts, s = n, strings.TrimSpace(after)
		}
	}
	return aadsts, text.Redact(s, 500)
}
