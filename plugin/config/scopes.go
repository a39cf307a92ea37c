package config

import (
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
)

// Scopes settles the scopes: those that are named, or all that the server application was granted. Scope
// and server ID say the same thing in two ways, too: the origin that wins is the first one that has either. A
// bare word such as User.Read is one of Graph's.
func (s Settings) Scopes(auth authority.Authority, otherwise ...string) ([]string, error) {
	s = s.FirstWith(Scope, ServerID)
	named, origin := s.list(Scope)
	server, serverOrigin := s.Get(ServerID)
	switch {
	case len(named) == 0 && server == "":
		named = otherwise
	case len(named) == 0 && (hasSpace(server) || strings.ContainsAny(server, "/?#") && !strings.Contains(server, "://")):
		return nil, Bad(ServerID, server, serverOrigin, "is no application ID and no application ID URI")
	case len(named) == 0:
		named, origin = []string{strings.TrimSuffix(server, "/") + "/.default"}, serverOrigin
	}
	resource := ""
	var scopes []string
	for _, word := range named {
		if !authority.IsScope(word) {
			return nil, Bad(Scope, word, origin, "has a character that no scope has")
		}
		switch strings.ToLower(word) {
		case "openid", "profile", "offline_access", "email":
			continue // of the sign-in, not of a resource
		}
		full := word
		if !strings.Contains(word, "/") && len(auth.Graph) > 0 {
			full = auth.Graph[0] + "/" + word
		}
		of := full[:strings.LastIndex(full, "/")+1]
		if resource != "" && !strings.EqualFold(of, resource) {
			return nil, Bad(Scope, word, origin, "is a scope of another resource than the one before it (%s): one token is for one resource", resource)
		}
		resource = of
		scopes = append(scopes, full)
	}
	return scopes, nil
}
