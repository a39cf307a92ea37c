package cache

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// withoutFlock are the answers of file systems that have no flock.
var withoutFlock = []syscall.Errno{unix.ENOLCK, unix.ENOSYS, unix.EOPNOTSUPP, unix.EIO}

func noFlock(errno syscall.Errno) map[int]syscall.Errno {
	return map[int]syscall.Errno{unix.SYS_FLOCK: errno}
}

// lost is a Store on a file system without flock.
func lost(dir string) *Store {
	return &Store{Folder: Folder{Dir: dir, step: func(op, _ string) error {
		if op == "lock" {
			return unix.ENOLCK
		}
		return nil
	}}}
}

// Processes on such a file system exclude each other, and leave nothing behind but the lock file.
func TestFallbackExcludes(t *testing.T) {
	for _, errno := range withoutFlock {
		s, _ := newStore(t)
		number := filepath.Join(t.TempDir(), "number")
		writeFile(t, number, "0")
		const processes = 4
		var all []*exec.Cmd
		for range processes {
			cmd := denying(t, noFlock(errno), "count", s.Dir, number)
			must(t, cmd.Start())
			all = append(all, cmd)
		}
		for _, cmd := range all {
			must(t, cmd.Wait())
		}
		if got := readFile(t, number); got != strconv.Itoa(processes*counts) {
			t.Errorf("%v: got %s of %d", errno, got, processes*counts)
		}
		if left := names(t, s, locks); len(left) != 1 {
			t.Errorf("%v: left are %q", errno, left)
		}
	}
}

