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

// run runs entralogin on the host, by ssh, until it says what matches. The host's way to the authority is a forwarded
// port, too.
func (h *distant) run(pattern *regexp.Regexp, args ...string) *signIn {
	h.Helper()
	_, authority, err := net.SplitHostPort(h.host)
	if err != nil {
		h.Fatal(err)
	}
	cmd := h.command(args...)
	remote := "env " + strings.Join(append(cmd.Env, cmd.Args...), " ")
	return h.world.run(exec.CommandContext(h.Context(), "ssh", "-F", h.config, "-R", authority+":127.0.0.1:"+authority, "host.example", remote), pattern)
}

// tunnel types a line at the laptop, until the port there is open. end closes the shell that the person then has on the
// host.
func (h *distant) tunnel(line, port string) (end func()) {
	h.Helper()
	h.write("laptop/ssh", fmt.Sprintf("#!/bin/sh\nexec /usr/bin/ssh -F '%s' \"$@\"\n", h.config), 0o700)
	cmd := exec.CommandContext(h.Context(), "/bin/sh", "-c", line)
	cmd.Env = []string{"HOME=" + h.dir, "PATH=" + h.path("laptop")}
	cmd.Stderr = &h.said
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		h.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	for {
		conn, err := net.Dial("tcp", "localhost:"+port)
		if err == nil {
			conn.Close()
			break
		}
		select {
		case err := <-over:
			h.Fatalf("%s: %v\n%s", line, err, &h.said)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return func() {
		h.Helper()
		stdin.Close()
		if err := <-over; err != nil {
			h.Errorf("%s: %v\n%s", line, err, &h.said)
		}
	}
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

// A person sits at a laptop and works on a host by ssh, for a tenant that refuses device codes. There entralogin says so,
// and the next call shows a line to run on the laptop; that line, as it is, brings the laptop's browser to entralogin.
// Nothing is pasted.
func TestForwardedPort(t *testing.T) {
	w := newWorld(t)
	h, c, port := w.distant(), w.chromium(), w.freePort()
	if err := w.sim.Block(entratest.Block{Way: entratest.ByDeviceCode, At: "request", AADSTS: 53003}); err != nil {
		t.Fatal(err)
	}
	refused := h.run(regexp.MustCompile("AADSTS53003"), "get-token", "--server-id", entratest.ServerID)
	refused.end(5, "with the browser of another computer")
	w.sim.ResetRequests()
	s := h.run(address, "get-token", "--server-id", entratest.ServerID, "--redirect-port", port)
	line := forward.FindString(s.stderr.String())
	if line == "" || !strings.HasSuffix(s.origin(), ":"+port) {
		t.Fatalf("no line for a forwarded port %s:\n%s", port, &s.stderr)
	}
	if conn, err := net.Dial("tcp", "localhost:"+port); err == nil {
		conn.Close()
		t.Fatal("the host's port is the laptop's")
	}
	end := h.tunnel(line, port)
	p := c.tab()
	p.open(s.shown)
	p.signIn(entratest.Alice)
	p.heading("Signed in")
	s.end(0)
	s.token(entratest.Alice)
	w.requests(1)
	c.quiet()
	end()
}
