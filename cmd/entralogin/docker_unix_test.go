//go:build linux || darwin

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/plugin/docker"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// dockerHouse is a home with a registry of Azure behind a proxy, and the link that docker runs.
type dockerHouse struct {
	*house
	helper string
}

func newDockerHouse(t *testing.T, env ...string) *dockerHouse {
	t.Helper()
	h := houseOf(t, entratest.NewServer(entratest.WithProxy()), env...)
	h.sim.AddRegistry(entratest.Registry{Host: entratest.RegistryHost})
	h.env = append(h.env, "HTTPS_PROXY="+h.sim.ProxyURL, "HTTP_PROXY="+h.sim.ProxyURL, "NO_PROXY=127.0.0.1", "SSL_CERT_FILE="+filepath.Join(h.home, ".config", "entralogin", "ca.pem"))
	d := &dockerHouse{h, filepath.Join(t.TempDir(), "docker-credential-entralogin")}
	if err := os.Symlink(built(t), d.helper); err != nil {
		t.Fatal(err)
	}
	return d
}

// gives runs get, and returns the token that docker gets.
func (d *dockerHouse) gives(server string, args ...string) string {
	d.t.Helper()
	if args == nil {
		args = []string{d.helper, "get"}
	}
	r := d.feed(server, args...)
	return d.secretIn(server, r)
}

func (d *dockerHouse) secretIn(server string, r *run) string {
	d.t.Helper()
	var got struct{ ServerURL, Username, Secret string }
	if err := json.Unmarshal(r.out.Bytes(), &got); err != nil || r.cmd.ProcessState.ExitCode() != 0 || got.ServerURL != server || got.Username != docker.User || got.Secret == "" {
		d.t.Fatalf("%d: %q, %s", r.cmd.ProcessState.ExitCode(), r.out.Bytes(), r.err.Bytes())
	}
	return got.Secret
}

// requested checks how often the registry was asked, and for a token.
func (d *dockerHouse) requested(exchanges, all int) {
	d.t.Helper()
	if n, m := d.sim.Requests("exchange"), d.sim.Requests("*"); n != exchanges || all >= 0 && m != all {
		d.t.Errorf("%d exchanges among %d requests, not %d among %d", n, m, exchanges, all)
	}
}

// One sign-in, then one exchange for each registry, then none for as long as the token lives.
func TestDocker(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	r := h.feed(entratest.RegistryHost, h.helper, "get")
	token := h.secretIn(entratest.RegistryHost, r)
	if said := string(r.err.Bytes()); !strings.Contains(said, "docker, for "+entratest.RegistryHost) {
		t.Error(said)
	}
	h.requested(1, -1)
	h.sim.ResetRequests()
	for _, args := range [][]string{nil, {h.helper, "get"}, {built(t), "docker-credential", "get"}, {built(t), "docker-credential", "--account", entratest.Alice, "get"}} {
		if args == nil || !slices.Contains(args, "--account") {
			if again := h.gives(entratest.RegistryHost, args...); again != token {
				t.Errorf("%q: another token", args)
			}
			h.requested(0, 0)
			continue
		}
		h.gives(entratest.RegistryHost, args...) // it is a question of its own
		h.requested(1, 3)                        // Entra's token for the named account, the challenge, the exchange
	}
	for _, spelled := range []string{"https://" + entratest.RegistryHost, "https://" + entratest.RegistryHost + "/v2/", strings.ToUpper(entratest.RegistryHost), entratest.RegistryHost + "\n"} {
		h.sim.ResetRequests()
		r := h.feed(spelled, h.helper, "get")
		if again := h.secretIn(strings.TrimSpace(spelled), r); again != token || len(r.err.Bytes()) > 0 {
			t.Errorf("%q: another token, or words: %s", spelled, r.err.Bytes())
		}
		h.requested(0, 0)
	}
	h.sim.AddRegistry(entratest.Registry{Host: "fabrikam.azurecr.io"})
	if h.gives("fabrikam.azurecr.io"); h.sim.Requests("devicecode")+h.sim.Requests("token") != 0 {
		t.Error("another registry needs another token of Entra")
	}
	h.requested(1, 2)
}

