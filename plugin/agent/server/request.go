package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	strictjson "sigs.k8s.io/json"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// What a request may have at most: none of ours has more. The claims are those of a challenge.
const (
	mostScopes  = 20
	mostText    = 2 << 10 // bytes of any one text
	mostClaims  = 16 << 10
	longestLife = 24 * 60 * 60 // seconds; tokens are not believed longer
)

// readRequest reads the body of a request. Its errors are for the one who sent it.
func readRequest(w http.ResponseWriter, r *http.Request) (agent.Request, *agent.Error) {
	blob, err := io.ReadAll(r.Body)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return agent.Request{}, misuse(fmt.Sprintf("the request has more than %d bytes", tooLarge.Limit))
	}
	if err != nil {
		return agent.Request{}, misuse("the request does not come to an end")
	}
	patient(w)
	return parseRequest(blob)
}

func misuse(what string) *agent.Error {
	return &agent.Error{Code: agent.Failed, Class: failure.Usage, Message: what}
}

// parseRequest takes one JSON object and nothing else: no second value after it, no name twice or unknown. So nobody can
// read another request in it than the one that is checked here.
func parseRequest(blob []byte) (r agent.Request, wrong *agent.Error) {
	strict, err := strictjson.UnmarshalStrict(blob, &r)
	switch first := strings.TrimLeft(string(blob[:min(len(blob), 64)]), " \t\r\n"); {
	case err != nil || !strings.HasPrefix(first, "{") || !utf8.Valid(blob):
		return agent.Request{}, misuse("the request is no JSON object of a request's fields")
	case len(strict) > 0:
		return agent.Request{}, misuse("the request has a field twice, or one that is not known here: the other side may be of a newer version")
	}
	if what := wrongIn(r); what != "" {
		return agent.Request{}, misuse("the request " + what)
	}
	return r, nil
}

// wrongIn says what is wrong with a request's values, "" if nothing is.
func wrongIn(r agent.Request) string {
	for _, s := range append([]string{r.Authority, r.Tenant, r.Client, r.Account, r.Kind, r.Asker, r.Unattended}, r.Scopes...) {
		if len(s) > mostText {
			return "has a text that is too long"
		}
	}
	switch {
	case !authority.IsVisible(r.Authority) || strings.ContainsAny(r.Authority, "/@?#%\\"):
		return "names no host of a sign-in service"
	case !authority.IsTenant(r.Tenant):
		return "names no tenant"
	case !authority.IsClientID(r.Client):
		return "names no application"
	case r.Account != "" && (text.Clean(r.Account) != r.Account || strings.ContainsAny(r.Account, " /\\")):
		return "names no account"
	case r.Kind != "" && r.Kind != string(cache.Access) && r.Kind != string(cache.ID):
		return "wants an unknown kind of token"
	case len(r.Scopes) > mostScopes:
		return "has too many scopes"
	case len(r.Claims) > mostClaims || r.Claims != "" && !isObject(r.Claims):
		return "has claims that are no JSON object"
	case r.Least < 0 || r.Least > longestLife:
		return "wants a life that no token has"
	}
	for _, scope := range r.Scopes {
		if !authority.IsScope(scope) {
			return "has a scope that is none"
		}
	}
	return ""
}

func isObject(s string) bool {
	var o map[string]json.RawMessage
	return json.Unmarshal([]byte(s), &o) == nil && o != nil
}
