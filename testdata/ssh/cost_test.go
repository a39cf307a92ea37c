//go:build linux

package ssh

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/testdata/git/home"
)

// A call on a host is one connection, one thing said and one answer to it. It asks nothing else of the network, and writes
// nothing.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	h := l.hosts[0]
	l.signIn()
	s := l.open("h1")
	l.token(s.line(asking))
	before := h.files()
	l.token(s.line("strace -f -qq -s 0 -e trace=%network,%file,read,write -o trace " + asking))
	trace := filepath.Join(h.root, "home/alice/trace")
	blob, err := os.ReadFile(trace)
	h.check(err, os.Remove(trace))
	connections, turns := turns(t, string(blob))
	if connections != 1 || turns != 1 {
		t.Errorf("%d connections and %d round trips, want one of each:\n%s", connections, turns, blob)
	}
	for _, line := range strings.Split(string(blob), "\n") {
		if changes().MatchString(line) && !strings.Contains(line, "/dev/null") {
			t.Errorf("the call changes something: %s", line)
		}
	}
	l.onlySockets(h, before, 0)
	if n := l.sim.Requests(""); n != 0 {
		t.Errorf("%d requests to the sign-in service", n)
	}
}

// changes are system calls that would write to a file system.
func changes() *regexp.Regexp {
	return regexp.MustCompile(`O_CREAT|O_WRONLY|O_RDWR|O_TMPFILE|^[0-9]+ +(mkdir|rename|unlink|link|symlink|mknod|chmod|chown|truncate|utimens)(at)?[0-9]?\(`)
}

// turns counts in a trace the connections, and how often something that was said is followed by something that was heard.
func turns(t *testing.T, trace string) (connections, turns int) {
	t.Helper()
	fd, said, begun := "", false, map[string]string{}
	for _, line := range strings.Split(trace, "\n") {
		pid, call, _ := strings.Cut(line, " ")
		call = strings.TrimSpace(call)
		if first, unfinished := strings.CutSuffix(call, " <unfinished ...>"); unfinished {
			begun[pid] = first
			continue
		}
		if _, rest, resumed := strings.Cut(call, " resumed>"); resumed {
			call = begun[pid] + rest
		}
		if strings.HasPrefix(call, "socket(") && !strings.HasPrefix(call, "socket(AF_UNIX, SOCK_STREAM") {
			t.Errorf("another socket: %s", call)
		}
		m := regexp.MustCompile(`^(connect|read|write|sendto|recvfrom)\(([0-9]+),.* = (-?[0-9]+)`).FindStringSubmatch(call)
		switch {
		case m == nil:
		case m[1] == "connect":
			connections++
			fd = m[2]
		case m[2] != fd || strings.HasPrefix(m[3], "-") || m[3] == "0":
		case m[1] == "write" || m[1] == "sendto":
			said = true
		case said:
			turns, said = turns+1, false
		}
	}
	return connections, turns
}

// The search at the end of each test finds what it is to find: in a file, in a name, in what was said, in a log of sshd.
func TestSearchFinds(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	l.signIn()
	token := l.token(l.must(l.ssh("h1", asking)))
	if found := l.secrets(); len(found) != 0 {
		t.Fatal(found)
	}
	for _, plant := range []string{"cat >/dev/shm/.x", "cat >run/x", "read x; touch $x", "cat >&2", "cat >/var/tmp/x; chmod 0 /var/tmp/x"} {
		cmd := l.plain("h1", strings.Replace(plant, "run/x", "/home/alice/x", 1))
		cmd.Stdin = strings.NewReader(token[:200] + "\n")
		l.must(cmd)
	}
	l.keys = append(l.keys, token[:200])
	if found := l.secrets(); len(found) != 5 {
		t.Errorf("%d of 5 are found: %q", len(found), found)
	}
	l.said = home.Text{}
	l.keys = nil
}
