//go:build strace && linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestInjected lets the kernel fail the real program: each call of a kind in turn answers ENOSPC or EIO, or
// kills the process. What holds afterwards is what TestKilled says. It needs strace:
//
//	go test -tags strace -run Injected -v ./cmd/entralogin
func TestInjected(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal(err)
	}
	program := built(t)
	var wg sync.WaitGroup
	for _, w := range killedWorks() {
		if w.strict || w.command == nil {
			continue // the gap of TestKilled would have to be told from a fault call by call; a renewal ahead is no call
		}
		calls := []string{"openat", "write", "fsync", "/^rename", "flock", "/^mkdir", "/^unlink"}
		if w.command[0] != "logout" && w.name != "refresh" {
			calls = []string{"fsync", "/^rename"} // a second and more each
		}
		k := &killer{killedWork: w, house: newHouse(t), program: program}
		k.env = append(k.env, "GOMAXPROCS=1") // strace counts the calls of each thread by themselves
		wg.Go(func() {
			spoilt := 0
			for _, call := range calls {
				for _, what := range []string{"error=ENOSPC", "error=EIO", "signal=KILL"} {
					spoilt += k.eachCall(strace, call, what)
				}
			}
			if spoilt < 10 {
				t.Errorf("%s: %d calls were spoilt", k.name, spoilt)
			}
		})
	}
	wg.Wait()
}

// eachCall does the work again and again, with one more call before the spoilt one each time, until
// nothing is spoilt any more.
func (k *killer) eachCall(strace, call, what string) (spoilt int) {
	n, missed := 0, 0
	for ; missed < 2 && n < 300 && !k.t.Failed(); n++ {
		k.begin(k)
		k.before = k.refreshTokens()
		k.sim.AutoApprove(k.person, 0)
		k.sim.ResetRequests()
		if k.inject(strace, call, what, n+1) {
			missed = 0
			spoilt++
		} else {
			missed++
		}
		k.age(time.Now().Add(-time.Hour))
		k.after(k)
		k.whole()
	}
	k.t.Logf("%s, %s, %s: %d calls spoilt", k.name, call, what, spoilt)
	return spoilt
}

// inject does the work with the nth call of a thread spoilt, and reports whether there was one.
func (k *killer) inject(strace, call, what string, n int) bool {
	log := filepath.Join(k.dir, "strace")
	cmd := exec.Command(strace, append([]string{"-f", "-qq", "-o", log, "-e", "trace=" + call,
		"-e", "inject=" + call + ":" + what + ":when=" + strconv.Itoa(n), k.program}, k.command...)...)
	cmd.Dir, cmd.Env = k.work, k.env
	out, _ := cmd.CombinedOutput()
	text, err := os.ReadFile(log)
	if err != nil {
		k.t.Errorf("%v: %s", err, out)
	}
	if strings.Contains(string(out), "fatal error: ") || strings.Contains(string(out), "panic: ") {
		k.t.Logf("%s, %s, %s, %d: %.300s", k.name, call, what, n, out)
	}
	return strings.Contains(string(text), "INJECTED") || strings.Contains(string(text), "killed by SIGKILL")
}

// TestWarmStartsNothing has the kernel say which programs a warm call starts: none, for nobody who asks.
//
//	go test -tags strace -run WarmStarts ./cmd/entralogin
func TestWarmStartsNothing(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	program, az, azd := built(t), filepath.Join(h.dir, "az"), filepath.Join(h.dir, "azd")
	if err := errors.Join(os.Symlink(program, az), os.Symlink(program, azd)); err != nil {
		t.Fatal(err)
	}
	h.sim.AddRegistry(entratest.Registry{Host: h.sim.Host})
	h.configure(t, "registries:\n- host: "+h.sim.Host+"\n")
	h.env = append(h.env, "SSL_CERT_FILE="+filepath.Join(h.home, ".config", "entralogin", "ca.pem"))
	const place = "capability[]=authtype\nprotocol=https\nhost=dev.azure.com\npath=contoso/project/_git/repository\n"
	for _, call := range []struct{ command, in string }{
		{program + " get-token --server-id " + entratest.ServerID, ""},
		{program + " git-credential get", place + "wwwauth[]=Bearer authorization_uri=https://login.microsoftonline.com/" + entratest.TenantContoso + "\n\n"},
		{program + " git-credential store", place + "username=contoso\npassword=another\n\n"},
		{program + " git-credential erase", place + "username=contoso\npassword=another\n\n"},
		{program + " git-credential capability", ""},
		{program + " docker-credential get", h.sim.Host},
		{program + " docker-credential list", ""},
		{program + " docker-credential version", ""},
		{az + " account get-access-token --resource https://management.azure.com", ""},
		{azd + " auth token -o json --scope https://management.azure.com/.default", ""},
	} {
		log := filepath.Join(h.dir, "strace")
		for turn := range 3 { // cold, warm, and warm as it was settled before
			h.sim.ResetRequests()
			cmd := exec.Command(strace, append([]string{"-f", "-qq", "-o", log, "-e", "trace=execve,execveat"}, strings.Fields(call.command)...)...)
			cmd.Dir, cmd.Env, cmd.Stdin = h.work, h.env, strings.NewReader(call.in)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", call.command, err, out)
			}
			text, err := os.ReadFile(log)
			if n := strings.Count(string(text), " execve"); err != nil || turn > 0 && (n != 1 || h.sim.Requests("") > 0) {
				t.Errorf("%s: %v, %d programs, %d requests:\n%s", call.command, err, n, h.sim.Requests(""), text)
			}
		}
	}
}

// TestWarmThroughAgent has the kernel say what a warm call does: with the storage agent it starts nothing, and connects with
// the agent's socket alone, once; with a token in a file it connects with nothing, though an agent serves.
//
//	go test -tags strace -run WarmThroughAgent ./cmd/entralogin
func TestWarmThroughAgent(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal(err)
	}
	for storage, connects := range map[string]int{"agent": 1, "file": 0} {
		h := newStorageHouse(t)
		h.exits(0, "", "login", "--storage", storage, "--prompt", "always", "--scope", entratest.ServerID+"/.default")
		az, log := filepath.Join(h.dir, "az"), filepath.Join(h.dir, "strace")
		if err := os.Symlink(h.program, az); err != nil {
			t.Fatal(err)
		}
		for _, call := range []struct{ command, in string }{
			{h.program + " get-token --server-id " + entratest.ServerID, ""},
			{h.program + " git-credential get", sameAsks},
			{az + " account get-access-token --resource " + entratest.ServerID, ""},
		} {
			for turn := range 4 { // cold, warm, and warm as it was settled before
				h.sim.ResetRequests()
				cmd := exec.Command(strace, append([]string{"-f", "-qq", "-o", log, "-e", "trace=execve,execveat,connect"}, strings.Fields(call.command)...)...)
				cmd.Dir, cmd.Env, cmd.Stdin = h.work, h.env, strings.NewReader(call.in)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%s: %v: %s", call.command, err, out)
				}
				content, err := os.ReadFile(log)
				text := string(content)
				programs, all, own := strings.Count(text, " execve"), strings.Count(text, " connect("), strings.Count(text, h.socket("agent.sock"))
				if err != nil || turn > 0 && (programs != 1 || all != connects || own != connects || h.sim.Requests("") > 0) {
					t.Errorf("storage %s, turn %d, %s: %v, %d requests:\n%s", storage, turn, call.command, err, h.sim.Requests(""), text)
				}
			}
		}
	}
}
