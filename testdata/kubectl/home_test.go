//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	homes "github.com/entralogin/entralogin/testdata/git/home"
)

// limit is how long a kubectl may take. None comes near it unless it hangs.
const limit = 60 * time.Second

// A home is that of a person with a kubeconfig and nothing else, beside a simulator that is sign-in service
// and, as long as the kubeconfig names no other, cluster in one.
type home struct {
	t    *testing.T
	sim  *entratest.Server
	dir  string
	user user
	env  []string // added to the environment of kubectl

	server    string         // the cluster's address
	ca        []byte         // what its certificate is checked with
	caFile    []byte         // the same in a file, which the kubeconfig names instead
	extension map[string]any // the cluster's configuration of the plugin, if there is one
}

// A user is what stands under "exec" in the kubeconfig.
type user struct {
	APIVersion         string   `json:"apiVersion"`
	Command            string   `json:"command"`
	Args               []string `json:"args"`
	InteractiveMode    string   `json:"interactiveMode,omitempty"`
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
	h.server, h.ca = h.sim.URL, h.sim.CertPEM()
	h.kubeconfig()
	return h
}

// kubeconfig writes the kubeconfig, again after each change of what it says.
func (h *home) kubeconfig() {
	h.t.Helper()
	cluster := map[string]any{"server": h.server, "certificate-authority-data": h.ca}
	if h.caFile != nil {
		h.write(".kube/ca.pem", 0o600, string(h.caFile))
		cluster = map[string]any{"server": h.server, "certificate-authority": "ca.pem"}
	}
	if h.extension != nil {
		cluster["extensions"] = []any{map[string]any{"name": "client.authentication.k8s.io/exec", "extension": h.extension}}
	}
	named := func(kind string, what any) []any { return []any{map[string]any{"name": "sim", kind: what}} }
	text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "Config", "current-context": "sim",
		"clusters": named("cluster", cluster),
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
	stdout, stderr homes.Text
}

// start starts a kubectl. Its standard error is a pipe, which the plugin inherits: the run is over when
// both have ended.
func (h *home) start(k kubectl, args ...string) *run { return h.startWith(k, nil, args...) }

// startWith starts a kubectl with something on standard input.
func (h *home) startWith(k kubectl, stdin io.Reader, args ...string) *run {
	h.t.Helper()
	r := &run{cmd: h.command(k, args...)}
	r.cmd.Stdin = stdin
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

// fail runs a kubectl that has to fail by itself, with its one exit code and nothing on standard output. It
// returns its standard error.
func (h *home) fail(k kubectl, args ...string) string {
	h.t.Helper()
	r := h.start(k, args...)
	err := r.cmd.Wait()
	if code := r.cmd.ProcessState.ExitCode(); code != 1 || r.stdout.String() != "" {
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

// ran checks how often the plugin was run.
func (h *home) ran(least, most int) {
	h.t.Helper()
	if n := len(h.runs()); n < least || n > most {
		h.t.Errorf("the plugin was run %d times, want %d to %d", n, least, most)
	}
}

// asked checks how often a person was asked by a text.
func asked(t *testing.T, text string, want int) {
	t.Helper()
	if n := prompts(text); n != want {
		t.Errorf("%d prompts, want %d:\n%s", n, want, text)
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
