package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// One agent serves a folder. What one that was killed has left is replaced.
func TestAgentIsOne(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	first := h.serving()
	second := h.call(program(t), "agent")
	h.ended(second, 9, "an agent of yours serves already, at "+h.at(agent.Main), "entralogin agent stop")
	h.does(0, "agent", "status")
	first.cmd.Process.Kill()
	first.cmd.Wait()
	for _, name := range []string{agent.Main, agent.Forward} {
		if _, err := os.Lstat(h.at(name)); err != nil {
			t.Errorf("what this test is about is not there: %v", err)
		}
	}
	next := h.serving()
	h.does(0, "agent", "status")
	next.cmd.Process.Signal(syscall.SIGTERM)
	h.ended(next, 0, "the agent has ended")
	h.gone()
}

// Of many that are started at once one serves, also in the place of a dead one; the others say so.
func TestAgentsAtOnce(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	dead := h.serving()
	dead.cmd.Process.Kill()
	dead.cmd.Wait()
	const n = 20
	var all []*run
	for range n {
		all = append(all, h.start(program(t), "agent"))
	}
	var serves *run
	if !until(func() bool {
		left := n
		for _, r := range all {
			if strings.Contains(string(r.err.Bytes()), "serves already") {
				left--
			} else {
				serves = r
			}
		}
		return left == 1
	}) {
		t.Fatal("not one of them serves")
	}
	h.awaits(serves, "the agent listens at", 2)
	h.does(0, "agent", "stop")
	h.ended(serves, 0)
}

// Whoever ends it, or its time, finds nothing left.
func TestAgentEnds(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		h := newLaptop(t)
		served := h.serving()
		served.cmd.Process.Signal(signal)
		h.ended(served, 0, "the agent has ended: ended by a signal")
		h.gone()
	}
	h := newLaptop(t)
	h.ended(h.start(program(t), "agent", "-t", "1s"), 0, "the agent has ended: its time is over")
	h.gone()
	h.ended(h.call(program(t), "agent", "-t", "-1s"), 2, "--lifetime")
	h.ended(h.call(program(t), "agent", "--confirm", "sometimes"), 2, "sometimes", "first")
	h.ended(h.call(program(t), "agent", "--allow", "not a resource"), 2, "is no resource")
}

// confirming is a program that says yes, and counts how often it was asked.
func (h *laptop) confirming() (asked func() int) {
	h.t.Helper()
	said := filepath.Join(h.dir, "asked")
	program := filepath.Join(h.dir, "askpass")
	if err := os.WriteFile(program, fmt.Appendf(nil, "#!/bin/sh\necho x >>%q\n", said), 0o700); err != nil {
		h.t.Fatal(err)
	}
	h.env = append(h.env, "SSH_ASKPASS="+program, "SSH_ASKPASS_REQUIRE=force")
	return func() int {
		blob, _ := os.ReadFile(said)
		return strings.Count(string(blob), "x")
	}
}

// forwarded is the person's program on another machine, as forward.sock sees it.
func (h *laptop) forwarded() *laptop {
	there := h.elsewhere()
	there.env = append(there.env, "ENTRALOGIN_AGENT="+h.at(agent.Forward), "ENTRALOGIN_PROMPT=auto")
	return there
}

// SIGHUP has the agent forget what the person said yes to, but not where it was started to ignore that (nohup).
func TestAgentHangup(t *testing.T) {
	t.Parallel()
	for _, ignored := range []bool{false, true} {
		h := newLaptop(t)
		h.signedIn()
		asked := h.confirming()
		args, again := []string{program(t), "agent", "--allow", entratest.ServerID}, 2
		if ignored {
			args, again = append([]string{"nohup"}, args...), 1
		}
		served := h.start(args...)
		h.awaits(served, "the agent listens at", 2)
		there := h.forwarded()
		for range 2 {
			there.does(0, getToken()...)
		}
		if n := asked(); n != 1 {
			t.Errorf("asked %d times: %s", n, served.err.Bytes())
		}
		served.cmd.Process.Signal(syscall.SIGHUP)
		if !ignored && !until(func() bool { return strings.Contains(h.does(0, "agent", "log"), "dropped") }) {
			t.Error("nothing is dropped")
		}
		there.does(0, getToken()...)
		if n := asked(); n != again {
			t.Errorf("ignored: %v; asked %d times, not %d", ignored, n, again)
		}
		if ignored && strings.Contains(h.does(0, "agent", "log"), "dropped") {
			t.Error("nohup is not heeded")
		}
		served.cmd.Process.Signal(syscall.SIGTERM)
		h.ended(served, 0)
	}
}

// An agent ends with its terminal, but not where it was started to live on.
func TestAgentTerminal(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	p := h.onTerminal(80, 24, nil, program(t), "agent")
	p.shows(`listens at [^ ]*forward\.sock|forward\.sock[\s\S]*agent\.sock|agent\.sock[\s\S]*forward\.sock`)
	h.does(0, "agent", "status")
	p.hangUp()
	p.cmd.Wait()
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("it ends with %v", p.cmd.ProcessState)
	}
	h.gone()

	p = h.onTerminal(80, 24, nil, "nohup", program(t), "agent")
	if !until(func() bool { return h.call(program(t), "agent", "status").cmd.ProcessState.Success() }) {
		t.Fatal("it does not serve")
	}
	p.hangUp()
	h.does(0, "agent", "status")
	h.does(0, "agent", "stop")
}

