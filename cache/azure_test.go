package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

func testAzureLogin(secret string) AzureLogin {
	return AzureLogin{Kind: AzureSecret, Authority: testSession.Authority, Client: testSession.Client, Tenant: "T-ALICE", Secret: NewSecret(secret)}
}

func azureSecret(t *testing.T, s *Store) string {
	t.Helper()
	p, err := ReadAzureProfile(s)
	must(t, err)
	l, _ := p.Current()
	return l.Secret.Reveal()
}

func keepAzure(t *testing.T, s *Store, l AzureLogin) {
	t.Helper()
	must(t, ChangeAzureProfile(t.Context(), s, "", func(p AzureProfile) AzureProfile { return p.With(l) }))
}

// TestAzureProfile keeps logins, one of each name, and what was chosen.
func TestAzureProfile(t *testing.T) {
	s, _ := newStore(t)
	keepAzure(t, s, testAzureLogin("the-old-secret"))
	keepAzure(t, s, AzureLogin{Kind: AzureIdentity, Identity: "client:C", Tenant: "t"})
	keepAzure(t, s, testAzureLogin("new"))
	p, err := ReadAzureProfile(s)
	must(t, err)
	if l, ok := p.Current(); len(p.Logins) != 2 || !ok || l.Secret.Reveal() != "new" || p.Chosen.Tenant != "T-ALICE" {
		t.Fatalf("got %+v", p)
	}
	if l := p.Logins[0]; l.User() != "userAssignedIdentity" || l.AssignedIdentity() != "MSIClient-C" || l.Name != "client:c@t" {
		t.Errorf("got %+v", l)
	}
	if lies(t, s.Dir, "the-old-secret") != 0 {
		t.Error("the old secret is still there")
	}
	name, _ := p.Current()
	must(t, ChangeAzureProfile(t.Context(), s, "", func(p AzureProfile) AzureProfile {
		return p.Without(func(l AzureLogin) bool { return l.Name == name.Name })
	}))
	if p, err = ReadAzureProfile(s); err != nil || len(p.Logins) != 1 || p.Chosen != (AzureChoice{}) {
		t.Errorf("got %+v, %v", p, err)
	}
	must(t, ChangeAzureProfile(t.Context(), s, "", func(AzureProfile) AzureProfile { return AzureProfile{} }))
	if left := names(t, s, azureLogins); len(left) > 0 {
		t.Errorf("left is %q", left)
	}
}

// TestAzureAssertionEnds has no assertion after its exp; the next change takes it off the disk.
func TestAzureAssertionEnds(t *testing.T) {
	s, _ := newStore(t)
	l := testAzureLogin("the-assertion")
	l.Kind, l.Until = AzureAssertion, s.now().Add(time.Minute)
	keepAzure(t, s, l)
	if got := azureSecret(t, s); got != "the-assertion" {
		t.Fatalf("got %q", got)
	}
	s.Now = func() time.Time { return l.Until }
	if got := azureSecret(t, s); got != "" {
		t.Errorf("%q is still given", got)
	}
	if p, err := ReadAzureProfile(s); err != nil || !p.Ended {
		t.Errorf("it is not said that one is stored: %v", err)
	}
	must(t, ChangeAzureProfile(t.Context(), s, "", func(p AzureProfile) AzureProfile { return p }))
	if lies(t, s.Dir, "the-assertion") != 0 {
		t.Error("it is still there")
	}
	if p, err := ReadAzureProfile(s); err != nil || p.Ended {
		t.Errorf("it is said that one is stored: %v", err)
	}
}

// TestAzureProfileLosesNothing changes it many times at once.
func TestAzureProfileLosesNothing(t *testing.T) {
	s, _ := newStore(t)
	var all sync.WaitGroup
	const n = 8
	for i := range n {
		all.Go(func() {
			other := &Store{Folder: Folder{Dir: s.Dir, Ours: s.Ours}}
			l := testAzureLogin(fmt.Sprint(i))
			l.Client = fmt.Sprint(i)
			if err := ChangeAzureProfile(context.Background(), other, "", func(p AzureProfile) AzureProfile { return p.With(l) }); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if p, err := ReadAzureProfile(s); err != nil || len(p.Logins) != n {
		t.Errorf("%d logins: %v", len(p.Logins), err)
	}
}

// TestAzureProfileDamaged says that it can't be read, and lets the next login take its place.
func TestAzureProfileDamaged(t *testing.T) {
	s, _ := newStore(t)
	keepAzure(t, s, testAzureLogin("the-old-secret"))
	must(t, os.WriteFile(s.path(azureLogins, azureName()), []byte("{"), 0o600))
	must(t, os.WriteFile(s.path(azureLogins, azureName()+tempMark+strings.Repeat("A", 26)), []byte("secret of a killed writer"), 0o600))
	if _, err := ReadAzureProfile(s); !errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v", err)
	}
	keepAzure(t, s, testAzureLogin("new"))
	if got := azureSecret(t, s); got != "new" || lies(t, s.Dir, "killed writer") != 0 {
		t.Errorf("got %q", got)
	}
}

// TestAzureProfileNewer neither reads nor forgets what a newer entralogin wrote.
func TestAzureProfileNewer(t *testing.T) {
	s, _ := newStore(t)
	keepAzure(t, s, testAzureLogin("the-secret"))
	path := s.path(azureLogins, azureName())
	newer := strings.Replace(readFile(t, path), `"version":1`, `"version":2`, 1)
	writeFile(t, path, newer)
	var place *Error
	if _, err := ReadAzureProfile(s); !errors.As(err, &place) {
		t.Errorf("got %v", err)
	}
	for _, p := range []AzureProfile{{}, AzureProfile{}.With(testAzureLogin("new"))} {
		err := ChangeAzureProfile(t.Context(), s, "", func(AzureProfile) AzureProfile { return p })
		if !errors.As(err, &place) || readFile(t, path) != newer {
			t.Errorf("%+v takes its place: %v", p, err)
		}
	}
}
