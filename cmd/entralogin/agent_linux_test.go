package main

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// laptop is a house with a folder for an agent's sockets.
type laptop struct {
	*house
	runtime string // XDG_RUNTIME_DIR
}

func newLaptop(t *testing.T) *laptop {
	t.Helper()
	h := newHouse(t, "ENTRALOGIN_AGENT=")
	dir, err := os.MkdirTemp("", "run") // short, as the path of a socket has to be
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h.env = append(h.env, "XDG_RUNTIME_DIR="+dir)
	return &laptop{h, dir}
}

// at is the path of one of its sockets.
func (h *laptop) at(name string) string { return filepath.Join(h.runtime, "entralogin", name) }

// serving starts an agent, and waits until it has said that it listens, at n sockets.
func (h *laptop) serving(args ...string) *run {
	h.t.Helper()
	r := h.start(append([]string{program(h.t), "agent"}, args...)...)
	h.awaits(r, "the agent listens at", 2)
	return r
}

// awaits waits until a program has said something n times.
func (h *laptop) awaits(r *run, words string, n int) {
	h.t.Helper()
	if !until(func() bool { return strings.Count(string(r.err.Bytes()), words) >= n }) {
		h.t.Fatalf("%q was not said: %s", words, r.err.Bytes())
	}
}

// ended waits for the end of a program, and wants that exit code and those words.
func (h *laptop) ended(r *run, code int, words ...string) {
	h.t.Helper()
	late := time.AfterFunc(patience, func() { r.cmd.Process.Kill() })
	defer late.Stop()
	r.cmd.Wait()
	said := string(r.err.Bytes())
	if r.cmd.ProcessState.ExitCode() != code {
		h.t.Errorf("%q ends with %v, not %d: %s", r.cmd.Args[1:], r.cmd.ProcessState, code, said)
	}
	for _, word := range words {
		if !strings.Contains(said, word) {
			h.t.Errorf("%q does not say %q: %s", r.cmd.Args[1:], word, said)
		}
	}
}

// does runs entralogin to its end, wants that exit code, and returns the answer.
func (h *laptop) does(code int, args ...string) string {
	h.t.Helper()
	r := h.call(append([]string{program(h.t)}, args...)...)
	if r.cmd.ProcessState.ExitCode() != code {
		h.t.Errorf("%q ends with %v, not %d: %s", args, r.cmd.ProcessState, code, r.err.Bytes())
	}
	return string(r.out.Bytes())
}

// elsewhere is the same person without a cache, whose programs reach the agent.
func (h *laptop) elsewhere() *laptop {
	other := *h.house
	other.env = append(slices.Clone(h.env), "XDG_CACHE_HOME="+filepath.Join(h.dir, "elsewhere"), "ENTRALOGIN_PROMPT=never")
	return &laptop{&other, h.runtime}
}

func getToken(more ...string) []string {
	return append([]string{"get-token", "--server-id", entratest.ServerID}, more...)
}

// signedIn has alice sign in where the agent's cache is, and returns her token.
func (h *laptop) signedIn() string {
	h.t.Helper()
	h.sim.AutoApprove(entratest.Alice, 0)
	token := tokenIn(h.does(0, getToken()...))
	h.sim.ResetRequests()
	return token
}

// gone wants an agent's sockets to be gone.
func (h *laptop) gone() {
	h.t.Helper()
	for _, name := range []string{agent.Main, agent.Forward} {
		if _, err := os.Lstat(h.at(name)); !errors.Is(err, os.ErrNotExist) {
			h.t.Errorf("%s is left: %v", name, err)
		}
	}
}

