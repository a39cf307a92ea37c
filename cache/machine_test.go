package cache

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A machine's token stands beside those of people with the same client, and what is done with theirs leaves it.
func TestMachineTokens(t *testing.T) {
	s, _ := signedIn(t)
	mine, other := testKey, testKey
	mine.Credential, other.Credential, other.Identity = "secret", "msi", "system"
	must(t, s.KeepToken(mine, testToken("token-of-app")))
	must(t, s.KeepToken(other, testToken("token-of-machine")))
	if _, err := s.Forget(t.Context(), testSession, "alice@contoso.example"); err != nil {
		t.Fatal(err)
	}
	must(t, s.RemoveTokens(testSession, func(Key, Token) bool { return true }))
	left(t, s, "token-of-alice", 0, "token-of-bob", 0, "token-of-app", 1, "token-of-machine", 1)
	if _, err := s.Forget(t.Context(), testSession, ""); err != nil {
		t.Fatal(err)
	}
	left(t, s, "token-of-alice", 0, "token-of-bob", 0, "token-of-app", 1, "token-of-machine", 1)
	stored, err := s.TokensOf(testSession)
	if err != nil || len(stored) != 0 {
		t.Errorf("a session has the tokens of machines: %+v, %v", stored, err)
	}
	ids, err := s.SessionIDs()
	if err != nil || slices.Contains(ids, testSession) {
		t.Errorf("a machine has a session: %v, %v", ids, err)
	}
	if stored, err = MachineTokens(s); err != nil || len(stored) != 2 {
		t.Fatalf("%+v, %v", stored, err)
	}
	temp := s.path(tokens, mine.Hash()+tempMark+strings.Repeat("A", 26))
	writeFile(t, temp, readFile(t, s.path(tokens, mine.Hash())))
	removed, err := ForgetMachines(s, func(k Key, token Token) bool {
		return k.Renewal() == mine.Renewal() && !token.Value.IsZero()
	})
	if err != nil || len(removed) != 1 || removed[0].Key.Credential != "secret" {
		t.Errorf("%+v, %v", removed, err)
	}
	left(t, s, "token-of-app", 0, "token-of-machine", 1)
	if n, _ := filepath.Glob(s.path(tokens, "*"+tempMark+"*")); len(n) != 0 {
		t.Errorf("left of a killed writer: %q", n)
	}
	must(t, s.Clear(t.Context()))
	left(t, s, "token-of-machine", 0)
}

// With the tokens of a machine goes its key, one to which a killed process has bound no token as well; but not one that
// serves another tenant, nor another machine's, nor a person's.
func TestForgetMachinesKeys(t *testing.T) {
	s, _ := newStore(t)
	app := bound("", "")
	app.Credential = "secret"
	unused, shared, person := app, app, bound("", "")
	unused.Client, shared.Client = "unused", "shared"
	far := shared
	far.Tenant = "fabrikam.example"
	keep := func() {
		for name, k := range map[string]Key{"app": app, "unused": unused, "shared": shared, "person": person} {
			must(t, KeepProofKey(s, k, NewSecret(`{"d":"key-of-`+name+`."}`)))
		}
		for _, k := range []Key{app, shared, far} {
			bearer := k
			must(t, s.KeepToken(bearer, testToken("bearer")))
			k.KeyID = "1"
			must(t, s.KeepToken(k, testToken("bound")))
		}
	}
	forget := func(mine func(Key) bool, keys ...any) {
		t.Helper()
		keep()
		_, err := ForgetMachines(s, func(k Key, _ Token) bool { return mine(k) })
		must(t, err)
		left(t, s, keys...)
	}
	forget(func(k Key) bool { return k.Renewal() == app.Renewal() || k.Renewal() == shared.Renewal() },
		"key-of-app.", 0, "key-of-unused.", 0, "key-of-shared.", 1, "key-of-person.", 1)
	forget(func(k Key) bool { return k.KeyID != "" && k.Client == "shared" }, "key-of-app.", 1, "key-of-unused.", 0, "key-of-shared.", 0, "key-of-person.", 1)
}

// left checks how many files hold each of some texts.
func left(t *testing.T, s *Store, want ...any) {
	t.Helper()
	for pair := range slices.Chunk(want, 2) {
		if n := holding(t, s, pair[0].(string)); n != pair[1].(int) {
			t.Errorf("%v is in %d files, not in %d", pair[0], n, pair[1])
		}
	}
}

// Machines have locks of their own: what one waits for delays no person, and no other machine.
func TestRenewal(t *testing.T) {
	k := testKey
	if k.Renewal() != testSession {
		t.Errorf("a person's is %v", k.Renewal())
	}
	seen := map[SessionID]bool{testSession: true}
	for _, credential := range []string{"msi", "azurecli"} {
		for _, identity := range []string{"system", "client:x"} {
			k.Credential, k.Identity, k.Scopes = credential, identity, []string{identity}
			one := k
			one.Scopes = []string{"another"}
			if seen[k.Renewal()] || k.Renewal() != one.Renewal() {
				t.Errorf("%v, and for another scope %v", k.Renewal(), one.Renewal())
			}
			seen[k.Renewal()] = true
		}
	}
}
