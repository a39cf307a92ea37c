package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// poller is a program that asks for a token again and again, with or without a terminal: a shell, which runs one command
// after the other in its own session and process group.
type poller struct {
	*house
	line io.Writer
	code *bufio.Reader
}

// newPoller has a terminal or none. The controlling side of a pseudo-terminal is one to whoever asks.
func newPoller(t *testing.T, terminal bool) *poller {
	p := &poller{house: newHouse(t)}
	cmd := exec.Command("sh", "-c", `while read -r line; do eval "entralogin $line" <&3 >/dev/null 2>&1; echo $?; done`)
	name := "/dev/null"
	if terminal {
		name = "/dev/ptmx"
	}
	tty, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	cmd.Dir, cmd.Env, cmd.SysProcAttr, cmd.ExtraFiles = p.work, p.env, &syscall.SysProcAttr{Setsid: true}, []*os.File{tty}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	p.line, p.code = in, bufio.NewReader(out)
	return p
}

// calls runs a command and returns its exit code.
func (p *poller) calls(args ...string) int {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.line, strings.Join(args, " ")); err != nil {
		p.t.Fatal(err)
	}
	answer, err := p.code.ReadString('\n')
	if err != nil {
		p.t.Fatal(err)
	}
	code, err := strconv.Atoi(strings.TrimSpace(answer))
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

// ago lets the failed sign-in be so long ago, however long the test has taken.
func (p *poller) ago(by time.Duration) {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.cache(), "pending", "*"))
	if err != nil || len(files) != 1 {
		p.t.Fatalf("%q, %v", files, err)
	}
	fields := map[string]any{}
	blob, err := os.ReadFile(files[0])
	if err == nil {
		err = json.Unmarshal(blob, &fields)
	}
	if fields["when"] == nil {
		p.t.Fatalf("no time in %s", blob)
	}
	fields["when"] = time.Now().Add(-by)
	if blob, _ = json.Marshal(fields); err == nil {
		err = os.WriteFile(files[0], blob, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// A program in the background that asks for a token again and again does not fill the night with prompts:
// who said no is asked again after 5 minutes, at a terminal after 30 seconds; "login" asks at once.
func TestPoller(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		terminal      bool
		silent, after time.Duration // the failure is remembered for so long; and then not any more
	}{
		"in the background": {false, 4 * time.Minute, 6 * time.Minute},
		"at a terminal":     {true, 10 * time.Second, 31 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPoller(t, test.terminal)
			p.sim.AutoDecline(0)
			token := []string{"get-token", "--server-id", entratest.ServerID}
			asked := func(want int) {
				t.Helper()
				if n := p.sim.Requests("devicecode"); n != want {
					t.Errorf("%d sign-ins, not %d", n, want)
				}
			}
			refused := func() {
				t.Helper()
				if code := p.calls(token...); code != 5 {
					t.Errorf("exit code %d", code)
				}
			}
			for range 5 {
				refused()
				p.ago(0)
			}
			asked(1)
			p.ago(test.silent)
			refused()
			asked(1)
			p.ago(test.after)
			refused()
			asked(2)
			p.ago(0)
			refused()
			asked(2)
			p.sim.AutoApprove(entratest.Alice, 0)
			if code := p.calls("login"); code != 0 {
				t.Errorf("login: exit code %d", code)
			}
			asked(3)
			if code := p.calls(token...); code != 0 {
				t.Errorf("after login: exit code %d", code)
			}
			asked(3)
		})
	}
}
