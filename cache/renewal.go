package cache

import (
	"context"
	"errors"
	"time"
)

// renewals is the folder of which tokens are being renewed ahead of time.
const renewals = "renewals"

// EntryRenewal is the Kind of a record of a renewal ahead of time.
const EntryRenewal = "renewal"

const (
	// RenewalTime bounds a renewal ahead of time: whoever has taken longer was killed.
	RenewalTime = 30 * time.Second
	// renewalPause is how long none is tried after one that failed.
	renewalPause = 5 * time.Minute
)

type renewalFile struct {
	header
	Key
	Begun  time.Time `json:"begun"`
	Failed time.Time `json:"failed,omitzero"`
}

// errClaimed ends the wait for a lock that is not worth one.
var errClaimed = errors.New("another process has it")

// ClaimRenewal reports whether it is the caller's turn to have the token of k renewed ahead of time, and takes down that
// it is: then it is nobody else's for RenewalTime. It waits for nobody. Errors: *Error, where nothing can be kept.
func (s *Folder) ClaimRenewal(k Key) (bool, error) {
	if s.renewing(k) {
		return false, nil
	}
	unlock, err := s.lock(context.Background(), renewalLock, func(Holder) error { return errClaimed })
	if errors.Is(err, errClaimed) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer unlock()
	if s.renewing(k) {
		return false, nil
	}
	err = s.keep(renewals, k.Hash(), renewalFile{header: header{schema}, Key: k, Begun: s.now().UTC()})
	return err == nil, err
}

// SayRenewalFailed has nobody try to renew the token of k ahead of time for five minutes.
func (s *Folder) SayRenewalFailed(k Key) error {
	now := s.now().UTC()
	return s.keep(renewals, k.Hash(), renewalFile{header{schema}, k, now, now})
}

// renewing reports whether the token of k is being renewed, or could not be just now. What is of the future (a clock that
// was turned back) counts as nothing.
func (s *Folder) renewing(k Key) bool {
	var f renewalFile
	if s.decode(renewals, k.Hash(), &f) != nil {
		return false
	}
	within := func(start time.Time, d time.Duration) bool {
		age := s.now().Sub(start)
		return age >= 0 && age < d
	}
	return within(f.Begun, RenewalTime) || within(f.Failed, renewalPause)
}

// forgetRenewals forgets the renewals of a session's tokens.
func (s *Folder) forgetRenewals(id SessionID) error {
	return s.empty(renewals, func(name string) bool {
		var f renewalFile
		return s.decode(renewals, finished(name), &f) == nil && f.SessionID.is(id)
	})
}

func (f *renewalFile) describe(name string, e *Entry) bool {
	e.Kind, e.Authority, e.Client, e.Tenant, e.Scopes, e.Token = EntryRenewal, f.Authority, f.Client, f.Tenant, f.Scopes, f.Kind
	e.Expires = f.Begun.Add(RenewalTime)
	if !f.Failed.IsZero() {
		e.Failed, e.Expires = "the token could not be renewed ahead of time", f.Failed.Add(renewalPause)
	}
	if f.Account != "" {
		e.Accounts = []string{f.Account}
	}
	return f.Hash() == name
}
