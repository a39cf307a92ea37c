package graph

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
)

// scopesOf checks the list under the key scope: scopes, and at least one that is not of the sign-in alone. That
// they are all of one resource is for Authority.Scopes to say, which knows what a bare word is a scope of.
func scopesOf(raw json.RawMessage) ([]string, *ParametersError) {
	wrong := func(what string) ([]string, *ParametersError) {
		return nil, &ParametersError{Key: "scope", What: what}
	}
	if raw == nil {
		return wrong("is missing")
	}
	var texts []*string
	if raw[0] != '[' || json.Unmarshal(raw, &texts) != nil || slices.Contains(texts, nil) {
		return wrong(`has to be a list of texts, as in ["User.Read"]`)
	}
	var scopes []string
	for _, content := range texts {
		switch s := *content; {
		case !authority.IsScope(s) || strings.Contains(s, ","):
			return wrong("has an entry that is not one scope: they stand in quotes each, with commas in between")
		case !authority.OfSignIn(s):
			scopes = append(scopes, s)
		}
	}
	if len(scopes) == 0 {
		return wrong("asks for nothing; User.Read is the one for the person's own profile")
	}
	return scopes, nil
}