// A call that was settled is answered before anything large is initialised, from either name.
func TestDockerEarly(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	for _, args := range [][]string{{h.helper, "get"}, {built(t), "docker-credential", "get"}, {built(t), "docker-credential", "--tenant-id", entratest.TenantContoso, "get"}} {
		for _, in := range []string{entratest.RegistryHost, entratest.RegistryHost + "\n"} {
			whole, early := h.early(in, args...)
			if early {
				t.Error("it answers early what nobody has settled yet")
			}
			h.early(in, args...) // the first one may have got the token, and this one settles the question
			h.sim.ResetRequests()
			answer, early := h.early(in, args...)
			if !early || answer != whole {
				t.Errorf("%q: early: %v, with %q", args, early, answer)
			}
			h.requested(0, 0)
		}
	}
}

// Of 16 that come at the same time one asks the registry.
func TestDockerStorm(t *testing.T) {
	t.Parallel()
	const many = 16
	h := newDockerHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	for _, begins := range []string{"without a sign-in", "without a token of the registry"} {
		var wg sync.WaitGroup
		got := make([]string, many)
		for i := range got {
			r := &run{cmd: exec.Command(h.helper, "get")}
			r.cmd.Dir, r.cmd.Env, r.cmd.Stdin, r.cmd.Stdout, r.cmd.Stderr = h.work, h.env, strings.NewReader(entratest.RegistryHost), &r.out, &r.err
			if err := r.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.cmd.Process.Kill() })
			wg.Go(func() {
				if err := r.cmd.Wait(); err != nil {
					t.Errorf("%s: %v: %s", begins, err, r.err.Bytes())
				}
				got[i] = string(r.out.Bytes())
			})
		}
		wg.Wait()
		if len(slices.Compact(slices.Clone(got))) != 1 || got[0] == "" {
			t.Errorf("%s: several answers", begins)
		}
		h.requested(1, -1)
		h.sim.ResetRequests()
		if r := h.feed(entratest.RegistryHost, h.helper, "erase"); r.cmd.ProcessState.ExitCode() != 0 || len(r.out.Bytes())+len(r.err.Bytes()) > 0 {
			t.Errorf("%s%s", r.out.Bytes(), r.err.Bytes())
		}
	}
}

// lookAlikes are no registries of ours, however much they look like one.
func lookAlikes() []string {
	return []string{"contoso.azurecr.io.example.com", "azurecr.io", ".azurecr.io", "a.b.azurecr.io", "contoso.azurecr.io.", "contoso.azurecr.io:443", "contoso.azurecr.io:5000",
		"alice@contoso.azurecr.io", "https://contoso.azurecr.io@evil.example", "https://evil.example/contoso.azurecr.io", "https://evil.example#.azurecr.io",
		"https://contoso.azurecr.io:a@evil.example/v2/", "https://evil.example?.azurecr.io", `https://evil.example\.azurecr.io`, "contoso.azurecr.io%2eevil.example",
		"contoso.azure\u0441r.io", "contoso.azurecr.\u0456o", "contoso\u3002azurecr.io", "c\u043entoso.azurecr.io", "contosoazurecr.io", "contoso-azurecr.io", "contoso.azurecr.io.evil.example/v2/",
		"contoso.azurecr.dev", "contoso.azurecr.de", "--account.azurecr.io", "conto so.azurecr.io", "contoso.azurecr.io evil.example", "contoso_x.azurecr.io", "127.0.0.1", "ftp://contoso.azurecr.io", "//contoso.azurecr.io",
		"contoso.azurecr.io/..", "http://contoso.azurecr.io", "HTTP://contoso.azurecr.io/v2/", "docker.io", "https://index.docker.io/v1/", "mcr.microsoft.com", "contoso.data.azurecr.io", "eastus.contoso.data.azurecr.io"}
}

