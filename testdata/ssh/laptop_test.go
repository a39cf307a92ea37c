//go:build linux

package ssh

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/home"
)

// limit is how long anything may take. Nothing comes near it unless it hangs.
const limit = 60 * time.Second

// public is the address of Microsoft's sign-in service.
const public = "https://login.microsoftonline.com"

// A laptop is where the person has signed in, and where the agent runs. The sign-in service is Microsoft's to it, so that
// the hosts need no settings to name it. They could reach it, too: who asks there for a sign-in gets one, and is found out.
type laptop struct {
	*testing.T
	sim   *entratest.Server
	dir   string
	hosts []*host
	env   []string
	said  home.Text // what was said on standard error, here and on the hosts
	keys  []string  // secrets that are not of the sign-in service
}

// newLaptop makes one that knows hosts by the names h1, h2, ..., each with settings of sshd.
func newLaptop(t *testing.T, hosts ...[]string) *laptop {
	t.Helper()
	l := &laptop{T: t, sim: entratest.NewServer(entratest.WithProxy()), dir: shortDir(t)}
	t.Cleanup(l.sim.Close)
	l.sim.Set(func(s *entratest.Settings) { s.Interval = time.Second })
	for _, endpoint := range []string{"openid-configuration", "devicecode"} { // which name the host that they lie on
		l.sim.Fault(endpoint, entratest.Fault{Rewrite: func(answer map[string]any) {
			for name, value := range answer {
				if text, ok := value.(string); ok {
					answer[name] = strings.Replace(text, l.sim.URL, public, 1)
				}
			}
		}})
	}
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", l.path("key")).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	ca := l.write("home/.config/entralogin/ca.pem", 0o600, string(l.sim.CertPEM()))
	l.settings("")
	l.write("askpass", 0o700, fmt.Sprintf("#!/bin/sh\nprintf '%%s\\n====\\n' \"$1\" >>'%s'\n[ ! -e '%s' ]\n", l.path("asked"), l.path("no")))
	l.env = []string{"HOME=" + l.path("home"), "XDG_RUNTIME_DIR=" + l.path("run"), "TMPDIR=" + l.path("tmp"), "PATH=" + programs + ":/usr/bin:/bin",
		"SSH_ASKPASS=" + l.path("askpass"), "SSH_ASKPASS_REQUIRE=force", "BROWSER=" + l.browser(), "HTTPS_PROXY=" + l.sim.ProxyURL, "NO_PROXY=127.0.0.1", "SSL_CERT_FILE=" + ca, "ENTRALOGIN_RENEW_AHEAD=false"}
	if err := errors.Join(os.Mkdir(l.path("run"), 0o700), os.Mkdir(l.path("tmp"), 0o700)); err != nil {
		t.Fatal(err)
	}
	config := ""
	for i, settings := range hosts {
		h := newHost(t, fmt.Sprintf("h%d", i+1), l.path("key"), []string{"HTTPS_PROXY=" + l.sim.ProxyURL, "NO_PROXY=127.0.0.1", "SSL_CERT_FILE=/mnt/ca.pem"}, settings)
		h.put("ca.pem", string(l.sim.CertPEM()))
		l.hosts = append(l.hosts, h)
		config += fmt.Sprintf("Host %s\nPort %d\nHostKeyAlias %[1]s\n", h.name, h.port)
	}
	l.write("ssh_config", 0o600, config+fmt.Sprintf("Host *\nHostName 127.0.0.1\nUser alice\nIdentityFile %s\nIdentitiesOnly yes\nIdentityAgent none\n"+
		"UserKnownHostsFile %s\nGlobalKnownHostsFile none\nStrictHostKeyChecking accept-new\nLogLevel ERROR\n", l.path("key"), l.path("known_hosts")))
	t.Cleanup(l.end)
	return l
}

// browser is a program that has Alice sign in at each page that it is to open.
func (l *laptop) browser() string {
	l.Helper()
	pages := l.path("pages")
	if err := syscall.Mkfifo(pages, 0o600); err != nil {
		l.Fatal(err)
	}
	f, err := os.OpenFile(pages, os.O_RDWR, 0)
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { f.Close() })
	go func() {
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if err := l.visit(lines.Text()); err != nil {
				fmt.Fprintf(&l.said, "the browser: %v\n", err)
			}
		}
	}()
	return l.write("browser", 0o700, fmt.Sprintf("#!/bin/sh\nprintf '%%s\\n' \"$1\" >'%s'\n", pages))
}

