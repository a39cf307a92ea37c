package config

import (
	"maps"
	"slices"

	"github.com/entralogin/entralogin/cache"
)

// Check refuses values that a call would refuse: those that hold where no profile is named, and those of each profile.
// That a setting is missing is no fault of the file, for a call may bring it. Errors: *Error.
func (f *File) Check() error {
	nothing := Source{Getenv: func(string) string { return "" }}
	otherwise := NewLayer(ByDefault, "the default", map[string]string{TenantID: AnyTenant, ClientID: "00000000-0000-0000-0000-000000000000"})
	for _, name := range append([]string{""}, slices.Sorted(maps.Keys(f.Profiles))...) {
		s := Settings{otherwise}.With(NewLayer(ByFile, f.Path, f.Values), f.profile(name))
		t, err := nothing.target(Settled{Settings: s, File: f})
		if err != nil {
			return err
		}
		if _, err := t.Scopes(t.Authority); err != nil {
			return err
		}
		if _, err := t.Kind(); err != nil {
			return err
		}
	}
	return nil
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
