//go:build linux

package browser

import (
	"bufio"
	"cmp"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A distant machine is one without a browser that only OpenSSH leads to: a network of its own, whose loopback nobody else
// reaches, and a user who has a shell there.
type distant struct {
	*world
	pid    string // of the process that keeps its namespaces
	sshd   string
	config string // of ssh
}

// insider is the user of the host: not root, so that sshd needs no user and no folder of the system's.
const insider = 65534

func (w *world) distant() *distant {
	w.Helper()
	h := &distant{world: w, config: w.path("ssh_config")}
	var err error
	if h.sshd, err = exec.LookPath(cmp.Or(os.Getenv("SSHD"), "/usr/sbin/sshd")); err != nil {
		w.Fatalf("%v: unpack Debian's openssh-server somewhere, and name its sshd in SSHD", err)
	}
	for _, key := range []string{"host_key", "key"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", w.path(key)).CombinedOutput(); err != nil {
			w.Fatalf("ssh-keygen: %v\n%s", err, out)
		}
	}
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		w.Fatal(err)
	}
	w.write("passwd", fmt.Sprintf("insider:x:%d:%[1]d::%s:/bin/sh\n%s", insider, w.dir, passwd), 0o644)
	h.separate()
	h.listen()
	return h
}

// separate makes the namespaces. The user in them is who runs the test, by another number.
func (h *distant) separate() {
	h.Helper()
	cmd := exec.Command("/bin/sh", "-c", `ip link set lo up && mount --bind "$0" /etc/passwd && echo made && exec cat`, h.path("passwd"))
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: insider, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: insider, HostID: os.Getgid(), Size: 1}},
		AmbientCaps: []uintptr{12, 21}, // CAP_NET_ADMIN and CAP_SYS_ADMIN, in the namespaces
	}
	cmd.Stderr = &h.said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		h.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		h.Fatalf("namespaces of a user, of the network and of mounts can't be had here: %v", err)
	}
	h.Cleanup(func() { stdin.Close(); cmd.Wait() })
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		h.Fatalf("the namespaces can't be set up: %v\n%s", err, &h.said)
	}
	h.pid = strconv.Itoa(cmd.Process.Pid)
}

// listen answers for the host: each connection gets an sshd in its namespaces, as inetd does it.
func (h *distant) listen() {
	h.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { l.Close() })
	lib := filepath.Join(filepath.Dir(h.sshd), "..", "lib", "openssh")
	settings := fmt.Sprintf("HostKey %s\nAuthorizedKeysFile %s\nStrictModes no\nUsePAM no\nPidFile none\nPrintMotd no\n", h.path("host_key"), h.path("key.pub"))
	if _, err := os.Stat(filepath.Join(lib, "sshd-session")); err == nil { // since OpenSSH 9.8
		settings += fmt.Sprintf("SshdSessionPath %s/sshd-session\nSshdAuthPath %[1]s/sshd-auth\n", lib)
	}
	h.write("sshd_config", settings, 0o600)
	h.write("ssh_config", fmt.Sprintf("Host *\nHostName 127.0.0.1\nPort %d\nUser insider\nIdentityFile %s\nIdentitiesOnly yes\nIdentityAgent none\nUserKnownHostsFile %s\nGlobalKnownHostsFile none\nStrictHostKeyChecking accept-new\nExitOnForwardFailure yes\nLogLevel ERROR\n",
		l.Addr().(*net.TCPAddr).Port, h.path("key"), h.path("known_hosts")), 0o600)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			f, err := conn.(*net.TCPConn).File()
			conn.Close()
			if err != nil {
				return
			}
			cmd := exec.CommandContext(h.Context(), "nsenter", "--target", h.pid, "--user", "--net", "--mount", "--preserve-credentials",
				"--", h.sshd, "-i", "-e", "-f", h.path("sshd_config"))
			cmd.Stdin, cmd.Stdout, cmd.Stderr = f, f, &h.said
			if err := cmd.Start(); err != nil {
				fmt.Fprintln(&h.said, err)
			} else {
				go cmd.Wait()
			}
			f.Close()
		}
	}()
}

// freePort is one that nobody has at the moment.
func (w *world) freePort() string {
	w.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

var forward = regexp.MustCompile(`ssh -L [0-9]+:localhost:[0-9]+ \S+`)

// A person sits at a laptop and works on a host by ssh. There entralogin shows a line to run on the laptop; that line,
// as it is, brings the laptop's browser to entralogin, and nothing is pasted.
func TestForwardedPort(t *testing.T) {
	w := newWorld(t)
	h, c, port := w.distant(), w.chromium(), w.freePort()
	_, authority, _ := net.SplitHostPort(w.host)
	// The host's way to the authority is a forwarded port, too.
	cmd := w.command("get-token", "--server-id", entratest.ServerID, "--login", "browser", "--redirect-port", port)
	remote := "env " + strings.Join(append(cmd.Env, cmd.Args...), " ")
	cmd = exec.CommandContext(t.Context(), "ssh", "-F", h.config, "-R", authority+":127.0.0.1:"+authority, "host.example", remote)
	s := w.run(cmd, address)
	line := forward.FindString(s.stderr.String())
	if line == "" || !strings.HasSuffix(s.origin(), ":"+port) {
		t.Fatalf("no line for a forwarded port %s:\n%s", port, &s.stderr)
	}
	if conn, err := net.Dial("tcp", "localhost:"+port); err == nil {
		conn.Close()
		t.Fatal("the host's port is the laptop's")
	}
	w.write("laptop/ssh", fmt.Sprintf("#!/bin/sh\nexec /usr/bin/ssh -F '%s' \"$@\"\n", h.config), 0o700)
	tunnel := exec.CommandContext(t.Context(), "/bin/sh", "-c", line)
	tunnel.Env = []string{"HOME=" + w.dir, "PATH=" + w.path("laptop")}
	tunnel.Stderr = &w.said
	stdin, err := tunnel.StdinPipe() // of the shell that the person then has on the host
	if err == nil {
		err = tunnel.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		conn, err := net.Dial("tcp", "localhost:"+port)
		if err == nil {
			conn.Close()
			break
		}
		if time.Since(begin) > time.Minute {
			t.Fatalf("%s: %v\n%s", line, err, &w.said)
		}
	}
	p := c.tab()
	p.open(s.shown)
	p.signIn(entratest.Alice)
	p.heading("Signed in")
	s.end(0)
	s.token(entratest.Alice)
	w.requests(1)
	c.quiet()
	stdin.Close()
	if err := tunnel.Wait(); err != nil {
		t.Errorf("%s: %v\n%s", line, err, &w.said)
	}
}
