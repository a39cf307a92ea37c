package cache

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// Everything that a secret can be in is found: whole, damaged, set aside, unfinished, or a token alone.
func TestHoldings(t *testing.T) {
	s, _ := newStore(t)
	if ids, err := s.SessionIDs(); err != nil || len(ids) > 0 {
		t.Errorf("empty: %v, %v", ids, err)
	}
	id := func(client string) SessionID { return SessionID{Authority: "login.example:8443", Client: client} }
	must(t, s.KeepSession(id("whole"), session(t, "alice")))
	writeFile(t, s.sessionPath(id("damaged")), "garbage")
	writeFile(t, s.sessionPath(id("aside"))+asideMark, "garbage")
	writeFile(t, s.sessionPath(id("unfinished"))+tempMark+strings.Repeat("A", 26), "garbage")
	writeFile(t, s.path(sessions, "no session"), "garbage")
	writeFile(t, s.path(sessions, "a%2+b"), "garbage")
	k := testKey
	k.SessionID = id("token")
	must(t, s.KeepToken(k, testToken("x")))
	k.SessionID = id("whole")
	must(t, s.KeepToken(k, testToken("y")))
	got, err := s.SessionIDs()
	want := []SessionID{id("aside"), id("damaged"), id("token"), id("unfinished"), id("whole")}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, id := range append(want, SessionID{Authority: "A+b%/c", Client: `x\y:z`}) {
		name := sessionName(id)
		for _, file := range []string{name, name + asideMark, name + tempMark + strings.Repeat("A", 26)} {
			got, ok := parseSessionName(file)
			if !ok || sessionName(got) != name {
				t.Errorf("%q: got %v, %v", file, got, ok)
			}
		}
	}
}

func TestTokensOf(t *testing.T) {
	s, other := signedIn(t)
	tokens, err := s.TokensOf(other)
	if err != nil || len(tokens) != 1 || tokens[0].Token.Account != "carol@contoso.example" || tokens[0].Key.Kind != ID {
		t.Errorf("got %v, %v", tokens, err)
	}
	soon := testToken("soon")
	soon.Expires = soon.Expires.Add(-time.Minute)
	k := Key{SessionID: other, Tenant: "t2", Kind: ID}
	must(t, s.KeepToken(k, soon))
	writeFile(t, s.path("tokens", strings.Repeat("0", 64)), "garbage")
	if tokens, err = s.TokensOf(other); err != nil || len(tokens) != 2 || tokens[1].Key.Tenant != "t2" {
		t.Errorf("got %v, %v", tokens, err)
	}
}