// No host that looks like a registry gets a token, and nobody is asked anything for it.
func TestDockerLookAlikes(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	h.gives(entratest.RegistryHost) // there is a session to be stolen from
	h.sim.ResetRequests()
	for _, server := range lookAlikes() {
		r := h.feed(server, h.helper, "get")
		out, said := string(r.out.Bytes()), string(r.err.Bytes())
		plain := strings.HasPrefix(strings.ToLower(server), "http://")
		if r.cmd.ProcessState.ExitCode() != 1 || out != "credentials not found in native keychain\n" || (said != "") != plain || plain && !strings.Contains(said, "use https") {
			t.Errorf("%q: %d: %q, %q", server, r.cmd.ProcessState.ExitCode(), out, said)
		}
		if r := h.feed(server, h.helper, "erase"); r.cmd.ProcessState.ExitCode() != 0 || len(r.out.Bytes())+len(r.err.Bytes()) != 0 {
			t.Errorf("erase of %q: %s%s", server, r.out.Bytes(), r.err.Bytes())
		}
	}
	if strangers := h.sim.Strangers(); len(strangers) != 0 {
		t.Errorf("asked for: %q", strangers)
	}
	h.requested(0, 0)
	h.gives(entratest.RegistryHost)
	h.requested(0, 0)
}

// A registry that names another host for its tokens gets none; nor does the one to which it redirects.
func TestDockerRegistryLies(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	for _, challenge := range []string{
		`Bearer realm="https://evil.example/oauth2/token",service="contoso.azurecr.io"`, `Bearer realm="https://contoso.azurecr.io/oauth2/token",service="evil.example"`,
		`Bearer realm="http://contoso.azurecr.io/oauth2/token",service="contoso.azurecr.io"`, `Basic realm="x"`,
	} {
		h.sim.AddRegistry(entratest.Registry{Host: entratest.RegistryHost, Challenge: []string{challenge}})
		r := h.feed(entratest.RegistryHost, h.helper, "get")
		if code := r.cmd.ProcessState.ExitCode(); code != 7 || !strings.Contains(string(r.out.Bytes()), entratest.RegistryHost) {
			t.Errorf("%s: %d: %s, %s", challenge, code, r.out.Bytes(), r.err.Bytes())
		}
	}
	h.requested(0, -1)
	h.sim.AddRegistry(entratest.Registry{Host: entratest.RegistryHost})
	for _, endpoint := range []string{"registry", "exchange"} {
		h.sim.ClearFaults()
		h.sim.Fault(endpoint, entratest.Fault{Redirect: "https://evil.example/", Status: 307})
		if r := h.feed(entratest.RegistryHost, h.helper, "get"); r.cmd.ProcessState.ExitCode() == 0 || strings.Contains(string(r.out.Bytes()), "keychain") {
			t.Errorf("%s: %s, %s", endpoint, r.out.Bytes(), r.err.Bytes())
		}
	}
	if strangers := h.sim.Strangers(); len(strangers) != 0 {
		t.Errorf("asked for: %q", strangers)
	}
}

// What docker erased is not handed out again; the token of Entra and the session stay.
func TestDockerErase(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	first := h.gives(entratest.RegistryHost)
	h.gives(entratest.RegistryHost)
	for range 5 { // as of a script that logs out after each step
		h.sim.ResetRequests()
		if r := h.feed(entratest.RegistryHost, h.helper, "erase"); r.cmd.ProcessState.ExitCode() != 0 {
			t.Fatalf("%s", r.err.Bytes())
		}
		if again := h.gives(entratest.RegistryHost); again == first {
			t.Error("it is handed out again")
		}
		h.requested(1, 2)
	}
}

// A process that is killed while it asks the registry keeps nobody else from it.
func TestDockerKilled(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	if r := h.call(built(t), "login", "--scope", docker.Scope, "--tenant-id", "organizations"); r.cmd.ProcessState.ExitCode() != 0 {
		t.Fatalf("%s", r.err.Bytes())
	}
	h.sim.ResetRequests()
	h.sim.Fault("exchange", entratest.Fault{Times: 1, Delay: time.Minute})
	r := &run{cmd: exec.Command(h.helper, "get")}
	r.cmd.Dir, r.cmd.Env, r.cmd.Stdin, r.cmd.Stdout, r.cmd.Stderr = h.work, h.env, strings.NewReader(entratest.RegistryHost), &r.out, &r.err
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.cmd.Process.Kill() })
	if !until(func() bool { return h.sim.Requests("exchange") == 1 }) {
		t.Fatalf("nothing is exchanged: %s", r.err.Bytes())
	}
	r.cmd.Process.Kill()
	r.cmd.Wait()
	h.gives(entratest.RegistryHost)
	h.requested(2, -1)
}

