//go:build linux

package ssh

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// What sshd of a host may be set to, and by what a program there finds the socket then.
func settings() map[string][2]string {
	return map[string][2]string{
		"as Debian has it":      {"", "LC_ENTRALOGIN_AGENT"},
		"no variable":           {"AcceptEnv NOTHING", "forwarded by ssh"},
		"our variable":          {"AcceptEnv ENTRALOGIN_AGENT", "ENTRALOGIN_AGENT"},
		"StreamLocalBindUnlink": {"StreamLocalBindUnlink yes", "LC_ENTRALOGIN_AGENT"},
	}
}

// Whoever is reached by ssh gets a token with nothing set and nothing stored there, in whichever way the server is set. The
// person is asked once for each of them, and the sign-in service never.
func TestUsersAndSettings(t *testing.T) {
	t.Parallel()
	names := slices.Sorted(maps.Keys(settings()))
	var all [][]string
	for _, name := range names {
		all = append(all, []string{settings()[name][0]})
	}
	l := newLaptop(t, all...)
	l.signIn()
	for i, name := range names {
		before := l.hosts[i].files()
		for _, user := range []string{"alice", "bob", "root"} {
			at := user + "@" + l.hosts[i].name
			r := l.must(l.ssh(at, asking+" -v >/dev/null; "+asking))
			l.token(r)
			if want := " (" + settings()[name][1] + "))"; !strings.Contains(r.err, want) {
				t.Errorf("%s, %s: want the socket%s:\n%s", name, user, want, r.err)
			}
			if n := l.asked(at); n != 1 {
				t.Errorf("%s, %s: the person was asked %d times for two tokens", name, user, n)
			}
		}
		l.onlySockets(l.hosts[i], before, 3)
	}
	if n := l.sim.Requests(""); n != 0 {
		t.Errorf("%d requests to the sign-in service", n)
	}
}

// onlySockets checks that a host has nothing new but sockets of sshd, so many.
func (l *laptop) onlySockets(h *host, before map[string]string, sockets int) {
	l.Helper()
	for path, content := range h.files() {
		old, known := before[path]
		switch is, _ := filepath.Match("/tmp/entralogin-*.sock", path); {
		case !known && is && content == "":
			sockets--
		case !known || old != content:
			l.Errorf("%s has the file %s, which only an entralogin can have written", h.name, path)
		}
	}
	if sockets != 0 {
		l.Errorf("%s has %d sockets fewer than it had sessions", h.name, sockets)
	}
}

// Ssh is ssh: what it is told, says, and ends with is the same with the agent forwarded as without.
func TestSSHItself(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	l.signIn()
	for name, c := range map[string]struct {
		args []string
		in   string
		code int
		out  string
	}{
		"exit code":              {[]string{"h1", "exit 7"}, "", 7, ""},
		"a signal there":         {[]string{"h1", "kill -9 $$"}, "", 255, ""},
		"quotes":                 {[]string{"h1", `printf '%s|'`, `"a  b"`, `'c"d'`, `$HOME`}, "", 0, `a  b|c"d|/home/alice|`},
		"standard input":         {[]string{"h1", "tr a b"}, "banana\x00\xff\n", 0, "bbnbnb\x00\xff\n"},
		"a terminal":             {[]string{"-tt", "h1", "tty | cut -c -9"}, "", 0, "/dev/pts/\r\n"},
		"options after the host": {[]string{"h1", "-l", "bob", "id -un"}, "", 0, "bob\n"},
		"another user":           {[]string{"-o", "User=bob", "h1", "id -un"}, "", 0, "bob\n"},
		"a host that is none":    {[]string{"-p", "1", "h1", "true"}, "", 255, ""},
		"a wrong option":         {[]string{"-o", "Nonsense=1", "h1", "true"}, "", 255, ""},
	} {
		plain, ours := l.plain(c.args...), l.ssh(c.args...)
		plain.Stdin, ours.Stdin = strings.NewReader(c.in), strings.NewReader(c.in)
		want, got := l.run(plain), l.run(ours)
		if got.code != want.code || got.out != want.out || got.err != want.err || got.code != c.code || got.out != c.out {
			t.Errorf("%s: %d %q %q, want %d %q; ssh alone: %d %q %q", name, got.code, got.out, got.err, c.code, c.out, want.code, want.out, want.err)
		}
	}
}

// What opens no session takes no agent along, and starts none.
func TestNoSession(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	for _, args := range [][]string{{"-V"}, {"-G", "h1"}, {"-Q", "mac"}, {"-O", "check", "-S", l.path("none"), "h1"}} {
		want, got := l.run(l.plain(args...)), l.run(l.ssh(args...))
		want.took, got.took = 0, 0
		if got != want {
			t.Errorf("ssh %q: %+v, want %+v", args, got, want)
		}
	}
	if l.agent() != 0 {
		t.Error("an agent was started")
	}
	l.signIn() // a secret to look for
}

// An ssh without a command forwards for as long as it runs. The agent outlives it.
func TestOnlyForwarding(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	l.signIn()
	s := l.hold(l.ssh("-N", "h1"))
	eventually(t, func() bool { return len(l.hosts[0].sockets()) == 1 }, s.err.String)
	l.token(l.must(l.plain("h1", asking)))
	pid := l.agent()
	if pid == 0 || pid == s.cmd.Process.Pid {
		t.Fatalf("the agent is the process %d, and ssh %d", pid, s.cmd.Process.Pid)
	}
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.cmd.Wait()
	if l.agent() != pid {
		t.Error("the agent has ended with ssh")
	}
	l.missing(l.run(l.plain("h1", asking+" --prompt never")))
}

// missing checks that a call without an agent says so by itself: it needs a sign-in.
func (l *laptop) missing(r result) {
	l.Helper()
	if r.code != 4 || r.out != "" || !strings.Contains(r.err, "sign-in") {
		l.Errorf("exit code %d after %v: %s%s", r.code, r.took, r.out, r.err)
	}
}