// visit is Alice with a browser, from a page of this machine on, which leads to the sign-in service.
func (l *laptop) visit(page string) error {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(page)
	if err != nil {
		return err
	}
	resp.Body.Close()
	_, err = l.sim.Visit(context.Background(), strings.Replace(resp.Header.Get("Location"), public, l.sim.URL, 1), entratest.Alice)
	return err
}

// settings writes the config file, with further lines.
func (l *laptop) settings(more string) {
	l.Helper()
	l.write("home/.config/entralogin/config.yaml", 0o600, fmt.Sprintf("authorities:\n- {host: login.microsoftonline.com, ca-file: ca.pem}\ntenant-id: %s\nclient-id: %s\n"+
		"agent:\n  allow: [%s, devops, arm]\n%s", entratest.TenantContoso, entratest.ClientID, entratest.ServerID, more))
}

func (l *laptop) path(name string) string { return filepath.Join(l.dir, name) }

func (l *laptop) write(name string, mode os.FileMode, content string) string {
	l.Helper()
	path := l.path(name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), mode)); err != nil {
		l.Fatal(err)
	}
	return path
}

// end ends the agent, and looks for what a test never leaves behind: a secret.
func (l *laptop) end() {
	l.Helper()
	if pid := l.agent(); pid != 0 {
		l.said.Write([]byte(l.log()))
		syscall.Kill(pid, syscall.SIGTERM)
		eventually(l.T, func() bool { return l.agent() == 0 }, func() string { return "the agent does not end" })
	}
	if len(l.sim.Secrets()) == 0 && !l.Failed() {
		l.Error("no token was given out: the test has lost its sense")
	}
	for _, found := range l.secrets() {
		l.Errorf("a secret in %s", found)
	}
	l.Logf("%d secrets issued, looked for on %d hosts", len(l.sim.Secrets()), len(l.hosts))
}

// secrets says where a secret is that was issued: on a host, or in what was said.
func (l *laptop) secrets() (found []string) {
	l.Helper()
	places := map[string]string{"what was said here and there": l.said.String()}
	for _, h := range l.hosts {
		for path, content := range h.files() {
			places[h.name+":"+path] = path + content
		}
		places["the log of "+h.name+"'s sshd"] = h.said.String()
	}
	for place, content := range places {
		for _, secret := range append(l.sim.Secrets(), l.keys...) {
			if strings.Contains(content, secret) {
				found = append(found, fmt.Sprintf("%s (%d bytes)", place, len(secret)))
			}
		}
	}
	return found
}

// signIn signs Alice in on the laptop.
func (l *laptop) signIn() {
	l.Helper()
	l.sim.AutoApprove(entratest.Alice, 0)
	l.must(l.command("sh", "-c", asking))
	l.sim.ResetRequests()
}

// start starts the agent, in the foreground.
func (l *laptop) start(args ...string) *exec.Cmd {
	l.Helper()
	cmd := l.command("entralogin", append([]string{"agent", "-v"}, args...)...)
	cmd.Stderr = &l.said
	if err := cmd.Start(); err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	eventually(l.T, func() bool { return l.agent() == cmd.Process.Pid }, l.said.String)
	return cmd
}

// command is a program of the laptop.
func (l *laptop) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command("/usr/bin/env", append([]string{name}, args...)...)
	cmd.Env, cmd.Dir, cmd.WaitDelay = l.env, l.dir, time.Second
	return cmd
}

// ssh is entralogin ssh.
func (l *laptop) ssh(args ...string) *exec.Cmd {
	return l.command("entralogin", append([]string{"ssh", "-F", l.path("ssh_config")}, args...)...)
}

// plain is ssh alone.
func (l *laptop) plain(args ...string) *exec.Cmd {
	return l.command("ssh", append([]string{"-F", l.path("ssh_config")}, args...)...)
}

// A result is how a program ended.
type result struct {
	code     int
	out, err string
	took     time.Duration
}

func (l *laptop) run(cmd *exec.Cmd) result {
	l.Helper()
	var out, said home.Text
	cmd.Stdout, cmd.Stderr = &out, &said
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		l.Fatal(err)
	}
	defer time.AfterFunc(limit, func() { cmd.Process.Kill() }).Stop()
	cmd.Wait()
	l.said.Write([]byte(said.String()))
	return result{cmd.ProcessState.ExitCode(), out.String(), said.String(), time.Since(begin)}
}

