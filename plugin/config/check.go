package config

import (
	"maps"
	"slices"

	"github.com/entralogin/entralogin/cache"
)

// faults are what a call would refuse of the settings in the file, its profiles and its tenants, one after the other. That a
// setting is missing is no fault of the file, for a call may bring it. All are of type *Error.
func (f *File) faults() []error {
	var found []error
	base := NewLayer(ByFile, f.Path, f.Values)
	for _, name := range slices.Sorted(maps.Keys(base.Values)) {
		found = append(found, f.fault(name, base)...)
	}
	for _, profile := range slices.Sorted(maps.Keys(f.Profiles)) {
		layer := f.profile(profile)
		for _, name := range slices.Sorted(maps.Keys(layer.Values)) {
			found = append(found, f.fault(name, layer, base)...)
		}
	}
	for _, tenant := range slices.Sorted(maps.Keys(f.Tenants)) {
		layer := f.tenant(tenant)
		for _, name := range slices.Sorted(maps.Keys(layer.Values)) {
			found = append(found, f.fault(name, layer, base)...)
		}
	}
	return found
}

// fault is what is wrong with a setting of the first layer. Scopes depend on the authority, which other layers may say.
func (f *File) fault(name string, layers ...Layer) []error {
	alone := Layer{Rank: layers[0].Rank, Values: map[string]Value{name: layers[0].Values[name]}}
	otherwise := NewLayer(ByDefault, "the default", map[string]string{TenantID: AnyTenant, ClientID: "00000000-0000-0000-0000-000000000000"})
	nothing := Source{Getenv: func(string) string { return "" }}
	t, err := nothing.target(Settled{Settings: Settings{alone, otherwise}, File: f})
	if err == nil {
		_, err = t.Kind()
	}
	if auth, wrong := (Settled{Settings: layers, File: f}).FindAuthority(); err == nil && wrong == nil {
		_, err = t.Scopes(auth)
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// Kind settles the kind of token. Errors: *Error.
func (s Settings) Kind() (cache.Kind, error) {
	switch value, origin := s.Get(TokenKind); value {
	case "", string(cache.Access):
		return cache.Access, nil
	case string(cache.ID):
		return cache.ID, nil
	default:
		return "", Bad(TokenKind, value, origin, "is neither access nor id")
	}
}
