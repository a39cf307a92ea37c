package cache

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// msal is MSAL's JSON of somebody who has signed in to a tenant, with all secrets marked by the name.
func msal(name, tenant string) string {
	home := "oid-" + name + ".home"
	return fmt.Sprintf(`{
"AccessToken":{"at-%[1]s-%[3]s":{"home_account_id":"%[2]s","secret":"access-of-%[1]s"}},
"RefreshToken":{"rt-%[1]s":{"home_account_id":"%[2]s","secret":"refresh-of-%[1]s","client_id":"c"}},
"IdToken":{"id-%[1]s-%[3]s":{"home_account_id":"%[2]s","realm":"%[3]s","secret":"id-of-%[1]s"}},
"Account":{"%[2]s-%[3]s":{"home_account_id":"%[2]s","realm":"%[3]s","username":"%[1]s@contoso.example"}},
"AppMetadata":{"app":{"client_id":"c","family_id":""}},
"FutureMap":{"f-%[1]s":{"home_account_id":"%[2]s","secret":"future-of-%[1]s"},"general":{"x":[1,2]}}}`, name, home, tenant)
}

func session(t *testing.T, name string) Session {
	t.Helper()
	s, err := NewSession([]byte(msal(name, "t1")))
	must(t, err)
	return s
}

// asMaps decodes what a Session reveals.
func asMaps(t *testing.T, s Session) map[string]map[string]any {
	t.Helper()
	var m map[string]map[string]any
	must(t, json.Unmarshal(s.Reveal(), &m))
	return m
}

func TestSessionWithoutAccessTokens(t *testing.T) {
	var want map[string]map[string]any
	must(t, json.Unmarshal([]byte(msal("alice", "t1")), &want))
	delete(want, "AccessToken")
	s := session(t, "alice")
	if got := asMaps(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	store, _ := newStore(t)
	must(t, store.KeepSession(testSession, s))
	if strings.Contains(readFile(t, store.sessionPath(testSession)), "access-of") {
		t.Error("an access token stands on the disk")
	}
	got, err := store.Session(testSession)
	must(t, err)
	if !reflect.DeepEqual(asMaps(t, got), want) {
		t.Errorf("read back: %v", asMaps(t, got))
	}
	smuggled := fmt.Sprintf(`{"version":1,"authority":%q,"client":%q,"msal":%s}`, testSession.Authority, testSession.Client, msal("alice", "t1"))
	writeFile(t, store.sessionPath(testSession), smuggled)
	got, err = store.Session(testSession)
	must(t, err)
	if strings.Contains(string(got.Reveal()), "access-of") {
		t.Error("an access token was read from the disk")
	}
}

func TestSessionThatIsNone(t *testing.T) {
	for _, blob := range []string{"x-secret", "[]", `["secret"]`, "null", `"secret"`, "1", `{"RefreshToken":"secret"}`, `{"RefreshToken":["secret"]}`,
		`{"RefreshToken":{"k":{"secret":"secret"}}`, `{"secret":1}`, msal("secret", "t")[:200]} {
		s, err := NewSession([]byte(blob))
		if err == nil || !s.IsZero() {
			t.Errorf("%s is taken for a session", blob)
		} else if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "secret") {
			t.Errorf("the error shows the content: %v", err)
		}
	}
	for _, blob := range []string{"", " \n"} {
		s, err := NewSession([]byte(blob))
		if err != nil || !s.IsZero() || string(s.Reveal()) != "{}" {
			t.Errorf("%q: %v", blob, err)
		}
	}
}

func TestMerge(t *testing.T) {
	newer, err := NewSession([]byte(strings.NewReplacer("refresh-of", "NEW-refresh-of", `"realm":"t1"`, `"realm":"t2"`).Replace(msal("alice", "t1"))))
	must(t, err)
	merged, err := session(t, "alice").Merge(session(t, "bob"))
	must(t, err)
	merged, err = merged.Merge(newer)
	must(t, err)
	got := asMaps(t, merged)
	for _, want := range []struct{ kind, key, secret string }{
		{"RefreshToken", "rt-alice", "NEW-refresh-of-alice"},
		{"RefreshToken", "rt-bob", "refresh-of-bob"},
		{"IdToken", "id-bob-t1", "id-of-bob"},
		{"FutureMap", "f-alice", "future-of-alice"},
		{"FutureMap", "f-bob", "future-of-bob"},
	} {
		entry, _ := got[want.kind][want.key].(map[string]any)
		if entry["secret"] != want.secret {
			t.Errorf("%s %s: %v", want.kind, want.key, entry)
		}
	}
	if _, ok := got["FutureMap"]["general"]; !ok || len(got["RefreshToken"]) != 2 || len(got["AppMetadata"]) != 1 {
		t.Errorf("got %v", got)
	}
}

