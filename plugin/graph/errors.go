package graph

import (
	"net/http"
	"strings"

	"github.com/entralogin/entralogin/plugin/https"
)

// Error is a refusal of Graph: https://learn.microsoft.com/graph/errors
type Error struct {
	https.Refusal
	Needs string // for a 403, the least delegated permission that Path needs, if known
}

func (e *Error) Error() string {
	if e.Needs == "" {
		return e.Describe("")
	}
	return e.Describe("it needs the delegated permission " + e.Needs + ", consented to for this client")
}

// NeedsPerson reports whether Graph refused since no person has signed in, but an application has:
// https://learn.microsoft.com/graph/api/user-get
func (e *Error) NeedsPerson() bool {
	return e.Status == http.StatusBadRequest && strings.Contains(e.Message, "delegated authentication flow")
}

// newError makes an Error of an answer that is no success.
func newError(resp *response) *Error {
	e := &Error{Refusal: https.ReadRefusal(resp.host, resp.path, resp.status, resp.header, resp.body)}
	if resp.status == http.StatusForbidden {
		e.Needs = permission(resp.path)
	}
	return e
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
