package cache

import (
	"errors"
)

// The tokens of machines belong to no session: what forgets a person's leaves them, and they are listed apart.

// MachineTokens lists the stored tokens that are no person's and can be read, the one that ends last first.
func MachineTokens(s *Store) ([]Stored, error) {
	return tokensWith(s, func(k Key) bool { return !k.Person() })
}

// ForgetMachines deletes those for which match is true, with what killed writers left of them, the machines' keys to which
// no token is bound any more, and the routes, which may lead to them. It returns what is gone. No lock is needed: whoever
// renews one meanwhile has a newer token.
func ForgetMachines(s *Store, match func(Key, Token) bool) ([]Stored, error) {
	all, err := MachineTokens(s)
	var gone, left []Stored
	for _, t := range all {
		if match(t.Key, t.Token) {
			gone = append(gone, t)
		} else {
			left = append(left, t)
		}
	}
	failed := s.everywhere(func(place *Folder) error {
		return place.empty(tokens, func(name string) bool {
			var f tokenFile
			return place.decode(tokens, name, &f) == nil && f.Hash() == finished(name) && !f.Key.Person() && match(f.Key, f.token())
		})
	})
	if err == nil {
		failed = errors.Join(failed, forgetUnused(s, left))
	}
	return gone, errors.Join(err, failed, s.home().forgetRoutes())
}

// forgetUnused deletes the keys of machines to which none of their tokens that are left is bound: a key may serve several
// tenants. One that a killed process made goes, too.
func forgetUnused(s *Store, left []Stored) error {
	used := map[string]bool{}
	for _, t := range left {
		if t.Key.KeyID != "" {
			used[t.Key.holder().Hash()] = true
		}
	}
	return s.everywhere(func(place *Folder) error {
		return place.empty(proofs, func(name string) bool {
			var f proofFile
			return place.decode(proofs, name, &f) == nil && !f.Person() && !used[finished(name)]
		})
	})
}
