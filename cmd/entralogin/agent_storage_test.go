//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// storageHouse is a house in which an agent serves.
type storageHouse struct {
	*house
	program string
	runtime string // XDG_RUNTIME_DIR, with a path that is short enough for a socket
	agent   *run
}

// newStorageHouse starts an agent, and has nobody signed in.
func newStorageHouse(t *testing.T, env ...string) *storageHouse {
	t.Helper()
	runtime, err := os.MkdirTemp("", "ela")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(runtime) })
	h := &storageHouse{house: newHouse(t, append(env, "ENTRALOGIN_AGENT=", "XDG_RUNTIME_DIR="+runtime)...), program: built(t), runtime: runtime}
	h.sim.AutoApprove(entratest.Alice, 0)
	h.serve()
	return h
}

func (h *storageHouse) socket(name string) string {
	return filepath.Join(h.runtime, "entralogin", name)
}

// serve starts an agent, and waits until it listens.
func (h *storageHouse) serve() {
	h.t.Helper()
	h.agent = h.start(h.program, "agent")
	heard := func() bool { return strings.Count(string(h.agent.err.Bytes()), "listens at") == 2 }
	if !until(heard) {
		h.t.Fatalf("no agent: %s", h.agent.err.Bytes())
	}
}

// kill kills the agent.
func (h *storageHouse) kill() {
	h.agent.cmd.Process.Kill()
	h.agent.cmd.Wait()
}

// ask makes one request over a socket of the agent, and returns the status and the body.
func (h *storageHouse) ask(socket, method, path string, send ...string) (status int, body string) {
	h.t.Helper()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", h.socket(socket))
	}
	client := http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	req, err := http.NewRequest(method, "http://agent"+path, strings.NewReader(strings.Join(send, "")))
	if err != nil {
		h.t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	blob, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(blob)
}

func (h *storageHouse) lock()   { h.t.Helper(); h.exits(0, "", "agent", "lock") }
func (h *storageHouse) unlock() { h.t.Helper(); h.exits(0, "", "agent", "unlock") }

// signIn signs alice in with the storage agent.
func (h *storageHouse) signIn() {
	h.t.Helper()
	h.exits(0, "", "login", "--storage", "agent", "--prompt", "always", "--scope", entratest.ServerID+"/.default")
}

// exits runs entralogin, and checks the exit code and that stderr has a text.
func (h *storageHouse) exits(code int, says string, args ...string) (answer string) {
	h.t.Helper()
	r := h.call(append([]string{h.program}, args...)...)
	if said := string(r.err.Bytes()); r.cmd.ProcessState.ExitCode() != code || !strings.Contains(said, says) {
		h.t.Errorf("%q ends with %d, not %d and %q: %s", args, r.cmd.ProcessState.ExitCode(), code, says, said)
	}
	return string(r.out.Bytes())
}

func (h *storageHouse) getToken() []string {
	return []string{"get-token", "--server-id", entratest.ServerID, "--prompt", "never"}
}

// answers is exits for a call that says nothing, and needs no request.
func (h *storageHouse) answers(args ...string) (answer string) {
	h.t.Helper()
	h.sim.ResetRequests()
	r := h.call(args...)
	if n := h.sim.Requests(""); r.cmd.ProcessState.ExitCode() != 0 || n > 0 || len(r.err.Bytes()) > 0 {
		h.t.Errorf("%q: %v, %d requests: %s", args, r.cmd.ProcessState, n, r.err.Bytes())
	}
	return string(r.out.Bytes())
}

// asksService is how often a token or a code was asked for.
func (h *storageHouse) asksService() int {
	return h.sim.Requests("token") + h.sim.Requests("devicecode")
}

// lies returns the files of the house, and of the agent's folder, in which one of some texts lies.
func (h *storageHouse) lies(secrets ...string) (paths []string) {
	h.t.Helper()
	seen := 0
	for _, dir := range []string{h.dir, h.runtime} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			seen++
			blob, err := os.ReadFile(path)
			if slices.ContainsFunc(secrets, func(secret string) bool { return bytes.Contains(blob, []byte(secret)) }) {
				paths = append(paths, path)
			}
			return err
		})
		if err != nil {
			h.t.Fatal(err)
		}
	}
	if seen < 5 || len(secrets) == 0 || slices.Contains(secrets, "") {
		h.t.Fatalf("%d files and %d secrets", seen, len(secrets))
	}
	return paths
}

// keyID is the name of the key under which the cache is sealed.
func (h *storageHouse) keyID() string {
	h.t.Helper()
	var pin struct{ Storage, Key string }
	blob, err := os.ReadFile(filepath.Join(h.cache(), "storage"))
	if err := errors.Join(err, json.Unmarshal(blob, &pin)); err != nil || pin.Storage != "agent" || pin.Key == "" {
		h.t.Fatalf("%q: %v", blob, err)
	}
	return pin.Key
}

