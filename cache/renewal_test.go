package cache

import (
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A token is due in the last third of its life, as long as it is fresh.
func TestDue(t *testing.T) {
	start := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct{ life, from, to time.Duration }{
		"an hour":   {time.Hour, 40 * time.Minute, 55 * time.Minute},
		"short":     {30 * time.Second, 20 * time.Second, 27 * time.Second},
		"two days":  {48 * time.Hour, 16 * time.Hour, 24*time.Hour - 5*time.Minute},
		"over":      {0, 0, 0},
		"backwards": {-time.Hour, 0, 0},
	} {
		token := Token{Value: NewSecret("x"), Obtained: start, Expires: start.Add(test.life)}
		for at := -time.Hour; at < 50*time.Hour; at += time.Second {
			if want := at >= test.from && at < test.to; token.Due(start.Add(at)) != want {
				t.Fatalf("%s: after %v it is due: %v", name, at, !want)
			}
		}
		if (Token{Obtained: start, Expires: start.Add(test.life)}).Due(start.Add(test.from)) {
			t.Errorf("%s: no token is due", name)
		}
	}
}

// The renewal of a token is one process's at a time, and nobody's for a while after one has failed.
func TestClaimRenewal(t *testing.T) {
	s, _ := newStore(t)
	now := time.Now()
	s.Now = func() time.Time { return now }
	claims := func(what string, k Key, want bool) {
		t.Helper()
		if got, err := s.ClaimRenewal(k); got != want || err != nil {
			t.Errorf("%s: %v, %v", what, got, err)
		}
	}
	other := testKey
	other.Tenant = "another"
	claims("the first", testKey, true)
	claims("the next", testKey, false)
	claims("another token's", other, true)
	now = now.Add(RenewalTime - time.Second)
	claims("while it may be at work", testKey, false)
	now = now.Add(time.Second)
	claims("of one that was killed", testKey, true)
	must(t, s.SayRenewalFailed(testKey))
	now = now.Add(renewalPause - time.Second)
	claims("after a failure", testKey, false)
	now = now.Add(time.Second)
	claims("long after a failure", testKey, true)
	now = now.Add(-time.Hour)
	claims("of the future", testKey, true)
	must(t, os.WriteFile(s.path(renewals, testKey.Hash()), []byte("garbage"), 0o600))
	claims("of a damaged record", testKey, true)
	must(t, os.WriteFile(s.path(renewals, testKey.Hash()), []byte(`{"version":99}`), 0o600))
	if got, err := s.ClaimRenewal(testKey); got || err == nil {
		t.Errorf("a record of a newer version: %v, %v", got, err)
	}
	must(t, os.Remove(s.path(renewals, testKey.Hash())))
	unlock, err := s.lock(t.Context(), renewalLock, nil)
	must(t, err)
	claims("while somebody else claims", testKey, false)
	unlock()
	claims("later", testKey, true)
}

// Of many that claim at once one gets it.
func TestClaimRenewalOnce(t *testing.T) {
	s, _ := newStore(t)
	for range 20 {
		var claimed atomic.Int32
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if ok, err := s.at(s.Dir, s.Ours).ClaimRenewal(testKey); ok && err == nil {
					claimed.Add(1)
				}
			})
		}
		all.Wait()
		if n := claimed.Load(); n != 1 {
			t.Fatalf("%d have claimed it", n)
		}
		must(t, os.Remove(s.path(renewals, testKey.Hash())))
	}
}

// With a session go the records of its tokens.
func TestForgetRenewals(t *testing.T) {
	s, other := signedIn(t)
	elsewhere := testKey
	elsewhere.SessionID = other
	must(t, s.SayRenewalFailed(testKey))
	must(t, s.SayRenewalFailed(elsewhere))
	if _, err := s.Forget(t.Context(), testSession, ""); err != nil {
		t.Fatal(err)
	}
	if left := names(t, s, renewals); len(left) != 1 || left[0] != elsewhere.Hash() {
		t.Errorf("left %q", left)
	}
}
