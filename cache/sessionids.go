package cache

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// SessionIDs lists every session of which anything is stored, in the order of their names: also those whose
// file is damaged or gone, and of which only tokens or remains are left. Machines have none.
func (s *Store) SessionIDs() ([]SessionID, error) {
	found := map[string]SessionID{}
	failed := s.everywhere(func(place *Folder) error {
		files, err := place.files(sessions)
		for _, file := range files {
			if id, ok := parseSessionName(file); ok {
				found[sessionName(id)] = id
			}
		}
		return err
	})
	err := s.eachToken(func(t Stored) {
		if t.Key.Person() {
			found[sessionName(t.Key.SessionID)] = t.Key.SessionID
		}
	})
	var ids []SessionID
	for _, name := range sortedKeys(found) {
		ids = append(ids, found[name])
	}
	return ids, errors.Join(failed, err)
}

// eachToken calls do for each stored token that can be read.
func (s *Store) eachToken(do func(Stored)) error {
	seen := map[string]bool{}
	return s.everywhere(func(place *Folder) error {
		names, err := place.list(tokens)
		for _, name := range names {
			var f tokenFile
			if !seen[name] && place.decode(tokens, name, &f) == nil {
				seen[name] = true
				do(Stored{f.Key, f.token()})
			}
		}
		return err
	})
}

// parseSessionName returns the session of a file, be it whole, temporary or set aside.
func parseSessionName(file string) (SessionID, bool) {
	file = finished(file)
	authority, client, ok := strings.Cut(file, "+")
	id := SessionID{}
	var errA, errC error
	id.Authority, errA = url.PathUnescape(authority)
	id.Client, errC = url.PathUnescape(client)
	return id, ok && authority != "" && client != "" && errA == nil && errC == nil && sessionName(id) == file
}

// Stored is a token with its key.
type Stored struct {
	Key   Key
	Token Token
}

// TokensOf lists the stored tokens of a session that can be read, the one that ends last first.
func (s *Store) TokensOf(id SessionID) ([]Stored, error) {
	return tokensWith(s, func(k Key) bool { return k.Person() && sessionName(k.SessionID) == sessionName(id) })
}

// tokensWith lists the stored tokens whose keys match, in that order.
func tokensWith(s *Store, match func(Key) bool) ([]Stored, error) {
	var found []Stored
	err := s.eachToken(func(t Stored) {
		if !t.Token.Value.IsZero() && match(t.Key) {
			found = append(found, t)
		}
	})
	slices.SortStableFunc(found, func(a, b Stored) int { return b.Token.Until().Compare(a.Token.Until()) })
	return found, err
}

// InForce returns the storage that is in force: of what is written from now on.
func (s *Store) InForce() (Storage, error) {
	p, err := s.pinned()
	return p.Storage, err
}