// What is signed in to with the storage agent lies on no disk in the clear, and its key nowhere; forward.sock knows of no key.
func TestAgentStorage(t *testing.T) {
	t.Parallel()
	h := newStorageHouse(t)
	h.signIn()
	token := h.exits(0, "", h.getToken()...)
	h.exits(0, "", "graph", "me")
	h.exits(0, "", h.getToken()...)
	for command, says := range map[string]string{"whoami": entratest.Alice, "account list": " agent ", "doctor --all": "the key of the storage agent is there and opens what is stored"} {
		if answer := h.exits(0, "", strings.Fields(command)...); !strings.Contains(answer, says) {
			t.Errorf("%s: %s", command, answer)
		}
	}
	status, key := h.ask(agent.Main, http.MethodGet, agent.KeyPath+h.keyID())
	if status != http.StatusOK || len(key) != agent.KeySize {
		t.Fatalf("%d, %d bytes", status, len(key))
	}
	secrets := append(h.sim.Secrets(), tokenOf(token), key, hex.EncodeToString([]byte(key)), base64.StdEncoding.EncodeToString([]byte(key)), base64.RawURLEncoding.EncodeToString([]byte(key)))
	if paths := h.lies(secrets...); len(paths) > 0 {
		t.Errorf("secrets lie in %q", paths)
	}
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodPost} {
		for _, path := range []string{agent.KeyPath + h.keyID(), agent.KeyPath, agent.LockPath, agent.LogPath, agent.StatusPath, agent.StopPath} {
			if status, said := h.ask(agent.Forward, method, path); status != http.StatusNotFound || strings.Contains(said, key) {
				t.Errorf("%s %s of forward.sock: %d %s", method, path, status, said)
			}
		}
	}
	h.exits(0, "", "logout")
	if paths := h.lies(h.keyID()); len(paths) != 1 {
		t.Errorf("of the session there is left: %q", paths)
	}
	h.exits(4, "nobody has signed in yet", h.getToken()...)
}

// tokenOf is the token of an answer.
func tokenOf(answer string) string { return regexp.MustCompile(`eyJ[\w.-]+`).FindString(answer) }

// A warm call is answered by the agent in the very bytes that it is answered with late, and before anything large is
// initialised.
func TestEarlyThroughAgent(t *testing.T) {
	t.Parallel()
	h := newStorageHouse(t)
	h.signIn()
	az, azd := filepath.Join(h.dir, "az"), filepath.Join(h.dir, "azd")
	if err := errors.Join(os.Symlink(h.program, az), os.Symlink(h.program, azd)); err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]struct {
		in   string
		args []string
	}{
		"get-token":        {"", append([]string{h.program}, h.getToken()...)},
		"an ID token":      {"", []string{h.program, "get-token", "--token-kind", "id"}},
		"get-access-token": {"", []string{h.program, "account", "get-access-token", "--resource", entratest.ServerID}},
		"az":               {"", []string{az, "account", "get-access-token", "--resource", entratest.ServerID, "--query", "accessToken", "-o", "tsv"}},
		"azd":              {"", []string{azd, "auth", "token", "--output", "json", "--scope", entratest.ServerID + "/.default"}},
		"git":              {sameAsks, []string{h.program, "git-credential", "get"}},
	} {
		if _, early := h.early(call.in, call.args...); early {
			t.Errorf("%s: it answers early what nobody has settled yet", name)
		}
		whole, _ := h.early(call.in, call.args...) // the first one may have got the token, and this one settles the question
		h.sim.ResetRequests()
		answer, early := h.early(call.in, call.args...)
		if n := h.sim.Requests(""); !early || answer != whole || n > 0 || tokenOf(answer) == "" {
			t.Errorf("%s: early: %v, %d requests, with\n%swant\n%s", name, early, n, answer, whole)
		}
	}
	if paths := h.lies(h.sim.Secrets()...); len(paths) > 0 {
		t.Errorf("secrets lie in %q", paths)
	}
}

// storage chooses a storage for all calls from now on.
func (h *storageHouse) storage(name string) {
	h.env = append(slices.Clone(h.env), "ENTRALOGIN_STORAGE="+name)
}

