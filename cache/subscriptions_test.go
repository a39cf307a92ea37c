package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// testSubscribed are three subscriptions in two tenants, in an order that is kept.
func testSubscribed(account string, when time.Time) Subscribed {
	return Subscribed{Account: account, When: when.UTC(), Subscriptions: []Subscription{
		{ID: "s-1", Name: "Ünïcode of " + account, State: "Enabled", Tenant: "t-1", HomeTenant: "t-1", TenantName: "Contoso", TenantDomain: "contoso.example"},
		{ID: "s-2", Name: "two words", State: "Warned", Tenant: "t-2", HomeTenant: "t-9", ManagedBy: []string{"t-2", "t-3"}},
		{ID: "s-3", Name: "last", State: "Disabled", Tenant: "t-1", HomeTenant: "t-1", TenantName: "Contoso", TenantDomain: "contoso.example"},
	}}
}

func TestSubscriptions(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &Store{Folder: Folder{Dir: filepath.Join(t.TempDir(), "cache"), Now: func() time.Time { return now }}}
	known := func(when string, id SessionID, account string, want bool) {
		t.Helper()
		got, ok := SubscriptionsOf(s, id, account)
		if ok != want || want && !reflect.DeepEqual(got.Subscriptions, testSubscribed("1.2", now).Subscriptions) {
			t.Errorf("%s: %v, %+v", when, ok, got)
		}
	}
	keep := func() {
		t.Helper()
		must(t, KeepSubscriptions(t.Context(), s, testSession, testSubscribed("1.2", now)))
	}
	known("before", testSession, "1.2", false)
	keep()
	known("after", testSession, "1.2", true)
	capitals := SessionID{strings.ToUpper(testSession.Authority), strings.ToUpper(testSession.Client)}
	known("in capitals", capitals, "1.2", true)
	known("of somebody else", testSession, "2.2", false)
	known("of another client", SessionID{testSession.Authority, "another"}, "1.2", false)
	now = now.Add(-time.Minute) // the clock was turned back: it is of the future
	known("of the future", testSession, "1.2", false)
	now = now.Add(24 * time.Hour)
	known("before its end", testSession, "1.2", true)
	now = now.Add(time.Minute)
	known("at its end", testSession, "1.2", false)
	must(t, KeepSubscriptions(t.Context(), s, testSession, testSubscribed("other", now)))
	if n := holding(t, s, "two words"); n != 1 {
		t.Errorf("%d lists are left: one counts no more", n)
	}
	keep()
	must(t, ForgetSubscriptions(s, testSession, "1.2"))
	known("forgotten", testSession, "1.2", false)
	if other, ok := SubscriptionsOf(s, testSession, "other"); !ok || other.Account != "other" || !other.When.Equal(now) {
		t.Errorf("the list of somebody else: %v, %+v", ok, other)
	}
	must(t, ForgetSubscriptions(s, testSession, "1.2"))
}

// Whatever stands in the place of a list is no list, and only what a newer entralogin wrote stays.
func TestSubscriptionsDamaged(t *testing.T) {
	s, _ := newStore(t)
	list := testSubscribed("1.2", time.Now())
	must(t, KeepSubscriptions(t.Context(), s, testSession, list))
	path := s.path(subscriptions, names(t, s, subscriptions)[0])
	whole := readFile(t, path)
	for what, content := range map[string]string{"empty": "", "cut": whole[:len(whole)/2], "garbage": "\x00\xff", "of another": strings.Replace(whole, `"1.2"`, `"2.2"`, 1)} {
		writeFile(t, path, content)
		if got, ok := SubscriptionsOf(s, testSession, "1.2"); ok {
			t.Errorf("%s: %+v", what, got)
		}
		must(t, KeepSubscriptions(t.Context(), s, testSession, list))
		if _, ok := SubscriptionsOf(s, testSession, "1.2"); !ok {
			t.Errorf("after %s: nothing is kept", what)
		}
	}
	newer := strings.Replace(whole, `"version":1`, `"version":2`, 1)
	writeFile(t, path, newer)
	if _, ok := SubscriptionsOf(s, testSession, "1.2"); ok {
		t.Error("a newer format is read")
	}
	place := (*Error)(nil)
	if err := KeepSubscriptions(t.Context(), s, testSession, list); !errors.As(err, &place) || readFile(t, path) != newer {
		t.Errorf("a newer format is replaced: %v", err)
	}
	must(t, ForgetSubscriptions(s, testSession, "1.2"))
	if err := os.Symlink("/", path); err != nil && runtime.GOOS == "windows" { // where that takes a right
		return
	} else if err != nil {
		t.Fatal(err)
	}
	if _, ok := SubscriptionsOf(s, testSession, "1.2"); ok {
		t.Error("a link is read")
	}
}