func (l *laptop) must(cmd *exec.Cmd) result {
	l.Helper()
	r := l.run(cmd)
	if r.code != 0 {
		l.Fatalf("%q: exit code %d after %v: %s%s", cmd.Args[1:], r.code, r.took, r.out, r.err)
	}
	return r
}

// wanted says which token a program on a host wants; asking is the line that asks for it.
const (
	wanted = " --tenant-id " + entratest.TenantContoso + " --client-id " + entratest.ClientID
	asking = "entralogin get-token --server-id " + entratest.ServerID + wanted
)

// token checks that an answer has a token of Alice, and returns it.
func (l *laptop) token(r result) string {
	l.Helper()
	var answer struct{ Status struct{ Token string } }
	if err := json.Unmarshal([]byte(r.out), &answer); err != nil {
		l.Fatalf("no token: exit code %d after %v: %s%s", r.code, r.took, r.out, r.err)
	}
	claims, err := l.sim.VerifyToken(answer.Status.Token, entratest.ServerID)
	if err != nil || claims["preferred_username"] != entratest.Alice {
		l.Fatalf("a token of %v: %v", claims["preferred_username"], err)
	}
	return answer.Status.Token
}

// asked is how often the person was asked, by what the questions hold.
func (l *laptop) asked(word string) int {
	l.Helper()
	blob, err := os.ReadFile(l.path("asked"))
	if err != nil && !os.IsNotExist(err) {
		l.Fatal(err)
	}
	questions := strings.Split(string(blob), "\n====\n")
	return len(slices.DeleteFunc(questions, func(q string) bool { return q == "" || !strings.Contains(q, word) }))
}

// agent is the process of the agent, 0 where none listens.
func (l *laptop) agent() int {
	conn, err := net.Dial("unix", l.path("run/entralogin/agent.sock"))
	if err != nil {
		return 0
	}
	defer conn.Close()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		l.Fatal(err)
	}
	pid := 0
	raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = int(cred.Pid)
		}
	})
	return pid
}

// A session is a shell on a host that stays open.
type session struct {
	*laptop
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   home.Text
	err   home.Text
}

// hold runs an ssh that stays until end.
func (l *laptop) hold(cmd *exec.Cmd) *session {
	l.Helper()
	s := &session{laptop: l, cmd: cmd}
	var err error
	if s.stdin, err = cmd.StdinPipe(); err != nil {
		l.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = &s.out, &s.err
	if err := cmd.Start(); err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { s.stdin.Close(); cmd.Process.Kill(); cmd.Wait() })
	return s
}

// open holds a session with a shell, in which lines are typed.
func (l *laptop) open(args ...string) *session {
	l.Helper()
	s := l.hold(l.ssh(append(args, "exec bash")...))
	s.must("echo is open", "is open")
	return s
}

// must types a line and waits for what it says.
func (s *session) must(line, word string) {
	s.Helper()
	io.WriteString(s.stdin, line+"\n")
	eventually(s.T, func() bool { return strings.Contains(s.out.String(), word) }, func() string { return s.out.String() + s.err.String() })
}

// line types a line and returns what it says, and its exit code.
func (s *session) line(line string) result {
	s.Helper()
	n := len(s.out.String())
	begin := time.Now()
	io.WriteString(s.stdin, "{ "+line+"; } 2>/tmp/.said; echo ===$?; cat /tmp/.said; rm /tmp/.said; echo =====\n")
	eventually(s.T, func() bool { return strings.HasSuffix(s.out.String()[n:], "=====\n") }, func() string { return s.out.String() + s.err.String() })
	r := result{took: time.Since(begin)}
	said, _ := strings.CutSuffix(s.out.String()[n:], "=====\n")
	said, rest, _ := strings.Cut(said, "===")
	r.out = said
	fmt.Sscanf(rest, "%d", &r.code)
	_, r.err, _ = strings.Cut(rest, "\n")
	return r
}

// end ends the session as "exit" does.
func (s *session) end() {
	s.Helper()
	s.stdin.Close()
	if err := s.cmd.Wait(); err != nil {
		s.Errorf("ssh: %v: %s", err, &s.err)
	}
}

// eventually waits for something that comes by itself.
func eventually(t *testing.T, done func() bool, say func() string) {
	t.Helper()
	for begin := time.Now(); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > limit {
			t.Fatalf("it does not come: %s", say())
		}
	}
}
