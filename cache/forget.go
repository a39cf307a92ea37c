package cache

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Forget deletes what is stored of an account (a user name or its home ID) in a session, or the whole
// session where account is "": refresh tokens, ID tokens, token files, the keys to which tokens are bound and the list
// of its subscriptions, with all that a killed writer left of them and all that is too damaged to tell whose it is. With a whole session goes what
// tenants refused there, and with any account the routes, which name accounts. It returns the accounts that are gone, or
// ErrNone if there was no such account. Whoever holds the session's lock is waited for: two minutes at most,
// ten seconds if it is stopped; then the error is a *LockError.
func (s *Store) Forget(ctx context.Context, id SessionID, account string) ([]Account, error) {
	gone, err := s.forget(ctx, id, account)
	return gone, errors.Join(err, forgetAzureChoice(ctx, s, id, gone))
}

func (s *Store) forget(ctx context.Context, id SessionID, account string) ([]Account, error) {
	unlock, err := s.LockSession(ctx, id, nil)
	if err != nil {
		return nil, err
	}
	defer unlock()
	session, err := s.Session(id)
	damaged := errors.Is(err, ErrCorrupt) || errors.Is(err, ErrKeyGone)
	if err != nil && !damaged {
		return nil, err
	}
	all, err := s.everybody(id, session)
	if err != nil {
		return nil, err
	}
	gone := slices.DeleteFunc(slices.Clone(all), func(a Account) bool { return account != "" && !a.Is(account) })
	whole := account == "" || len(gone) > 0 && len(gone) == len(all)
	switch {
	case whole || damaged:
		err = s.RemoveSession(id)
	case len(gone) > 0:
		err = s.keepWithout(id, session, gone)
	}
	isGone := func(k Key, t Token) bool {
		return whole || slices.ContainsFunc(gone, func(a Account) bool { return t.Account == "" || a.Is(t.Account) || a.Is(k.Account) })
	}
	err = errors.Join(err, s.everywhere(func(place *Folder) error { return place.forgetRemains(id, isGone) }), s.home().forgetRoutes())
	if whole {
		err = errors.Join(err, s.everywhere(func(place *Folder) error { return errors.Join(place.forgetWays(id), place.forgetRenewals(id)) }))
	}
	if err == nil && len(gone) == 0 && !damaged && (account != "" || session.IsZero()) {
		return nil, ErrNone
	}
	return gone, err
}

// everybody lists the accounts of a session, and after them those that only token files tell of: the
// session can have been damaged and set aside.
func (s *Store) everybody(id SessionID, session Session) ([]Account, error) {
	all, err := session.Accounts()
	if err != nil {
		return nil, err
	}
	stored, err := s.TokensOf(id)
	slices.SortStableFunc(stored, func(a, b Stored) int { return strings.Compare(a.Token.Account, b.Token.Account) })
	for _, one := range stored {
		name := one.Token.Account
		if name != "" && !slices.ContainsFunc(all, func(a Account) bool { return a.Is(name) }) {
			all = append(all, Account{Username: name, Aliases: []string{name}})
		}
	}
	return all, err
}

// forgetRemains deletes what was set aside of a session, and what killed writers left of it; and of its tokens, of the
// keys to which tokens are bound and of the lists of subscriptions, those for which match is true, finished or not.
func (s *Folder) forgetRemains(id SessionID, match func(Key, Token) bool) error {
	err := s.empty(sessions, func(name string) bool {
		rest, ok := strings.CutPrefix(name, sessionName(id))
		return ok && (rest == asideMark || isTemp(rest))
	})
	return errors.Join(err,
		forgetKeyed(s, tokens, id, match, func(name string) (Key, Token, error) {
			var f tokenFile
			err := s.decode(tokens, name, &f)
			return f.Key, f.token(), err
		}),
		forgetKeyed(s, proofs, id, match, func(name string) (Key, Token, error) { // another key is made where one is missing
			var f proofFile
			err := s.decode(proofs, name, &f)
			return f.Key, Token{Account: f.Account}, err
		}),
		forgetKeyed(s, subscriptions, id, match, func(name string) (Key, Token, error) {
			var f subscriptionFile
			err := s.decode(subscriptions, name, &f)
			return f.key(), Token{Account: f.Account}, err
		}))
}

// forgetKeyed deletes the files of people in a session for which match is true, and those that are too damaged to tell
// whose they are.
func forgetKeyed(s *Folder, folder string, id SessionID, match func(Key, Token) bool, read func(name string) (Key, Token, error)) error {
	var unknown []error
	err := s.empty(folder, func(name string) bool {
		k, t, err := read(name)
		place, storage := (*Error)(nil), (*StorageError)(nil)
		if errors.As(err, &place) || errors.As(err, &storage) {
			unknown = append(unknown, err)
			return false
		}
		if err != nil || k.Hash() != finished(name) {
			return true
		}
		return k.Person() && sessionName(k.SessionID) == sessionName(id) && match(k, t)
	})
	return errors.Join(append(unknown, err)...)
}

func (s *Store) keepWithout(id SessionID, session Session, gone []Account) error {
	for _, a := range gone {
		var err error
		if session, err = session.without(a.HomeID); err != nil {
			return err
		}
	}
	if err := s.KeepSession(id, session); err != nil {
		return err
	}
	var failed []error
	for _, other := range s.places()[1:] {
		failed = append(failed, other.remove(sessions, sessionName(id))) // its entries are in session
	}
	return errors.Join(failed...)
}

// without returns s with no entry of the account.
func (s Session) without(homeID string) (Session, error) {
	maps, err := parseSession(s.Reveal())
	if err != nil {
		return Session{}, err
	}
	for _, entries := range maps {
		for key, raw := range entries {
			var entry struct {
				HomeID string `json:"home_account_id"`
			}
			if json.Unmarshal(raw, &entry) == nil && entry.HomeID == homeID {
				delete(entries, key)
			}
		}
	}
	return sessionOf(maps, s.people.without(homeID))
}

// Clear deletes everything but the locks and the pin, each session under its lock. It waits as Forget does, and for
// whoever moves what is stored.
func (s *Store) Clear(ctx context.Context) error {
	if _, err := os.Stat(s.home().Dir); errors.Is(err, fs.ErrNotExist) {
		return s.clear(ctx)
	}
	unlock, err := s.stay(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	failed := []error{s.clear(ctx)}
	if other := s.elsewhere(); other != nil {
		failed = append(failed, other.clear(ctx))
	}
	return errors.Join(failed...)
}

func (s *Folder) clear(ctx context.Context) error {
	if err := s.checkFolder(); err != nil {
		return err
	}
	names, err := s.list(sessions)
	failed := []error{err}
	for _, name := range names {
		id, _ := parseSessionName(name)
		unlock, err := s.lock(ctx, sessionLock+name, nil)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		failed = append(failed, s.remove(sessions, name), s.removeTokens(id, func(Key, Token) bool { return true }))
		unlock()
	}
	for _, folder := range append(storedIn(), spare) {
		failed = append(failed, s.empty(folder, func(string) bool { return true }))
	}
	return errors.Join(append(failed, s.forgetRoutes())...)
}

// empty deletes the files of a folder whose names match, temporary files among them, and no file with a name that
// entralogin gives to none.
func (s *Folder) empty(folder string, match func(name string) bool) error {
	if s.Dir == "" {
		return nil
	}
	names, err := s.files(folder)
	failed := []error{err}
	for _, name := range names {
		if !isOwn(folder, name) || !match(name) {
			continue
		}
		path := s.path(folder, name)
		if err := s.unlink(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, describe(path, err))
		}
	}
	return errors.Join(failed...)
}