// The agent gives a program without a cache what its own cache has, in silence and without a request; the log says so
// without the token.
func TestAgentServes(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	token := h.signedIn()
	served := h.serving()
	for name, mode := range map[string]os.FileMode{"": 0o700 | os.ModeDir, agent.Main: 0o600 | os.ModeSocket, agent.Forward: 0o600 | os.ModeSocket} {
		if info, err := os.Lstat(h.at(name)); err != nil || info.Mode() != mode {
			t.Errorf("%q: %v, %v", name, info, err)
		}
	}
	there := h.elsewhere()
	for range 3 {
		r := there.call(append([]string{program(t)}, getToken()...)...)
		if tokenIn(string(r.out.Bytes())) != token || len(r.err.Bytes()) > 0 {
			t.Errorf("%v: %s%s", r.cmd.ProcessState, r.out.Bytes(), r.err.Bytes())
		}
	}
	if n := h.sim.Requests("token"); n > 0 {
		t.Errorf("%d requests", n)
	}
	var log []agent.Entry
	if said := h.does(0, "agent", "log", "-o", "json"); json.Unmarshal([]byte(said), &log) != nil || strings.Contains(said, token[:20]) {
		t.Errorf("%s", said)
	}
	if len(log) != 1 || log[0].Outcome != "a token" || log[0].Times != 3 || log[0].Account != entratest.Alice || log[0].Host != "this machine" {
		t.Errorf("%+v", log)
	}
	if table := h.does(0, "agent", "log"); !strings.Contains(table, "OUTCOME") || !strings.Contains(table, entratest.Alice) {
		t.Errorf("%s", table)
	}
	if strings.Contains(string(served.err.Bytes()), token[:20]) {
		t.Error("the agent says a token")
	}
}

// While it is locked nobody gets anything; status says so.
func TestAgentLock(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	h.signedIn()
	served := h.serving()
	there := h.elsewhere()
	h.does(0, "agent", "lock")
	r := there.call(append([]string{program(t)}, getToken()...)...)
	there.ended(r, 4, "locked", "entralogin agent unlock")
	if len(r.out.Bytes()) > 0 {
		t.Errorf("%s", r.out.Bytes())
	}
	var said struct {
		Socket string
		agent.Status
	}
	answer := h.does(0, "agent", "status", "-o", "json")
	if err := json.Unmarshal([]byte(answer), &said); err != nil || !said.Locked || said.PID != served.cmd.Process.Pid || said.Socket != h.at(agent.Main) {
		t.Errorf("%s: %v", answer, err)
	}
	if table := h.does(0, "agent", "status"); !strings.Contains(table, "entralogin agent unlock") || !strings.Contains(table, h.at(agent.Main)) {
		t.Errorf("%s", table)
	}
	h.does(0, "agent", "unlock")
	if tokenIn(there.does(0, getToken()...)) == "" {
		t.Error("no token")
	}
}

// Stop returns when the agent has ended, so that another one can be started at once.
func TestAgentStops(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	for range 3 {
		served := h.serving()
		if said := h.does(0, "agent", "stop"); said != "The agent has ended.\n" {
			t.Errorf("%q", said)
		}
		if err := served.cmd.Process.Signal(syscall.Signal(0)); err == nil && !isZombie(served.cmd.Process.Pid) {
			t.Error("the agent has not ended")
		}
		h.gone()
		h.ended(served, 0, "the agent has ended")
	}
}

// isZombie reports whether a process has ended, and nobody has waited for it.
func isZombie(pid int) bool {
	return exec.Command("sh", "-c", `grep -q "^State:.Z" /proc/$0/status`, strconv.Itoa(pid)).Run() == nil
}

// Where no agent runs each command says so, and what to do. An agent of another machine that a variable names is told
// nothing.
func TestAgentControlWithoutOne(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	other := newLaptop(t)
	other.serving()
	h.env = append(h.env, "ENTRALOGIN_AGENT="+other.at(agent.Main), "LC_ENTRALOGIN_AGENT="+other.at(agent.Main))
	for _, command := range []string{"lock", "unlock", "log", "status", "stop"} {
		r := h.call(program(t), "agent", command)
		h.ended(r, 1, "no agent of yours answers at "+h.at(agent.Main), "entralogin agent\n")
		if len(r.out.Bytes()) > 0 {
			t.Errorf("%s answers %q", command, r.out.Bytes())
		}
		h.ended(h.call(program(t), "agent", command, "more"), 2)
	}
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(h.runtime, "dead"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	if err := errors.Join(os.Mkdir(h.at(""), 0o700), os.Rename(filepath.Join(h.runtime, "dead"), h.at(agent.Main)), os.Chmod(h.at(agent.Main), 0o600)); err != nil {
		t.Fatal(err)
	}
	h.ended(h.call(program(t), "agent", "status"), 1, "nobody listens there")
	if said := other.does(0, "agent", "log"); said != "Nothing was asked for yet.\n" {
		t.Errorf("the other agent was told something: %s", said)
	}
}

// An agent that ssh starts, without a stream of its own, says why it can't be; where it can be it outlives whoever started it.
func TestAgentStartedBySSH(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	if err := errors.Join(os.Mkdir(h.at(""), 0o700), os.Mkdir(h.at("agent.lock"), 0o700)); err != nil {
		t.Fatal(err)
	}
	r := h.call(program(t), "ssh", "--prepare")
	h.ended(r, 1, "no agent runs, and the one that was started has ended:", "the agent's lock can't be opened: is a directory", "Look at what it is, and move it away.")
	if n := strings.Count(string(r.err.Bytes()), "entralogin: "); n != len(strings.Split(strings.TrimSpace(string(r.err.Bytes())), "\n")) {
		t.Errorf("not each line begins with the name: %s", r.err.Bytes())
	}
	if err := os.Remove(h.at("agent.lock")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.call(program(t), "agent", "stop") })
	h.does(0, "ssh", "--prepare")
	h.does(0, "ssh", "--prepare")
	h.does(0, "agent", "status")
	h.does(0, "agent", "stop")
	h.gone()
}

