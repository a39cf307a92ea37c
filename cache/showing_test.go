package cache

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"testing"
)

// A prompt is shown once on each screen, while the one who showed it is there.
func TestClaimScreens(t *testing.T) {
	s, _ := newStore(t)
	id, code := testKey.SignIn(), NewSecret("ABCD")
	asker, terminal, other, third := FileID{1, 1}, FileID{1, 2}, FileID{1, 3}, FileID{1, 4}
	must(t, s.KeepSignIn(id, SignIn{UserCode: code, Shown: asker, Terminal: terminal}))
	shown, _ := s.SignIn(id)
	another := shown
	another.UserCode = NewSecret("another")
	for i, test := range []struct {
		shown         SignIn
		screens, want []FileID
		over          bool
	}{
		{shown, []FileID{asker, terminal}, nil, false},
		{shown, []FileID{{}, other}, []FileID{other}, false},
		{shown, []FileID{asker, other}, nil, false},
		{another, []FileID{asker, other}, nil, true}, // and nothing is noted
		{shown, []FileID{other, third}, []FileID{third}, false},
	} {
		if got, over := s.ClaimScreens(id, test.shown, test.screens...); !slices.Equal(got, test.want) || over != test.over {
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
	if got, over := s.ClaimScreens(id, shown, asker); len(got) != 0 || !over {
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
		if got, _ := s.ClaimScreens(id, SignIn{UserCode: code}, screen); len(got) != test.free {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Fifty processes that find the prompt on their screen do not queue up to hear of it.
func TestClaimOfTheShownTakesNoLock(t *testing.T) {
	s, _ := newStore(t)
	id, screen := testKey.SignIn(), FileID{1, 1}
	must(t, s.KeepSignIn(id, SignIn{UserCode: NewSecret("ABCD"), Shown: screen}))
	shown, _ := s.SignIn(id)
	lock := s.lockOf(signInLock + id.recordName()).path
	must(t, os.Remove(lock))
	if free, over := s.ClaimScreens(id, shown, screen); len(free) != 0 || over {
		t.Errorf("free are %v, over: %t", free, over)
	}
	if _, err := os.Lstat(lock); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the lock was taken: %v", err)
	}
	if free, _ := s.ClaimScreens(id, shown, FileID{1, 2}); len(free) != 1 {
		t.Error("another screen is not free")
	}
	if _, err := os.Lstat(lock); err != nil {
		t.Errorf("a claim is noted without the lock: %v", err)
	}
}

// Whoever writes the record for too long keeps nobody.
func TestRecordIsHeld(t *testing.T) {
	t.Parallel()
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
		if free, _ := s.ClaimScreens(id, got, screen); (got.Shown == screen) != shown || (got.Terminal == screen) != shown || (len(free) == 0) != shown {
			t.Errorf("%q: %+v, free are %v", machine, got, free)
		}
	}
}

// An address is shown once on each screen, as a code is, and a window without either once for each process that opens it.
func TestClaimWithoutCode(t *testing.T) {
	s, _ := newStore(t)
	id, asker, other := testKey.SignIn(), FileID{1, 1}, FileID{1, 2}
	must(t, s.KeepSignIn(id, SignIn{Shown: asker}))
	begun, _ := s.SignIn(id)
	if begun.Asks() {
		t.Error("there is something to show before the method says so")
	}
	for _, prompt := range []SignIn{{Method: "browser", VerificationURI: "http://localhost:1/a", Shown: asker}, {Method: "broker", Shown: asker}} {
		must(t, s.KeepSignIn(id, prompt))
		shown, _ := s.SignIn(id)
		if free, over := s.ClaimScreens(id, begun, asker, other); len(free) != 0 || !over {
			t.Errorf("%s: the record before it: %v, over: %t", prompt.Method, free, over)
		}
		for i, want := range [][]FileID{{other}, nil} {
			if free, over := s.ClaimScreens(id, shown, asker, other); !slices.Equal(free, want) || over {
				t.Errorf("%s, %d: free are %v, over: %t", prompt.Method, i, free, over)
			}
		}
		elsewhere := shown
		elsewhere.PID, elsewhere.VerificationURI = shown.PID+1, "http://localhost:2/b"
		if _, over := s.ClaimScreens(id, elsewhere, other); !over {
			t.Errorf("%s: another one is taken for it", prompt.Method)
		}
	}
}
