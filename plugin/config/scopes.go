package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// Scopes settles the scopes: those that are named, or all that the server application was granted. Scope
// and server ID say the same thing in two ways, too: the origin that wins is the first one that has either, and
// one that has both is refused. A bare word such as User.Read is one of Graph's.
func (s Settings) Scopes(auth authority.Authority, otherwise ...string) ([]string, error) {
	s = s.FirstWith(Scope, ServerID)
	named, origin := s.list(Scope)
	server, serverOrigin := s.Get(ServerID)
	switch {
	case len(named) > 0 && server != "":
		scope, slip := Scope, strings.HasPrefix(serverOrigin, "--")
		if slip {
			scope = origin
		}
		return nil, &Error{Name: ServerID, Origin: serverOrigin, What: "and " + scope + " both say what the token is for: give one of them", Slip: slip}
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

// CheckCluster refuses a token of Microsoft's own data and management for a cluster, which could use it in the person's
// name there, unless the config file allows the resource. Errors: *Error.
func (t Target) CheckCluster(scopes []string) error {
	for _, scope := range scopes {
		resource, service, ok := t.serviceOf(scope)
		if !ok || slices.ContainsFunc(t.File.AllowResources, func(allowed string) bool { return t.Authority.SameResource(allowed, resource) }) {
			continue
		}
		name, s := ServerID, t.FirstWith(Scope, ServerID)
		if s.Has(Scope) {
			name = Scope
		}
		_, origin := s.Get(name)
		resource = cmp.Or(resource, service.IDs[0])
		return &Error{Name: name, Origin: origin,
			What: fmt.Sprintf("asks for a token of %s (%s), and any cluster that is given it can act there in your name", service.Name, text.Short(resource, 100)),
			Hint: fmt.Sprintf("If a cluster is to have it, allow it in your config file, %s: allow-resources: [%q]",
				cmp.Or(t.File.Path, "config.yaml"), text.Short(resource, 100)), ByHand: &ByHand{t.Request, resource}}
	}
	return nil
}

// Guarded reports whether one of the scopes is of what CheckCluster refuses unless the config file allows it.
func (t Target) Guarded(scopes []string) bool {
	return slices.ContainsFunc(scopes, func(scope string) bool { _, _, ok := t.serviceOf(scope); return ok })
}

// serviceOf is the service of Microsoft's own that a scope is of; ok is false where it is none.
func (t Target) serviceOf(scope string) (resource string, service authority.Service, ok bool) {
	resource = authority.Resource([]string{scope})
	service, ok = t.Authority.ServiceOf(resource)
	return resource, service, ok
}