// The registry says for how long its token is good.
func TestDockerExpiry(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	h.sim.AddRegistry(entratest.Registry{Host: entratest.RegistryHost, Life: 20 * time.Minute})
	first := h.gives(entratest.RegistryHost)
	h.gives(entratest.RegistryHost)
	s := &storm{house: h.house}
	s.shift(19 * time.Minute)
	h.sim.ResetRequests()
	if again := h.gives(entratest.RegistryHost); again == first {
		t.Error("it is handed out a minute before its end")
	}
	h.requested(1, 2) // the token of Entra has half an hour
}

// list names registries whose tokens are stored, and those of the config; logout ends all of it.
func TestDockerList(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	list := func(want ...string) {
		t.Helper()
		r := h.call(h.helper, "list")
		var got map[string]string
		if err := json.Unmarshal(r.out.Bytes(), &got); err != nil || len(got) != len(want) || slices.ContainsFunc(want, func(host string) bool { return got[host] != docker.User }) {
			t.Errorf("%s%s", r.out.Bytes(), r.err.Bytes())
		}
	}
	list()
	h.gives(entratest.RegistryHost)
	list(entratest.RegistryHost)
	if r := h.call(built(t), "status", "docker"); r.cmd.ProcessState.ExitCode() != 0 || !strings.Contains(string(r.out.Bytes()), entratest.RegistryHost) || !strings.Contains(string(r.out.Bytes()), "silent until") {
		t.Errorf("%s%s", r.out.Bytes(), r.err.Bytes())
	}
	if r := h.call(built(t), "status"); strings.Contains(string(r.out.Bytes()), "containerregistry") {
		t.Errorf("what docker asks for is az's: %s", r.out.Bytes())
	}
	h.configure(t, "registries:\n- host: registry.contoso.example\n")
	if r := h.call(built(t), "status", "docker"); r.cmd.ProcessState.ExitCode() != 0 || !strings.Contains(string(r.out.Bytes()), "silent, with one request") {
		t.Errorf("%s%s", r.out.Bytes(), r.err.Bytes())
	}
	list(entratest.RegistryHost, "registry.contoso.example")
	for _, args := range [][]string{{"whoami"}, {"cache", "list"}, {"account", "list"}} {
		r := h.call(append([]string{built(t)}, args...)...)
		if said := string(r.out.Bytes()); !strings.Contains(said, "registry") || !strings.Contains(said, entratest.RegistryHost) {
			t.Errorf("%q: %s%s", args, said, r.err.Bytes())
		}
	}
	if r := h.call(built(t), "logout"); r.cmd.ProcessState.ExitCode() != 0 {
		t.Errorf("%s", r.err.Bytes())
	}
	list("registry.contoso.example")
	h.sim.AutoApprove("", 0)
	if r := h.call(built(t), "status", "docker"); r.cmd.ProcessState.ExitCode() != 4 || !strings.Contains(string(r.out.Bytes()), "asks for a sign-in") {
		t.Errorf("%s%s", r.out.Bytes(), r.err.Bytes())
	}
	// one that is set up and was never used counts, and one that would get nothing does not
	if err := errors.Join(os.MkdirAll(filepath.Join(h.home, ".docker"), 0o700),
		os.WriteFile(filepath.Join(h.home, ".docker", "config.json"), []byte(`{"credHelpers":{"new.azurecr.io":"entralogin","gcr.io":"entralogin"}}`), 0o600)); err != nil {
		t.Fatal(err)
	}
	if r := h.call(built(t), "status", "docker"); r.cmd.ProcessState.ExitCode() != 4 || !strings.Contains(string(r.out.Bytes()), "new.azurecr.io") || strings.Contains(string(r.out.Bytes()), "gcr.io") {
		t.Errorf("%s%s", r.out.Bytes(), r.err.Bytes())
	}
	h.env = append(h.env, "ENTRALOGIN_PROMPT=never")
	r := h.feed(entratest.RegistryHost, h.helper, "get")
	if out := string(r.out.Bytes()); r.cmd.ProcessState.ExitCode() != 4 || !strings.Contains(out, "entralogin login") || strings.Count(out, "\n") != 1 || !strings.HasPrefix(string(r.err.Bytes()), "entralogin: ") {
		t.Errorf("%d: %q, %s", r.cmd.ProcessState.ExitCode(), out, r.err.Bytes())
	}
}

