//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// script writes a program in the shell's language and returns its path.
func script(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := entratest.WriteProgram(path, "#!/bin/sh\n"+text); err != nil {
		t.Fatal(err)
	}
	return path
}

// first puts the folder of a program before all others.
func first(path string) string { return "PATH=" + filepath.Dir(path) + ":" + os.Getenv("PATH") }

// until waits until a text was written.
func (s *show) until(text string) {
	s.t.Helper()
	if !until(func() bool { return strings.Contains(s.stdout.String(), text) }) {
		s.t.Fatalf("%q does not come: %q %q", text, s.stdout.String(), s.stderr.String())
	}
}

// A signal in the middle of the sign-in ends all processes and removes all files.
func TestDemoSignals(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			s := newShow(t, nil, "--entralogin", entralogin(t))
			if err := s.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			s.until("simulated Alice")
			start := time.Now()
			s.cmd.Process.Signal(signal)
			// It waits for standard error to be closed, by all that have it.
			s.end(1)
			if took := time.Since(start); took > patience {
				t.Errorf("it took %v", took)
			}
			says(t, s.stderr.String(), "entrasim: the demo was interrupted")
		})
	}
}

// So it is while Go builds, also where that leaves processes behind which don't listen to signals.
func TestDemoSignalWhileBuilding(t *testing.T) {
	t.Parallel()
	slow := script(t, "go", `(trap '' INT TERM; for i in $(seq 200); do mkdir -p $TMPDIR/go-build$i; sleep .01; done) &
sleep 600
`)
	s := newShow(t, []string{first(slow)})
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.until("Building")
	if !until(func() bool {
		made, _ := filepath.Glob(filepath.Join(s.temp, "*", "*", "go-build*"))
		return len(made) > 0
	}) {
		t.Fatal("it does not build")
	}
	s.cmd.Process.Signal(syscall.SIGINT)
	s.end(1)
	says(t, s.stderr.String(), "entrasim: the demo was interrupted")
}

// A reader that goes away ends it like a signal.
func TestDemoClosedOutput(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := newShow(t, nil, "--entralogin", entralogin(t))
	s.cmd.Stdout = w
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	r.Read(make([]byte, 1))
	r.Close()
	s.end(1)
}

// What doesn't work is named, and never shown as if it did.
func TestDemoFailures(t *testing.T) {
	real := entralogin(t)
	credential := `echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"eyJhbGciOiJub25lIn0.e30."}}'`
	for _, test := range []struct{ name, program, kubectl, step, reason string }{
		{"fails", "exit 1", "", "sign in", "entralogin ended with exit status 1"},
		{"silent", "exit 0", "", "sign in", "no ExecCredential"},
		{"forged", credential, "", "sign in", "no token for the cluster"},
		{"new token each time", "rm -rf $XDG_CACHE_HOME/entralogin/tokens; exec " + real + ` "$@"`, "", "warm call", "differs"},
		{"not warm", "[ -e $HOME/once ] && " + real + ` graph me >/dev/null; touch $HOME/once; exec ` + real + ` "$@"`, "", "warm call", "2 requests (token, me)"},
		{"no profile", "[ $1 = graph ] && exit 0; exec " + real + ` "$@"`, "", "graph me", "not that of alice"},
		{"kubectl fails", "exec " + real + ` "$@"`, "exit 3", "kubectl", "exit status 3"},
		{"kubectl lies", "exec " + real + ` "$@"`, "echo kubectl auth whoami alice@contoso.example", "kubectl", "does not say"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newShow(t, []string{first(script(t, "kubectl", test.kubectl))}, "--entralogin", script(t, "entralogin", test.program))
			s.run(1)
			says(t, s.stderr.String(), `entrasim: the step "`+test.step+`" of the demo failed: `, test.reason, "\nentrasim: Nothing is left", "entrasim serve")
			if strings.Contains(s.stdout.String(), "That was all") {
				t.Error("it says that all is well")
			}
		})
	}
}

// A program that hangs is an error.
func TestDemoHang(t *testing.T) {
	t.Parallel()
	start := time.Now()
	stdout, _, err := child{name: "sleeper", path: script(t, "sleeper", "echo hello; sleep 600 & sleep 600"), env: os.Environ(),
		stderr: &screen{}, limit: 2 * time.Second}.run(t.Context())
	// On a busy machine it may not have come to say anything.
	if err == nil || err.Error() != "sleeper did not end within 2s" || stdout != "hello\n" && stdout != "" || time.Since(start) > patience {
		t.Errorf("%q, %v after %v", stdout, err, time.Since(start))
	}
}

// The kubectl of this machine, and ones that are too old for auth whoami.
func TestDemoKubectl(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("kubectl")
	if err != nil {
		t.Skip("there is no kubectl on the PATH")
	}
	t.Run("this one", func(t *testing.T) {
		t.Parallel()
		s := newShow(t, nil, "--entralogin", entralogin(t))
		s.run(0)
		says(t, s.stdout.String(), "command: entralogin", "$ kubectl auth whoami\n", "Username", "alice@contoso.example", "That was all")
		fits(t, s.stdout.String())
	})
	for _, complaint := range []string{`unknown command "whoami"`, "the selfsubjectreviews API is not enabled in the cluster"} {
		t.Run(complaint, func(t *testing.T) {
			t.Parallel()
			old := script(t, "kubectl", `[ "$1" = auth ] && { echo 'error: `+complaint+`' >&2; exit 1; }; exec `+path+` "$@"`)
			s := newShow(t, []string{first(old)}, "--entralogin", entralogin(t))
			s.run(0)
			says(t, s.stdout.String(), "too old for auth whoami", "$ kubectl get --raw /version\n", `"v1.33.0-entrasim"`, "That was all")
			fits(t, s.stdout.String())
			if strings.Contains(s.stderr.String(), complaint) {
				t.Error("it shows what it tried")
			}
		})
	}
}
