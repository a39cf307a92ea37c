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

// ForgetMachines deletes those for which match is true, with what killed writers left of them, the machines' keys to which no
// token is bound any more, and the routes, which may lead to them. It returns what is gone. No lock is needed: whoever renews one meanwhile has a newer token.
func (s *Store) ForgetMachines(match func(Key, Token) bool) ([]Stored, error) {
	all, err := s.MachineTokens()
	gone := slices.DeleteFunc(slices.Clone(all), func(t Stored) bool { return !match(t.Key, t.Token) })
	failed := s.everywhere(func(place *Folder) error {
		return place.empty(tokens, func(name string) bool {
			var f tokenFile
			hash, _, _ := strings.Cut(name, tempMark)
			return place.decode(tokens, name, &f) == nil && f.Hash() == hash && !f.Key.Person() && match(f.Key, f.token())
		})
	})
	if err == nil {
		failed = errors.Join(failed, s.forgetUnused(all, gone))
	}
	return gone, errors.Join(err, failed, s.home().forgetRoutes())
}

// forgetUnused deletes the keys of machines to which no token is bound: of all that were stored some are gone. A key may
// serve several tenants, and one that a killed process made has no token yet.
func (s *Store) forgetUnused(all, gone []Stored) error {
	used := map[string]int{}
	for n, stored := range map[int][]Stored{1: all, -1: gone} {
		for _, t := range stored {
			if t.Key.KeyID != "" {
				used[t.Key.holder().Hash()] += n
			}
		}
	}
	return s.everywhere(func(place *Folder) error {
		return place.empty(proofs, func(name string) bool {
			var f proofFile
			return place.decode(proofs, name, &f) == nil && !f.owner().Person() && used[finished(name)] == 0
		})
	})
}