// A host of the config file is a registry of ours, with its port, and what stands there counts.
func TestDockerConfigured(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t)
	h.sim.AutoApprove(entratest.Carol, 0) // at home in the one tenant, and a guest of the other
	const own = "registry.contoso.example"
	h.sim.AddRegistry(entratest.Registry{Host: own})
	h.sim.AddRegistry(entratest.Registry{Host: "fabrikam.azurecr.io", Tenant: entratest.TenantFabrikam})
	h.sim.AddRegistry(entratest.Registry{Host: "other." + own})
	if r := h.feed(own, h.helper, "get"); r.cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%s%s", r.out.Bytes(), r.err.Bytes())
	}
	h.configure(t, fmt.Sprintf("registries:\n- host: %s\n- host: fabrikam.azurecr.io\n  tenant-id: %s\n", own, entratest.TenantFabrikam))
	h.gives(own)
	h.gives("fabrikam.azurecr.io")
	h.requested(2, -1)
	config := filepath.Join(h.home, ".config", "entralogin", "config.yaml")
	if written, err := os.ReadFile(config); err != nil || os.WriteFile(config, []byte(strings.Replace(string(written), "host: "+own, "host: r.example", 1)), 0o600) != nil {
		t.Fatal(err)
	} else {
		for _, args := range [][]string{{"status", "docker"}, {"docker-credential", "list"}} { // it gets no token any more
			if r := h.call(append([]string{built(t)}, args...)...); strings.Contains(string(r.out.Bytes()), own) || !strings.Contains(string(r.out.Bytes()), "r.example") {
				t.Errorf("%q: %s%s", args, r.out.Bytes(), r.err.Bytes())
			}
		}
		os.WriteFile(config, written, 0o600)
	}
	if r := h.feed("other."+own, h.helper, "get"); r.cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%s%s", r.out.Bytes(), r.err.Bytes())
	}
	for entry, want := range map[string]string{"host: a b": "host", "host: r.example\n  tenant-id: x/y": "tenant-id", "host: r.example\n  organization: c": "organization", "host: r.example\n  profile: p": "profile"} {
		t.Run(want, func(t *testing.T) {
			h := newDockerHouse(t)
			h.configure(t, "registries:\n- "+entry+"\n")
			r := h.feed(entratest.RegistryHost, h.helper, "get")
			if r.cmd.ProcessState.ExitCode() != 3 || !strings.Contains(string(r.err.Bytes()), want) || !strings.Contains(string(r.err.Bytes()), "registries") {
				t.Errorf("%d: %s", r.cmd.ProcessState.ExitCode(), r.err.Bytes())
			}
		})
	}
}

