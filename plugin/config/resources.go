package config

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// CheckCluster refuses a token of Microsoft's own data and management for a cluster, which could use it in the person's
// name there, unless the config file allows the resource. Errors: *Error.
func (t Target) CheckCluster(scopes []string) error {
	for _, scope := range scopes {
		resource := authority.Resource([]string{scope})
		service, ok := t.Authority.ServiceOf(resource)
		if !ok || slices.ContainsFunc(t.File.AllowResources, func(allowed string) bool { return t.Authority.SameResource(allowed, resource) }) {
			continue
		}
		name, origin := Scope, ""
		if s := t.FirstWith(Scope, ServerID); s.Has(Scope) {
			_, origin = s.Get(Scope)
		} else {
			name = ServerID
			_, origin = s.Get(ServerID)
		}
		resource = cmp.Or(resource, service.IDs[0])
		return &Error{Name: name, Origin: origin,
			What: fmt.Sprintf("asks for a token of %s (%s), and any cluster that is given it can act there in your name", service.Name, text.Short(resource, 100)),
			Hint: fmt.Sprintf("If a cluster is to have it, allow it in your config file, %s: allow-resources: [%q]. By hand: entralogin account get-access-token --resource %s",
				cmp.Or(t.File.Path, "config.yaml"), text.Short(resource, 100), text.Short(resource, 100))}
	}
	return nil
}