// With an account go its subscriptions, what killed writers left of them and what can't be told; with the whole session
// those of everybody in it.
func TestForgetSubscriptions(t *testing.T) {
	s, other := signedIn(t)
	for _, account := range []string{"oid-alice.home", "oid-bob.home", "deploy"} {
		must(t, KeepSubscriptions(t.Context(), s, testSession, testSubscribed(account, time.Now())))
	}
	must(t, KeepSubscriptions(t.Context(), s, other, testSubscribed("oid-carol.home", time.Now())))
	writeFile(t, s.path(subscriptions, documentName("damaged")), "damaged-list")
	alice := subscriptionFile{SessionID: testSession, Account: "oid-alice.home"}
	writeFile(t, s.path(subscriptions, alice.key().Hash()+tempMark+strings.Repeat("A", 26)), "temp-list")
	left := func(want map[string]int) {
		t.Helper()
		for text, n := range want {
			if got := holding(t, s, text); got != n {
				t.Errorf("%q stands in %d files, not %d", text, got, n)
			}
		}
	}
	_, err := s.Forget(t.Context(), testSession, "alice@contoso.example")
	must(t, err)
	left(map[string]int{"of oid-alice.home": 0, "damaged-list": 0, "temp-list": 0, "of oid-bob.home": 1, "of deploy": 1, "of oid-carol.home": 1})
	_, err = s.Forget(t.Context(), testSession, "")
	must(t, err)
	left(map[string]int{"of oid-bob.home": 0, "of deploy": 0, "of oid-carol.home": 1})
}

func TestSubscriptionsAreSealed(t *testing.T) {
	s, v, _ := sealing(t)
	must(t, KeepSubscriptions(t.Context(), s, testSession, testSubscribed("1.2", time.Now())))
	must(t, s.ApplyStorage(t.Context(), Keyring)) // which moves them
	must(t, KeepSubscriptions(t.Context(), again(s), testSession, testSubscribed("2.2", time.Now())))
	if n := holding(t, s, "two words"); n != 0 {
		t.Errorf("the names stand in %d files", n)
	}
	for _, account := range []string{"1.2", "2.2"} {
		if got, ok := SubscriptionsOf(again(s), testSession, account); !ok || len(got.Subscriptions) != 3 {
			t.Errorf("%s: %v, %+v", account, ok, got)
		}
	}
	clear(v.keys)
	if _, ok := SubscriptionsOf(again(s), testSession, "1.2"); ok {
		t.Error("read without a key")
	}
}

// Thousands of subscriptions of one tenant fit into a file.
func TestManySubscriptions(t *testing.T) {
	s, _, _ := sealing(t)
	must(t, s.ApplyStorage(t.Context(), Keyring))
	many := Subscribed{Account: "1.2", When: time.Now()}
	for i := range 5000 {
		id := fmt.Sprintf("%08d-1111-2222-3333-444444444444", i)
		many.Subscriptions = append(many.Subscriptions, Subscription{ID: id, Name: fmt.Sprintf("a project with a name of its own %d", i), State: "Enabled",
			Tenant: testSession.Client, HomeTenant: testSession.Client, TenantName: "Contoso Limited", TenantDomain: "contoso.onmicrosoft.com"})
	}
	must(t, KeepSubscriptions(t.Context(), s, testSession, many))
	if got, ok := SubscriptionsOf(s, testSession, "1.2"); !ok || len(got.Subscriptions) != 5000 || !reflect.DeepEqual(got.Subscriptions[4999], many.Subscriptions[4999]) {
		t.Errorf("%v, %d", ok, len(got.Subscriptions))
	}
}

// Two processes that keep the list of one account at the same time: whoever reads meanwhile has a whole one.
func TestSubscriptionsOfTwo(t *testing.T) {
	s, _ := newStore(t)
	must(t, KeepSubscriptions(t.Context(), s, testSession, testSubscribed("1.2", time.Now())))
	done := make(chan error, 2)
	for range 2 {
		go func() {
			mine := &Store{Folder: Folder{Dir: s.Dir}}
			for range 20 {
				if err := KeepSubscriptions(t.Context(), mine, testSession, testSubscribed("1.2", time.Now())); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for left := 2; left > 0; {
		select {
		case err := <-done:
			must(t, err)
			left--
		default:
			if got, ok := SubscriptionsOf(s, testSession, "1.2"); !ok || len(got.Subscriptions) != 3 {
				t.Fatalf("%v, %+v", ok, got)
			}
		}
	}
	if l := names(t, s, subscriptions); len(l) != 1 {
		t.Errorf("left %q", l)
	}
}

// A list is kept under the lock of its session, which a move of what is stored takes.
func TestSubscriptionsAreLocked(t *testing.T) {
	s, _ := newStore(t)
	unlock, err := s.LockSession(t.Context(), testSession, nil)
	must(t, err)
	defer unlock()
	ended, end := context.WithCancel(t.Context())
	end()
	if err := KeepSubscriptions(ended, again(s), testSession, testSubscribed("1.2", time.Now())); !errors.Is(err, context.Canceled) {
		t.Errorf("kept beside a move: %v", err)
	}
}

// A disk without room leaves the old list whole, and no part of a new one.
func TestSubscriptionsWithoutRoom(t *testing.T) {
	s, _ := newStore(t)
	must(t, KeepSubscriptions(t.Context(), s, testSession, testSubscribed("1.2", time.Now())))
	for _, op := range []string{"open", "write", "fsync", "close", "rename"} {
		s.step = func(at, path string) error {
			if at == op && strings.Contains(path, subscriptions) && (op != "open" || strings.Contains(path, tempMark)) {
				return syscall.ENOSPC
			}
			return nil
		}
		if err := KeepSubscriptions(t.Context(), s, testSession, testSubscribed("1.2", time.Now())); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: %v", op, err)
		}
		s.step = nil
		if got, ok := SubscriptionsOf(s, testSession, "1.2"); !ok || len(got.Subscriptions) != 3 || len(names(t, s, subscriptions)) != 1 {
			t.Errorf("%s: %v, %+v, %q", op, ok, got, names(t, s, subscriptions))
		}
	}
}
