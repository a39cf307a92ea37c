//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// house is a simulator and a home in whose config file it is the authority. The folders lie side by side,
// so that a test can tell what was written where.
type house struct {
	t    *testing.T
	sim  *entratest.Server
	dir  string   // of all that follows
	home string   // HOME; the cache is home/.cache/entralogin
	work string   // the current folder of programs
	temp string   // TMPDIR
	env  []string // of programs

	visits string // who signs in with a browser wherever a program that is started shows an address for one; "": nobody
}

func newHouse(t *testing.T, env ...string) *house {
	t.Helper()
	return houseOf(t, entratest.NewServer(), env...)
}

// houseOf is newHouse with a simulator of its own, which it closes.
func houseOf(t *testing.T, sim *entratest.Server, env ...string) *house {
	t.Helper()
	h := &house{t: t, sim: sim, dir: t.TempDir()}
	t.Cleanup(h.sim.Close)
	h.sim.Set(func(o *entratest.Settings) { o.Interval = time.Second })
	h.home, h.work, h.temp = filepath.Join(h.dir, "home"), filepath.Join(h.dir, "work"), filepath.Join(h.dir, "tmp")
	config := filepath.Join(h.home, ".config", "entralogin")
	text := fmt.Sprintf("authorities:\n  - host: %s\n    ca-file: ca.pem\n    graph: %s\nauthority-host: %s\ntenant-id: %s\nclient-id: %s\n",
		h.sim.Host, h.sim.URL, h.sim.URL, entratest.TenantContoso, entratest.ClientID)
	if err := errors.Join(os.MkdirAll(config, 0o700), os.Mkdir(h.work, 0o700), os.Mkdir(h.temp, 0o700),
		os.WriteFile(filepath.Join(config, "ca.pem"), h.sim.CertPEM(), 0o600),
		os.WriteFile(filepath.Join(config, "config.yaml"), []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	h.env = []string{"HOME=" + h.home, "TMPDIR=" + h.temp, "PATH=" + os.Getenv("PATH"), "COLUMNS=1000", "ENTRALOGIN_RENEW_AHEAD=false"}
	if !slices.ContainsFunc(env, func(entry string) bool { return strings.HasPrefix(entry, "ENTRALOGIN_AGENT=") }) {
		h.env = append(h.env, "ENTRALOGIN_AGENT=none") // that of whoever runs the tests is asked for nothing
	}
	h.env = slices.Concat(h.env, nobodysCAs(), env)
	return h
}

func (h *house) cache() string { return filepath.Join(h.home, ".cache", "entralogin") }

// run is a program that was started.
type run struct {
	cmd      *exec.Cmd
	out, err screen
}

func (h *house) start(args ...string) *run {
	h.t.Helper()
	r := &run{cmd: exec.Command(args[0], args[1:]...)}
	r.cmd.Dir, r.cmd.Env, r.cmd.Stdout, r.cmd.Stderr = h.work, h.env, &r.out, &r.err
	if h.visits != "" {
		r.cmd.Stderr = io.MultiWriter(&r.err, &visitor{sim: h.sim, user: h.visits})
	}
	if err := r.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { r.cmd.Process.Kill() })
	return r
}

// call runs a program to its end.
func (h *house) call(args ...string) *run {
	h.t.Helper()
	r := h.start(args...)
	r.cmd.Wait()
	return r
}

// feed runs a program to its end that reads something.
func (h *house) feed(in string, args ...string) *run {
	h.t.Helper()
	r := h.startFed(in, args...)
	r.cmd.Wait()
	return r
}

// startFed is feed for a program that is not waited for.
func (h *house) startFed(in string, args ...string) *run {
	h.t.Helper()
	r := &run{cmd: exec.Command(args[0], args[1:]...)}
	r.cmd.Dir, r.cmd.Env, r.cmd.Stdin, r.cmd.Stdout, r.cmd.Stderr = h.work, h.env, strings.NewReader(in), &r.out, &r.err
	if err := r.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { r.cmd.Process.Kill() })
	return r
}

// prompted waits until a program has shown a code.
func (r *run) prompted(t *testing.T) {
	t.Helper()
	if !until(func() bool { return shownCode.Match(r.err.Bytes()) }) {
		t.Fatalf("no prompt: %s", r.err.Bytes())
	}
}

// polled waits until the service was asked n times more whether the person has come. At a code's interval of a
// second that is more than n seconds later: whoever shows something meanwhile has had the time.
func (h *house) polled(n int) {
	h.t.Helper()
	before := h.sim.Requests("token")
	if !until(func() bool { return h.sim.Requests("token") >= before+n }) {
		h.t.Fatal("nobody polls")
	}
}

// screen is a buffer that may be read while a program writes to it.
type screen struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(b)
}

func (s *screen) Bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.buf.Bytes())
}

// visitor reads what a program shows, and does what a person does with a browser at the first address in it that leads
// to this machine.
type visitor struct {
	sim  *entratest.Server
	user string

	screen
	once sync.Once
}

var shownAddress = regexp.MustCompile(`http://localhost:\d+/[A-Z2-7]{12}`)

func (v *visitor) Write(b []byte) (int, error) {
	n, err := v.screen.Write(b)
	if address := shownAddress.Find(v.screen.Bytes()); address != nil {
		v.once.Do(func() { go v.sim.Visit(context.Background(), string(address), v.user) })
	}
	return n, err
}
