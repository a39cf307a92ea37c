package cache

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// signedIn fills a store: alice and bob in testSession, alice in the session of another client, with
// tokens whose text ends in the name.
func signedIn(t *testing.T) (*Store, SessionID) {
	t.Helper()
	s, _ := newStore(t)
	other := SessionID{Authority: testSession.Authority, Client: "another-client"}
	both, err := session(t, "alice").Merge(session(t, "bob"))
	must(t, err)
	must(t, s.KeepSession(testSession, both))
	must(t, s.KeepSession(other, session(t, "carol")))
	for _, name := range []string{"alice", "bob"} {
		for _, account := range []string{name + "@contoso.example", strings.ToUpper(name) + "@contoso.example", "oid-" + name + ".home"} {
			k := testKey
			k.Account, k.Tenant = account, "t-"+name
			token := testToken("token-of-" + name)
			token.Account = name + "@contoso.example"
			must(t, s.KeepToken(k, token))
		}
	}
	k := Key{SessionID: other, Tenant: "t", Kind: ID}
	token := testToken("token-of-carol")
	token.Account = "carol@contoso.example"
	must(t, s.KeepToken(k, token))
	must(t, s.KeepSignIn(testKey.SignIn(), SignIn{Asker: "kubectl"}))
	s.KeepDiscovery("https://host/t", []byte(`{}`))
	s.KeepOrganization("https://dev.azure.com/contoso", "t")
	s.KeepRefusal("https://dev.azure.com/contoso")
	return s, other
}

// holding counts the files below the store that hold a text.
func holding(t *testing.T, s *Store, text string) int {
	t.Helper()
	n := 0
	must(t, filepath.WalkDir(s.Dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && bytes.Contains([]byte(readFile(t, path)), []byte(text)) {
			n++
		}
		return err
	}))
	return n
}

// gone checks that nothing is left of some, and something of others.
func gone(t *testing.T, s *Store, gone, left string) {
	t.Helper()
	for name := range strings.FieldsSeq(gone) {
		for _, text := range []string{"of-" + name, name + "@", "oid-" + name} {
			if n := holding(t, s, text); n > 0 {
				t.Errorf("%d files still hold %q", n, text)
			}
		}
	}
	for name := range strings.FieldsSeq(left) {
		for _, text := range []string{"token-of-", "refresh-of-"} {
			if holding(t, s, text+name) == 0 {
				t.Errorf("nothing holds %s any more", text+name)
			}
		}
	}
}

func usernames(accounts []Account) string {
	var all []string
	for _, a := range accounts {
		all = append(all, a.Username)
	}
	return strings.Join(all, " ")
}

func TestForget(t *testing.T) {
	for name, test := range map[string]struct{ account, told, gone, left string }{
		"one":          {"alice@contoso.example", "alice@contoso.example", "alice", "bob carol"},
		"in capitals":  {"ALICE@CONTOSO.example", "alice@contoso.example", "alice", "bob carol"},
		"by home ID":   {"oid-bob.home", "bob@contoso.example", "bob", "alice carol"},
		"everybody":    {"", "alice@contoso.example bob@contoso.example", "alice bob", "carol"},
		"a stranger":   {"eve@contoso.example", "", "", "alice bob carol"},
		"of the other": {"carol@contoso.example", "", "", "alice bob carol"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := signedIn(t)
			got, err := s.Forget(t.Context(), testSession, test.account)
			if test.told == "" != errors.Is(err, ErrNone) || test.told != "" && err != nil {
				t.Errorf("got %v", err)
			}
			if usernames(got) != test.told {
				t.Errorf("told %q", usernames(got))
			}
			gone(t, s, test.gone, test.left)
		})
	}
}

func TestForgetOneAfterTheOther(t *testing.T) {
	s, _ := signedIn(t)
	for _, name := range []string{"alice", "bob"} {
		_, err := s.Forget(t.Context(), testSession, name+"@contoso.example")
		must(t, err)
	}
	gone(t, s, "alice bob", "carol")
	if _, err := os.Lstat(s.sessionPath(testSession)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty session stays: %v", err)
	}
	if _, err := s.Forget(t.Context(), testSession, ""); !errors.Is(err, ErrNone) {
		t.Errorf("once more: %v", err)
	}
}

