package cache

import (
	"path/filepath"
	"testing"
	"time"
)

func TestRefusals(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &Store{Folder: Folder{Dir: filepath.Join(t.TempDir(), "cache"), Now: func() time.Time { return now }}}
	const url = "https://dev.azure.com/contoso"
	is := func(url string, want int) {
		t.Helper()
		if got := s.Refusals(url); got != want {
			t.Errorf("%s: %d refusals, want %d", url, got, want)
		}
	}
	is(url, 0)
	s.KeepRefusal(url)
	now = now.Add(50 * time.Second)
	s.KeepRefusal(url)
	s.KeepOrganization(url, "tenant")
	is(url, 2)
	is("https://dev.azure.com/other", 0)
	now = now.Add(10 * time.Second)
	is(url, 1)
	s.KeepRefusal(url)
	is(url, 2)
	now = now.Add(-time.Hour) // the clock was turned back
	is(url, 0)
	if tenant, ok := s.Organization(url); ok || tenant != "" {
		t.Errorf("the tenant is from the future: %q", tenant)
	}
}
