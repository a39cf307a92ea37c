package cache

import (
	"path/filepath"
	"testing"
	"time"
)

func TestOrganization(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &Store{Folder: Folder{Dir: filepath.Join(t.TempDir(), "cache"), Now: func() time.Time { return now }}}
	const url = "https://dev.azure.com/contoso"
	is := func(url, want string) {
		t.Helper()
		if got, ok := s.Organization(url); got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", url, got, ok, want)
		}
	}
	is(url, "")
	s.KeepOrganization(url, "tenant-a")
	is(url, "tenant-a")
	is("https://dev.azure.com/Contoso", "tenant-a")
	is("https://dev.azure.com/other", "")
	s.KeepOrganization(url, "tenant-b")
	is(url, "tenant-b")

	now = now.Add(89 * 24 * time.Hour)
	is(url, "tenant-b")
	now = now.Add(24 * time.Hour)
	is(url, "")
	s.KeepOrganization(url, "tenant-b")
	now = now.Add(-time.Minute) // kept in the future: the clock was wrong
	is(url, "")
	now = now.Add(time.Hour)
	s.KeepOrganization(url, "tenant-c")
	if l := s.List(); len(l) != 1 || l[0].Authority != url || !l[0].Expires.Equal(now.Add(organizationLife)) {
		t.Errorf("listed as %+v", l)
	}
	if err := s.ForgetOrganization(url); err != nil {
		t.Fatal(err)
	}
	is(url, "")
	if err := s.ForgetOrganization(url); err != nil {
		t.Error(err)
	}
	s.KeepDiscovery(url, []byte(`{"no":"text"}`))
	is(url, "")
}