// Status and the checks know of an agent that is asked before a person is, and ask it for nothing.
func TestAgentIsForeseen(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	h.signedIn()
	h.serving()
	there := h.elsewhere()
	other, err := os.MkdirTemp("", "run")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(other) })
	there.env = append(there.env, "XDG_RUNTIME_DIR="+other, "KUBECONFIG="+filepath.Join(h.dir, "kube.yaml"))
	there.foresees(4, "sign-in", "nobody has signed in", "entralogin login")
	there.env = append(there.env, "ENTRALOGIN_AGENT="+h.at(agent.Forward))
	there.foresees(0, "agent", h.at(agent.Forward)+" (ENTRALOGIN_AGENT) is asked", "")
	if table := there.does(0, "status", "graph"); !strings.Contains(table, "asks an agent") {
		t.Errorf("%s", table)
	}
	there.does(0, "kubeconfig", "add", "--server-id", entratest.ServerID, "--context", "c", "--server", "https://127.0.0.1:1")
	if said := there.call(program(t), "kubeconfig", "check", "--all"); !strings.Contains(string(said.out.Bytes()), "get-token asks the agent at "+h.at(agent.Forward)) {
		t.Errorf("%s%s", said.out.Bytes(), said.err.Bytes())
	}
	if log := h.does(0, "agent", "log", "-o", "json"); strings.TrimSpace(log) != "[]" || h.sim.Requests("") > 0 {
		t.Errorf("%d requests, and the agent was asked: %s", h.sim.Requests(""), log)
	}
	h.foresees(0, "renewal", "has signed in", "")
	h.does(0, "agent", "lock")
	h.foresees(4, "error", "the agent of this machine is locked", "entralogin agent unlock")
	r := h.call(program(t), "graph", "me")
	h.ended(r, 4, "locked", "entralogin agent unlock")
}

// Status asks a place once whether an agent is there, for however many calls: one that says nothing keeps it waiting for seconds.
func TestAgentIsLookedForOnce(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	there := h.elsewhere()
	there.env = append(there.env, "KUBECONFIG="+filepath.Join(h.dir, "kube.yaml"), "ENTRALOGIN_AGENT="+h.at(agent.Main))
	for _, context := range []string{"a", "b", "c"} {
		there.does(0, "kubeconfig", "add", "--server-id", entratest.ServerID, "--context", context, "--server", "https://127.0.0.1:1")
	}
	l := h.listenAt(agent.Main)
	knocks := make(chan int)
	go func() {
		n := 0
		for ; ; n++ {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			conn.Close()
		}
		knocks <- n
	}()
	there.does(4, "status", "kubectl")
	l.Close()
	if n := <-knocks; n != 1 {
		t.Errorf("it was looked at %d times", n)
	}
}

// foresees wants status to say of Graph what its next call does, why, and what to do.
func (h *laptop) foresees(code int, next, why, remedy string) {
	h.t.Helper()
	var said struct{ FrontEnds []statusRow }
	answer := h.does(code, "status", "graph", "-o", "json")
	if err := json.Unmarshal([]byte(answer), &said); err != nil || len(said.FrontEnds) != 1 {
		h.t.Fatalf("%v: %s", err, answer)
	}
	row := said.FrontEnds[0]
	if row.Next != next || !strings.Contains(row.Why, why) || !strings.HasPrefix(row.Remedy, remedy) || (row.Remedy == "") != (remedy == "") {
		h.t.Errorf("%+v, want %s, %s, %s", row, next, why, remedy)
	}
}
