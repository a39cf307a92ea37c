package server

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/entralogin/entralogin/plugin/agent"
)

// TestMain is a client for the tests where it is started as one: it asks at the socket for a token, and prints the answer.
func TestMain(m *testing.M) {
	socket := os.Getenv("AGENT_TEST_SOCKET")
	if socket == "" {
		os.Exit(m.Run())
	}
	c, err := net.Dial("unix", socket)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Fprintf(c, "POST /v1/token HTTP/1.1\r\nHost: agent\r\nContent-Length: %d\r\n\r\n%s", len(good()), good())
	io.Copy(os.Stdout, c)
}

// client starts this program as a client, under another name.
func client(t *testing.T, h *house, name, socket string, arguments ...string) *exec.Cmd {
	t.Helper()
	path := filepath.Join(h.dir, name)
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Link(own, path); err != nil && !os.IsExist(err) {
		copyFile(t, own, path)
	}
	cmd := exec.Command(path, arguments...)
	cmd.Args[0] = "called-anything"
	cmd.Env = []string{"AGENT_TEST_SOCKET=" + socket}
	return cmd
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	blob, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, blob, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A process whose executable is ssh stands for the host of its arguments; another one for itself, whatever it is called.
func TestRealPeers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, cmd := range []*exec.Cmd{client(t, h, "ssh", h.forward, "-p", "2222", "ops@build1"), client(t, h, "ssh2", h.forward, "build1")} {
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), secret) {
			t.Errorf("%v: %s", err, out)
		}
	}
	token(t, h.forward, request()).gives(t, alice)
	own, _ := os.Executable()
	var hosts []string
	for _, q := range h.person.questions() {
		hosts = append(hosts, q.Host)
	}
	if want := fmt.Sprint([]string{"ops@build1:2222 (ssh)", filepath.Join(h.dir, "ssh2"), own}); fmt.Sprint(hosts) != want {
		t.Errorf("asked for %q, want %s", hosts, want)
	}
}

// In a container anything may be called ssh, also where its group has no name that is known.
func TestPeerApart(t *testing.T) {
	t.Parallel()
	ids := make(chan string, 1)
	h := newHouse(t, func(h *house) {
		h.settings.Describe = func(c net.Conn) (Peer, error) {
			p, err := DescribePeer(c)
			ids <- p.ID
			return p, err
		}
	})
	cmd := client(t, h, "ssh", h.forward, "build1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}}
	}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), secret) {
		t.Fatalf("%v: %s", err, out)
	}
	if got, want := h.person.questions()[0].Host, filepath.Join(h.dir, "ssh")+" (in a container)"; got != want {
		t.Errorf("asked for %q, want %q", got, want)
	}
	if <-ids == "" {
		t.Error("its grant goes over to other containers")
	}
}

// Another user is not served, even where the socket and its folder would let them in. Root is needed to be another user.
func TestOtherUsers(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		if err := checkUID(os.Geteuid() + 1); err == nil {
			t.Error("another user is served")
		}
		return
	}
	h := newHouse(t)
	for _, path := range []string{h.dir, h.main, h.forward} {
		if err := os.Chmod(path, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, socket := range []string{h.main, h.forward} {
		cmd := client(t, h, "stranger", socket)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if out, err := cmd.CombinedOutput(); err != nil && !strings.Contains(string(out), "reset") || len(out) > 0 && !strings.Contains(string(out), "reset") {
			t.Errorf("%v: %s", err, out)
		}
	}
	if h.service.count(&h.service.calls) != 0 || len(h.person.questions()) != 0 {
		t.Error("somebody else was served")
	}
}

// A process that has ended is not taken for the one that has its number now.
func TestEndedPeer(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "agent")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "x.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	h := &house{dir: dir}
	cmd := client(t, h, "ssh", l.Addr().String(), "build1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if p, err := DescribePeer(c); err != nil || p.Host != "build1 (ssh)" || p.PID != cmd.Process.Pid {
		t.Errorf("%+v, %v", p, err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if p, err := DescribePeer(c); err != nil || strings.Contains(p.Host, "ssh") || p.ID == "" {
		t.Errorf("after its end: %+v, %v", p, err)
	}
}

func TestContainerIn(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("0123456789abcdef", 4)
	for groups, want := range map[string]string{
		"0::/system.slice/docker-" + id + ".scope\n":                                                      id,
		"12:memory:/docker/" + id + "\n0::/\n":                                                            id,
		"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id + ".scope/container\n": id,
		"0::/kubepods.slice/kubepods-burstable.slice/cri-containerd-" + id + ".scope\n":                   id,
		"0::/kubepods/besteffort/pod1/" + id + "\n":                                                       id,
		"0::/machine.slice/crio-" + id + ".scope\n":                                                       id,
		"0::/user.slice/user-1000.slice/session-3.scope\n":                                                "",
		"0::/user.slice/" + id + "\n":                                                                     "",
		"":                                                                                                "",
	} {
		if got := containerIn(groups); got != want {
			t.Errorf("%q: %q", groups, got)
		}
	}
}

// A poller of a host that was told no is told so at once, whoever it says it is.
func TestClaimsDontChangeTheHost(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) { h.person.says = func(Question) (bool, error) { return false, nil } })
	for _, asker := range []string{"kubectl", "git", "the person at the agent"} {
		token(t, h.forward, request(func(r *agent.Request) { r.Asker = asker })).refuses(t, agent.NotAllowed)
	}
	if n := len(h.person.questions()); n != 1 {
		t.Errorf("asked %d times", n)
	}
}
