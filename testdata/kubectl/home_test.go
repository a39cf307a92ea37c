//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// limit is how long a kubectl may take. None comes near it unless it hangs.
const limit = 60 * time.Second

// A home is that of a person with a kubeconfig and nothing else, beside a simulator that is sign-in service
// and cluster in one.
type home struct {
	t    *testing.T
	sim  *entratest.Server
	dir  string
	user user
	env  []string // added to the environment of kubectl
}

// A user is what stands under "exec" in the kubeconfig.
type user struct {
	APIVersion         string   `json:"apiVersion"`
	Command            string   `json:"command"`
	Args               []string `json:"args"`
	InteractiveMode    string   `json:"interactiveMode"`
	ProvideClusterInfo bool     `json:"provideClusterInfo"`
}

// newHome makes a home whose kubeconfig runs the plugin for the cluster of the simulator.
func newHome(t *testing.T, changes ...func(*user)) *home {
	t.Helper()
	h := &home{t: t, sim: entratest.NewServer(), dir: t.TempDir()}
	t.Cleanup(h.sim.Close)
	h.sim.Set(func(s *entratest.Settings) { s.Interval = time.Second })
	h.write(".config/entralogin/ca.pem", 0o600, string(h.sim.CertPEM()))
	h.write(".config/entralogin/config.yaml", 0o600, fmt.Sprintf("authorities:\n  - host: %s\n    ca-file: ca.pem\n", h.sim.Host))
	// Each run of the plugin leaves a file behind, named after its process, with what it was passed.
	h.write("bin/entralogin", 0o700, fmt.Sprintf("#!/bin/sh\nprintf %%s \"$KUBERNETES_EXEC_INFO\" >'%s'/$$\nexec '%s' \"$@\"\n",
		filepath.Join(h.dir, "runs"), filepath.Join(binaries, "entralogin")))
	if err := os.Mkdir(filepath.Join(h.dir, "runs"), 0o700); err != nil {
		t.Fatal(err)
	}
	h.user = user{APIVersion: "client.authentication.k8s.io/v1", Command: "entralogin", InteractiveMode: "IfAvailable",
		Args: []string{"get-token", "--server-id", entratest.ServerID, "--tenant-id", entratest.TenantContoso,
			"--client-id", entratest.ClientID, "--authority-host", h.sim.URL}}
	for _, change := range changes {
		change(&h.user)
	}
	h.kubeconfig(h.sim.CertPEM())
	return h
}

// kubeconfig writes the kubeconfig. ca is what the cluster's certificate is checked with.
func (h *home) kubeconfig(ca []byte) {
	h.t.Helper()
	named := func(kind string, what any) []any { return []any{map[string]any{"name": "sim", kind: what}} }
	text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "Config", "current-context": "sim",
		"clusters": named("cluster", map[string]any{"server": h.sim.URL, "certificate-authority-data": ca}),
		"contexts": named("context", map[string]string{"cluster": "sim", "user": "sim"}),
		"users":    named("user", map[string]any{"exec": h.user}),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.write(".kube/config", 0o600, string(text))
}

// write writes a file of the home.
func (h *home) write(name string, mode os.FileMode, text string) {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		h.t.Fatal(err)
	}
}

// runs returns what the plugin was passed, by process.
func (h *home) runs() map[string]string {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join(h.dir, "runs", "*"))
	if err != nil {
		h.t.Fatal(err)
	}
	passed := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			h.t.Fatal(err)
		}
		passed[filepath.Base(file)] = string(text)
	}
	return passed
}

// command is a kubectl with nothing of the test's own environment. All that it writes stays in the home.
func (h *home) command(k kubectl, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	h.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, k.path, append([]string{"--cache-dir", filepath.Join(h.dir, ".kube", "cache")}, args...)...)
	cmd.WaitDelay = 5 * time.Second
	cmd.Dir = h.dir
	cmd.Env = append([]string{"HOME=" + h.dir, "PATH=" + filepath.Join(h.dir, "bin") + ":/usr/bin:/bin", "TMPDIR=" + h.t.TempDir(),
		"KUBECONFIG=" + filepath.Join(h.dir, ".kube", "config"), "XDG_CONFIG_HOME=" + filepath.Join(h.dir, ".config"),
		"XDG_CACHE_HOME=" + filepath.Join(h.dir, ".cache"), "CI="}, h.env...)
	return cmd
}

// A run is a kubectl that was started.
type run struct {
	cmd            *exec.Cmd
	stdout, stderr text
}

// start starts a kubectl. Its standard error is a pipe, which the plugin inherits: the run is over when
// both have ended.
func (h *home) start(k kubectl, args ...string) *run {
	h.t.Helper()
	r := &run{cmd: h.command(k, args...)}
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	if err := r.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	return r
}

// succeed runs a kubectl that has to succeed and returns what it wrote.
func (h *home) succeed(k kubectl, args ...string) (stdout, stderr string) {
	h.t.Helper()
	return h.succeeded(h.start(k, args...))
}

func (h *home) succeeded(r *run) (stdout, stderr string) {
	h.t.Helper()
	if err := r.cmd.Wait(); err != nil {
		h.t.Fatalf("kubectl: %v\n%s", err, r.stderr.String())
	}
	return r.stdout.String(), r.stderr.String()
}

// fail runs a kubectl that has to fail by itself, and returns its standard error.
func (h *home) fail(k kubectl, args ...string) string {
	h.t.Helper()
	r := h.start(k, args...)
	err := r.cmd.Wait()
	if err == nil || !r.cmd.ProcessState.Exited() {
		h.t.Fatalf("kubectl did not fail by itself: %v\n%s%s", err, r.stdout.String(), r.stderr.String())
	}
	return r.stderr.String()
}

// approve enters the code that is waiting, as Alice.
func (h *home) approve() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	code, err := h.sim.WaitForCode(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.sim.Approve(code, entratest.Alice); err != nil {
		h.t.Fatal(err)
	}
}

// requests checks how many requests the endpoints of the sign-in service got.
func (h *home) requests(devicecode, token int) {
	h.t.Helper()
	for name, want := range map[string]int{"devicecode": devicecode, "token": token} {
		if got := h.sim.Requests(name); want >= 0 && got != want {
			h.t.Errorf("%d requests of %s, want %d:\n%v", got, name, want, h.sim.RequestLog())
		}
	}
}

// untouched checks that nothing at all was asked of the sign-in service.
func (h *home) untouched() {
	h.t.Helper()
	h.requests(0, 0)
	for _, name := range []string{"openid-configuration", "keys", "instance"} {
		if got := h.sim.Requests(name); got != 0 {
			h.t.Errorf("%d requests of %s, want none", got, name)
		}
	}
}

// prompts is how often a person was asked.
func prompts(stderr string) int {
	return strings.Count(stderr, "To sign in, use a web browser to open the page")
}

// contains checks that a text has all of the parts.
func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

// A text is what a program has written so far.
type text struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (x *text) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.buf.Write(b)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.buf.String()
}

// await waits until a part was written.
func (x *text) await(t *testing.T, part string) {
	t.Helper()
	for end := time.Now().Add(limit); !strings.Contains(x.String(), part); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q did not come:\n%s", part, x.String())
		}
	}
}
