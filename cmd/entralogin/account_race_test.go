//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestChoiceWhileTokensAreAskedFor changes the choice again and again while other processes ask for tokens
// without a name. Each gets a token of one of the two, nobody is asked, and whoever asks after a choice is
// made gets the chosen one's. In the end one of them is logged out while the others go on: none of its
// secrets comes back.
func TestChoiceWhileTokensAreAskedFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	program := program(t)
	run := func(args ...string) (string, error) {
		cmd := exec.Command(program, args...)
		cmd.Dir, cmd.Env = h.work, h.env
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			err = fmt.Errorf("%v: %w: %s", args, err, stderr.String())
		}
		return string(out), err
	}
	must := func(out string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	people := []string{entratest.Alice, entratest.Bob}
	for _, name := range people {
		h.sim.AutoApprove(name, 0)
		must(run("login"))
	}
	must(run("account", "set", people[0]))
	h.sim.ResetRequests()

	stop, failed := make(chan struct{}), make(chan error, 4)
	for range cap(failed) {
		go func() {
			for {
				select {
				case <-stop:
					failed <- nil
					return
				default:
				}
				out, err := run("get-token", "--server-id", entratest.ServerID, "--force-refresh", "--prompt", "never")
				if who := userOf(out); err != nil || who != people[0] && who != people[1] {
					failed <- fmt.Errorf("a token for %q: %w", who, err)
					return
				}
			}
		}()
	}
	for i := range large(t, stormVariable, 50) / 8 {
		name := people[i%2]
		must(run("account", "set", name))
		if who := userOf(must(run("get-token", "--server-id", entratest.ServerID))); who != name {
			t.Errorf("%s is chosen, and the token is for %q", name, who)
		}
	}
	must(run("account", "set", people[0]))
	must(run("logout", people[1]))
	if n := h.sim.Requests("devicecode"); n > 0 {
		t.Errorf("somebody was asked %d times", n)
	}
	close(stop)
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	found := must(run("account", "list", "-o", "json"))
	if strings.Contains(found, people[1]) || !strings.Contains(found, people[0]) {
		t.Errorf("after the logout: %s", found)
	}
	home, err := belowHome(h.home)
	if err != nil {
		t.Fatal(err)
	}
	if where := home.holdsSecretOf(h.sim, people[1]); where != "" {
		t.Errorf("a secret of %s is back in %s", people[1], where)
	}
	if home.holdsSecretOf(h.sim, people[0]) == "" {
		t.Errorf("no secret of %s is left", people[0])
	}
}

// userOf is the user of the token in an ExecCredential.
func userOf(answer string) string {
	var cred struct{ Status struct{ Token string } }
	if json.Unmarshal([]byte(answer), &cred) != nil {
		return ""
	}
	read, err := claims.Read(cache.NewSecret(cred.Status.Token))
	if err != nil {
		return ""
	}
	return read.User
}
