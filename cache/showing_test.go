package cache

import (
	"os/exec"
	"slices"
	"testing"
)

// A code is shown once on each screen, while the one who showed it is there.
func TestClaimScreens(t *testing.T) {
	s, _ := newStore(t)
	id, code := testKey.SignIn(), NewSecret("ABCD")
	asker, terminal, other, third := FileID{1, 1}, FileID{1, 2}, FileID{1, 3}, FileID{1, 4}
	must(t, s.KeepSignIn(id, SignIn{UserCode: code, Shown: asker, Terminal: terminal}))
	for i, test := range []struct {
		code          Secret
		screens, want []FileID
		over          bool
	}{
		{code, []FileID{asker, terminal}, nil, false},
		{code, []FileID{{}, other}, []FileID{other}, false},
		{code, []FileID{asker, other}, nil, false},
		{NewSecret("another"), []FileID{asker, other}, nil, true}, // and nothing is noted
		{code, []FileID{other, third}, []FileID{third}, false},
	} {
		if got, over := s.ClaimScreens(id, test.code, test.screens...); !slices.Equal(got, test.want) || over != test.over {
			t.Errorf("%d: free are %v, not %v; over: %t", i, got, test.want, over)
		}
	}
	got, ok := s.SignIn(id)
	if !ok || !got.UserCode.Equal(code) || got.Shown != asker || got.Terminal != terminal {
		t.Errorf("the record has become %+v", got)
	}
	// Whoever waited for the record's lock until the sign-in was over shows its code nowhere, least of all where it
	// stands already.
	must(t, s.RemoveSignIn(id))
	if got, over := s.ClaimScreens(id, code, asker); len(got) != 0 || !over {
		t.Errorf("without a record: %v, over: %t", got, over)
	}
	if _, ok := s.SignIn(id); ok {
		t.Error("a record that was removed is back")
	}
}

// Where the process that showed it has ended, as by Ctrl-C, the code is shown anew.
func TestClaimOfTheGone(t *testing.T) {
	s, _ := newStore(t)
	id, code, screen := testKey.SignIn(), NewSecret("ABCD"), FileID{1, 1}
	child := exec.Command("true")
	must(t, child.Run())
	gone := self()
	gone.PID, gone.Started = child.Process.Pid, ""
	for name, test := range map[string]struct {
		by   Holder
		free int
	}{"gone": {gone, 1}, "there": {self(), 0}} {
		must(t, s.encode(pending, id.name(), signInFile{header: header{schema}, Code: code.Reveal(), Others: []showing{{screen, test.by}}}))
		if got, _ := s.ClaimScreens(id, code, screen); len(got) != test.free {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Whoever is stopped while it writes the record keeps nobody.
func TestRecordIsHeld(t *testing.T) {
	s, _ := newStore(t)
	id := testKey.SignIn()
	defer s.lockRecord(id)()
	must(t, s.KeepSignIn(id, SignIn{Asker: "kubectl"}))
	if got, ok := s.SignIn(id); !ok || got.Asker != "kubectl" {
		t.Errorf("got %+v", got)
	}
}

// The numbers of files are those of one machine since its start: a home can be that of many machines.
func TestScreensOfAnotherMachine(t *testing.T) {
	s, _ := newStore(t)
	id := testKey.SignIn()
	screen, code := FileID{1, 2}, NewSecret("ABCD-EFGH")
	for machine, shown := range map[string]bool{self().Machine: true, "": true, "another boot": false} {
		must(t, s.encode(pending, id.name(), signInFile{header: header{schema}, Code: code.Reveal(), Machine: machine,
			SignIn: SignIn{Shown: screen, Terminal: screen}}))
		got, _ := s.SignIn(id)
		if free, _ := s.ClaimScreens(id, code, screen); (got.Shown == screen) != shown || (got.Terminal == screen) != shown || (len(free) == 0) != shown {
			t.Errorf("%q: %+v, free are %v", machine, got, free)
		}
	}
}
