//go:build linux

package registry

import (
	"path/filepath"
	"strings"
	"testing"

	helpers "github.com/docker/docker-credential-helpers/client"
	"github.com/docker/docker-credential-helpers/credentials"

	"github.com/entralogin/entralogin/plugin/docker"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// program runs the helper as docker's own code does, in the home.
func (w *world) program() helpers.ProgramFunc {
	env := map[string]string{}
	for _, one := range w.command(helper).Env {
		name, value, _ := strings.Cut(one, "=")
		env[name] = value
	}
	return helpers.NewShellProgramFuncWithEnv(filepath.Join(programs, helper), &env)
}

// What docker's own client of credential helpers makes of the answers.
func TestProtocol(t *testing.T) {
	w := newWorld(t)
	w.sim.AutoApprove(entratest.Alice, 0)
	p := w.program()
	if got, err := helpers.List(p); err != nil || len(got) != 0 {
		t.Errorf("list: %v, %v", got, err)
	}
	got, err := helpers.Get(p, host)
	if err != nil || got.ServerURL != host || got.Username != docker.User || strings.Count(got.Secret, ".") != 2 {
		t.Fatalf("get: %q, %q, %v", got.ServerURL, got.Username, err)
	}
	if again, err := helpers.Get(p, host); err != nil || again.Secret != got.Secret {
		t.Errorf("get: %v", err)
	}
	if list, err := helpers.List(p); err != nil || len(list) != 1 || list[host] != docker.User {
		t.Errorf("list: %v, %v", list, err)
	}
	for _, name := range []string{"ghcr.io", "https://index.docker.io/v1/", host + ".example.com"} {
		if _, err := helpers.Get(p, name); !credentials.IsErrCredentialsNotFound(err) {
			t.Errorf("get %s: %v", name, err)
		}
	}
	if _, err := helpers.Get(p, ""); err == nil || !strings.Contains(err.Error(), "no credentials server URL") {
		t.Errorf("get of nothing: %v", err)
	}
	w.counts(1, 1)
	if err := helpers.Store(p, &credentials.Credentials{ServerURL: host, Username: "alice", Secret: "typed"}); err != nil {
		t.Errorf("store: %v", err)
	}
	if again, err := helpers.Get(p, host); err != nil || again.Secret != got.Secret {
		t.Errorf("what was stored came back: %v", err)
	}
	if err := helpers.Erase(p, host); err != nil {
		t.Errorf("erase: %v", err)
	}
	if list, err := helpers.List(p); err != nil || len(list) != 0 {
		t.Errorf("list: %v, %v", list, err)
	}
	if again, err := helpers.Get(p, host); err != nil || again.Secret == got.Secret {
		t.Errorf("get after erase: %v", err)
	}
	w.counts(1, 2)
}
