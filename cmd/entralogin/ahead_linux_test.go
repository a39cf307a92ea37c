package main

import (
	"bytes"
	"errors"
	"fmt"
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

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// firstProcess is PID 1 of a PID namespace of its own: it waits for whatever it inherits, until its standard input ends.
func firstProcess() {
	err := errors.Join(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""), unix.Mount("proc", "/proc", "proc", 0, ""))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("ready")
	go func() {
		for {
			if _, err := syscall.Wait4(-1, nil, 0, nil); err != nil {
				time.Sleep(time.Millisecond)
			}
		}
	}()
	io.Copy(io.Discard, os.Stdin)
}

// container is a PID namespace in which programs of a house are run: renewals ahead of time depend on who is PID 1.
type container struct {
	*house
	first int // PID 1, as it is seen from outside
}

// newContainer makes one with a PID 1 of that name, in which alice is signed in and her token lives that long.
func newContainer(t *testing.T, first string, life time.Duration) *container {
	t.Helper()
	path, err := exec.LookPath(first)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
	in, err := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(err, errOut); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); errors.Is(err, syscall.EPERM) {
		t.Skip("only root makes PID namespaces: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	if said, _ := io.ReadAll(io.LimitReader(out, int64(len("ready")))); string(said) != "ready" {
		rest, _ := io.ReadAll(out)
		t.Skipf("there is no namespace to be had: %s%s", said, rest)
	}
	c := &container{newHouse(t), cmd.Process.Pid}
	c.sim.Set(func(o *entratest.Settings) { o.TokenLife = life })
	c.sim.AutoApprove(entratest.Alice, 0)
	if r := c.inside(c.getToken("--prompt", "always")...); r.cmd.ProcessState.ExitCode() != 0 {
		t.Fatalf("sign in: %s", r.err.Bytes())
	}
	c.sim.ResetRequests()
	c.env = append(c.env, "ENTRALOGIN_RENEW_AHEAD=true", "ENTRALOGIN_PROMPT=never", "CI=")
	return c
}

func (c *container) getToken(more ...string) []string {
	return append([]string{program(c.t), "get-token", "--server-id", entratest.ServerID}, more...)
}

// enter is the command line that runs another one in the container.
func (c *container) enter(args ...string) []string {
	return append([]string{"nsenter", "--target", strconv.Itoa(c.first), "--pid", "--mount", "--"}, args...)
}

// inside runs a program in the container to its end, and to that of its streams, as client-go does.
func (c *container) inside(args ...string) *run { c.t.Helper(); return c.call(c.enter(args...)...) }

// answers runs a program, which has to answer with a token.
func (c *container) answers(args ...string) string {
	c.t.Helper()
	r := c.inside(args...)
	if r.cmd.ProcessState.ExitCode() != 0 || len(r.err.Bytes()) > 0 || !bytes.Contains(r.out.Bytes(), []byte("eyJ")) {
		c.t.Errorf("%q ends with %v: %s%s", args, r.cmd.ProcessState, r.out.Bytes(), r.err.Bytes())
	}
	return string(r.out.Bytes())
}

// children are the processes that PID 1 has got, with their states as in proc_pid_stat(5).
func (c *container) children() map[int]string {
	found := map[int]string{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, _ := os.ReadFile(path)
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(c.first) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			found[pid] = fields[0]
		}
	}
	return found
}

// alone waits until PID 1 has no child any more, be it a zombie.
func (c *container) alone() {
	c.t.Helper()
	if !until(func() bool { return len(c.children()) == 0 }) {
		c.t.Errorf("PID 1 still has %v", c.children())
	}
}

// hold has the service keep its answer to a renewal: it sends to the first channel when one is there, until the second
// is closed.
func (c *container) hold() (held chan bool, release func()) {
	held, let := make(chan bool, 100), make(chan bool)
	c.sim.Fault("token", entratest.Fault{Grant: "refresh_token", Rewrite: func(map[string]any) { held <- true; <-let }})
	release = sync.OnceFunc(func() { c.sim.ClearFaults(); close(let) })
	c.t.Cleanup(release)
	return held, release
}

func (c *container) due() { c.ageBy(45 * time.Minute) }

func (c *container) ageBy(d time.Duration) {
	c.t.Helper()
	if err := ageTokens(c.cache(), d); err != nil {
		c.t.Fatal(err)
	}
}

// waitFor waits for a renewal that the service holds.
func waitFor(t *testing.T, held chan bool) {
	t.Helper()
	select {
	case <-held:
	case <-time.After(patience):
		t.Fatal("nobody renews")
	}
}

// A call in the last third of a token's life answers from it, and returns to a caller that reads its streams to their end
// while the process that it has started renews.
func TestAheadHoldsNobody(t *testing.T) {
	t.Parallel()
	c := newContainer(t, "init", time.Hour)
	c.due()
	held, release := c.hold()
	before := c.answers(append([]string{"sh", "-c", `exec 5>$HOME/leaked 6>&1; "$@"; exit $?`, "sh"}, c.getToken()...)...)
	waitFor(t, held)
	if n := len(c.children()); n != 1 {
		t.Errorf("PID 1 has got %v", c.children())
	}
	for pid := range c.children() {
		c.apart(pid)
	}
	if c.answers(c.getToken()...) != before {
		t.Error("the token is renewed already")
	}
	release()
	c.alone()
	if c.answers(c.getToken()...) == before {
		t.Error("the token is the old one")
	}
	if n := c.sim.Requests("token"); n != 1 {
		t.Errorf("%d renewals", n)
	}
}

// apart checks what a process has of whoever started it.
func (c *container) apart(pid int) {
	c.t.Helper()
	dir, leaked := fmt.Sprintf("/proc/%d/", pid), filepath.Join(c.home, "leaked")
	fds, err := os.ReadDir(dir + "fd")
	if err != nil {
		c.t.Error(err)
	}
	for _, fd := range fds {
		to, _ := os.Readlink(dir + "fd/" + fd.Name())
		n, _ := strconv.Atoi(fd.Name())
		if n <= 2 && to != "/dev/null" || strings.HasPrefix(to, "pipe:") || to == leaked {
			c.t.Errorf("descriptor %d leads to %s", n, to)
		}
	}
	if cwd, _ := os.Readlink(dir + "cwd"); cwd != "/" {
		c.t.Errorf("its folder is %s", cwd)
	}
	if sid, err := unix.Getsid(pid); sid != pid {
		c.t.Errorf("it is in the session %d: %v", sid, err)
	}
	status, _ := os.ReadFile(dir + "status")
	if !bytes.Contains(status, []byte("Umask:\t0077")) {
		c.t.Errorf("%s", status)
	}
	env, _ := os.ReadFile(dir + "environ")
	if bytes.Contains(env, []byte("KUBERNETES_EXEC_INFO")) {
		c.t.Errorf("it takes itself for what a kubeconfig describes")
	}
}
