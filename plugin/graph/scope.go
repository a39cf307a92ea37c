package graph

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// scopesOf checks the list under the key scope: at least one, and all of one resource, since a token is
// for one. What every sign-in asks for anyway (openid, profile, offline_access) is left out.
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
		case s == "" || strings.ContainsAny(s, " \t\n\r,\"\\") || text.Clean(s) != s:
			return wrong("has an entry that is not one scope: they stand in quotes each, with commas in between")
		case !slices.Contains([]string{"openid", "profile", "offline_access"}, strings.ToLower(s)):
			scopes = append(scopes, s)
		}
	}
	if len(scopes) == 0 {
		return wrong("asks for nothing; User.Read is the one for the person's own profile")
	}
	if len(resourcesOf(scopes)) > 1 {
		return wrong("names scopes of more than one resource; a token is for one")
	}
	return scopes, nil
}

// graphResource stands for the resource of scopes without one, "User.Read", and for Graph's other names.
const graphResource = "https://graph.microsoft.com"

// resourcesOf returns the resources of scopes, each once:
// https://learn.microsoft.com/entra/identity-platform/scopes-oidc
func resourcesOf(scopes []string) []string {
	var all []string
	bare := false
	for _, s := range scopes {
		if r := resourceOf(s); r == "" {
			bare = true
		} else if !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	// Without a resource the scope is one of the Graph of the authority, under whichever name.
	if bare && !(len(all) == 1 && isGraphName(all[0])) {
		all = append(all, graphResource)
	}
	return all
}

// resourceOf returns what stands before the last "/" of a scope, and Graph's address for its GUID.
func resourceOf(scope string) string {
	i := strings.LastIndex(scope, "/")
	if i < 0 {
		return ""
	}
	r := strings.TrimRight(strings.ToLower(scope[:i]), "/")
	if r == "00000003-0000-0000-c000-000000000000" {
		return graphResource
	}
	return r
}

func isGraphName(resource string) bool {
	u, err := url.Parse(resource)
	return err == nil && slices.Contains([]string{"graph.microsoft.com", "graph.microsoft.us",
		"dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"}, u.Host)
}
