package graph

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Error is a refusal of Graph: https://learn.microsoft.com/graph/errors
// All its text has been through text.Clean.
type Error struct {
	Host      string
	Path      string // what was asked for, without a query
	Status    int    // HTTP status
	Code      string // Graph's code, "Authorization_RequestDenied"; "" if the answer had none
	Message   string // Graph's words; "" if the answer had none
	RequestID string // what Microsoft's support asks for; "" if the answer had none
	Needs     string // for a 403, the least delegated permission that Path needs, if known
}

func (e *Error) Error() string {
	what := fmt.Sprintf("%s refused %s: %s", e.Host, e.Path, e.status())
	if e.Message != "" {
		what += ": " + strings.TrimRight(e.Message, ". ")
	}
	if e.Needs != "" {
		what += "; it needs the delegated permission " + e.Needs + ", consented to for this client"
	}
	return what + e.support()
}

// status is the HTTP status with its words, and Graph's code.
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

// NeedsPerson reports whether Graph refused since no person has signed in, but an application has:
// https://learn.microsoft.com/graph/api/user-get
func (e *Error) NeedsPerson() bool {
	return e.Status == http.StatusBadRequest && strings.Contains(e.Message, "delegated authentication flow")
}

// Class is refused.
func (e *Error) Class() failure.Class { return failure.Refused }

// newError makes an Error of an answer that is no success.
func newError(resp *response) *Error {
	var body struct {
		Error struct {
			Code       string `json:"code"`
			Message    string `json:"message"`
			InnerError struct {
				RequestID string `json:"request-id"`
			} `json:"innerError"`
		} `json:"error"`
	}
	// Best effort: where a part of it has another type, the others are still good.
	_ = json.Unmarshal(resp.body, &body)
	e := &Error{Host: resp.host, Path: text.Clean(resp.path), Status: resp.status, Code: text.Redact(body.Error.Code, 100),
		Message: words(body.Error.Message), RequestID: text.Redact(cmp.Or(body.Error.InnerError.RequestID, resp.header.Get("request-id")), 64)}
	if resp.status == http.StatusForbidden {
		e.Needs = permission(resp.path)
	}
	return e
}

// words returns a message for a person: nothing where the service wrapped JSON or a page into it.
func words(message string) string {
	message = strings.TrimSpace(text.Redact(message, 400))
	if message == "" || strings.Contains("{[<", message[:1]) {
		return ""
	}
	return message
}

// permission names the least privileged delegated permission for path, as the pages of the Graph
// reference do: https://learn.microsoft.com/graph/permissions-reference
func permission(path string) string {
	seg := segments(path)
	switch last := seg[len(seg)-1]; {
	case last == "manager":
		return "User.Read.All"
	case last == "me":
		return "User.Read"
	case last == "memberOf" && len(seg) > 1 && seg[len(seg)-2] == "me":
		return "User.Read"
	case last == "memberOf":
		return "User.Read.All"
	case last == "groups":
		return "GroupMember.Read.All (or Group.Read.All)"
	case last == "users", isPerson(path):
		return "User.ReadBasic.All (or User.Read.All)"
	}
	return ""
}
