package cache

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// bound is testKey of an account, with a token that is bound to a key.
func bound(account, id string) Key {
	k := testKey
	k.Account, k.KeyID = account, id
	return k
}

func TestProofKey(t *testing.T) {
	s, _ := newStore(t)
	alice, bob := bound("alice@contoso.example", "1"), bound("bob@contoso.example", "1")
	app := testKey
	app.Credential = "secret"
	if _, err := ProofKey(s, alice); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
	keys := map[string]Key{"of-alice": alice, "of-bob": bob, "of-nobody": bound("", ""), "of-app": app}
	for name, k := range keys {
		must(t, KeepProofKey(s, k, NewSecret(`{"d":"`+name+`"}`)))
	}
	for name, k := range keys {
		for _, k := range []Key{k, {SessionID: k.SessionID, Account: strings.ToUpper(k.Account), Credential: k.Credential, Tenant: "another", Scopes: []string{"x"}, KeyID: "2", Kind: Access}} {
			if got, err := ProofKey(s, k); err != nil || got.Reveal() != `{"d":"`+name+`"}` {
				t.Errorf("%s: %q, %v", name, got.Reveal(), err)
			}
		}
	}
	info, err := os.Stat(s.path(proofs, alice.holder().Hash()))
	if err != nil || info.Mode().Perm() != private {
		t.Error(info, err)
	}
	must(t, os.Rename(s.path(proofs, alice.holder().Hash()), s.path(proofs, bob.holder().Hash())))
	if _, err := ProofKey(s, bob); !errors.Is(err, ErrCorrupt) {
		t.Errorf("the key of somebody else: %v", err)
	}
	writeFile(t, s.path(proofs, bob.holder().Hash()), `{"version":1`)
	if _, err := ProofKey(s, bob); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a damaged one: %v", err)
	}
	must(t, KeepProofKey(s, bob, NewSecret(`{}`)))
	if _, err := ProofKey(s, bob); err != nil {
		t.Error(err)
	}
}

// A token is of no use without the key that it is bound to.
func TestNewProofKeyEndsTokens(t *testing.T) {
	s, _ := newStore(t)
	for _, k := range []Key{bound("alice", ""), bound("alice", "1"), bound("alice", "2"), bound("bob", "1")} {
		must(t, s.KeepToken(k, testToken("token-of-"+k.Account+k.KeyID+".")))
	}
	must(t, KeepProofKey(s, bound("Alice", "3"), NewSecret("{}")))
	for text, want := range map[string]int{"token-of-alice.": 1, "token-of-alice1": 0, "token-of-alice2": 0, "token-of-bob1": 1} {
		if got := holding(t, s, text); got != want {
			t.Errorf("%s: %d", text, got)
		}
	}
}

func TestForgetProofKeys(t *testing.T) {
	s, other := signedIn(t)
	keep := func() {
		for _, name := range []string{"alice", "bob", ""} {
			account := ""
			if name != "" {
				account = name + "@contoso.example"
			}
			must(t, KeepProofKey(s, bound(account, ""), NewSecret(`{"d":"key-of-`+name+`."}`)))
		}
		k := bound("", "")
		k.SessionID = other
		must(t, KeepProofKey(s, k, NewSecret(`{"d":"key-of-carol."}`)))
		writeFile(t, s.path(proofs, documentName("damaged")), "damaged-key")
		writeFile(t, s.path(proofs, k.holder().Hash()+tempMark+strings.Repeat("A", 26)), "temp-key")
	}
	left := func(want map[string]int) {
		t.Helper()
		for text, n := range want {
			if got := holding(t, s, text); got != n {
				t.Errorf("%q stands in %d files, not %d", text, got, n)
			}
		}
	}
	keep()
	_, err := s.Forget(t.Context(), testSession, "alice@contoso.example")
	must(t, err)
	left(map[string]int{"key-of-alice.": 0, "key-of-.": 0, "key-of-bob.": 1, "key-of-carol.": 1, "damaged-key": 0, "temp-key": 0})
	keep()
	_, err = s.Forget(t.Context(), testSession, "")
	must(t, err)
	left(map[string]int{"key-of-alice.": 0, "key-of-.": 0, "key-of-bob.": 0, "key-of-carol.": 1})
}

func TestProofKeyIsSealed(t *testing.T) {
	s, v, _ := sealing(t)
	must(t, KeepProofKey(s, testKey, NewSecret(`{"d":"the-private-key"}`)))
	must(t, s.ApplyStorage(t.Context(), Keyring)) // which moves it
	if n := holding(t, s, "the-private-key"); n != 0 {
		t.Errorf("the key stands in %d files", n)
	}
	if k, err := ProofKey(again(s), testKey); err != nil || k.Reveal() != `{"d":"the-private-key"}` {
		t.Error(k.Reveal(), err)
	}
	clear(v.keys)
	if _, err := ProofKey(again(s), testKey); !errors.Is(err, ErrKeyGone) {
		t.Error(err)
	}
	must(t, again(s).ApplyStorage(t.Context(), ""))
	must(t, KeepProofKey(again(s), testKey, NewSecret(`{}`)))
}