// Those who have flock and those who have not exclude each other as well, and all see who has the lock.
func TestFallbackBesideFlock(t *testing.T) {
	s, _ := newStore(t)
	cmd := denying(t, noFlock(unix.ENOLCK), "lock", s.Dir)
	end := locked(t, cmd)
	for name, store := range map[string]*Store{"with flock": {Folder: Folder{Dir: s.Dir}}, "without": lost(s.Dir)} {
		var h Holder
		_, err := store.LockSession(t.Context(), testSession, func(told Holder) error { h = told; return errTaken })
		if !errors.Is(err, errTaken) || h.PID != cmd.Process.Pid {
			t.Errorf("%s: %v, held by %+v", name, err, h)
		}
		if l := store.Locks(); len(l) != 1 || !l[0].Held || l[0].Holder.PID != cmd.Process.Pid || l[0].Err != nil {
			t.Errorf("%s: %+v", name, l)
		}
	}
	must(t, cmd.Process.Kill())
	end()
	for name, store := range map[string]*Store{"with flock": {Folder: Folder{Dir: s.Dir}}, "without": lost(s.Dir)} {
		unlock, err := store.LockSession(t.Context(), testSession, nil)
		if err != nil {
			t.Fatalf("%s: after a kill: %v", name, err)
		}
		unlock()
		if l := store.Locks(); len(l) != 1 || l[0].Held || l[0].Err != nil {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

// A lock whose holder can't be asked is broken after a while; one whose holder is there never.
func TestFallbackLeft(t *testing.T) {
	me := self()
	elsewhere := me
	elsewhere.Machine = "another boot"
	later := me
	later.Started = "1"
	path := func(s *Store) string { return s.path(locks, sessionLock+sessionName(testSession)) + heldMark }
	for name, test := range map[string]struct {
		content string
		age     time.Duration
		broken  bool
	}{
		"of this process":                 {heldBy(t, me), 24 * time.Hour, false},
		"of a process of the same number": {heldBy(t, later), 0, true},
		"elsewhere, just now":             {heldBy(t, elsewhere), time.Minute, false},
		"elsewhere, long ago":             {heldBy(t, elsewhere), unknownLife + time.Second, true},
		"not signed yet":                  {"", 0, false},
		"never signed":                    {"", unsignedLife + time.Second, true},
		"garbage":                         {"{", unsignedLife + time.Second, true},
	} {
		s := lost(filepath.Join(t.TempDir(), "cache"))
		must(t, s.prepare(locks))
		writeFile(t, path(s), test.content)
		at := time.Now().Add(-test.age)
		must(t, os.Chtimes(path(s), at, at))
		looks := 0
		unlock, err := s.LockSession(t.Context(), testSession, func(Holder) error {
			if looks++; looks > 2 {
				return errTaken
			}
			return nil
		})
		if broken := err == nil; broken != test.broken || err != nil && !errors.Is(err, errTaken) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			unlock()
		}
		if _, err := os.Lstat(path(s)); (err == nil) == test.broken {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := lost(filepath.Join(t.TempDir(), "cache"))
	must(t, s.prepare(locks))
	must(t, os.Symlink("/etc/passwd", path(s)))
	place := (*Error)(nil)
	if _, err := s.LockSession(t.Context(), testSession, nil); !errors.As(err, &place) {
		t.Errorf("a link: %v", err)
	}
}

func heldBy(t *testing.T, h Holder) string {
	t.Helper()
	blob, err := json.Marshal(heldFile{Holder: h, Nonce: "the-nonce"})
	must(t, err)
	return string(blob)
}

// A holder that others took for gone comes to its end: the lock that somebody else has by then stays.
func TestFallbackOutlived(t *testing.T) {
	s := lost(filepath.Join(t.TempDir(), "cache"))
	late, err := s.LockSession(t.Context(), testSession, nil)
	must(t, err)
	path := s.path(locks, sessionLock+sessionName(testSession)) + heldMark
	must(t, os.Remove(path))
	unlock, err := s.LockSession(t.Context(), testSession, nil)
	must(t, err)
	defer unlock()
	late()
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the lock of another one is gone: %v", err)
	}
}

// The right to break a lock may be left by a killed process, too, again and again.
func TestBreakerKilled(t *testing.T) {
	child := exec.Command("true")
	must(t, child.Run())
	dead := self()
	dead.PID, dead.Started = child.Process.Pid, ""
	s := lost(filepath.Join(t.TempDir(), "cache"))
	must(t, s.prepare(locks))
	path := s.path(locks, sessionLock+sessionName(testSession)) + heldMark
	for range 3 {
		writeFile(t, path, heldBy(t, dead))
		path += brokenMark + "the-nonce"
	}
	unlock, err := s.LockSession(t.Context(), testSession, nil)
	must(t, err)
	unlock()
	if left := names(t, s, locks); len(left) != 1 {
		t.Errorf("left are %q", left)
	}
}

// Somebody else breaks the lock and takes it after it was found to be over, at any point: it is not broken again.
func TestBrokenMeanwhile(t *testing.T) {
	child := exec.Command("true")
	must(t, child.Run())
	dead := self()
	dead.PID, dead.Started = child.Process.Pid, ""
	tried := 0
	for at, done := 2, false; !done; at++ { // after the lock can't be made, and after it was read
		first := lost(filepath.Join(t.TempDir(), "cache"))
		must(t, first.prepare(locks))
		path := first.path(locks, sessionLock+sessionName(testSession)) + heldMark
		writeFile(t, path, heldBy(t, dead))
		second, calls := lost(first.Dir), 0
		var unlock func()
		noLock := second.step
		second.step = func(op, name string) error {
			if strings.HasPrefix(name, path) {
				if calls++; calls == at+1 {
					looks := 0
					unlock, _ = first.LockSession(t.Context(), testSession, func(Holder) error {
						if looks++; looks > 2 {
							return errTaken // the other one is breaking it
						}
						return nil
					})
				}
			}
			return noLock(op, name)
		}
		ctx, cancel := canceled(t)
		taken, err := second.LockSession(ctx, testSession, func(Holder) error { return nil })
		cancel()
		if done = calls <= at; unlock == nil {
			continue
		}
		tried++
		if err == nil {
			t.Errorf("after %d calls both have the lock", at)
			taken()
		}
		if h, err := (held{&first.Folder, path}).read(); err != nil || h == nil || h.Nonce == "the-nonce" {
			t.Errorf("after %d calls the lock is gone: %v, %v", at, h, err)
		}
		unlock()
	}
	if tried == 0 {
		t.Error("the other one never had the lock")
	}
}

// Processes are killed while they hold the lock, and while they break it: at no time do two have it.
func TestFallbackStorm(t *testing.T) {
	s, _ := newStore(t)
	inside := filepath.Join(t.TempDir(), "inside")
	const lines, kills = 3, 8
	var wg sync.WaitGroup
	for line := range lines {
		wg.Go(func() {
			for i := range kills {
				cmd := denying(t, noFlock(unix.ENOLCK), "inside", s.Dir, inside)
				out, err := cmd.StdoutPipe()
				if err == nil {
					err = cmd.Start()
				}
				if err == nil {
					_, err = io.ReadFull(out, make([]byte, 1+(i+line)%4)) // it has had the lock so often
				}
				if err != nil {
					t.Error(err)
					return
				}
				cmd.Process.Kill()
				cmd.Wait()
			}
		})
	}
	wg.Wait()
	if got, err := os.ReadFile(inside + ".fault"); err == nil {
		t.Error(string(got))
	}
	unlock, err := lost(s.Dir).LockSession(t.Context(), testSession, nil)
	must(t, err)
	unlock()
}

// childInside takes the lock again and again, and says so if somebody else has it who lives.
func childInside(args []string) {
	me := strconv.Itoa(os.Getpid())
	for {
		unlock, err := (&Store{Folder: Folder{Dir: args[0]}}).LockSession(background(), testSession, nil)
		check(err)
		if other, err := os.ReadFile(args[1]); err == nil && len(other) > 0 {
			pid, _ := strconv.Atoi(string(other))
			if p := stateOf(pid); p.alive {
				check(os.WriteFile(args[1]+".fault", []byte(me+" has the lock, and so has "+string(other)), 0o600))
			}
		}
		check(os.WriteFile(args[1], []byte(me), 0o600))
		os.Stdout.WriteString("x")
		if now, err := os.ReadFile(args[1]); err == nil && strings.TrimSpace(string(now)) != me {
			check(os.WriteFile(args[1]+".fault", []byte(me+" has the lock, and "+string(now)+" got it"), 0o600))
		}
		check(os.Remove(args[1]))
		unlock()
	}
}