// What killed writers and damaged files leave goes along, if it can hold a secret of the account.
func TestForgetRemains(t *testing.T) {
	for name, account := range map[string]string{"one": "alice@contoso.example", "everybody": ""} {
		t.Run(name, func(t *testing.T) {
			s, other := signedIn(t)
			k := testKey
			k.Account, k.Tenant = "alice@contoso.example", "t-alice"
			temp := tempMark + strings.Repeat("A", 26)
			path := s.tokenPath(k)
			whole := readFile(t, path)
			carols := readFile(t, s.sessionPath(other))
			for remains, content := range map[string]string{
				path + temp: whole, path + asideMark: whole, path + temp[:len(temp)-1] + "B": whole[:len(whole)-9],
				s.path(tokens, documentName("moved")):    whole,
				s.path(tokens, documentName("no token")): `{"version":1,"token":"token-of-alice"}`,
				s.path(tokens, documentName("no JSON")):  strings.Repeat("token-of-alice", 3),
				s.sessionPath(testSession) + temp:        msal("alice", "t1")[:300],
				s.sessionPath(testSession) + asideMark:   msal("alice", "t1")[:300],
				s.sessionPath(other) + temp:              carols,
			} {
				writeFile(t, remains, content)
			}
			unknown := testKey
			unknown.Tenant = "of somebody"
			token := testToken("token-of-alice")
			token.Account = ""
			must(t, s.KeepToken(unknown, token))
			_, err := s.Forget(t.Context(), testSession, account)
			must(t, err)
			gone(t, s, "alice", "carol")
			if readFile(t, s.sessionPath(other)+temp) != carols {
				t.Error("what another session's writer is writing is gone")
			}
		})
	}
}

func TestForgetDamaged(t *testing.T) {
	for _, account := range []string{"", "alice@contoso.example"} {
		s, _ := signedIn(t)
		writeFile(t, s.sessionPath(testSession), msal("alice", "t1")[:400])
		got, err := s.Forget(t.Context(), testSession, account)
		if err != nil || !strings.Contains(usernames(got), "alice@contoso.example") {
			t.Errorf("%q: told %q, %v", account, usernames(got), err)
		}
		gone(t, s, "alice", "")
		if n := holding(t, s, "token-of-bob"); (n == 0) != (account == "") {
			t.Errorf("%q: %d tokens of bob", account, n)
		}
	}
	s, _ := signedIn(t) // a call before this one set it aside
	writeFile(t, s.sessionPath(testSession), msal("alice", "t1")[:400])
	must(t, s.SetAsideSession(testSession))
	if got, err := s.Forget(t.Context(), testSession, ""); err != nil || len(got) != 2 {
		t.Errorf("set aside: told %q, %v", usernames(got), err)
	}
	gone(t, s, "alice bob", "")
}

// A guest has another name in each tenant: all its tokens go, whichever name is given.
func TestForgetGuest(t *testing.T) {
	for _, name := range []string{"alice@contoso.example", "alice_contoso#ext@fabrikam.example", "oid-alice.home"} {
		s, _ := signedIn(t)
		guest, err := NewSession([]byte(strings.ReplaceAll(msal("alice", "fabrikam"), "alice@contoso.example", "alice_contoso#ext@fabrikam.example")))
		must(t, err)
		stored, err := s.Session(testSession)
		must(t, err)
		merged, err := stored.Merge(guest)
		must(t, err)
		must(t, s.KeepSession(testSession, merged))
		k, token := testKey, testToken("token-of-alice")
		k.Tenant, token.Account = "fabrikam", "alice_contoso#ext@fabrikam.example"
		must(t, s.KeepToken(k, token))
		if got, err := s.Forget(t.Context(), testSession, name); err != nil || len(got) != 1 {
			t.Errorf("%s: told %q, %v", name, usernames(got), err)
		}
		gone(t, s, "alice", "bob carol")
		if n := holding(t, s, "#ext"); n > 0 {
			t.Errorf("%s: %d files still hold the guest's name", name, n)
		}
	}
}

// Nobody can tell whose secrets a damaged session holds, nor whose a token without an account is.
func TestForgetWithoutNames(t *testing.T) {
	s, _ := signedIn(t)
	writeFile(t, s.sessionPath(testSession), msal("alice", "t1")[:400])
	if _, err := s.Forget(t.Context(), testSession, "eve@contoso.example"); err != nil {
		t.Error(err)
	}
	if n := holding(t, s, "refresh-of-alice"); n > 0 {
		t.Error("the damaged session stays")
	}
	s, _ = newStore(t)
	token := testToken("of-nobody")
	token.Account = ""
	must(t, s.KeepToken(testKey, token))
	if _, err := s.Forget(t.Context(), testSession, ""); !errors.Is(err, ErrNone) {
		t.Errorf("told %v", err)
	}
	if n := holding(t, s, "of-nobody"); n > 0 {
		t.Error("a token of nobody stays")
	}
}

