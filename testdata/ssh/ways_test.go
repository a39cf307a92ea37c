//go:build linux

package ssh

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Sessions over one connection share what the first one has forwarded, and add their own. The person is asked for the host
// once, by what the command line of the master says: also where that stays in the background and is long gone from sight.
func TestControlMaster(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	l.signIn()
	shared := []string{"-o", "ControlMaster=auto", "-o", "ControlPath=" + l.path("master")}
	t.Cleanup(func() { l.run(l.plain("-O", "exit", "-S", l.path("master"), "h1")) })
	first := l.open(append(shared, "h1")...)
	l.token(first.line(asking))
	l.token(l.must(l.ssh(append(shared, "h1", asking)...)))
	l.token(l.must(l.plain(append(shared, "h1", asking)...))) // nothing of its own
	if n := l.asked("h1"); n != 1 || l.asked("") != 1 {
		t.Errorf("the person was asked %d times, %d of them for h1", l.asked(""), n)
	}
	first.end()
	l.missing(l.run(l.plain("h1", asking+" --prompt never")))
}

// With ControlPersist the master goes on by itself, under the name of its control socket.
func TestControlPersist(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	l.signIn()
	shared := []string{"-o", "ControlMaster=auto", "-o", "ControlPersist=yes", "-o", "ControlPath=" + l.path("h1-master")}
	exit := []string{"-O", "exit", "-S", l.path("h1-master"), "h1"}
	t.Cleanup(func() { l.run(l.plain(exit...)) })
	l.must(l.ssh(append(shared, "h1", "true")...))
	for range 2 {
		l.token(l.must(l.ssh(append(shared, "h1", asking)...)))
		l.token(l.must(l.plain("-S", l.path("h1-master"), "h1", asking)))
	}
	if n := l.asked("h1-master (ssh, by its control socket)"); n != 1 || l.asked("") != 1 {
		t.Errorf("the person was asked %d times, %d of them for the master", l.asked(""), n)
	}
	l.must(l.plain(exit...))
	l.missing(l.run(l.plain("h1", asking+" --prompt never")))
}

// The lines for ~/.ssh/config serve plain ssh, without the command. What follows them counts as before.
func TestLines(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil, nil)
	l.signIn()
	lines := strings.Replace(l.must(l.command("entralogin", "ssh", "--lines")).out, "jump.example.com", "h1", -1)
	config, err := os.ReadFile(l.path("ssh_config"))
	if err != nil {
		t.Fatal(err)
	}
	l.write("ssh_config", 0o600, lines+"SetEnv LC_PROOF=counts\n"+string(config))
	l.token(l.must(l.plain("h1", asking)))
	l.token(l.must(l.plain("-l", "bob", "h1", asking)))
	if n := len(l.hosts[0].sockets()); n < 2 {
		t.Errorf("%d sockets on the host of the lines", n)
	}
	l.missing(l.run(l.plain("h2", asking+" --prompt never")))
	if out := l.must(l.plain("h2", "echo $LC_PROOF")).out; out != "counts\n" {
		t.Errorf("what follows the lines does not count for other hosts: %q", out)
	}
	if n := len(l.hosts[1].sockets()); n != 0 {
		t.Errorf("%d sockets on a host that the lines don't name", n)
	}
}

// A server that forwards no sockets says so in one line, and the session goes on, also where the person's own settings want
// ssh to end then.
func TestNoSockets(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, []string{"AllowStreamLocalForwarding no"}, []string{"AllowStreamLocalForwarding local"}, []string{"DisableForwarding yes"})
	l.signIn()
	for _, h := range l.hosts {
		l.must(l.plain(h.name, "true")) // ssh gets to know its key
		r := l.run(l.ssh("-o", "LogLevel=INFO", "-o", "ExitOnForwardFailure=yes", h.name, "echo goes on; exit 3"))
		if r.code != 3 || r.out != "goes on\n" || strings.Count(r.err, "\n") != 1 || !strings.Contains(r.err, "remote port forwarding failed") {
			t.Errorf("%s: exit code %d: %s%s", h.name, r.code, r.out, r.err)
		}
		l.missing(l.run(l.ssh(h.name, asking+" --prompt never")))
	}
}

// A port of the host's loopback serves with its key alone, which no command line shows, no other user of the host, and no
// file. The exit code is the command's.
func TestPort(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, []string{"AllowStreamLocalForwarding no"})
	h := l.hosts[0]
	l.signIn()
	tcp := func(command string) *exec.Cmd {
		return l.command("entralogin", "ssh", "--tcp", "-F", l.path("ssh_config"), "h1", command)
	}
	s := l.hold(tcp("exec bash"))
	s.must("echo is open", "is open")
	l.token(s.line(asking))
	key := strings.TrimSpace(s.line("echo $LC_ENTRALOGIN_AGENT_KEY").out)
	place, err := url.Parse(strings.TrimSpace(s.line("echo $LC_ENTRALOGIN_AGENT").out))
	if err != nil || place.Hostname() != "127.0.0.1" || len(key) != 64 {
		t.Fatalf("%v: %v, with a key of %d bytes", place, err, len(key))
	}
	l.keys = append(l.keys, key)
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range commands {
		if blob, err := os.ReadFile(path); err == nil && strings.Contains(string(blob), key) && !strings.Contains(path, "/self/") {
			t.Errorf("the key is in the command line of %s", path)
		}
	}
	for _, shown := range []string{"", "-H 'Authorization: Bearer " + strings.Repeat("0", 64) + "'", "-H 'Authorization: Basic " + strings.Repeat("0", 64) + "'"} {
		code := l.must(l.plain("bob@h1", fmt.Sprintf("curl -s -o /dev/null -w '%%{http_code}' --noproxy '*' %s -d {} %v/v1/token", shown, place))).out
		if code != "403" {
			t.Errorf("without the key (%s): HTTP %s", shown, code)
		}
	}
	if n := l.asked("h1 (ssh)"); n != 1 || l.asked("") != 1 {
		t.Errorf("the person was asked %d times, %d of them for h1", l.asked(""), n)
	}
	l.onlySockets(h, nil, 0)
	if r := l.run(tcp("exit 9")); r.code != 9 {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	s.end()
	l.missing(l.run(l.plain("h1", "LC_ENTRALOGIN_AGENT="+place.String()+" LC_ENTRALOGIN_AGENT_KEY="+key+" "+asking+" --prompt never")))
}

// From a host one comes to the next one: what ssh forwards there is the socket that it finds. The person is asked for the
// host that their own ssh leads to.
func TestOnward(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil, nil)
	l.signIn()
	first, second := l.hosts[0], l.hosts[1]
	key, err := os.ReadFile(l.path("key"))
	if err != nil {
		t.Fatal(err)
	}
	first.put("key", string(key))
	path := filepath.Join(first.settings, "key")
	first.check(os.Chmod(path, 0o600), os.Chown(path, alice, alice))
	first.put("ssh_config", fmt.Sprintf("Host *\nHostName 127.0.0.1\nPort %d\nIdentityFile /mnt/key\nIdentityAgent none\nUserKnownHostsFile /dev/null\nStrictHostKeyChecking no\nLogLevel ERROR\n", second.port))
	before := [2]map[string]string{first.files(), second.files()}
	l.token(l.must(l.ssh("h1", "entralogin ssh -F /mnt/ssh_config next '"+asking+"'")))
	if n := l.asked("h1 (ssh)"); n != 1 || l.asked("") != 1 {
		t.Errorf("the person was asked %d times, %d of them for h1", l.asked(""), n)
	}
	l.onlySockets(first, before[0], 1)
	l.onlySockets(second, before[1], 1)
}
