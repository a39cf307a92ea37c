//go:build unix

package cache

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

// locker starts a process that has the session's lock, and returns when it has it.
func locker(t *testing.T, s *Store) (*exec.Cmd, func()) {
	t.Helper()
	cmd := startable(t, "lock", s.Dir)
	return cmd, locked(t, cmd)
}

// locked starts a process that takes a lock, and returns when it has it.
func locked(t *testing.T, cmd *exec.Cmd) (end func()) {
	t.Helper()
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "locked\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	return sync.OnceFunc(func() { in.Close(); cmd.Wait() }) // a second caller waits for the first
}

// childLock takes the session's lock until its input ends.
func childLock(args []string) {
	_, err := (&Store{Folder: Folder{Dir: args[0]}}).LockSession(background(), testSession, nil)
	check(err)
	os.Stdout.WriteString("locked\n")
	os.Stdin.Read(make([]byte, 1))
}

func TestLockOfAnotherProcess(t *testing.T) {
	s, _ := newStore(t)
	cmd, end := locker(t, s)
	var told Holder
	_, err := s.LockSession(t.Context(), testSession, func(h Holder) error { told = h; return errTaken })
	if !errors.Is(err, errTaken) || told.PID != cmd.Process.Pid {
		t.Errorf("%v, held by %+v", err, told)
	}
	end() // without unlocking
	unlock, err := s.LockSession(t.Context(), testSession, taken)
	must(t, err)
	unlock()
}

func TestKilledHolderFrees(t *testing.T) {
	s, _ := newStore(t)
	cmd, end := locker(t, s)
	looks := 0
	unlock, err := s.LockSession(t.Context(), testSession, func(Holder) error {
		if looks++; looks == 1 {
			return cmd.Process.Kill()
		}
		return nil
	})
	must(t, err)
	unlock()
	end()
}

// Four processes add to a number, each in a read and a write, with nothing but the lock between them.
func TestProcessesExcludeEachOther(t *testing.T) {
	s, _ := newStore(t)
	const processes = 4
	number := filepath.Join(t.TempDir(), "number")
	writeFile(t, number, "0")
	var all []*exec.Cmd
	for range processes {
		cmd := startable(t, "count", s.Dir, number)
		must(t, cmd.Start())
		all = append(all, cmd)
	}
	for _, cmd := range all {
		must(t, cmd.Wait())
	}
	if got := readFile(t, number); got != strconv.Itoa(processes*counts) {
		t.Errorf("got %s of %d", got, processes*counts)
	}
}

const counts = 10

func childCount(args []string) {
	for range counts {
		s := &Store{Folder: Folder{Dir: args[0]}}
		unlock, err := s.LockSession(background(), testSession, nil)
		check(err)
		blob, err := os.ReadFile(args[1])
		check(err)
		n, err := strconv.Atoi(string(blob))
		check(err)
		check(os.WriteFile(args[1], []byte(strconv.Itoa(n+1)), 0o600))
		unlock()
	}
}

func TestSomethingElseInPlaceOfALock(t *testing.T) {
	for name, test := range inPlace {
		s, _ := newStore(t)
		path := s.path(locks, "session-"+sessionName(testSession))
		victim := filepath.Join(t.TempDir(), "victim")
		writeFile(t, victim, "untouched")
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, test.put(victim, path))
		place := (*Error)(nil)
		if _, err := s.LockSession(t.Context(), testSession, taken); !errors.As(err, &place) {
			t.Errorf("%s: %v", name, err)
		}
		if readFile(t, victim) != "untouched" {
			t.Errorf("%s: the victim was changed", name)
		}
		if _, err := os.Stat(victim + "-none"); err == nil {
			t.Errorf("%s: a file was made elsewhere", name)
		}
	}
}

// A lock is no business of a child that its holder starts.
func TestLockIsNotInherited(t *testing.T) {
	s, _ := newStore(t)
	unlock, err := s.LockSession(t.Context(), testSession, taken)
	must(t, err)
	other := &Store{Folder: Folder{Dir: filepath.Join(t.TempDir(), "other")}}
	_, end := locker(t, other) // a process that stays
	defer end()
	unlock()
	again, err := s.LockSession(t.Context(), testSession, taken)
	must(t, err)
	again()
}

func TestIdentifyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	writeFile(t, path, "")
	a, err := os.Open(path)
	must(t, err)
	defer a.Close()
	b, err := os.Open(path)
	must(t, err)
	defer b.Close()
	other, err := os.Open(os.DevNull)
	must(t, err)
	defer other.Close()
	if IdentifyFile(a) != IdentifyFile(b) || IdentifyFile(a) == IdentifyFile(other) || IdentifyFile(a) == (FileID{}) {
		t.Errorf("got %v, %v, %v", IdentifyFile(a), IdentifyFile(b), IdentifyFile(other))
	}
	fd, err := syscall.Dup(int(a.Fd()))
	must(t, err)
	dup := os.NewFile(uintptr(fd), "dup")
	if IdentifyFile(dup) != IdentifyFile(a) {
		t.Error("a duplicate is another file")
	}
	dup.Close()
	if IdentifyFile(dup) != (FileID{}) {
		t.Error("a closed file is a file")
	}
}