// What else a helper is asked.
func TestDockerOperations(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t)
	for _, c := range []struct {
		in   string
		args []string
		code int
		out  string
	}{
		{`{"ServerURL":"contoso.azurecr.io","Username":"u","Secret":"s"}`, []string{"store"}, 0, ""},
		{"nonsense", []string{"store"}, 2, "JSON"},
		{"", []string{"get"}, 2, "no credentials server URL\n"},
		{"\xff\xfe", []string{"get"}, 2, "UTF-8"},
		{strings.Repeat("x", 5000), []string{"get"}, 2, "larger"},
		{"", []string{"version"}, 0, "docker-credential-entralogin"},
		{"", []string{"list"}, 0, "{}\n"},
		{"", []string{"fetch"}, 2, ""},
		{"", nil, 2, ""},
		{"", []string{"get", "get"}, 2, ""},
	} {
		r := h.feed(c.in, append([]string{h.helper}, c.args...)...)
		out := string(r.out.Bytes())
		if code := r.cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(out, c.out) || c.out == "" && out != "" {
			t.Errorf("%q: %d: %q, %s", c.args, code, out, r.err.Bytes())
		}
	}
	if n := h.sim.Requests("*"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// A machine has a registry's token as a person has: kept, listed, erased, and forgotten with what it came of.
func TestDockerMachine(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t, "ENTRALOGIN_LOGIN=spn", "ENTRALOGIN_CLIENT_ID="+entratest.DaemonID, "CI=true")
	h.env = append(h.env, "ENTRALOGIN_CLIENT_SECRET="+h.sim.Applications.Get(entratest.DaemonID).AddSecret(time.Hour))
	listed := func(want bool) {
		t.Helper()
		if r := h.call(h.helper, "list"); strings.Contains(string(r.out.Bytes()), entratest.RegistryHost) != want {
			t.Errorf("%s%s", r.out.Bytes(), r.err.Bytes())
		}
	}
	first := h.gives(entratest.RegistryHost)
	h.requested(1, -1)
	h.sim.ResetRequests()
	if again := h.gives(entratest.RegistryHost); again != first {
		t.Error("another token")
	}
	h.requested(0, 0)
	listed(true)
	if r := h.feed(entratest.RegistryHost, h.helper, "erase"); r.cmd.ProcessState.ExitCode() != 0 || len(r.err.Bytes()) > 0 {
		t.Errorf("%s", r.err.Bytes())
	}
	listed(false)
	if again := h.gives(entratest.RegistryHost); again == first {
		t.Error("it is handed out again")
	}
	h.requested(1, 2) // the token of Entra is still there
	if r := h.call(built(t), "logout", "--all"); r.cmd.ProcessState.ExitCode() != 0 {
		t.Errorf("%s", r.err.Bytes())
	}
	listed(false)
}

// A cloud's registry gets tokens of that cloud alone.
func TestDockerClouds(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t)
	h.env = append(h.env, "ENTRALOGIN_AUTHORITY_HOST=login.microsoftonline.com", "ENTRALOGIN_PROMPT=never")
	r := h.feed("contoso.azurecr.cn", h.helper, "get")
	if out := string(r.err.Bytes()); r.cmd.ProcessState.ExitCode() != 3 || !strings.Contains(out, "AzureChinaCloud") || !strings.Contains(out, "registries:") {
		t.Errorf("%d: %s", r.cmd.ProcessState.ExitCode(), out)
	}
	if out := string(r.out.Bytes()); strings.Count(out, "\n") != 1 || !strings.Contains(out, "take no other token. Give it") {
		t.Errorf("docker shows %q", out)
	}
	h.requested(0, 0)
}

