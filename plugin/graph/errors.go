package graph

import (
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
	var b strings.Builder
	fmt.Fprintf(&b, "%s refused %s: %d %s", e.Host, e.Path, e.Status, http.StatusText(e.Status))
	if e.Code != "" {
		fmt.Fprintf(&b, ", %s", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", strings.TrimRight(e.Message, ". "))
	}
	if e.Needs != "" {
		fmt.Fprintf(&b, "; it needs the delegated permission %s, consented to for this client", e.Needs)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request ID %s)", e.RequestID)
	}
	return b.String()
}

// Class is refused.
func (e *Error) Class() failure.Class { return failure.Refused }

// ForeignLinkError says that Graph points to an address of another host: a redirect, or the next page of
// a list. It is not followed, since the request would carry the token there.
type ForeignLinkError struct {
	Host string
	To   string // clean host of the address; "" if it has none
	Err  error  // a *https.RedirectError, or nil if it is a list that goes on there
}

func (e *ForeignLinkError) Error() string {
	what := "its list goes on"
	if e.Err != nil {
		what = "its answer is"
	}
	return fmt.Sprintf("%s says that %s at another address (host %q), where the token must not go", e.Host, what, e.To)
}

// Class is refused.
func (e *ForeignLinkError) Class() failure.Class { return failure.Refused }
func (e *ForeignLinkError) Unwrap() error        { return e.Err }

// newError makes an Error of an answer that is no success.
func newError(resp *response) *Error {
	e := &Error{Host: resp.host, Path: text.Clean(resp.path), Status: resp.status}
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
	e.Code = text.Redact(body.Error.Code, 100)
	e.Message = words(body.Error.Message)
	e.RequestID = text.Redact(body.Error.InnerError.RequestID, 64)
	if e.RequestID == "" {
		e.RequestID = text.Redact(resp.header.Get("request-id"), 64)
	}
	if resp.status == http.StatusForbidden {
		e.Needs = permission(resp.path)
	}
	return e
}

// words returns a message for a person: nothing where the service wrapped JSON or a page into it.
func words(message string) string {
	message = strings.TrimSpace(text.Redact(message, 400))
	if strings.HasPrefix(message, "{") || strings.HasPrefix(message, "[") || strings.HasPrefix(message, "<") {
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
	case last == "users", isPerson(path):
		return "User.ReadBasic.All (or User.Read.All)"
	}
	return ""
}
