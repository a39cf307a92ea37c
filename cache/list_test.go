package cache

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// kinds counts the entries of each kind.
func kinds(entries []Entry) map[string]int {
	n := map[string]int{}
	for _, e := range entries {
		n[e.Kind]++
	}
	return n
}

func listedStore(t *testing.T) *Store {
	t.Helper()
	s := &Store{Folder: Folder{Dir: filepath.Join(t.TempDir(), "cache")}}
	key := Key{SessionID: testSession, Tenant: "contoso.example", Scopes: []string{"b", "a"}, Kind: Access}
	session, err := NewSession([]byte(`{"Account":{"k":{"home_account_id":"1.2","realm":"2","username":"alice@contoso.example"}},` +
		`"RefreshToken":{"k":{"home_account_id":"1.2","secret":"the-refresh-token"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, err := range []error{
		s.KeepSession(testSession, session),
		s.KeepToken(key, Token{Value: NewSecret("the-access-token"), Kind: Access, Account: "alice@contoso.example",
			Obtained: now, Expires: now.Add(time.Hour)}),
		s.KeepSignIn(key.SignIn(), SignIn{UserCode: NewSecret("THEUSERCODE"), Expires: now.Add(time.Minute)}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s.KeepDiscovery("https://login.microsoftonline.com/contoso.example", []byte(`{"issuer":"x"}`))
	s.KeepOrganization("https://dev.azure.com/contoso", "the-tenant")
	s.KeepRefusal("https://dev.azure.com/contoso")
	must(t, s.KeepRefusedWay(testWay, RefusedWay{Why: "AADSTS53003", When: now, Until: now.Add(time.Hour)}))
	s.KeepGitVersion(Program{Path: "/usr/bin/git"}, "git version 2.54.0")
	must(t, s.SayRenewalFailed(testKey))
	must(t, KeepProofKey(s, key, NewSecret(`{"d":"the-private-key"}`)))
	must(t, KeepSubscriptions(t.Context(), s, testSession, Subscribed{Account: "1.2", Subscriptions: []Subscription{{ID: "s", Tenant: "t"}}, When: now}))
	must(t, ChangeAzureProfile(t.Context(), s, "", func(p AzureProfile) AzureProfile { return p.With(testAzureLogin("the-client-secret")) }))
	s.KeepClusters(testSession, "api", []Cluster{{Server: "https://cluster.example"}})
	return s
}

func TestListTellsNoSecret(t *testing.T) {
	s := listedStore(t)
	entries := s.List()
	text, err := json.Marshal(entries)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"the-refresh-token", "the-access-token", "the-private-key", "the-client-secret", "THEUSERCODE"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%s is told: %s", secret, text)
		}
	}
	want := map[string]int{EntrySession: 1, EntryToken: 1, EntryProof: 1, EntryAzure: 1, EntrySignIn: 1, EntryTenant: 1, EntryWay: 1, EntryRefusals: 1, EntryClusters: 1, EntryGit: 1, EntryRenewal: 1, EntryDiscovery: 1, EntrySubscriptions: 1}
	if got := kinds(entries); !maps.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for _, e := range entries[:2] {
		if e.Authority != testSession.Authority || e.Client != testSession.Client || !slices.Equal(e.Accounts, []string{"alice@contoso.example"}) {
			t.Errorf("got %+v", e)
		}
	}
}

// nameIn is a name that a file of entralogin's may have in a folder.
func nameIn(folder, what string) string {
	plain := finished(what)
	name := documentName(plain)
	if folder == sessions {
		name = "login.example+" + plain
	}
	return name + what[len(plain):]
}

// TestListNamesWhatIsWrong puts files of every other kind into each folder.
func TestListNamesWhatIsWrong(t *testing.T) {
	s := listedStore(t)
	for _, folder := range storedIn() {
		for what, content := range map[string]string{
			"empty": "", "garbage": "\x00\xff", "text" + asideMark: "x", "a" + tempMark + strings.Repeat("A", 26): "{",
			"newer": `{"version":99}`, "null": "null", "list": "[]", "other": `{"version":1}`,
		} {
			must(t, os.WriteFile(s.path(folder, nameIn(folder, what)), []byte(content), 0o600))
		}
		must(t, os.Mkdir(s.path(folder, nameIn(folder, "folder")), 0o700))
	}
	got := kinds(s.List())
	// "other" counts as a sign-in of which nothing is known: its file says nothing that could be wrong.
	want := map[string]int{EntrySession: 1, EntryToken: 1, EntryProof: 1, EntryAzure: 1, EntrySignIn: 2, EntryTenant: 1, EntryWay: 1, EntryRefusals: 1, EntryClusters: 1, EntryGit: 1, EntryRenewal: 1, EntryDiscovery: 1, EntrySubscriptions: 1, EntryDamaged: 13*6 - 1, EntryTemporary: 13, EntryRefused: 2 * 13}
	for kind, n := range want {
		if got[kind] != n {
			t.Errorf("%d entries of kind %s, not %d", got[kind], kind, n)
		}
	}
	for _, e := range s.List() {
		if strange := e.Kind == EntryDamaged || e.Kind == EntryRefused; strange != (e.Problem != "") {
			t.Errorf("%s is %s: %q", e.File, e.Kind, e.Problem)
		}
	}
	if err := s.Clear(context.Background()); err != nil {
		t.Error(err)
	}
	if left := s.List(); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

// TestClearFollowsNoLink holds deleting to the cache itself: a folder that leads elsewhere is left alone.
func TestClearFollowsNoLink(t *testing.T) {
	s := listedStore(t)
	elsewhere := t.TempDir()
	precious := filepath.Join(elsewhere, "precious")
	if err := os.WriteFile(precious, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(s.path(tokens, "")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, s.path(tokens, "")); err != nil {
		t.Fatal(err)
	}
	if err := s.Clear(context.Background()); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
	if got := kinds(s.List()); got[EntryRefused] != 1 || len(got) != 1 {
		t.Errorf("left: %v", got)
	}
}

func TestListOfNothing(t *testing.T) {
	for _, s := range []*Store{{}, {Folder: Folder{Dir: filepath.Join(t.TempDir(), "none")}}} {
		if got := s.List(); len(got) != 0 {
			t.Errorf("got %+v", got)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, e := range (&Store{Folder: Folder{Dir: file}}).List() {
		if e.Kind != EntryRefused || e.Problem == "" {
			t.Errorf("got %+v", e)
		}
	}
}
