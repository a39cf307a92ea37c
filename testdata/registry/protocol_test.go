//go:build linux

package registry

import (
	"encoding/base64"
	"os"
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
	w.Sim.AutoApprove(entratest.Alice, 0)
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

// What somebody gives to a login is forgotten, also the registry's own token, and the helper answers as before.
func TestLoginIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.seed(host, "app:1")
	w.Sim.AutoApprove(entratest.Alice, 0)
	given, err := helpers.Get(w.program(), host)
	if err != nil {
		t.Fatal(err)
	}
	cmd := w.command("docker", "login", host, "-u", given.Username, "--password-stdin")
	cmd.Stdin = strings.NewReader(given.Secret)
	if said, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(said), "Login Succeeded") {
		t.Errorf("docker login: %v\n%s", err, said)
	}
	w.succeed("crane", "auth", "login", host, "-u", "alice", "-p", "typed-at-login")
	if n := w.Runs("store"); n < 2 {
		t.Errorf("the helper was run %d times", n)
	}
	typed := base64.StdEncoding.EncodeToString([]byte("alice:typed-at-login"))
	if text, err := os.ReadFile(w.Path(".docker/config.json")); err != nil || strings.Contains(string(text), typed) {
		t.Errorf("%q, %v", text, err)
	}
	w.succeed("crane", "digest", host+"/app:1")
	w.counts(1, 1)
}
