//go:build unix

package browser

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A world is the home of a person beside the authority of a tenant.
type world struct {
	*testing.T
	sim  *entratest.Server // or nil: the authority is another one
	host string            // of the authority
	pool *x509.CertPool    // of its certificate
	dir  string
	said screen // what other programs say
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	sim := entratest.NewServer()
	t.Cleanup(sim.Close)
	w := &world{T: t, sim: sim, host: sim.Host, pool: sim.CertPool(), dir: t.TempDir()}
	w.configure(sim.CertPEM())
	return w
}

// configure writes the config of somebody who trusts the authority.
func (w *world) configure(ca []byte) {
	w.Helper()
	w.write("config/entralogin/ca.pem", string(ca), 0o600)
	w.write("config/entralogin/config.yaml", fmt.Sprintf("client-id: %s\ntenant-id: %s\nauthority-host: https://%[3]s\nauthorities:\n  - host: %[3]s\n    ca-file: ca.pem\n",
		entratest.ClientID, entratest.TenantContoso, w.host), 0o600)
}

func (w *world) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w *world) write(name, text string, mode os.FileMode) {
	w.Helper()
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o700); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(w.path(name), []byte(text), mode); err != nil {
		w.Fatal(err)
	}
}

// A signIn is an entralogin that waits for somebody with a browser.
type signIn struct {
	w      *world
	cmd    *exec.Cmd
	shown  string        // what was waited for, the address in most cases
	over   chan struct{} // closed at the end of entralogin
	opened *os.File      // to which the command for opening pages writes; or nil
	stdout bytes.Buffer
	stderr screen
}

// A screen is what a program says on standard error.
type screen struct {
	mu      sync.Mutex
	text    bytes.Buffer
	pattern *regexp.Regexp // or nil
	found   chan string    // gets what matches, once
}

// slow is how long a request takes that something else has to overtake.
const slow = 5 * time.Second

// An address holds nothing but a word.
var address = regexp.MustCompile(`http://localhost:[0-9]+/[A-Z2-7]{12}\b`)

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.text.Write(b)
	if s.pattern != nil && s.pattern.Match(s.text.Bytes()) {
		s.found <- string(s.pattern.Find(s.text.Bytes()))
		s.pattern = nil
	}
	return n, err
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (w *world) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(w.Context(), filepath.Join(bin, "entralogin"), args...)
	cmd.Env = []string{"HOME=" + w.dir, "XDG_CACHE_HOME=" + w.path("cache"), "XDG_CONFIG_HOME=" + w.path("config"), "PATH=/usr/bin:/bin"}
	return cmd
}

// start runs entralogin with a command for opening pages, and waits until it was run with the address that is shown.
func (w *world) start(args ...string) *signIn {
	w.Helper()
	w.write("opener", fmt.Sprintf("#!/bin/sh\necho 'not for standard output'\necho 'nor for standard error' >&2\nprintf '%%s\\n' \"$*\" >'%s'\n", w.path("opened")), 0o700)
	if err := syscall.Mkfifo(w.path("opened"), 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
		w.Fatal(err)
	}
	opened, err := os.OpenFile(w.path("opened"), os.O_RDWR, 0) // it has no end then
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { opened.Close() })
	s := w.await(address, append(args, "--login", "browser", "--browser", w.path("opener"))...)
	s.opened = opened
	if got := s.next(time.Minute); got != s.shown {
		w.Fatalf("%q was opened\n%s", got, &s.stderr)
	}
	return s
}

// next is what the command for opening pages is run with next, or "".
func (s *signIn) next(within time.Duration) string {
	s.opened.SetReadDeadline(time.Now().Add(within))
	line, _ := bufio.NewReader(s.opened).ReadString('\n')
	return strings.TrimSuffix(line, "\n")
}

// await runs entralogin until it says what matches.
func (w *world) await(pattern *regexp.Regexp, args ...string) *signIn {
	w.Helper()
	return w.run(w.command(args...), pattern)
}

func (w *world) run(cmd *exec.Cmd, pattern *regexp.Regexp) *signIn {
	w.Helper()
	s := &signIn{w: w, cmd: cmd, over: make(chan struct{}), stderr: screen{pattern: pattern, found: make(chan string, 1)}}
	s.cmd.Stdout, s.cmd.Stderr = &s.stdout, &s.stderr
	if err := s.cmd.Start(); err != nil {
		w.Fatal(err)
	}
	go func() {
		defer close(s.over)
		s.cmd.Wait()
	}()
	select {
	case s.shown = <-s.stderr.found:
	case <-s.over:
		w.Fatalf("entralogin ended without saying %v\n%s", pattern, &s.stderr)
	}
	return s
}

// get asks for a token for a cluster.
func (w *world) get(args ...string) *signIn {
	w.Helper()
	return w.start(append([]string{"get-token", "--server-id", entratest.ServerID}, args...)...)
}

// origin is where entralogin listens.
func (s *signIn) origin() string { return s.shown[:strings.LastIndex(s.shown, "/")] }

// end waits for the end of entralogin, and checks what holds for every sign-in: one address was opened and shown, and
// nothing secret was said.
func (s *signIn) end(code int, parts ...string) {
	w := s.w
	w.Helper()
	<-s.over
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		w.Fatalf("entralogin ended with exit code %d, want %d\n%s", got, code, &s.stderr)
	}
	if s.opened != nil {
		if more := s.next(10 * time.Millisecond); more != "" {
			w.Errorf("%q was opened, too", more)
		}
	}
	said := s.stderr.String()
	if strings.Count(said, s.shown) != 1 || strings.Contains(said, "for standard") {
		w.Errorf("the address %s has to be shown once:\n%s", s.shown, said)
	}
	for _, part := range parts {
		if !strings.Contains(said, part) {
			w.Errorf("%q is missing in:\n%s", part, said)
		}
	}
	if w.sim == nil {
		return
	}
	for _, secret := range w.sim.Secrets() {
		if strings.Contains(said, secret) {
			w.Error("a secret on standard error")
		}
	}
}

// tokenOf is the token of a standard output that is one credential and nothing else.
func (w *world) tokenOf(stdout []byte) string {
	w.Helper()
	var credential struct{ Status struct{ Token string } }
	if err := json.Unmarshal(stdout, &credential); err != nil {
		w.Fatalf("%v in %q", err, stdout)
	}
	return credential.Status.Token
}

// token checks that standard output is one credential, of this person.
func (s *signIn) token(user string) {
	w := s.w
	w.Helper()
	claims, err := w.sim.VerifyToken(w.tokenOf(s.stdout.Bytes()), entratest.ServerID)
	if err != nil {
		w.Fatal(err)
	}
	if claims["upn"] != user && claims["preferred_username"] != user {
		w.Errorf("a token of %v", claims)
	}
}

// requests checks how many tokens were asked for, and that no device code was.
func (w *world) requests(tokens int) {
	w.Helper()
	if got, codes := w.sim.Requests("token"), w.sim.Requests("devicecode"); got != tokens || codes != 0 {
		w.Errorf("%d token requests and %d device codes, want %d and none", got, codes, tokens)
	}
}
