//go:build unix

package main

import (
	"io"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	homes "github.com/entralogin/entralogin/testdata/git/home"
)

// A screen is what a terminal shows of a kubectl.
type screen struct {
	homes.Text
	cmd      *exec.Cmd
	keyboard io.Writer
	over     chan error // how kubectl ended, when the last process that has the terminal open has gone
}

// terminal starts a kubectl in a terminal of its own, with something else on standard input if there is
// something.
func (h *home) terminal(k kubectl, stdin io.Reader, args ...string) *screen {
	h.t.Helper()
	s := &screen{cmd: h.command(k, args...), over: make(chan error, 1)}
	s.cmd.Env = append(s.cmd.Env, "TERM=xterm")
	s.cmd.Stdin = stdin
	f, err := pty.StartWithAttrs(s.cmd, nil, &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 1}) // its standard output
	if err != nil {
		h.t.Fatal(err)
	}
	s.keyboard = f
	go func() {
		io.Copy(s, f) // to the end, which some systems report as an error
		f.Close()
		s.over <- s.cmd.Wait()
	}()
	return s
}

// succeeded waits for the end of a kubectl that has to succeed, and returns what its terminal shows.
func (s *screen) succeeded(t *testing.T) string {
	t.Helper()
	if err := <-s.over; err != nil {
		t.Fatalf("kubectl: %v\n%s", err, s.String())
	}
	return s.String()
}

// Ctrl-C at the prompt ends kubectl and its plugin. The next command that is typed asks at once; one that no terminal
// is attached to is held back.
func TestInterrupted(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newHome(t)
		screen := h.terminal(k, nil, "get", "namespaces")
		screen.Await(t, limit, homes.Shown)
		start := time.Now()
		if _, err := screen.keyboard.Write([]byte{3}); err != nil {
			t.Fatal(err)
		}
		if err := <-screen.over; err == nil {
			t.Errorf("kubectl succeeded")
		}
		h.gone(start)
		h.locked(0)
		h.sim.AutoApprove(entratest.Alice, 0)
		background := h.command(k, "get", "namespaces")
		background.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		said, err := background.CombinedOutput()
		if err == nil {
			t.Errorf("without a terminal kubectl succeeded")
		}
		contains(t, string(said), "cancelled", "Without a terminal that goes on for 5 minutes more", "To start a new sign-in: entralogin login ")
		h.requests(1, -1)
		all := h.terminal(k, nil, "get", "namespaces").succeeded(t)
		asked(t, all, 1)
		h.requests(2, -1)
	})
}

// Whoever ends the plugin alone has said no to this kubectl, which runs it again by itself.
func TestPluginInterrupted(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newHome(t)
		screen := h.terminal(k, nil, "get", "namespaces")
		screen.Await(t, limit, homes.Shown)
		for pid := range h.runs() {
			n, err := strconv.Atoi(pid)
			if err == nil {
				err = syscall.Kill(n, syscall.SIGINT)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		<-screen.over
		contains(t, screen.String(), "cancelled", "For this caller that goes on for ")
		asked(t, screen.String(), 1)
		h.ran(2, 5)
		h.requests(1, -1)
	})
}

// Whoever declines at a terminal is asked once, however often kubectl runs the plugin.
func TestDeclinedInTerminal(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newHome(t)
		h.sim.AutoDecline(0)
		screen := h.terminal(k, nil, "get", "namespaces")
		<-screen.over
		if code := screen.cmd.ProcessState.ExitCode(); code != 1 {
			t.Errorf("exit code %d", code)
		}
		contains(t, screen.String(), "declined", "failed with exit code 5")
		asked(t, screen.String(), 1)
		h.ran(2, 5)
		h.requests(1, 1)
	})
}

// Data on standard input reaches the cluster, and not the plugin: it asks on standard error, be that a
// terminal or not, and once, though kubectl runs it twice.
func TestApplyFromStdin(t *testing.T) {
	const manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: piped\ndata:\n  value: through\n"
	apply := []string{"apply", "--validate=false", "--filename", "-"}
	for _, where := range []string{"terminal", "no terminal"} {
		t.Run(where, func(t *testing.T) {
			eachKubectl(t, func(t *testing.T, k kubectl) {
				h := newHome(t)
				c := h.newCluster(entratest.ServerID)
				h.sim.AutoApprove(entratest.Alice, 0)
				var all string
				if where == "terminal" {
					all = h.terminal(k, strings.NewReader(manifest), apply...).succeeded(t)
				} else {
					stdout, stderr := h.succeeded(h.startWith(k, strings.NewReader(manifest), apply...))
					all = stdout + stderr
				}
				contains(t, all, "configmap/piped created")
				asked(t, all, 1)
				if data, _ := c.objects["piped"]["data"].(map[string]any); data["value"] != "through" {
					t.Errorf("what arrived is %v", c.objects)
				}
				for _, passed := range h.runs() {
					contains(t, passed, `"interactive":false`)
				}
				h.ran(1, 2)
				h.requests(1, 1)
				c.oneToken(t)
			})
		})
	}
}
