package cache

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

func canceled(t *testing.T) (context.Context, func()) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx, cancel
}

func TestDiscovery(t *testing.T) {
	const authority = "https://login.example/Contoso"
	s, _ := newStore(t)
	now := testStart
	s.Now = func() time.Time { return now }
	if _, ok := s.Discovery(authority); ok {
		t.Error("there is one in an empty cache")
	}
	s.KeepDiscovery(authority, []byte(`{"issuer":"x"}`))
	for name, test := range map[string]struct {
		authority string
		now       time.Time
		want      bool
	}{
		"at once":               {authority, testStart, true},
		"in other case":         {strings.ToUpper(authority), testStart, true},
		"after a day less":      {authority, testStart.Add(24*time.Hour - time.Second), true},
		"after a day":           {authority, testStart.Add(24 * time.Hour), false},
		"the clock turned back": {authority, testStart.Add(-time.Second), false},
		"another tenant":        {"https://login.example/other", testStart, false},
		"another host":          {"https://login.example2/Contoso", testStart, false},
	} {
		now = test.now
		doc, ok := s.Discovery(test.authority)
		if ok != test.want || ok && string(doc) != `{"issuer":"x"}` || !ok && doc != nil {
			t.Errorf("%s: %s, %v", name, doc, ok)
		}
	}
}

func TestDiscoveryDamaged(t *testing.T) {
	const authority, other = "https://login.example/a", "https://login.example/b"
	s, _ := newStore(t)
	s.KeepDiscovery(authority, []byte(`{"issuer":"x"}`))
	s.KeepDiscovery(other, []byte(`{"issuer":"other"}`))
	path := s.path(discovery, documentName(authority))
	genuine := readFile(t, path)
	for name, content := range map[string]string{
		"empty": "", "cut": genuine[:len(genuine)-5], "garbage": "\x00", "without document": genuine[:strings.Index(genuine, `,"document"`)] + "}",
		"of another authority": readFile(t, s.path(discovery, documentName(other))), "newer": strings.Replace(genuine, `:1`, `:2`, 1),
	} {
		writeFile(t, path, content)
		if doc, ok := s.Discovery(authority); ok || doc != nil {
			t.Errorf("%s: got %s", name, doc)
		}
	}
	must(t, os.Remove(path))
	s.KeepDiscovery(authority, []byte(`{"cut`)) // no JSON: not kept, no harm
	if _, ok := s.Discovery(authority); ok {
		t.Error("garbage was kept")
	}
	writeFile(t, path, "garbage")
	s.KeepDiscovery(authority, []byte(`{"issuer":"y"}`))
	if doc, ok := s.Discovery(authority); !ok || string(doc) != `{"issuer":"y"}` {
		t.Errorf("garbage stays: %s", doc)
	}
}

func TestSignInRecord(t *testing.T) {
	s, _ := newStore(t)
	k := testKey
	k.Account = "alice"
	id := k.SignIn()
	if _, ok := s.SignIn(id); ok {
		t.Error("there is one in an empty cache")
	}
	want := SignIn{Asker: "kubectl", UserCode: NewSecret("ABC"), VerificationURI: "https://x", Expires: testStart, Shown: FileID{1, 2},
		Failed: "declined", Text: "no", When: testStart.Add(time.Hour), Scopes: "a b"}
	must(t, s.KeepSignIn(id, want))
	got, ok := s.SignIn(id)
	if !ok || got.PID != os.Getpid() || !got.UserCode.Equal(want.UserCode) {
		t.Errorf("got %+v", got)
	}
	got.PID, got.UserCode, want.UserCode = 0, Secret{}, Secret{}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	must(t, s.KeepSignIn(id, SignIn{Asker: "git"}))
	if got, ok := s.SignIn(id); !ok || !got.UserCode.IsZero() || got.Failed != "" || !got.Expires.IsZero() || got.Asker != "git" {
		t.Errorf("got %+v", got)
	}
	other := k
	other.Tenant = "other"
	if _, ok := s.SignIn(other.SignIn()); ok {
		t.Error("another tenant has the same record")
	}
	for _, content := range []string{"", "{", "garbage", "null", `{"version":1,"pid":"x"}`, `{"version":2,"pid":1}`} {
		writeFile(t, s.path(pending, id.name()), content)
		if got, ok := s.SignIn(id); ok || got != (SignIn{}) {
			t.Errorf("%q: got %+v", content, got)
		}
	}
	must(t, s.RemoveSignIn(id))
	must(t, s.RemoveSignIn(id))
	if got := names(t, s, pending); len(got) > 0 {
		t.Errorf("left %q", got)
	}
}

// No two sign-ins have one name, wherever the border between their fields is.
func TestSignInName(t *testing.T) {
	seen := map[string]SignInID{}
	for _, id := range []SignInID{
		{SessionID{"a", "b"}, "c", "d", 0}, {SessionID{"a", "b"}, "cd", "", 0}, {SessionID{"a", "b"}, "c\" \"d", "", 0}, {SessionID{"a b", ""}, "c", "d", 0},
		{SessionID{"a", "b"}, "", "c d", 0}, {SessionID{"b", "a"}, "c", "d", 0}, {SessionID{"a", "b"}, "d", "c", 0}, {SessionID{"a", "b"}, "c", "", 0}, {SessionID{"a", "b"}, "c", "d", 1}, {SessionID{"a", "b"}, "c", "d", 2},
	} {
		if other, ok := seen[id.name()]; ok {
			t.Errorf("%+v and %+v have one name", id, other)
		}
		seen[id.name()] = id
	}
	a, b := SignInID{testSession, "T", "Alice", 0}, SignInID{testSession, "t", "aLICE", 0}
	if a.name() != b.name() {
		t.Error("case makes a difference")
	}
}
