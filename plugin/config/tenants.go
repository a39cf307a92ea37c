package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// perTenant are the settings that a tenant may have of its own: how to sign in there.
func perTenant() []string { return []string{Login, RedirectPort} }

func parseTenants(value any) (map[string]map[string]string, error) {
	entries, ok := value.(map[string]any)
	if !ok || len(entries) == 0 {
		return nil, errors.New("has tenants that are no list of names, each with settings below it")
	}
	parsed := map[string]map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		fields, ok := entries[name].(map[string]any)
		lower := strings.ToLower(name)
		switch {
		case !authority.IsTenant(name):
			return nil, fmt.Errorf("has a tenant in tenants that is neither a GUID nor a domain name: %q", text.Short(name, 40))
		case parsed[lower] != nil:
			return nil, fmt.Errorf("has a tenant twice in tenants: %s", text.Short(name, 80))
		case !ok || len(fields) == 0:
			return nil, fmt.Errorf("has a tenant without settings in tenants: %s", text.Short(name, 80))
		}
		var how, port string
		if err := takeFields(tenants, fields, map[string]*string{Login: &how, RedirectPort: &port}); err != nil {
			return nil, err
		}
		parsed[lower] = map[string]string{Login: how, RedirectPort: port}
	}
	return parsed, nil
}

// tenant is the layer of a tenant as a call names it.
func (c *File) tenant(name string) Layer {
	return NewLayer(ByTenant, fmt.Sprintf("tenants (%s) in %s", text.Short(name, 80), c.Path), c.Tenants[strings.ToLower(name)])
}
