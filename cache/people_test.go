package cache

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// chosen lists the choice for each of some tenants: "alice*" is one for that tenant alone.
func chosen(s Session, tenants ...string) string {
	var all []string
	for _, tenant := range tenants {
		id, alone := s.Chosen(tenant)
		id = strings.TrimSuffix(strings.TrimPrefix(id, "oid-"), ".home")
		if alone {
			id += "*"
		}
		all = append(all, id)
	}
	return strings.Join(all, " ")
}

func TestChoose(t *testing.T) {
	s := session(t, "alice")
	if got := chosen(s, "", "t1"); got != " " {
		t.Errorf("at first %q is chosen", got)
	}
	all := s.Choose("", "alice")
	one := all.Choose("T1", "bob")
	for _, test := range []struct {
		name string
		s    Session
		want string
	}{
		{"not touched", s, "  "},
		{"for all", all, "alice alice alice"},
		{"for one as well", one, "alice bob* alice"},
		{"for one alone", s.Choose("t1", "bob"), " bob* "},
		{"another one", one.Choose("t1", "carol"), "alice carol* alice"},
		{"one taken back", one.Choose("t1", ""), "alice alice alice"},
		{"all taken back", one.Choose("", ""), "  "},
	} {
		if got := chosen(test.s, "", "t1", "t2"); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	if got := one.ChosenTenants(); !reflect.DeepEqual(got, []string{"t1"}) {
		t.Errorf("tenants with a choice: %q", got)
	}
}

// A choice and the times live as long as the session's file: through what sign-ins and renewals add, through a
// change of the storage, until the account is forgotten.
func TestPeopleAreKept(t *testing.T) {
	s, _ := newStore(t)
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	both, err := session(t, "alice").Merge(session(t, "bob"))
	must(t, err)
	both = both.Choose("", "oid-alice.home").Choose("t1", "oid-bob.home").NoteSignIn("oid-alice.home", at).NoteRefused("oid-alice.home", at).NoteHolder("oid-alice.home", "broker")
	must(t, s.KeepSession(testSession, both))
	read := func() Session {
		t.Helper()
		got, err := s.Session(testSession)
		must(t, err)
		return got
	}
	if got := read(); chosen(got, "", "t1") != "alice bob*" || !got.SignedIn("oid-alice.home").Equal(at) || !got.SignedIn("oid-bob.home").IsZero() {
		t.Errorf("read back: %q, %v", chosen(got, "", "t1"), got.SignedIn("oid-alice.home"))
	}
	merged, err := read().Merge(session(t, "carol").NoteSignIn("oid-carol.home", at))
	must(t, err)
	must(t, s.KeepSession(testSession, merged))
	if got := read(); chosen(got, "", "t1") != "alice bob*" || !got.SignedIn("oid-alice.home").Equal(at) || !got.SignedIn("oid-carol.home").Equal(at) {
		t.Errorf("after a merge: %q, %v", chosen(got, "", "t1"), got.SignedIn("oid-carol.home"))
	}
	if got := read(); !got.Refused("oid-alice.home").Equal(at) || !got.NoteRefused("oid-alice.home", time.Time{}).Refused("oid-alice.home").IsZero() {
		t.Errorf("refused since %v", got.Refused("oid-alice.home"))
	}
	if got := read(); got.Holder("oid-alice.home") != "broker" || got.Holder("oid-bob.home") != "" || got.NoteHolder("oid-alice.home", "").Holder("oid-alice.home") != "" {
		t.Errorf("held by %q", got.Holder("oid-alice.home"))
	}
	_, err = s.Forget(t.Context(), testSession, "bob@contoso.example")
	must(t, err)
	if got := chosen(read(), "", "t1"); got != "alice alice" {
		t.Errorf("after bob is forgotten: %q", got)
	}
	_, err = s.Forget(t.Context(), testSession, "alice@contoso.example")
	must(t, err)
	if got := read(); chosen(got, "", "t1") != " " || !got.SignedIn("oid-alice.home").IsZero() || got.Holder("oid-alice.home") != "" {
		t.Errorf("after alice is forgotten: %q", chosen(got, "", "t1"))
	}
	if n := holding(t, s, "oid-alice"); n > 0 {
		t.Errorf("%d files still hold alice's ID", n)
	}
}

// Where a session was written in two storages while it moved, the newer choice counts, and none is lost.
func TestPeopleWhoMove(t *testing.T) {
	s, _ := newStore(t)
	m := &move{dst: &s.Folder}
	must(t, s.KeepSession(testSession, session(t, "bob").Choose("t1", "oid-bob.home")))
	older := session(t, "alice").Choose("", "oid-alice.home").Choose("t1", "oid-alice.home")
	elsewhere, _ := newStore(t)
	must(t, elsewhere.KeepSession(testSession, older))
	joined, err := m.join(sessions, sessionName(testSession), []byte(readFile(t, elsewhere.sessionPath(testSession))))
	must(t, err)
	writeFile(t, s.sessionPath(testSession), string(joined))
	got, err := s.Session(testSession)
	must(t, err)
	if chosen(got, "", "t1") != "alice bob*" {
		t.Errorf("got %q", chosen(got, "", "t1"))
	}
}
