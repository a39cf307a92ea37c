package cache

import (
	"errors"
	"slices"
	"strings"
)

// The tokens of machines belong to no session: what forgets a person's leaves them, and they are listed apart.

// MachineTokens lists the stored tokens that are no person's and can be read, the one that ends last first.
func (s *Store) MachineTokens() ([]Stored, error) {
	var found []Stored
	err := s.eachToken(func(t Stored) {
		if !t.Token.Value.IsZero() && !t.Key.Person() {
			found = append(found, t)
		}
	})
	slices.SortStableFunc(found, func(a, b Stored) int { return b.Token.Until().Compare(a.Token.Until()) })
	return found, err
}

// ForgetMachines deletes those for which match is true, with what killed writers left of them, the keys that they are bound to, and
// the routes, which may lead to them. It returns what is gone. No lock is needed: whoever renews one meanwhile has a newer token.
func (s *Store) ForgetMachines(match func(Key, Token) bool) ([]Stored, error) {
	all, err := s.MachineTokens()
	gone := slices.DeleteFunc(all, func(t Stored) bool { return !match(t.Key, t.Token) })
	failed := s.everywhere(func(place *Folder) error {
		return place.empty(tokens, func(name string) bool {
			var f tokenFile
			hash, _, _ := strings.Cut(name, tempMark)
			return place.decode(tokens, name, &f) == nil && f.Hash() == hash && !f.Key.Person() && match(f.Key, f.token())
		})
	})
	for _, t := range gone {
		if t.Key.KeyID != "" {
			failed = errors.Join(failed, s.everywhere(func(place *Folder) error { return place.remove(proofs, t.Key.holder().Hash()) }))
		}
	}
	return gone, errors.Join(err, failed, s.home().forgetRoutes())
}
