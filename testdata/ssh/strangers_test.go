//go:build linux

package ssh

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// socket makes a socket of a user on a host, on which nobody listens any more.
func (h *host) socket(name string, uid int, mode os.FileMode, made time.Time) string {
	h.Helper()
	l := h.listener(name, uid, mode)
	l.SetUnlinkOnClose(false)
	path := filepath.Join(h.root, "tmp", name)
	h.check(l.Close(), os.Chtimes(path, made, made))
	return path
}

func (h *host) listener(name string, uid int, mode os.FileMode) *net.UnixListener {
	h.Helper()
	path := filepath.Join(h.root, "tmp", name)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	h.check(err)
	h.check(os.Chmod(path, mode), os.Chown(path, uid, uid))
	return l
}

// What stands in /tmp under the name of a socket and is none of one's own, or open to others, is passed over: nobody
// connects to it, follows it, opens it or removes it. The live one is found behind it, and -v says why.
func TestStrangers(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, []string{"AcceptEnv NOTHING"})
	h := l.hosts[0]
	l.signIn()
	s := l.open("h1")
	tmp := func(name string) string { return filepath.Join(h.root, "tmp", name) }
	var visits atomic.Int32
	for name, c := range map[string]struct {
		uid  int
		mode os.FileMode
	}{"entralogin-bob.sock": {bob, 0o600}, "entralogin-open.sock": {alice, 0o666}, "entralogin-group.sock": {alice, 0o620}, "real.sock": {alice, 0o600}} {
		listener := h.listener(name, c.uid, c.mode)
		t.Cleanup(func() { listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				visits.Add(1)
				conn.Close()
			}
		}()
	}
	h.check(os.Symlink("/tmp/real.sock", tmp("entralogin-link.sock")), os.Lchown(tmp("entralogin-link.sock"), alice, alice),
		syscall.Mkfifo(tmp("entralogin-fifo.sock"), 0o600), os.Chown(tmp("entralogin-fifo.sock"), alice, alice),
		os.WriteFile(tmp("entralogin-file.sock"), nil, 0o600), os.Chown(tmp("entralogin-file.sock"), alice, alice),
		os.Mkdir(tmp("entralogin-folder.sock"), 0o700), os.Chown(tmp("entralogin-folder.sock"), alice, alice))
	before := slices.DeleteFunc(h.sockets(), func(path string) bool { return path == "" })

	l.token(s.line(asking))
	for name, why := range map[string]string{
		"bob": fmt.Sprintf("it belongs to the user %d, and not to you", bob), "open": "it is open to others (mode 0666)", "group": "it is open to others (mode 0620)",
		"link": "it is a link", "fifo": "it is no socket", "file": "it is no socket", "folder": "it is no socket", strings.Repeat("x", 87): "its path has 108 bytes, and a socket's has 103 at most",
	} {
		r := s.line("ENTRALOGIN_AGENT=/tmp/entralogin-" + name + ".sock " + asking + " -v")
		l.token(r)
		if !strings.Contains(r.err, "(ENTRALOGIN_AGENT) is passed over: "+why) {
			t.Errorf("%s: want it passed over, since %s:\n%s", name, why, r.err)
		}
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("%d connections to sockets that are not to be trusted", n)
	}
	if after := h.sockets(); !slices.Equal(after, before) {
		t.Errorf("there are %q, and there were %q", after, before)
	}
}

// A hundred dead sockets are in nobody's way: those of a minute ago are removed by one call, and younger ones cost each call
// little. How little is in the log: a busy machine measures it wrong.
func TestDeadSockets(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, []string{"AcceptEnv NOTHING"})
	h := l.hosts[0]
	l.signIn()
	s := l.open("h1")
	l.token(s.line(asking))
	without := s.fastest()
	const count = 100
	for i := range count {
		h.socket(fmt.Sprintf("entralogin-dead%d.sock", i), alice, 0o600, time.Now().Add(time.Hour)) // newer than the live one, however long this takes
	}
	young := s.fastest()
	if n := len(h.sockets()); n != count+1 {
		t.Fatalf("%d sockets are left of %d", n, count+1)
	}
	made := time.Now().Add(-2 * time.Minute)
	for i := range count {
		h.check(os.Chtimes(filepath.Join(h.root, "tmp", fmt.Sprintf("entralogin-dead%d.sock", i)), made, made))
	}
	live := slices.DeleteFunc(h.sockets(), func(path string) bool { return strings.Contains(path, "dead") })
	h.check(os.Chtimes(live[0], made.Add(-time.Minute), made.Add(-time.Minute))) // the last to be tried
	old := s.line(asking)
	l.token(old)
	if n := len(h.sockets()); n != 1 {
		t.Errorf("%d sockets are left, want the live one", n)
	}
	t.Logf("a call: %v; with %d dead sockets: %v, %.2f times as long; with those that it removes: %v", without, count, young, float64(young)/float64(without), old.took)
}

// fastest is the shortest of a few calls.
func (s *session) fastest() time.Duration {
	s.Helper()
	least := time.Hour
	for range 10 {
		r := s.line(asking)
		s.token(r)
		least = min(least, r.took)
	}
	return least
}
