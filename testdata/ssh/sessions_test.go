//go:build linux

package ssh

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// named has a call ask by the socket of another session.
func named(path string) string { return "LC_ENTRALOGIN_AGENT=" + path + " " + asking }

// Each session has its own socket, and lives by it alone. A dead one is passed over, and removed once it is older than a
// minute: until then its sshd may not listen yet. Those of others stay.
func TestSessions(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	h := l.hosts[0]
	l.signIn()
	first, second, other := l.open("h1"), l.open("h1"), l.open("bob@h1")
	if n := len(h.sockets()); n != 3 {
		t.Fatalf("%d sockets of 3 sessions: %q", n, h.sockets())
	}
	for _, s := range []*session{first, second, other} {
		l.token(s.line(asking))
	}
	dead := strings.TrimSpace(first.line("echo $LC_ENTRALOGIN_AGENT").out)
	foreign := strings.TrimSpace(other.line("echo $LC_ENTRALOGIN_AGENT").out)
	first.end()
	soon, ago := time.Now().Add(time.Hour), time.Now().Add(-2*time.Minute)
	h.check(os.Chtimes(filepath.Join(h.root, dead), soon, soon)) // younger than a minute, however long this takes
	other.cmd.Process.Kill()
	other.cmd.Wait()
	eventually(t, func() bool { return l.run(h.inside("test", "-e", foreign)).code == 0 && !l.listens(h, foreign) }, func() string { return "sshd lives on" })

	r := second.line(named(dead) + " -v")
	l.token(r)
	if !strings.Contains(r.err, dead+" (LC_ENTRALOGIN_AGENT) is passed over: nobody listens there\n") || len(h.sockets()) != 3 {
		t.Errorf("a dead socket is not passed over, or is removed at once: %q\n%s", h.sockets(), r.err)
	}
	for _, path := range h.sockets() {
		h.check(os.Chtimes(path, ago, ago))
	}
	r = second.line(named(dead) + " -v")
	l.token(r)
	if !strings.Contains(r.err, "it was left behind, and is removed") || len(h.sockets()) != 2 {
		t.Errorf("a dead socket is not removed: %q\n%s", h.sockets(), r.err)
	}
	if r := second.line(named(foreign) + " -v"); !strings.Contains(r.err, fmt.Sprintf("it belongs to the user %d, and not to you", bob)) || len(h.sockets()) != 2 {
		t.Errorf("the dead socket of another user: %q\n%s", h.sockets(), r.err)
	}
	if n := l.asked("h1"); n != 2 {
		t.Errorf("the person was asked %d times for two users of a host", n)
	}
}

// listens reports whether somebody listens on a socket of a host.
func (l *laptop) listens(h *host, path string) bool {
	l.Helper()
	return l.run(h.inside("curl", "-s", "-o", "/dev/null", "--unix-socket", path, "http://localhost/v1/hello")).code != 7
}

// With an ssh that is killed ends what it forwarded: the next call there finds the socket of another session, and without one
// says that a sign-in is needed.
func TestSSHKilled(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	l.signIn()
	s, after := l.open("h1"), l.open("h1")
	l.token(s.line(asking))
	path := strings.TrimSpace(s.line("echo $LC_ENTRALOGIN_AGENT").out)
	s.cmd.Process.Kill()
	s.cmd.Wait()
	eventually(t, func() bool { return !l.listens(l.hosts[0], path) }, func() string { return "sshd lives on" })
	l.token(after.line(named(path)))
	after.end()
	l.missing(l.run(l.plain("h1", named(path)+" --prompt never")))
	l.token(l.must(l.ssh("h1", named(path))))
}

// What runs in tmux outlives the session in which it was started, and finds the socket of the next one.
func TestTmux(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string][]string{"by its variable": nil, "by its name": {"AcceptEnv NOTHING"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLaptop(t, settings)
			l.signIn()
			l.must(l.ssh("h1", `mkfifo go; tmux -f /dev/null new-session -d 'read x <go; `+asking+` -v >/dev/null 2>said; echo "ends with $?" >>said'`))
			if r := l.must(l.plain("h1", "tmux list-sessions")); !strings.Contains(r.out, "1 windows") {
				t.Fatalf("tmux has ended with the session: %s%s", r.out, r.err)
			}
			s := l.open("h1")
			r := s.line(`echo >go; until grep -q "ends with" said; do sleep 0.02; done; cat said; rm go said`)
			if !strings.Contains(r.out, "the agent gave a token") || !strings.Contains(r.out, "ends with 0") {
				t.Error(r.out, r.err)
			}
			if passed := strings.Contains(r.out, "(LC_ENTRALOGIN_AGENT) is passed over: nobody listens there"); passed != (settings == nil) {
				t.Errorf("the dead socket is passed over: %v\n%s", passed, r.out)
			}
			s.must("tmux kill-server; echo is over", "is over")
		})
	}
}