// What ends with the agent is told, and what to do.
func TestStorageOfEndedAgent(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(h *storageHouse){
		"killed":  (*storageHouse).kill,
		"stopped": func(h *storageHouse) { h.exits(0, "", "agent", "stop"); h.agent.cmd.Wait() },
		"signal":  func(h *storageHouse) { h.agent.cmd.Process.Signal(os.Interrupt); h.agent.cmd.Wait() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newStorageHouse(t)
			h.signIn()
			for range 3 { // the last one early
				h.exits(0, "", h.getToken()...)
			}
			end(h)
			h.sim.ResetRequests()
			for _, args := range [][]string{h.getToken(), {"graph", "me"}, {"whoami"}, {"account", "list"}, {"doctor"}, {"login", "--prompt", "never"}, {"logout"},
				{"account", "get-access-token", "--resource", entratest.ServerID, "--prompt", "never"}} {
				answer := h.exits(4, "", args...)
				r := h.call(append([]string{h.program}, args...)...)
				said := answer + string(r.err.Bytes())
				if !strings.Contains(said, "the session ended with the agent") || !strings.Contains(said, "entralogin agent. Then sign in: entralogin login") {
					t.Errorf("%q: %s", args, said)
				}
			}
			h.exits(4, "", "status")
			h.serve()
			h.exits(4, "the session ended with the agent: a new sign-in is needed", h.getToken()...)
			if n := h.asksService(); n > 0 {
				t.Errorf("%d requests", n)
			}
			h.signIn()
			h.exits(0, "", h.getToken()...)
			h.answers(append([]string{h.program}, h.getToken()...)...)
			end(h)
			h.exits(0, "", "logout", "--all")
			h.exits(0, "", "login", "--storage", "file", "--prompt", "always")
			h.exits(0, "", h.getToken()...)
		})
	}
}

// A locked agent gives nothing to anybody: no token, no key. Nothing is lost by it.
func TestStorageOfLockedAgent(t *testing.T) {
	t.Parallel()
	h := newStorageHouse(t)
	h.signIn()
	var answer string
	for range 3 {
		answer = h.exits(0, "", h.getToken()...)
	}
	h.lock()
	h.sim.ResetRequests()
	for _, args := range [][]string{h.getToken(), {"graph", "me"}, {"whoami"}, {"account", "list"}, {"doctor"}, {"status"}, {"login", "--prompt", "never"},
		{"logout"}, {"account", "get-access-token", "--resource", entratest.ServerID, "--prompt", "never"}, {"login", "--storage", "file", "--prompt", "always"}} {
		out := h.exits(4, "", args...)
		r := h.call(append([]string{h.program}, args...)...)
		if said := out + string(r.err.Bytes()); !strings.Contains(said, "entralogin agent unlock") || strings.Contains(said, tokenOf(answer)) {
			t.Errorf("%q: %s", args, said)
		}
	}
	if r := h.feed(sameAsks, h.program, "git-credential", "get"); strings.Contains(string(r.out.Bytes()), "password=") || !strings.Contains(string(r.err.Bytes()), "entralogin agent unlock") {
		t.Errorf("git: %s, %s", r.out.Bytes(), r.err.Bytes())
	}
	if n := h.asksService(); n > 0 {
		t.Errorf("%d requests", n)
	}
	h.unlock()
	if again := h.answers(append([]string{h.program}, h.getToken()...)...); again != answer {
		t.Errorf("%s, and before\n%s", again, answer)
	}
}

// Whoever changes the storage stays signed in, in both directions; what the agent had it has no more.
func TestStorageToAgent(t *testing.T) {
	t.Parallel()
	h := newStorageHouse(t)
	h.exits(0, "", "login", "--prompt", "always", "--scope", entratest.ServerID+"/.default")
	getToken := append([]string{h.program}, h.getToken()...)
	before := h.answers(getToken...)
	if len(h.lies(tokenOf(before))) != 1 {
		t.Error("the token is in no file")
	}
	h.storage("agent")
	h.exits(0, "storage agent is in force from now on, it was file", append(h.getToken(), "--force-refresh")...)
	key := h.keyID()
	if paths := h.lies(h.sim.Secrets()...); len(paths) > 0 {
		t.Errorf("secrets lie in %q", paths)
	}
	h.exits(0, "", h.getToken()...)
	if _, early := h.early("", getToken...); !early {
		t.Error("the agent is not asked early")
	}
	h.storage("file")
	h.exits(0, "storage file is in force from now on, it was agent", append(h.getToken(), "--force-refresh")...)
	after := h.answers(getToken...)
	if len(h.lies(tokenOf(after))) != 1 {
		t.Error("the token is in no file")
	}
	if status, _ := h.ask(agent.Main, http.MethodGet, agent.KeyPath+key); status != http.StatusNotFound {
		t.Errorf("the agent has the key still: %d", status)
	}
	h.kill()
	h.answers(getToken...)
}
