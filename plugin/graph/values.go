package graph

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// The functions below take a value of a parameters.json, and say what is wrong with it; "" means nothing.

// takeAuthority takes "https://host/tenant".
func (p *Parameters) takeAuthority(raw json.RawMessage) (what string) {
	address, what := textOf(raw)
	if what != "" {
		return what
	}
	u, what := parseAddress(address, "https://login.microsoftonline.com/common")
	switch {
	case what != "":
		return what
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(address, "#"):
		return "must not have anything behind the tenant (no ? and no #)"
	}
	p.AuthorityHost, p.Tenant = plainHost(u), strings.TrimSuffix(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	switch lower := strings.ToLower(p.Tenant); {
	case lower == "":
		return "names no tenant; it ends in a tenant's GUID or domain name, as in https://" + text.Clean(u.Host) + "/common"
	case strings.Contains(lower, "enter_the") || strings.HasPrefix(lower, "your"):
		return "still has the sample's placeholder for the tenant; put the tenant's GUID or domain name there"
	case !authority.IsTenant(p.Tenant):
		return "does not end in one tenant: a GUID, a domain name, common, organizations or consumers"
	}
	return ""
}

func (p *Parameters) takeClient(raw json.RawMessage) (what string) {
	id, what := textOf(raw)
	p.ClientID = strings.ToLower(id)
	switch {
	case what != "" || authority.IsClientID(id):
		return what
	case strings.Contains(p.ClientID, "your") || strings.Contains(p.ClientID, "enter") || strings.ContainsAny(id, "<>{}"):
		return "is still the sample's placeholder; put the application (client) ID of your app registration there"
	}
	return "is not a GUID; it is the application (client) ID that the app registration shows"
}

// takeScopes takes a list of scopes, and at least one that is not of the sign-in alone. That they are all of one
// resource is for Authority.Scopes to say, which knows what a bare word is a scope of.
func (p *Parameters) takeScopes(raw json.RawMessage) (what string) {
	var texts []*string
	if raw[0] != '[' || json.Unmarshal(raw, &texts) != nil || slices.Contains(texts, nil) {
		return `has to be a list of texts, as in ["User.Read"]`
	}
	for _, s := range texts {
		switch {
		case !authority.IsScope(*s) || strings.Contains(*s, ","):
			return "has an entry that is not one scope: they stand in quotes each, with commas in between"
		case !authority.OfSignIn(*s):
			p.Scopes = append(p.Scopes, *s)
		}
	}
	if len(p.Scopes) == 0 {
		return "asks for nothing; User.Read is the one for the person's own profile"
	}
	return ""
}

func (p *Parameters) takeEndpoint(raw json.RawMessage) (what string) {
	if p.Endpoint, what = textOf(raw); what == "" {
		_, what = parseEndpoint(p.Endpoint)
	}
	return what
}

// textOf returns a text.
func textOf(raw json.RawMessage) (s, what string) {
	switch {
	case raw[0] != '"' || json.Unmarshal(raw, &s) != nil:
		return "", "has to be a text in quotes"
	case strings.TrimSpace(s) == "":
		return "", "is empty"
	case text.Clean(s) != s:
		return "", "holds control or invisible characters"
	}
	return s, ""
}

// parseAddress parses an https address, such as example.
func parseAddress(address, example string) (u *url.URL, what string) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return nil, "is not an address such as " + example
	case u.Scheme != "https":
		return nil, "has to begin with https://"
	case u.User != nil:
		return nil, "must not hold a user name or password"
	}
	return u, ""
}

// plainHost is the host in lower case, with its port if that is not the one of https.
func plainHost(u *url.URL) string { return strings.TrimSuffix(strings.ToLower(u.Host), ":443") }

// CheckEndpoint splits the address of a Graph endpoint into the origin and path of a Query, if its host is one
// of graphs: "graph.microsoft.com", with a port if it is not 443. Errors are *ParametersError without a
// File.
func CheckEndpoint(endpoint string, graphs []string) (origin, path string, err error) {
	u, what := parseEndpoint(endpoint)
	if what != "" {
		return "", "", &ParametersError{Key: "endpoint", What: what}
	}
	host := plainHost(u)
	if !slices.Contains(graphs, host) {
		return "", "", &ParametersError{Key: "endpoint", What: "is on " + text.Short(host, 100) +
			", which is no Graph of this authority: " + strings.Join(graphs, ", ")}
	}
	return "https://" + host, u.RequestURI(), nil
}

// parseEndpoint checks all of an endpoint but its host.
func parseEndpoint(endpoint string) (u *url.URL, what string) {
	u, what = parseAddress(endpoint, "https://graph.microsoft.com/v1.0/me")
	switch {
	case what != "":
		return nil, what
	case strings.Contains(endpoint, "#"):
		return nil, "must not have a #"
	case strings.Trim(u.Path, "/") == "":
		return nil, "has no path, such as /v1.0/me"
	case text.Clean(endpoint) != endpoint:
		return nil, "holds control or invisible characters"
	}
	return u, ""
}
