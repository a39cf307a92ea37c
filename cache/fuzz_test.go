package cache

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// FuzzFiles puts anything at all where a file of each kind lies. Nothing of it may end the program; what is
// read has to make sense; what can't be replaced stays as it was; and all of it can be listed and deleted.
func FuzzFiles(f *testing.F) {
	for _, text := range []string{
		"", "\x00", "null", "[]", "{}", `{"version":1}`, `{"version":2,"token":"x"}`, `{"version":-1}`, `{"version":1e99}`, `{"version":1,"version":2}`,
		`{"version":1,"authority":"a","client":"c","tenant":"t","scopes":["s"],"kind":"access","token":"x","expires":"9999-12-31T23:59:59Z","obtained":"2026-01-02T03:04:05Z"}`,
		`{"version":1,"authority":"a","client":"c","msal":{"Account":{"k":{"home_account_id":"1.2","username":"alice"}},"RefreshToken":{"k":{"secret":"x"}}}}`,
		`{"version":1,"authority":"a","client":"c","msal":{"Account":[]}}`, `{"version":1,"authority":"a","client":"c","msal":null}`,
		`{"version":1,"pid":-1,"user_code":"x","expires":"2026-01-02T03:04:05Z","failed":"declined"}`,
		`{"version":1,"authority":"https://a/t","fetched":"2026-01-02T03:04:05Z","document":{}}`, strings.Repeat(`{"a":`, 10_000),
		`{"version":1,"sealed":"AAAA","nonce":"AAAA"}`,
		`{"version":1,"authority":"a","client":"c","account":"1.2","when":"2026-01-02T03:04:05Z","tenants":[{"tenant":"t","subscriptions":[{"id":"s","name":"n","managed_by":[null]}]},null]}`,
	} {
		f.Add([]byte(text))
	}
	key := Key{SessionID: SessionID{Authority: "a", Client: "c"}, Tenant: "t", Scopes: []string{"s"}, Kind: Access}
	f.Fuzz(func(t *testing.T, content []byte) {
		s := &Store{Folder: Folder{Dir: t.TempDir()}}
		files := map[string]string{tokens: key.Hash(), sessions: sessionName(key.SessionID),
			pending: key.SignIn().name(), discovery: documentName("https://a/t"),
			subscriptions: subscriptionFile{SessionID: key.SessionID, Account: "1.2"}.key().Hash()}
		for folder, name := range files {
			if err := os.Mkdir(s.path(folder, ""), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(s.path(folder, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		checkReads(t, s, key)
		if entries := s.List(); len(entries) != len(files) {
			t.Errorf("listed: %+v", entries)
		}
		kept := Token{Value: NewSecret("kept"), Kind: Access, Obtained: time.Now(), Expires: time.Now().Add(time.Hour)}
		err := s.KeepToken(key, kept)
		now, readErr := os.ReadFile(s.path(tokens, key.Hash()))
		if readErr != nil || err != nil && !bytes.Equal(now, content) {
			t.Errorf("%v, but it was changed: %q, %v", err, now, readErr)
		}
		if got, tokenErr := both(t, s, key); err == nil && (tokenErr != nil || !got.Value.Equal(kept.Value)) {
			t.Errorf("what was kept is not there: %v", tokenErr)
		}
		if err := s.Clear(context.Background()); err != nil || len(s.List()) != 0 {
			t.Errorf("left: %+v, %v", s.List(), err)
		}
	})
}

func checkReads(t *testing.T, s *Store, key Key) {
	t.Helper()
	if got, ok := SubscriptionsOf(s, key.SessionID, "1.2"); ok && got.Account != "1.2" {
		t.Errorf("the subscriptions of somebody else: %+v", got)
	}
	if token, err := both(t, s, key); err == nil && (token.Value.IsZero() || token.Until().After(token.Obtained.Add(24*time.Hour))) {
		t.Errorf("a token without text, or for longer than a day: %v until %v", token.Obtained, token.Until())
	}
	if session, err := s.Session(key.SessionID); err == nil {
		if _, err := session.Accounts(); err != nil {
			t.Errorf("a session without readable accounts: %v", err)
		}
		if _, err := session.Merge(session); err != nil {
			t.Errorf("a session that can't be merged: %v", err)
		}
	}
	if document, ok := s.Discovery("https://a/t"); ok && !json.Valid(document) {
		t.Errorf("a document that is no JSON: %q", document)
	}
	s.SignIn(key.SignIn())
}
