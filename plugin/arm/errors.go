package arm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Error is a refusal of Azure Resource Manager. All its text is clean.
// https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
type Error struct {
	Host      string
	Path      string // what was asked for, without a query
	Status    int    // HTTP status
	Code      string // "AuthorizationFailed"; "" if the answer had none
	Message   string // the service's words; "" if the answer had none
	RequestID string // what Microsoft's support asks for; "" if the answer had none
}

func (e *Error) Error() string {
	what := fmt.Sprintf("%s refused %s: %s", e.Host, e.Path, e.status())
	if e.Message != "" {
		what += ": " + strings.TrimRight(e.Message, ". ")
	}
	if hint := e.hint(); hint != "" {
		what += "; " + hint
	}
	return what + e.support()
}

// hint says whose turn it is.
func (e *Error) hint() string {
	switch {
	case e.Code == "InvalidAuthenticationTokenTenant":
		return "name the tenant of the subscription"
	case e.Status == http.StatusUnauthorized:
		return "sign in again"
	case e.Status == http.StatusForbidden:
		return "whoever manages it has to give the account a role such as Reader"
	}
	return ""
}

// status is the HTTP status with its words, and the service's code.
func (e *Error) status() string {
	status := fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
	if e.Code != "" {
		status += ", " + e.Code
	}
	return status
}

// support is what to quote to Microsoft's support.
func (e *Error) support() string {
	if e.RequestID == "" {
		return ""
	}
	return " (request ID " + e.RequestID + ")"
}

// Class is refused.
func (e *Error) Class() failure.Class { return failure.Refused }

// orChallenge is e, or what asks for another token.
func (e *Error) orChallenge(h http.Header) error {
	if e.Status == http.StatusUnauthorized {
		if wanted := claims.Challenge(h.Values("WWW-Authenticate")); wanted != "" {
			return &plugin.ChallengeError{Claims: wanted, Err: e}
		}
	}
	return e
}

// newError makes an Error of an answer that is no success.
func newError(u *url.URL, resp *http.Response, body []byte) *Error {
	var in struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &in) // best effort: where a part has another type, the others are still good
	e := &Error{Host: u.Host, Path: text.Clean(u.Path), Status: resp.StatusCode, Code: text.Redact(in.Error.Code, 100),
		Message: strings.TrimSpace(text.Redact(in.Error.Message, 400)), RequestID: text.Redact(resp.Header.Get("x-ms-request-id"), 64)}
	if e.Message != "" && strings.Contains("{[<", e.Message[:1]) { // JSON or a page
		e.Message = ""
	}
	return e
}