func TestMergeWithNothing(t *testing.T) {
	s := session(t, "alice")
	nulls, err := NewSession([]byte(`{"RefreshToken":null,"Account":null}`))
	must(t, err)
	more, err := NewSession([]byte(`{"Another":{"a":{}}}`))
	must(t, err)
	for name, pair := range map[string][2]Session{
		"none into it": {s, {}}, "it into none": {{}, s}, "nulls into it": {s, nulls}, "it into nulls": {nulls, s},
	} {
		got, err := pair[0].Merge(pair[1])
		must(t, err)
		if asMaps(t, got)["RefreshToken"]["rt-alice"] == nil {
			t.Errorf("%s: the refresh token is gone", name)
		}
	}
	got, err := s.Merge(more)
	must(t, err)
	if m := asMaps(t, got); m["Another"] == nil || m["Account"] == nil {
		t.Errorf("a new map: %v", m)
	}
}

func TestAccounts(t *testing.T) {
	s := session(t, "bob")
	for _, tenant := range []string{"t2", "t1"} {
		more, err := NewSession([]byte(msal("alice", tenant)))
		must(t, err)
		s, err = s.Merge(more)
		must(t, err)
	}
	got, err := s.Accounts()
	must(t, err)
	want := []Account{
		{HomeID: "oid-alice.home", Username: "alice@contoso.example", Aliases: []string{"alice@contoso.example"}, Tenants: []string{"t1", "t2"}},
		{HomeID: "oid-bob.home", Username: "bob@contoso.example", Aliases: []string{"bob@contoso.example"}, Tenants: []string{"t1"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if got, err := (Session{}).Accounts(); len(got) > 0 || err != nil {
		t.Errorf("of none: %v, %v", got, err)
	}
	odd, err := NewSession([]byte(`{"Account":{"a":null,"b":{"username":"no home"}}}`))
	must(t, err)
	if got, err := odd.Accounts(); len(got) > 0 || err != nil {
		t.Errorf("without home: %v, %v", got, err)
	}
	bad, err := NewSession([]byte(`{"Account":{"a":{"home_account_id":["secret"]}}}`))
	must(t, err)
	if _, err := bad.Accounts(); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("an account of another shape: %v", err)
	}
}

// A guest is one account with several names; that of its home tenant stands for it, wherever it comes.
func TestGuestAccount(t *testing.T) {
	entry := func(realm, name string) string {
		return fmt.Sprintf(`"k-%[1]s":{"home_account_id":"oid.home","realm":"%[1]s","username":"%[2]s"}`, realm, name)
	}
	for blob, want := range map[string]Account{
		entry("a", "guest@a") + "," + entry("home", "me@home") + "," + entry("z", "guest@z"): {
			HomeID: "oid.home", Username: "me@home", Aliases: []string{"guest@a", "me@home", "guest@z"}, Tenants: []string{"a", "home", "z"}},
		entry("a", "") + "," + entry("b", "guest@b") + "," + entry("c", "guest@b"): {
			HomeID: "oid.home", Username: "guest@b", Aliases: []string{"guest@b"}, Tenants: []string{"a", "b", "c"}},
	} {
		s, err := NewSession([]byte(`{"Account":{` + blob + `}}`))
		must(t, err)
		got, err := s.Accounts()
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	a := Account{HomeID: "oid.home", Username: "Me@home", Aliases: []string{"Me@home", "guest@a"}}
	for name, want := range map[string]bool{"me@HOME": true, "GUEST@a": true, "OID.home": true, "": false, "me": false, "oid": false} {
		if a.Is(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	if (Account{}).Is("") {
		t.Error("nobody is somebody")
	}
}

func TestWithout(t *testing.T) {
	both, err := session(t, "alice").Merge(session(t, "bob"))
	must(t, err)
	left, err := both.without("oid-alice.home")
	must(t, err)
	if !reflect.DeepEqual(asMaps(t, left), asMaps(t, session(t, "bob"))) {
		t.Errorf("left is %s", left.Reveal())
	}
	if strings.Contains(string(left.Reveal()), "alice") {
		t.Error("something of alice is left")
	}
}

func TestIDTokens(t *testing.T) {
	if got := (Session{}).IDTokens("1.2"); len(got) > 0 {
		t.Errorf("nobody signed in: %v", got)
	}
	s, err := NewSession([]byte(`{"IdToken":{
		"b":{"home_account_id":"1.2","realm":"t2","secret":"second"},
		"a":{"home_account_id":"1.2","realm":"t1","secret":"first"},
		"c":{"home_account_id":"3.4","realm":"t1","secret":"of another"},
		"d":{"home_account_id":"1.2","realm":"t3"}, "e":"no entry"}}`))
	must(t, err)
	got := s.IDTokens("1.2")
	if len(got) != 2 || got[0].Tenant != "t1" || got[0].Value.Reveal() != "first" || got[1].Tenant != "t2" || got[1].Value.Reveal() != "second" {
		t.Errorf("got %d tokens", len(got))
	}
}
