//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// request is the body of a request for a token of the server.
func (h *storageHouse) request() string {
	return fmt.Sprintf(`{"authority":%q,"tenant":%q,"client_id":%q,"scopes":["%s/.default"]}`, h.sim.Host, entratest.TenantContoso, entratest.ClientID, entratest.ServerID)
}

// Where no stored token is fresh an agent is asked, before a request is made: its token is handed over, and not stored.
func TestAgentBeforeRequest(t *testing.T) {
	t.Parallel()
	h := newStorageHouse(t)
	h.exits(0, "", "login", "--prompt", "always", "--scope", entratest.ServerID+"/.default") // in the agent's own cache
	fresh := tokenOf(h.exits(0, "", h.getToken()...))
	other := filepath.Join(h.dir, "other")
	plain := h.env
	h.env = append(h.env[:len(h.env):len(h.env)], "ENTRALOGIN_CACHE_DIR="+other, "ENTRALOGIN_AGENT=none")
	h.exits(0, "", "login", "--prompt", "always", "--scope", entratest.ServerID+"/.default")
	if err := entratest.AgeTokens(other, 2*time.Hour); err != nil {
		t.Fatal(err)
	}
	h.env = append(plain[:len(plain):len(plain)], "ENTRALOGIN_CACHE_DIR="+other)
	for range 3 {
		if got := tokenOf(h.answers(append([]string{h.program}, h.getToken()...)...)); got != fresh || fresh == "" {
			t.Errorf("%.40q, and the agent has %.40q", got, fresh)
		}
	}
	if paths := h.lies(fresh); len(paths) != 1 || !strings.HasPrefix(paths[0], h.cache()) {
		t.Errorf("the agent's token lies in %q", paths)
	}
	h.kill()
	h.sim.ResetRequests()
	if got := tokenOf(h.exits(0, "", h.getToken()...)); got == fresh || h.sim.Requests("token") != 1 {
		t.Errorf("without an agent: %.40q, %d requests", got, h.sim.Requests("token"))
	}
}

// Calls of an agent, one a minute by the times that are stored, while three tokens come and go: none waits for a request,
// which the service would keep from it, and each token is renewed once.
func TestAgentRenewsAhead(t *testing.T) {
	t.Parallel()
	h := newStorageHouse(t)
	h.sim.Set(func(o *entratest.Settings) { o.TokenLife = time.Hour })
	h.exits(0, "", "login", "--prompt", "always", "--scope", entratest.ServerID+"/.default")
	h.sim.ResetRequests()
	held, let := make(chan bool, 100), make(chan bool)
	h.sim.Fault("token", entratest.Fault{Grant: "refresh_token", Rewrite: func(map[string]any) { held <- true; <-let }})
	call := func() string {
		status, line := h.ask(agent.Main, http.MethodPost, agent.TokenPath, h.request())
		if status != http.StatusOK || tokenOf(line) == "" {
			t.Fatalf("%d %s", status, line)
		}
		return tokenOf(line)
	}
	for renewed := range 3 {
		before := call()
		for age := 0; age < 50; age++ {
			if call() != before {
				t.Fatal("another token")
			}
			if n := h.sim.Requests("*"); age < 39 && n != renewed || n > renewed+1 {
				t.Fatalf("%d requests after %d renewals, at %d minutes", n, renewed, age)
			}
			if err := entratest.AgeTokens(h.cache(), time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		waitFor(t, held)
		let <- true
		if !until(func() bool { return call() != before }) {
			t.Fatal("the token is the old one")
		}
	}
}

// TestKilledAgent kills the agent and those who ask it (SIGKILL) at random moments. With the storage file no session is lost:
// the next call has its token, with an agent and without. With the storage agent the next call says that the session ended
// with the agent, and a sign-in makes a new one.
func TestKilledAgent(t *testing.T) {
	t.Parallel()
	kills := large(t, killsVariable, 20)
	var wg sync.WaitGroup
	for _, storage := range []string{"file", "agent"} {
		h := newStorageHouse(t)
		h.exits(0, "", "login", "--storage", storage, "--prompt", "always")
		wg.Go(func() {
			start, longest := time.Now(), time.Duration(0)
			for i := 0; i < kills/2 && !t.Failed(); i++ {
				longest = max(longest, h.killSomebody(storage == "agent"))
			}
			t.Logf("storage %s: %d kills in %v, the next call took %v at most", storage, kills/2, time.Since(start).Round(time.Second), longest.Round(time.Millisecond))
			if damaged, err := filepath.Glob(filepath.Join(h.cache(), "*", "*.damaged")); err != nil || len(damaged) > 0 {
				t.Errorf("storage %s: damaged: %q, %v", storage, damaged, err)
			}
			if storage == "agent" {
				if paths := h.lies(h.sim.Secrets()...); len(paths) > 0 {
					t.Errorf("secrets lie in %q", paths)
				}
			}
		})
	}
	wg.Wait()
}

// killSomebody has a call need a request, kills the agent, the call or both of them, and checks what the next call comes to.
func (h *storageHouse) killSomebody(ends bool) (took time.Duration) {
	os.RemoveAll(filepath.Join(h.cache(), "tokens"))
	h.sim.ResetRequests()
	r := h.start(append([]string{h.program}, h.getToken()...)...)
	if rand.IntN(3) > 0 {
		until(func() bool { return h.sim.Requests("token") > 0 })
		time.Sleep(rand.N(5 * time.Millisecond))
	} else {
		time.Sleep(rand.N(30 * time.Millisecond))
	}
	whom := rand.IntN(3)
	if whom != 0 {
		r.cmd.Process.Kill()
	}
	if whom != 1 {
		h.kill()
	}
	r.cmd.Wait()
	if code := r.cmd.ProcessState.ExitCode(); whom == 0 && code != 0 && (code != 4 || !ends) {
		h.t.Errorf("the call of a killed agent ends with %d: %s", code, r.err.Bytes())
	}
	next := func(code int, says string) {
		start := time.Now()
		h.exits(code, says, h.getToken()...)
		took = max(took, time.Since(start))
	}
	switch {
	case whom == 1:
		next(0, "")
	case !ends:
		next(0, "")
		h.serve()
	default:
		next(4, "the session ended with the agent")
		h.serve()
		next(4, "the session ended with the agent")
		h.signIn()
	}
	return took
}
