//go:build unix

package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// armResource is what is signed in for in these tests.
const armResource = "https://management.azure.com"

// execHouse is a home in which somebody approves at once.
func execHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	h.configure(t, "environment: AzurePublicCloud\n") // which has an Azure Resource Manager
	return h
}

// configure adds lines to the config file.
func (h *house) configure(t *testing.T, lines string) {
	t.Helper()
	config, err := os.OpenFile(filepath.Join(h.home, ".config", "entralogin", "config.yaml"), os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = config.WriteString(lines)
	}
	if err := errors.Join(err, config.Close()); err != nil {
		t.Fatal(err)
	}
}

// endpoint are the variables that a program printed.
type endpoint map[string]string

// endpointOf waits for them.
func endpointOf(t *testing.T, r *run) endpoint {
	t.Helper()
	if !until(func() bool {
		return strings.Contains(string(r.out.Bytes()), "AZD_AUTH_KEY=") && strings.HasSuffix(string(r.out.Bytes()), "\n")
	}) {
		t.Fatalf("no variables: %s", r.err.Bytes())
	}
	found := endpoint{}
	for line := range strings.Lines(string(r.out.Bytes())) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		found[name] = value
	}
	return found
}

// token asks as an SDK does.
func (e endpoint) token(t *testing.T, key, resource string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("GET", e["IDENTITY_ENDPOINT"]+"?api-version=2019-08-01&resource="+url.QueryEscape(resource), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-IDENTITY-HEADER", key)
	resp, err := new(http.Transport).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(content)
}

// gone checks that nobody listens any more.
func (e endpoint) gone(t *testing.T) {
	t.Helper()
	u, err := url.Parse(e["IDENTITY_ENDPOINT"])
	if err != nil {
		t.Fatal(err)
	}
	if c, err := net.Dial("tcp", u.Host); err == nil {
		c.Close()
		t.Errorf("%s still answers", u.Host)
	}
}

// printsVariables is a line of the shell that prints them.
const printsVariables = `env | grep -E '^(IDENTITY|AZD|MSI)_' | LC_ALL=C sort -r; `

// The streams and the exit code are the program's, and so is what ends it.
func TestExecIsTheProgram(t *testing.T) {
	t.Parallel()
	program, h := program(t), execHouse(t)
	plain := filepath.Join(h.work, "plain")
	if err := os.WriteFile(plain, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := h.call(program, "exec", "--", "true"); r.cmd.ProcessState.ExitCode() != 0 || !shownCode.Match(r.err.Bytes()) {
		t.Fatalf("nobody was asked: %v, %s", r.cmd.ProcessState, r.err.Bytes())
	}
	for line, code := range map[string]int{"exit 0": 0, "exit 3": 3, "exit 255": 255, "kill -TERM $$": 143, "kill -KILL $$": 137} {
		if r := h.call(program, "exec", "--", "sh", "-c", line); r.cmd.ProcessState.ExitCode() != code || len(r.err.Bytes()) != 0 {
			t.Errorf("%s: %d, %s", line, r.cmd.ProcessState.ExitCode(), r.err.Bytes())
		}
	}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no program":     {[]string{"exec"}, 2, "entralogin exec -- COMMAND"},
		"nothing behind": {[]string{"exec", "--"}, 2, "entralogin exec -- COMMAND"},
		"both":           {[]string{"exec", "--env", "--", "true"}, 2, "--env"},
		"not found":      {[]string{"exec", "--", "no-such-program"}, 127, `there is no program "no-such-program"`},
		"no such path":   {[]string{"exec", "--", "./no-such-program"}, 127, "there is no program"},
		"no program it":  {[]string{"exec", "--", plain}, 126, "permission denied"},
		"a folder":       {[]string{"exec", "--", h.work}, 126, "can't be run"},
		"no resource":    {[]string{"exec", "--allow", "arn", "--", "true"}, 2, `"arn" is no resource`},
	} {
		r := h.call(append([]string{program}, c.args...)...)
		if r.cmd.ProcessState.ExitCode() != c.code || !strings.Contains(string(r.err.Bytes()), c.says) || len(r.out.Bytes()) != 0 {
			t.Errorf("%s: %d, %s", name, r.cmd.ProcessState.ExitCode(), r.err.Bytes())
		}
	}
	if r := h.feed("in", program, "exec", "sh", "-c", "cat; echo err >&2", "--", "--env"); string(r.out.Bytes()) != "in" || string(r.err.Bytes()) != "err\n" {
		t.Errorf("%q, %q", r.out.Bytes(), r.err.Bytes())
	}
}

// What is handed out is what the config file allows, and what --allow does where that is given.
func TestExecAllows(t *testing.T) {
	t.Parallel()
	program, h := program(t), execHouse(t)
	const vault = "https://vault.azure.net"
	h.configure(t, "agent:\n  allow: ["+vault+"]\n")
	for allow, expected := range map[string]map[string]int{"": {vault: 200, armResource: 400}, "arm": {vault: 400, armResource: 200}} {
		args := []string{program, "exec", "--env"}
		if allow != "" {
			args = append(args, "--allow", allow)
		}
		r := h.start(args...)
		at := endpointOf(t, r)
		for resource, code := range expected {
			if got, said := at.token(t, at["IDENTITY_HEADER"], resource); got != code {
				t.Errorf("--allow %q, %s: %d %s", allow, resource, got, said)
			}
		}
		r.cmd.Process.Signal(syscall.SIGTERM)
		r.cmd.Wait()
	}
}

// Signals that reach entralogin alone reach the program, whose end counts; the port is closed then.
func TestExecSignals(t *testing.T) {
	t.Parallel()
	program, h := program(t), execHouse(t)
	h.call(program, "exec", "--", "true")
	for s, name := range map[syscall.Signal]string{syscall.SIGTERM: "TERM", syscall.SIGHUP: "HUP", syscall.SIGINT: "INT", syscall.SIGUSR1: "USR1"} {
		r := h.start(program, "exec", "--", "sh", "-c", "trap 'echo heard; exit 7' "+name+"; "+printsVariables+"echo ready; while :; do sleep 0.05; done")
		at := endpointOf(t, r)
		if !until(func() bool { return strings.Contains(string(r.out.Bytes()), "ready\n") }) {
			t.Fatalf("%s", r.err.Bytes())
		}
		r.cmd.Process.Signal(s)
		r.cmd.Wait()
		if code := r.cmd.ProcessState.ExitCode(); code != 7 || strings.Count(string(r.out.Bytes()), "heard\n") != 1 || len(r.err.Bytes()) != 0 {
			t.Errorf("%s: %d, %s", name, code, r.err.Bytes())
		}
		at.gone(t)
	}
}

// A token needs the key and an allowed resource. What needs a person is said to the program, with the command, and is no
// prompt. Neither a key nor a token is among the words, however many are asked for.
func TestExecTokens(t *testing.T) {
	t.Parallel()
	program, h := program(t), execHouse(t)
	r := h.start(program, "exec", "--env", "-vv")
	at := endpointOf(t, r)
	key := at["IDENTITY_HEADER"]
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(key) || at["AZD_AUTH_KEY"] != key {
		t.Fatalf("the key has %d letters", len(key))
	}
	status, token := at.token(t, key, armResource)
	if status != 200 || !strings.Contains(token, `"access_token":"eyJ`) {
		t.Fatalf("%d, %s\n%s", status, token, r.err.Bytes())
	}
	if status, said := at.token(t, strings.Repeat("0", 64), armResource); status != 401 {
		t.Errorf("another key: %d, %s", status, said)
	}
	if status, said := at.token(t, key, "https://vault.azure.net"); status != 400 || !strings.Contains(said, "entralogin exec --allow https://vault.azure.net -- COMMAND") {
		t.Errorf("not allowed: %d, %s", status, said)
	}
	if status, said := at.token(t, key, "openid"); status != 400 || strings.Contains(said, "--allow") || !strings.Contains(said, "no resource") {
		t.Errorf("not of a resource: %d, %s", status, said)
	}
	h.sim.RevokeSessions(entratest.Alice)
	codes := h.sim.Requests("devicecode")
	if status, said := at.token(t, key, "499b84ac-1321-427f-aa17-267ca6975798"); status != 400 || !strings.Contains(said, "entralogin login") || h.sim.Requests("devicecode") != codes {
		t.Errorf("a person is needed: %d, %s", status, said)
	}
	r.cmd.Process.Signal(syscall.SIGTERM)
	r.cmd.Wait()
	if code := r.cmd.ProcessState.ExitCode(); code != 143 {
		t.Errorf("%d, %s", code, r.err.Bytes())
	}
	at.gone(t)
	said := string(r.err.Bytes())
	if strings.Contains(said, key) || !strings.Contains(said, "got a token of "+entratest.Alice) {
		t.Errorf("%s", said)
	}
	for _, secret := range h.sim.Secrets() {
		if strings.Contains(said, secret) {
			t.Error("a secret among the words")
		}
	}
}

// The network is no reason not to start the program: it may need no token for a while.
func TestExecWithoutNetwork(t *testing.T) {
	t.Parallel()
	program, h := program(t), execHouse(t)
	h.sim.Fault("*", entratest.Fault{Times: 100, Status: 503})
	r := h.call(program, "exec", "--", "echo", "started")
	if code := r.cmd.ProcessState.ExitCode(); code != 0 || string(r.out.Bytes()) != "started\n" || !strings.Contains(string(r.err.Bytes()), "The program starts all the same") {
		t.Errorf("%d, %q, %s", code, r.out.Bytes(), r.err.Bytes())
	}
}
