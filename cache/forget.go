package cache

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// wait is what a deletion does while a lock is taken: it waits for the context.
func wait(Holder) error { return nil }

// Forget deletes what is stored of an account (its user name) in a session, or the whole session where
// account is "": refresh tokens, ID tokens and token files. It returns the accounts that are gone, or
// ErrNone if there was no such account.
func (s *Store) Forget(ctx context.Context, id SessionID, account string) ([]Account, error) {
	unlock, err := s.LockSession(ctx, id, wait)
	if err != nil {
		return nil, err
	}
	defer unlock()
	session, err := s.Session(id)
	if errors.Is(err, ErrCorrupt) {
		return nil, s.remove(sessions, sessionName(id))
	}
	if err != nil {
		return nil, err
	}
	all, err := session.Accounts()
	if err != nil {
		return nil, err
	}
	var gone []Account
	for _, a := range all {
		if account == "" || strings.EqualFold(a.Username, account) || strings.EqualFold(a.HomeID, account) {
			gone = append(gone, a)
		}
	}
	if len(gone) == 0 && (account != "" || session.IsZero()) {
		return nil, ErrNone
	}
	if len(gone) == len(all) {
		err = s.RemoveSession(id)
	} else {
		err = s.keepWithout(id, session, gone)
	}
	isGone := func(_ Key, t Token) bool {
		for _, a := range gone {
			if strings.EqualFold(a.Username, t.Account) {
				return true
			}
		}
		return len(gone) == len(all)
	}
	return gone, errors.Join(err, s.RemoveTokens(id, isGone), s.removeDamaged())
}

func (s *Store) keepWithout(id SessionID, session Session, gone []Account) error {
	for _, a := range gone {
		var err error
		if session, err = session.without(a.HomeID); err != nil {
			return err
		}
	}
	return s.KeepSession(id, session)
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
	return sessionOf(maps)
}

// Clear deletes everything but the locks, each session under its lock.
func (s *Store) Clear(ctx context.Context) error {
	ids, err := s.Sessions()
	failed := []error{err}
	for _, id := range ids {
		unlock, err := s.LockSession(ctx, id, wait)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		failed = append(failed, s.RemoveSession(id), s.RemoveTokens(id, func(Key, Token) bool { return true }))
		unlock()
	}
	for _, folder := range []string{tokens, sessions, pending, discovery} {
		failed = append(failed, s.empty(folder, func(string) bool { return true }))
	}
	return errors.Join(failed...)
}

// removeDamaged deletes what was set aside: whose secrets it holds can't be told.
func (s *Store) removeDamaged() error {
	damaged := func(name string) bool { return strings.HasSuffix(name, asideMark) }
	return errors.Join(s.empty(tokens, damaged), s.empty(sessions, damaged))
}

// empty deletes the files of a folder whose names match, temporary files among them.
func (s *Store) empty(folder string, match func(name string) bool) error {
	if s.Dir == "" {
		return nil
	}
	dir := filepath.Join(s.Dir, folder)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	failed := []error{describe(dir, err)}
	for _, e := range entries {
		if !match(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, describe(path, err))
		}
	}
	return errors.Join(failed...)
}
