package cache

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stopped stops a process and returns when it has stopped. It goes on at the end of the test.
func stopped(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	must(t, cmd.Process.Signal(syscall.SIGSTOP))
	t.Cleanup(func() { cmd.Process.Signal(syscall.SIGCONT) })
	var status syscall.WaitStatus
	_, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
	if err != nil || !status.Stopped() {
		t.Fatalf("it is not stopped: %v, %v", status, err)
	}
}

// Who waits is told that the holder is stopped, and a call without a bound of its own ends.
func TestStoppedHolder(t *testing.T) {
	s, said := newStore(t)
	must(t, s.KeepSession(testSession, session(t, "alice")))
	child, end := locker(t, s)
	t.Cleanup(end)
	now := time.Now()
	s.Now = func() time.Time { now = now.Add(time.Second); return now }
	var h Holder
	if _, err := s.LockSession(t.Context(), testSession, func(told Holder) error { h = told; return errTaken }); !errors.Is(err, errTaken) {
		t.Fatal(err)
	}
	if h.PID != child.Process.Pid || h.Stopped() || h.Gone() || h.Host == "" || h.Machine == "" || h.Started == "" || strings.Contains(h.String(), "stopped") {
		t.Errorf("it runs: %+v", h)
	}
	stopped(t, child)
	if !h.Stopped() || h.Gone() || !strings.Contains(h.String(), "stopped") {
		t.Errorf("it is stopped: %+v", h)
	}
	for name, call := range map[string]func() error{
		"a session's lock": func() error { _, err := s.LockSession(t.Context(), testSession, nil); return err },
		"logout":           func() error { _, err := s.Forget(t.Context(), testSession, ""); return err },
		"cache clear":      func() error { return s.Clear(t.Context()) },
	} {
		said.all = nil
		start := now
		err := call()
		busy := (*LockError)(nil)
		if !errors.As(err, &busy) || busy.Holder.PID != h.PID || busy.Waited > 2*stoppedWait || now.Sub(start) > 4*stoppedWait {
			t.Errorf("%s: %v after %v", name, err, now.Sub(start))
		}
		if len(said.all) != 1 || !strings.Contains(said.all[0], "stopped") {
			t.Errorf("%s: said %q", name, said.all)
		}
	}
	gone(t, s, "", "") // nothing is deleted without the lock
	if holding(t, s, "refresh-of-alice") == 0 {
		t.Error("the session is gone")
	}
}

// A PID means nothing on another machine, and not the same process for ever.
func TestHolderGone(t *testing.T) {
	me := self()
	child := exec.Command("true")
	must(t, child.Run())
	dead, later, elsewhere, earlier := me, me, me, me
	dead.PID, dead.Started = child.Process.Pid, ""
	later.Started = "1"
	elsewhere.PID, elsewhere.Machine, elsewhere.Host = dead.PID, "another boot", "another.example"
	earlier.Machine, earlier.Started = "", ""
	for name, test := range map[string]struct {
		h    Holder
		gone bool
	}{"this one": {me, false}, "dead": {dead, true}, "another of the same PID": {later, true}, "on another machine": {elsewhere, false},
		"of an earlier version": {earlier, false}, "nobody": {Holder{}, false}} {
		if test.h.Gone() != test.gone || test.h.Stopped() {
			t.Errorf("%s: gone %v, stopped %v", name, test.h.Gone(), test.h.Stopped())
		}
	}
	if got := elsewhere.String(); !strings.Contains(got, "on another.example") {
		t.Errorf("got %q", got)
	}
	zombie := exec.Command("true")
	must(t, zombie.Start())
	defer zombie.Wait()
	z := me
	z.PID, z.Started = zombie.Process.Pid, ""
	for start := time.Now(); !z.Gone(); time.Sleep(time.Millisecond) {
		if time.Since(start) > time.Minute {
			t.Fatal("a dead process that nobody has waited for counts as alive")
		}
	}
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Fatal(err)
	}
}

// The wait of a call without a bound of its own ends although the holder runs.
func TestHolderThatRunsOn(t *testing.T) {
	s, said := newStore(t)
	unlock, err := s.LockSession(t.Context(), testSession, taken)
	must(t, err)
	defer unlock()
	other, _ := newStore(t)
	other.Dir, other.Note = s.Dir, said.add
	now := time.Now()
	other.Now = func() time.Time { now = now.Add(10 * time.Second); return now }
	busy := (*LockError)(nil)
	if _, err := other.Forget(t.Context(), testSession, ""); !errors.As(err, &busy) || busy.Waited < lockWait || len(said.all) != 1 {
		t.Errorf("got %v, said %q", err, said.all)
	}
}

// The end of a holder wakes who waits; a look that is due later costs nothing until then.
func TestHolderEnds(t *testing.T) {
	s, _ := newStore(t)
	child, end := locker(t, s)
	t.Cleanup(end)
	w := watch{pause: longestLook, most: longestLook}
	w.holder = s.lockOf(sessionLock + sessionName(testSession)).holder()
	if w.holder.PID != child.Process.Pid {
		t.Fatalf("the holder is %v", w.holder)
	}
	must(t, w.sleep(t.Context(), w.holder))
	if w.pause != watchedLook {
		t.Errorf("a holder that is watched is looked at again after %v", w.pause)
	}
	w.pause = time.Minute
	time.AfterFunc(time.Millisecond, end)
	must(t, w.sleep(t.Context(), w.holder))
	if w.pause != 0 {
		t.Errorf("the next look is after %v", w.pause)
	}
	over := exec.Command("true")
	must(t, over.Run())
	if AfterEnd(t.Context(), over.Process.Pid, func() {}) {
		t.Error("a process that is no more is watched")
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errTaken)
	if !AfterEnd(ctx, os.Getpid(), func() { t.Error("this process has ended") }) {
		t.Error("a process can't be watched")
	}
	if err := (&watch{pause: time.Hour, holder: w.holder}).sleep(ctx, w.holder); !errors.Is(err, errTaken) {
		t.Errorf("got %v", err)
	}
}
