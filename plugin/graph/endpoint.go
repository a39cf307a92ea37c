package graph

import (
	"net/url"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// CheckEndpoint splits the address of a Graph endpoint into the origin and path of Me, if its host is one
// of graphs: "graph.microsoft.com", with a port if it is not 443. Errors are *ParametersError without a
// File.
func CheckEndpoint(endpoint string, graphs []string) (origin, path string, err error) {
	u, wrong := parseEndpoint(endpoint)
	if wrong != nil {
		return "", "", wrong
	}
	host := plainHost(u)
	if !slices.ContainsFunc(graphs, func(g string) bool { return strings.EqualFold(g, host) }) {
		return "", "", &ParametersError{Key: "endpoint", What: "is on " + text.Short(host, 100) +
			", which is no Graph of this authority: " + strings.Join(graphs, ", ")}
	}
	return "https://" + host, u.RequestURI(), nil
}

// parseEndpoint checks all of an endpoint but its host.
func parseEndpoint(endpoint string) (*url.URL, *ParametersError) {
	u, err := url.Parse(endpoint)
	what := ""
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		what = "is not an address such as https://graph.microsoft.com/v1.0/me"
	case u.Scheme != "https":
		what = "has to begin with https://"
	case u.User != nil:
		what = "must not hold a user name or password"
	case strings.Contains(endpoint, "#"):
		what = "must not have a #"
	case strings.Trim(u.Path, "/") == "":
		what = "has no path, such as /v1.0/me"
	case text.Clean(endpoint) != endpoint:
		what = "holds control or invisible characters"
	}
	if what != "" {
		return nil, &ParametersError{Key: "endpoint", What: what}
	}
	return u, nil
}
