package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// stop has a program stop as Ctrl-Z does, and returns when it has.
func (r *run) stop(t *testing.T) {
	t.Helper()
	r.signal(t, syscall.SIGSTOP)
	if !until(func() bool { return (cache.Holder{PID: r.cmd.Process.Pid}).Stopped() }) {
		t.Fatal("it is not stopped")
	}
}

func (r *run) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// ends waits for the end, and checks the exit code and what was said on standard error.
func (r *run) ends(t *testing.T, code int, says ...string) {
	t.Helper()
	r.cmd.Wait()
	got := r.cmd.ProcessState.ExitCode()
	if status := r.cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		got = 128 + int(status.Signal()) // as shells tell it
	}
	if got != code {
		t.Errorf("%v: exit code %d, not %d: %s", r.cmd.Args, got, code, r.err.Bytes())
	}
	for _, words := range says {
		if !strings.Contains(string(r.err.Bytes()), words) {
			t.Errorf("%v: does not say %q: %s", r.cmd.Args, words, r.err.Bytes())
		}
	}
	if token := strings.Contains(string(r.out.Bytes()), "eyJ"); token != (code == 0 && r.cmd.Args[1] == "get-token") {
		t.Errorf("%v: a token: %v", r.cmd.Args, token)
	}
}

// says waits until a program has said something.
func (r *run) says(t *testing.T, words string) {
	t.Helper()
	if !until(func() bool { return strings.Contains(string(r.err.Bytes()), words) || r.cmd.ProcessState != nil }) {
		t.Fatalf("does not say %q: %s", words, r.err.Bytes())
	}
}

func (r *run) codes() (found []string) {
	for _, m := range shownCode.FindAllSubmatch(r.err.Bytes(), -1) {
		found = append(found, string(m[1]))
	}
	return found
}

// Who is stopped at its prompt (Ctrl-Z) keeps nobody: of those that wait one asks in its place, the others show that
// one's code, and all end with the token; so does the stopped one when it goes on, though its own code was never
// entered.
func TestStoppedAtThePrompt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stopped := h.start(strings.Fields(aToken)...)
	stopped.prompted(t)
	stopped.stop(t)
	who := fmt.Sprintf("process %d", stopped.cmd.Process.Pid)
	others := []*run{h.start(strings.Fields(aToken)...), h.start(strings.Fields(aToken)...), h.start(strings.Fields(aToken)...)}
	old, fresh := stopped.codes()[0], ""
	for _, other := range others {
		if !until(func() bool { n := len(other.codes()); return n > 0 && other.codes()[n-1] != old }) {
			t.Fatalf("no code of its own: %s", other.err.Bytes())
		}
		codes := other.codes()
		if fresh == "" {
			fresh = codes[len(codes)-1]
		}
		if codes[0] != old || len(codes) != 2 || codes[1] != fresh {
			t.Errorf("codes %q, not %s and %s", codes, old, fresh)
		}
	}
	if err := h.sim.Approve(fresh, entratest.Alice); err != nil {
		t.Fatal(err)
	}
	for _, other := range others {
		other.ends(t, 0, who, "is stopped; another one asks in its place")
	}
	if n := h.sim.Requests("devicecode"); n != 2 {
		t.Errorf("%d codes were asked for", n)
	}
	h.stillServes(stopped)
}

// stillServes has a stopped program go on, and checks that it has done no harm to what is stored meanwhile.
func (h *house) stillServes(stopped *run) {
	h.t.Helper()
	stopped.signal(h.t, syscall.SIGCONT)
	stopped.ends(h.t, 0)
	codes := h.sim.Requests("devicecode")
	h.call(append(strings.Fields(aToken), "--force-refresh")...).ends(h.t, 0)
	h.call(append(strings.Fields(aToken), "--prompt", "never")...).ends(h.t, 0)
	if n := h.sim.Requests("devicecode"); n != codes {
		h.t.Error("somebody was asked again")
	}
	if damaged, err := filepath.Glob(filepath.Join(h.cache(), "*", "*.damaged")); err != nil || len(damaged) > 0 {
		h.t.Errorf("damaged: %q, %v", damaged, err)
	}
}

// Who waits for a prompt ends by its own limit, and by a signal, whatever the other one does.
func TestWaitForThePrompt(t *testing.T) {
	t.Parallel()
	for name, stopped := range map[string]bool{"it runs": false, "it is stopped": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			first := h.start(strings.Fields(aToken)...)
			first.prompted(t)
			if stopped {
				first.stop(t)
			}
			own := h.start(append(strings.Fields(aToken), "--prompt-timeout", "1s")...)
			for s, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
				waiting := h.start(strings.Fields(aToken)...)
				waiting.prompted(t) // with the code of the first one
				waiting.signal(t, s)
				waiting.ends(t, code)
			}
			own.ends(t, 5, "nobody signed in within 1s")
			first.signal(t, syscall.SIGCONT)
			if err := h.sim.Approve(first.codes()[0], entratest.Alice); err != nil {
				t.Fatal(err)
			}
			first.ends(t, 0)
		})
	}
}

// A renewal that is stopped keeps nobody for long: whoever needs the session ends with words, or by a signal at
// once. When it goes on, it ends as if nothing had been.
func TestStoppedRenewal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.sim.Set(func(o *entratest.Settings) { o.RotateStrict = true })
	h.sim.AutoApprove(entratest.Alice, 0)
	h.call(strings.Fields(aToken)...).ends(t, 0)
	if err := os.RemoveAll(filepath.Join(h.cache(), "tokens")); err != nil {
		t.Fatal(err)
	}
	asked, answer := make(chan struct{}), make(chan struct{})
	h.sim.Fault("token", entratest.Fault{Times: 1, Rewrite: func(map[string]any) { close(asked); <-answer }})
	stopped := h.start(strings.Fields(aToken)...)
	<-asked
	stopped.stop(t)
	close(answer)
	who := fmt.Sprintf("process %d (stopped)", stopped.cmd.Process.Pid)
	commands := []string{aToken, "entralogin logout", "entralogin cache clear"}
	var patient []*run
	for _, command := range commands {
		patient = append(patient, h.start(strings.Fields(command)...))
		signalled := h.start(strings.Fields(command)...)
		signalled.says(t, "waiting for "+who)
		signalled.signal(t, syscall.SIGINT)
		signalled.ends(t, 130, who)
	}
	for _, r := range patient {
		r.ends(t, 9, "waiting for "+who, "; waited 1", fmt.Sprintf("kill -CONT %d", stopped.cmd.Process.Pid))
	}
	h.stillServes(stopped)
}