// Nothing that is said, and no file but the tokens', has a token, whatever a registry answers.
func TestDockerCanary(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t, "GODEBUG=http2debug=2", "GOTRACEBACK=crash")
	h.sim.AutoApprove(entratest.Alice, 0)
	c := &canary{house: h.house, hay: new(haystack)}
	h.gives(entratest.RegistryHost)
	secret := h.sim.Secrets()[len(h.sim.Secrets())-1]
	for i, f := range []entratest.Fault{
		{Body: `{"refresh_token":"` + secret}, {Body: `{"refresh_token":"` + secret + `\n"}`}, {Body: "<html>" + secret}, {Status: 401, Body: `{"errors":[{"code":"` + secret + `","message":"token ` + secret + `"}]}`},
		{Status: 403, Body: secret}, {Status: 401, Header: map[string]string{"WWW-Authenticate": `Bearer claims="` + secret + `"`}}, {Redirect: "https://evil.example/" + secret}, {Truncate: true},
	} {
		h.sim.ClearFaults()
		h.sim.Fault("exchange", f)
		h.feed(entratest.RegistryHost, h.helper, "erase")
		r := h.feed(entratest.RegistryHost, built(t), "docker-credential", verbosities()[i%3], "get", "--prompt=never")
		if r.cmd.ProcessState.ExitCode() == 0 {
			t.Errorf("%+v: it has an answer", f)
		}
		c.hay.add(fmt.Sprintf("the answer to fault %d", i), r.out.Bytes())
		c.hay.add(fmt.Sprintf("what is said of fault %d", i), r.err.Bytes())
	}
	h.sim.ClearFaults()
	for range 3 { // the last one early
		r := h.feed(entratest.RegistryHost, h.helper, "get")
		h.secretIn(entratest.RegistryHost, r)
		c.hay.add("what is said", r.err.Bytes())
	}
	for _, args := range [][]string{{"whoami"}, {"whoami", "-o", "json"}, {"cache", "list", "-o", "json"}, {"status"}, {"docker-credential", "list"}} {
		r := h.call(append([]string{built(t)}, args...)...)
		c.hay.add(strings.Join(args, " "), append(r.out.Bytes(), r.err.Bytes()...))
	}
	c.search()
	for _, secret := range h.sim.Secrets() {
		signature := secret[strings.LastIndex(secret, ".")+1:] // tokens begin alike, whosever they are
		for folder, held := range h.cached("tokens", route.Folder) {
			if folder != "tokens" && folder != "sessions" && strings.Contains(held, signature) {
				t.Errorf("a secret in %s", folder)
			}
		}
	}
}

// cached are the files of the cache, those of a folder in one text. There has to be something in some.
func (h *house) cached(folders ...string) map[string]string {
	h.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(h.cache(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all[filepath.Base(filepath.Dir(path))] += string(content)
		return err
	})
	for _, folder := range folders {
		if err != nil || all[folder] == "" {
			h.t.Fatal("nothing in "+folder, err)
		}
	}
	return all
}

// What was said of a call is said of the next one, too: no route passes it over.
func TestDockerSaysItAgain(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	h.gives(entratest.RegistryHost)
	h.env = append(h.env, "XDG_CONFIG_HOME=relative")
	for i := range 3 {
		r := h.feed(entratest.RegistryHost, h.helper, "get")
		if h.secretIn(entratest.RegistryHost, r); !strings.Contains(string(r.err.Bytes()), "is no absolute path and is ignored") {
			t.Errorf("call %d: %q", i, r.err.Bytes())
		}
	}
}

// An erase waits for whoever is writing what belongs to the sign-in: nothing comes back behind it.
func TestDockerEraseWaits(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	h.gives(entratest.RegistryHost)
	st := &cache.Store{Folder: cache.Folder{Dir: h.cache()}}
	unlock, err := st.LockSession(t.Context(), cache.SessionID{Authority: h.sim.Host, Client: entratest.ClientID}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := h.startFed(entratest.RegistryHost, h.helper, "erase")
	if !until(func() bool { return strings.Contains(string(r.err.Bytes()), "waiting for") }) {
		t.Errorf("it waits for nobody: %s", r.err.Bytes())
	}
	unlock()
	if err := r.cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, r.err.Bytes())
	}
	if list := h.call(h.helper, "list"); strings.Contains(string(list.out.Bytes()), entratest.RegistryHost) {
		t.Errorf("%s", list.out.Bytes())
	}
}

// Setup says where docker would not find the program, with the command that mends it; and nothing where it is there.
func TestDockerSetupNeedsTheLink(t *testing.T) {
	t.Parallel()
	h := newDockerHouse(t, "PATH=/usr/bin:/bin")
	setup := func(registry string) string {
		r := h.call(built(t), "docker", "setup", registry)
		if !r.cmd.ProcessState.Success() {
			t.Fatalf("%s", r.err.Bytes())
		}
		return string(r.err.Bytes())
	}
	_, advised, _ := strings.Cut(setup("contoso.azurecr.io"), "make the link: ")
	if !strings.HasPrefix(advised, "ln -s "+built(t)+" ") {
		t.Errorf("advises %q", advised)
	}
	h.env = append(h.env, "PATH="+filepath.Dir(h.helper)+":/usr/bin:/bin")
	if said := setup("fabrikam.azurecr.io"); said != "" {
		t.Errorf("with the link: %s", said)
	}
}