// hangUp closes a terminal, whatever runs there.
func (p *pty) hangUp() {
	p.t.Helper()
	number, err := unix.IoctlGetInt(int(p.master.Fd()), unix.TIOCGPTN)
	if err != nil {
		p.t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_WRONLY|syscall.O_NOCTTY, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	p.master.Close()
	fmt.Fprintln(slave) // whoever reads the other end has closed it then
	slave.Close()
	<-p.ended
}

// A folder that is not the person's alone is refused, as what stands in a socket's place is, and both stay as they are.
func TestAgentFolder(t *testing.T) {
	t.Parallel()
	const somebody = 12345
	for name, c := range map[string]struct {
		make func(dir string) error
		code int
		says string
	}{
		"another's": {func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, somebody, -1)) }, 8, "belongs to the user 12345"},
		"open":      {func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o755)) }, 8, "is open to others (mode 0755)"},
		"a link":    {func(dir string) error { return errors.Join(os.Mkdir(dir+"x", 0o700), os.Symlink(dir+"x", dir)) }, 8, "is a link"},
		"a file":    {func(dir string) error { return os.WriteFile(dir, nil, 0o600) }, 8, "is no folder"},
		"another file": {func(dir string) error {
			return inPlace(dir, func(path string) error { return os.WriteFile(path, nil, 0o600) })
		}, 8, "is no socket of yours"},
		"another link": {func(dir string) error {
			return inPlace(dir, func(path string) error { return os.Symlink("/dev/null", path) })
		}, 8, "is no socket of yours"},
		"a pipe": {func(dir string) error {
			return inPlace(dir, func(path string) error { return unix.Mkfifo(path, 0o600) })
		}, 8, "is no socket of yours"},
		"lock: a link": {func(dir string) error {
			return errors.Join(os.Mkdir(dir, 0o700), os.Symlink(dir+"/x", dir+"/agent.lock"))
		}, 8, "agent.lock"},
		"lock: a pipe": {func(dir string) error {
			return errors.Join(os.Mkdir(dir, 0o700), unix.Mkfifo(dir+"/agent.lock", 0o600))
		}, 8, "agent.lock"},
		"not above":     {func(dir string) error { return os.Remove(filepath.Dir(dir)) }, 8, "can't be made"},
		"somebody else": {somebodyListens, 8, "is no socket of yours"},
	} {
		h := newLaptop(t)
		if err := c.make(h.at("")); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		before := look(t, h.runtime)
		h.ended(h.call(program(t), "agent", "-t", "1ns"), c.code, c.says)
		if after := look(t, h.runtime); after != before && name != "another file" && name != "another link" && name != "a pipe" && name != "somebody else" {
			t.Errorf("%s: before %s, after %s", name, before, after)
		}
	}
	h := newLaptop(t)
	h.env = append(h.env, "XDG_RUNTIME_DIR=/tmp/"+strings.Repeat("long", 25))
	h.ended(h.call(program(t), "agent"), 8, "bytes", "XDG_RUNTIME_DIR")
}

// inPlace makes the folder, and something in the place of the agent's socket.
func inPlace(dir string, put func(path string) error) error {
	return errors.Join(os.Mkdir(dir, 0o700), put(filepath.Join(dir, agent.Main)))
}

// somebodyListens has a socket of another user in the place of the agent's.
func somebodyListens(dir string) error {
	return inPlace(dir, func(path string) error {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			return err
		}
		l.SetUnlinkOnClose(false)
		return errors.Join(l.Close(), os.Chown(path, 12345, -1))
	})
}

// look is what is in a folder.
func look(t *testing.T, dir string) string {
	t.Helper()
	said, _ := exec.Command("find", dir, "-printf", "%P %M %U %l\n").Output()
	return string(said)
}

// The agent's memory, which has keys, is closed to other programs of the same user.
func TestAgentMemory(t *testing.T) {
	t.Parallel()
	asAnotherUser(t)
	h := newLaptop(t)
	h.letIn()
	const as = "12345"
	owned := exec.Command("chown", "-R", as, h.home, h.work, h.temp, h.runtime)
	if said, err := owned.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	user := []string{"setpriv", "--reuid", as, "--regid", as, "--clear-groups", "--inh-caps=-all"}
	served := h.start(append(user, program(t), "agent")...)
	h.awaits(served, "the agent listens at", 2)
	control := h.start(append(user, "sleep", "600")...)
	for pid, want := range map[int]bool{served.cmd.Process.Pid: false, control.cmd.Process.Pid: true} {
		for _, file := range []string{"mem", "environ", "maps"} {
			readable := false
			if !until(func() bool { // setpriv has become the program by then
				r := h.call(append(user, "sh", "-c", `exec 3<"$0"`, fmt.Sprintf("/proc/%d/%s", pid, file))...)
				readable = r.cmd.ProcessState.Success()
				return readable == want
			}) {
				t.Errorf("%s of the process %d: %v", file, pid, readable)
			}
		}
	}
	h.ended(h.call(append(user, program(t), "agent", "stop")...), 0)
}
