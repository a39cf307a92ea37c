package cache

import (
	"encoding/json"
	"os"
	"testing"
	"time"
)

const azure = "https://dev.azure.com/contoso"

// keepAsEarlier writes a file as earlier versions did.
func keepAsEarlier(t *testing.T, s *Store, name string, v any) {
	t.Helper()
	document, err := json.Marshal(v)
	must(t, err)
	must(t, s.encode(discovery, documentName(name), discoveryFile{header: header{schema}, Authority: name, Fetched: s.now().UTC(), Document: document}))
}

// What an earlier version kept counts, and is moved by the first call that writes anything.
func TestEarlierIsMoved(t *testing.T) {
	now := testStart
	s, _ := newStore(t)
	s.Now = func() time.Time { return now }
	keepAsEarlier(t, s, azure, "tenant-a")
	keepAsEarlier(t, s, earlierRefusals+azure, []time.Time{now.Add(-time.Second), now})
	s.KeepDiscovery("https://login.example/t", []byte(`{"issuer":"x"}`))
	must(t, os.RemoveAll(s.path(tenants, "")))
	must(t, os.RemoveAll(s.path(refusals, "")))

	check := func(when string) {
		t.Helper()
		next := &Store{Folder: Folder{Dir: s.Dir, Now: s.Now}}
		tenant, _ := next.Organization(azure)
		_, ok := next.Discovery("https://login.example/t")
		if n := next.Refusals(azure); tenant != "tenant-a" || n != 2 || !ok {
			t.Errorf("%s: %q, %d refusals, discovery %v", when, tenant, n, ok)
		}
		if got := kinds(next.List()); got[EntryTenant] != 1 || got[EntryRefusals] != 1 || got[EntryDiscovery] != 1 || got[EntryDamaged] != 0 {
			t.Errorf("%s: listed %v", when, got)
		}
	}
	check("before")
	if _, err := os.Lstat(s.path(tenants, "")); err == nil {
		t.Error("reading moved it")
	}
	writer := &Store{Folder: Folder{Dir: s.Dir, Now: s.Now}}
	keepToken(t, writer, testKey, "x")
	check("after")
	if d, n, r := names(t, s, discovery), names(t, s, tenants), names(t, s, refusals); len(d) != 1 || len(n) != 1 || len(r) != 1 {
		t.Errorf("left are %q, %q, %q", d, n, r)
	}
}

// An earlier version goes on beside this one: what is newer counts, wherever it stands, and nothing is lost.
func TestEarlierBesideThis(t *testing.T) {
	now := testStart
	s, _ := newStore(t)
	s.Now = func() time.Time { return now }
	is := func(tenant string, times int) {
		t.Helper()
		if got, _ := s.Organization(azure); got != tenant || s.Refusals(azure) != times {
			t.Errorf("got %q, %d refusals, want %q, %d", got, s.Refusals(azure), tenant, times)
		}
	}
	s.KeepOrganization(azure, "tenant-a")
	s.KeepRefusal(azure)
	now = now.Add(time.Second)
	keepAsEarlier(t, s, azure, "tenant-b")
	keepAsEarlier(t, s, earlierRefusals+azure, []time.Time{now})
	is("tenant-b", 2)
	now = now.Add(time.Second)
	s.KeepRefusal(azure)
	s.KeepOrganization(azure, "tenant-c")
	is("tenant-c", 3)
	if left := names(t, s, discovery); len(left) > 0 {
		t.Errorf("in the earlier place there are still %q", left)
	}
	now = now.Add(time.Hour)
	keepAsEarlier(t, s, azure, "tenant-d")
	now = now.Add(-time.Minute) // that clock was wrong
	is("tenant-c", 0)
	now = now.Add(time.Hour)
	must(t, s.ForgetOrganization(azure))
	is("", 0)
	if left := len(names(t, s, discovery)) + len(names(t, s, tenants)); left > 0 {
		t.Errorf("%d files stay", left)
	}
}

// An earlier version writes at the very moment of the move: what it wrote is moved as well.
func TestEarlierWritesDuringTheMove(t *testing.T) {
	now := testStart
	s, _ := newStore(t)
	s.Now = func() time.Time { return now }
	beside := &Store{Folder: Folder{Dir: s.Dir, Now: s.Now}}
	keepAsEarlier(t, beside, azure, "tenant-a")
	must(t, os.RemoveAll(s.path(tenants, "")))
	done := false
	s.step = func(op, path string) error {
		if op == "rename" && !done && len(names(t, beside, discovery)) > 0 && isTemp(path) {
			done = true
			now = now.Add(time.Second)
			keepAsEarlier(t, beside, azure, "tenant-b")
		}
		return nil
	}
	must(t, s.prepare(discovery))
	if got, _ := s.Organization(azure); got != "tenant-b" || !done || len(names(t, s, discovery)) > 0 {
		t.Errorf("got %q, %v, left are %q", got, done, names(t, s, discovery))
	}
}

// A call that ends anywhere in the move loses nothing.
func TestMoveOfEarlierKilled(t *testing.T) {
	for n, done := 0, false; !done; n++ {
		s, _ := newStore(t)
		keepAsEarlier(t, s, azure, "tenant-a")
		keepAsEarlier(t, s, earlierRefusals+azure, []time.Time{s.now()})
		must(t, os.RemoveAll(s.path(tenants, "")))
		must(t, os.RemoveAll(s.path(refusals, "")))
		calls := 0
		dying := &Store{Folder: Folder{Dir: s.Dir, step: func(string, string) error {
			if calls++; calls > n {
				return errTaken // as is every call after it
			}
			return nil
		}}}
		dying.KeepDiscovery("https://login.example/t", []byte(`{}`))
		done = calls <= n
		next := &Store{Folder: Folder{Dir: s.Dir}}
		if tenant, _ := next.Organization(azure); tenant != "tenant-a" || next.Refusals(azure) != 1 {
			t.Fatalf("after %d calls: %q, %d refusals", n, tenant, next.Refusals(azure))
		}
	}
}
