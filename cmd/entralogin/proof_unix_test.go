//go:build linux || darwin

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Many processes that find no key make one, and get one token for it.
func TestManyMakeOneKey(t *testing.T) {
	program := built(t)
	h := newHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	h.sim.Set(func(o *entratest.Settings) { o.RotateStrict = true })
	args := []string{"get-token", "--server-id", entratest.ServerID, "--pop-enabled", "--pop-claims", "u=" + arcCluster}
	call := func() string {
		cmd := exec.Command(program, args...)
		cmd.Dir, cmd.Env = h.work, h.env
		answer, err := cmd.Output()
		if err != nil {
			t.Error(err)
		}
		return string(answer)
	}
	call()
	for _, lost := range []string{"keys", "tokens"} {
		if err := os.RemoveAll(filepath.Join(h.cache(), lost)); err != nil {
			t.Fatal(err)
		}
	}
	h.sim.ResetRequests()
	var all sync.WaitGroup
	answers := make([]string, 12)
	for i := range answers {
		all.Go(func() { answers[i] = call() })
	}
	all.Wait()
	seen := map[string]bool{}
	for _, answer := range answers {
		request, _ := h.signedAnswer(answer)
		seen[request] = true
	}
	keys, _ := filepath.Glob(filepath.Join(h.cache(), "keys", "*"))
	if len(seen) != len(answers) || len(keys) != 1 || h.sim.Requests("token") != 1 || h.sim.Requests("devicecode") != 0 {
		t.Errorf("%d requests of %d calls, keys %v, %v", len(seen), len(answers), keys, h.sim.RequestLog())
	}
}

// No file but the key's own holds what is secret of it, and no output does.
func TestKeyStaysPrivate(t *testing.T) {
	h := newHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	args := []string{"get-token", "-vv", "--server-id", entratest.ServerID, "--pop-enabled", "--pop-claims", "u=" + arcCluster}
	var said string
	for range 2 {
		cmd := exec.Command(built(t), args...)
		cmd.Dir, cmd.Env = h.work, h.env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatal(err, string(out))
		}
		said += string(out)
	}
	keys, err := filepath.Glob(filepath.Join(h.cache(), "keys", "*"))
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	content, err := os.ReadFile(keys[0])
	if err != nil {
		t.Fatal(err)
	}
	var key struct{ JWK struct{ D string } }
	if err := json.Unmarshal(content, &key); err != nil || len(key.JWK.D) < 300 {
		t.Fatal(err)
	}
	secret := key.JWK.D[:80]
	if strings.Contains(said, secret) {
		t.Error("the key was printed")
	}
	err = filepath.WalkDir(h.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == keys[0] {
			return err
		}
		other, err := os.ReadFile(path)
		if strings.Contains(string(other), secret) {
			t.Errorf("%s holds the key", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
