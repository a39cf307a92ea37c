//go:build unix

package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A world is the home of a person beside a simulated tenant.
type world struct {
	*testing.T
	sim *entratest.Server
	dir string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{T: t, sim: entratest.NewServer(), dir: t.TempDir()}
	t.Cleanup(w.sim.Close)
	w.write("config/entralogin/ca.pem", string(w.sim.CertPEM()), 0o600)
	w.write("config/entralogin/config.yaml", fmt.Sprintf("client-id: %s\ntenant-id: %s\nauthority-host: %s\nauthorities:\n  - host: %s\n    ca-file: ca.pem\n",
		entratest.ClientID, entratest.TenantContoso, w.sim.URL, w.sim.Host), 0o600)
	return w
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
	w       *world
	cmd     *exec.Cmd
	address string // as it was shown
	over    chan struct{} // closed at the end of entralogin
	stdout  bytes.Buffer
	stderr  screen
}

// A screen is what entralogin says on standard error.
type screen struct {
	mu    sync.Mutex
	text  bytes.Buffer
	found chan string // gets the address, once
}

// slow is how long a request takes that something else has to overtake.
const slow = 5 * time.Second

// An address holds nothing but a word.
var address = regexp.MustCompile(`http://localhost:[0-9]+/[A-Z2-7]{12}\b`)

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.text.Write(b)
	if found := address.Find(s.text.Bytes()); found != nil {
		select {
		case s.found <- string(found):
		default:
		}
	}
	return n, err
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// start runs entralogin with a command for opening pages that writes the address down, until the address is shown.
func (w *world) start(args ...string) *signIn {
	w.Helper()
	w.write("opener", fmt.Sprintf("#!/bin/sh\necho 'not for standard output'\nprintf '%%s\\n' \"$*\" >>'%s'\n", w.path("opened")), 0o700)
	s := &signIn{w: w, over: make(chan struct{}), stderr: screen{found: make(chan string, 1)}}
	s.cmd = exec.CommandContext(w.Context(), filepath.Join(bin, "entralogin"), append(args, "--login", "browser", "--browser", w.path("opener"))...)
	s.cmd.Env = []string{"HOME=" + w.dir, "XDG_CACHE_HOME=" + w.path("cache"), "XDG_CONFIG_HOME=" + w.path("config"), "PATH=/usr/bin:/bin"}
	s.cmd.Stdout, s.cmd.Stderr = &s.stdout, &s.stderr
	if err := s.cmd.Start(); err != nil {
		w.Fatal(err)
	}
	go func() {
		defer close(s.over)
		s.cmd.Wait()
	}()
	select {
	case s.address = <-s.stderr.found:
	case <-s.over:
		w.Fatalf("entralogin ended without showing an address\n%s", &s.stderr)
	}
	return s
}

// get asks for a token for a cluster.
func (w *world) get(args ...string) *signIn {
	w.Helper()
	return w.start(append([]string{"get-token", "--server-id", entratest.ServerID}, args...)...)
}

// origin is where entralogin listens.
func (s *signIn) origin() string { return s.address[:strings.LastIndex(s.address, "/")] }

// end waits for the end of entralogin, and checks what holds for every sign-in: one address was opened and shown, and
// nothing secret was said.
func (s *signIn) end(code int, parts ...string) {
	w := s.w
	w.Helper()
	<-s.over
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		w.Fatalf("entralogin ended with exit code %d, want %d\n%s", got, code, &s.stderr)
	}
	said := s.stderr.String()
	if strings.Count(said, s.address) != 1 || strings.Contains(said, "not for standard output") {
		w.Errorf("the address %s has to be shown once:\n%s", s.address, said)
	}
	for _, part := range parts {
		if !strings.Contains(said, part) {
			w.Errorf("%q is missing in:\n%s", part, said)
		}
	}
	for _, secret := range w.sim.Secrets() {
		if strings.Contains(said, secret) {
			w.Error("a secret on standard error")
		}
	}
}

// token checks that standard output is one credential, of this person.
func (s *signIn) token(user string) {
	w := s.w
	w.Helper()
	var credential struct{ Status struct{ Token string } }
	d := json.NewDecoder(&s.stdout)
	if err := d.Decode(&credential); err != nil {
		w.Fatal(err)
	}
	if rest, err := io.ReadAll(io.MultiReader(d.Buffered(), &s.stdout)); err != nil || strings.TrimSpace(string(rest)) != "" {
		w.Errorf("more on standard output: %q, %v", rest, err)
	}
	claims, err := w.sim.VerifyToken(credential.Status.Token, entratest.ServerID)
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