// A file of a newer schema is not deleted, and what it can hold is not denied.
func TestForgetNewer(t *testing.T) {
	place := (*Error)(nil)
	s, _ := signedIn(t)
	path := s.path(tokens, strings.Repeat("0", 64))
	writeFile(t, path, `{"version":2,"secret":"of-nobody-knows"}`)
	if _, err := s.Forget(t.Context(), testSession, ""); !errors.As(err, &place) || place.Path != path {
		t.Errorf("a newer token: %v", err)
	}
	gone(t, s, "alice bob", "carol")
	s, _ = signedIn(t)
	newer := strings.Replace(readFile(t, s.sessionPath(testSession)), `"version":1`, `"version":2`, 1)
	writeFile(t, s.sessionPath(testSession), newer)
	if _, err := s.Forget(t.Context(), testSession, ""); !errors.As(err, &place) || readFile(t, s.sessionPath(testSession)) != newer {
		t.Errorf("a newer session: %v", err)
	}
}

func TestForgetUnderTheLock(t *testing.T) {
	s, _ := signedIn(t)
	unlock, err := s.LockSession(t.Context(), testSession, taken)
	must(t, err)
	defer unlock()
	ctx, cancel := canceled(t)
	defer cancel()
	if _, err := s.Forget(ctx, testSession, ""); !errors.Is(err, ctx.Err()) {
		t.Errorf("Forget: %v", err)
	}
	if err := s.Clear(ctx); !errors.Is(err, ctx.Err()) {
		t.Errorf("Clear: %v", err)
	}
	gone(t, s, "", "alice bob")
}

func TestClear(t *testing.T) {
	s, other := signedIn(t)
	writeFile(t, s.sessionPath(other), "garbage with refresh-of-carol")
	writeFile(t, s.sessionPath(other)+asideMark, "refresh-of-carol")
	writeFile(t, s.path(sessions, "x+y"+tempMark+strings.Repeat("A", 26)), "refresh-of-carol")
	writeFile(t, s.path(tokens, documentName("newer")), `{"version":2,"token":"token-of-carol"}`)
	s.KeepGitVersion(Program{Path: "/usr/bin/git"}, "git version 2.54.0")
	s.KeepClusters(other, "api", []Cluster{{Server: "https://cluster.example"}})
	must(t, s.KeepRefusedWay(testWay, RefusedWay{Why: "AADSTS53003"}))
	must(t, s.SayRenewalFailed(testKey))
	must(t, KeepProofKey(s, testKey, NewSecret("{}")))
	must(t, KeepSubscriptions(t.Context(), s, testSession, testSubscribed("oid-alice.home", time.Now())))
	must(t, ChangeAzureProfile(t.Context(), s, "", func(p AzureProfile) AzureProfile { return p.With(testAzureLogin("secret-of-carol")) }))
	must(t, s.Clear(t.Context()))
	gone(t, s, "alice bob carol", "")
	for _, folder := range storedIn() {
		if left := names(t, s, folder); len(left) > 0 {
			t.Errorf("%s: left %q", folder, left)
		}
	}
	if left := names(t, s, locks); len(left) == 0 {
		t.Error("the locks were deleted")
	}
	must(t, s.Clear(t.Context()))
}

func TestRemoveTokens(t *testing.T) {
	s, other := signedIn(t)
	must(t, s.RemoveTokens(testSession, func(k Key, token Token) bool {
		return k.Tenant == "t-alice" && token.Account == "alice@contoso.example" && k.Kind == Access && slices.Equal(k.Scopes, testKey.Scopes)
	}))
	if a, b, c := holding(t, s, "token-of-alice"), holding(t, s, "token-of-bob"), holding(t, s, "token-of-carol"); a != 0 || b != 2 || c != 1 {
		t.Errorf("left are %d, %d, %d", a, b, c)
	}
	must(t, s.RemoveTokens(other, func(Key, Token) bool { return false }))
	if holding(t, s, "token-of-carol") != 1 {
		t.Error("a token that was not meant is gone")
	}
}
