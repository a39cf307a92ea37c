package config

import (
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
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
	case len(named) == 0 && (!text.IsWord(server) || strings.ContainsAny(server, "/?#") && !strings.Contains(server, "://")):
		return nil, Bad(ServerID, server, serverOrigin, "is no application ID and no application ID URI")
	case len(named) == 0:
		named, origin = []string{strings.TrimSuffix(server, "/") + "/.default"}, serverOrigin
	}
	scopes, wrong := auth.Scopes(named)
	if wrong != nil {
		return nil, Bad(Scope, wrong.Scope, origin, "%s", wrong.What)
	}
	return scopes, nil
}
