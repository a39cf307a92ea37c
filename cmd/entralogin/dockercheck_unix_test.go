//go:build linux || darwin

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// dockerRig is a home in which docker is set up for a registry.
type dockerRig struct {
	*dockerHouse
	args []string // of docker check
}

func newDockerRig(t *testing.T) *dockerRig {
	t.Helper()
	r := &dockerRig{newDockerHouse(t), nil}
	r.sim.AutoApprove(entratest.Alice, 0)
	r.set("DOCKER_AUTH_CONFIG", "")
	r.set("XDG_RUNTIME_DIR", filepath.Join(r.home, "run"))
	r.link("entralogin")
	if run := r.call("entralogin", "docker", "setup", entratest.RegistryHost); run.cmd.ProcessState.ExitCode() != 0 || len(run.err.Bytes()) > 0 {
		t.Fatalf("%s", run.err.Bytes())
	}
	return r
}

// link puts a link to a program on the PATH, as what docker runs.
func (r *dockerRig) link(program string) {
	r.t.Helper()
	bin := filepath.Join(r.home, "bin")
	path, err := exec.LookPath(program)
	if err == nil {
		link := filepath.Join(bin, "docker-credential-entralogin")
		os.Remove(link)
		err = errors.Join(os.MkdirAll(bin, 0o700), os.Symlink(path, link))
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.set("PATH", bin+":"+filepath.Dir(path)+":"+os.Getenv("PATH"))
}

func (r *dockerRig) set(name, value string) {
	r.env = slices.DeleteFunc(r.env, func(v string) bool { return strings.HasPrefix(v, name+"=") })
	r.env = append(r.env, name+"="+value)
}

func (r *dockerRig) write(name, content string) {
	r.t.Helper()
	path := filepath.Join(r.home, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		r.t.Fatal(err)
	}
}

// signIn has the helper answer once. Alice signs in.
func (r *dockerRig) signIn() { r.gives(entratest.RegistryHost) }

// check runs the check, or another command that looks at docker.
func (r *dockerRig) check(command ...string) (code int, report check.Report) {
	r.t.Helper()
	if command == nil {
		command = append([]string{"entralogin", "docker", "check"}, r.args...)
	}
	return r.examined([]string{"c2VjcmV0"}, command...)
}

// finds checks the exit code and one finding.
func (r *dockerRig) finds(code int, level, what, remedy string) {
	r.t.Helper()
	got, report := r.check()
	findsOnce(r.t, got, report, code, level, what, remedy)
}

// Two requests for each run: who gives out tokens, and whether the stored one is taken.
func TestDockerCheckFindsNothing(t *testing.T) {
	t.Parallel()
	r := newDockerRig(t)
	r.signIn()
	before := r.sim.Requests("*")
	code, report := r.check()
	topics := map[check.Topic]bool{}
	for _, f := range report.Findings {
		topics[f.Topic] = true
		if f.Level != check.OK || f.About != entratest.RegistryHost && f.Topic != "helper" {
			t.Errorf("found: %+v", f)
		}
	}
	if code != 0 || len(topics) != 6 {
		t.Errorf("exit code %d, topics %v", code, topics)
	}
	if n := r.sim.Requests("*") - before; n != 4 || r.sim.Requests("exchange") != 1 {
		t.Errorf("%d requests, %d exchanges", n, r.sim.Requests("exchange"))
	}
	r.args = []string{"https://Contoso.azurecr.io/v2/"}
	r.finds(0, "ok", "contoso.azurecr.io is looked at", "")
	code, report = r.check("entralogin", "doctor", "docker")
	if code != 0 || !slices.ContainsFunc(report.Findings, func(f check.Finding) bool {
		return f.Topic == "docker: server" && strings.Contains(f.What, "accepts the stored token of "+entratest.Alice)
	}) {
		t.Errorf("doctor: %d, %+v", code, report.Findings)
	}
}

// Each fault has a finding of its own, with what to do.
func TestDockerCheckFaults(t *testing.T) {
	t.Parallel()
	const file = ".docker/config.json"
	set := func(content string) func(*dockerRig) { return func(r *dockerRig) { r.write(file, content) } }
	for name, test := range map[string]struct {
		fault               func(*dockerRig)
		code                int
		level, what, remedy string
	}{
		"not signed in":   {func(r *dockerRig) {}, 0, "warning", "docker will ask for a sign-in", "entralogin login"},
		"nobody to ask":   {func(r *dockerRig) { r.set("CI", "true") }, 4, "failure", "nobody can be asked here", "entralogin login"},
		"no link":         {func(r *dockerRig) { r.set("PATH", "/usr/bin:/bin") }, 3, "failure", "docker-credential-entralogin is not on the PATH", "make the link: ln -s "},
		"another program": {func(r *dockerRig) { r.link("go") }, 3, "failure", "is no entralogin", "ln -s"},
		"a script":        {func(r *dockerRig) { r.link("ldd") }, 0, "warning", "another file than this program", "ln -s"},
		"not set up":      {func(r *dockerRig) { r.write(file, "{}"); r.args = []string{entratest.RegistryHost} }, 3, "failure", "does not name entralogin for contoso.azurecr.io: docker asks nobody", "entralogin docker setup contoso.azurecr.io"},
		"a store": {func(r *dockerRig) {
			r.write(file, `{"credsStore":"desktop"}`)
			r.args = []string{entratest.RegistryHost}
		}, 3, "failure", "docker asks its credsStore, desktop", "entralogin docker setup"},
		"an empty helper": {func(r *dockerRig) {
			r.write(file, `{"credsStore":"desktop","credHelpers":{"contoso.azurecr.io":""}}`)
			r.args = []string{entratest.RegistryHost}
		}, 3, "failure", "does not name entralogin for contoso.azurecr.io: docker asks nobody", "entralogin docker setup contoso.azurecr.io"},
		"another helper": {func(r *dockerRig) {
			r.write(file, `{"credHelpers":{"contoso.azurecr.io":"acr-env"}}`)
			r.args = []string{entratest.RegistryHost}
		}, 3, "failure", "names another helper for contoso.azurecr.io: acr-env", "--overwrite"},
		"broken": {func(r *dockerRig) {
			r.write(file, `{"auths":{"x":{"auth":"c2VjcmV0`)
			r.args = []string{entratest.RegistryHost}
		}, 3, "failure", "is no JSON", "mend it"},
		"no file":         {func(r *dockerRig) { os.Remove(filepath.Join(r.home, file)); r.args = []string{entratest.RegistryHost} }, 3, "failure", "is not there, so docker asks nobody", "entralogin docker setup"},
		"nothing set up":  {set("{}"), 3, "failure", "neither docker nor podman runs entralogin", "entralogin docker setup"},
		"a password, too": {set(`{"auths":{"contoso.azurecr.io":{"auth":"c2VjcmV0"}},"credHelpers":{"contoso.azurecr.io":"entralogin"}}`), 0, "warning", "holds a password of contoso.azurecr.io in plain text", "docker logout contoso.azurecr.io"},
		"a password before": {func(r *dockerRig) {
			r.write("run/containers/auth.json", `{"auths":{"contoso.azurecr.io/team":{"auth":"c2VjcmV0"}}}`)
		}, 0, "warning", "which podman, buildah and skopeo take before they ask", "podman logout"},
		"another of podman's": {func(r *dockerRig) {
			r.write(".config/containers/auth.json", `{"credHelpers":{"contoso.azurecr.io":"acr-env"}}`)
		}, 0, "warning", "podman, buildah and skopeo ask no further: acr-env", "take it out"},
		"podman's alone": {func(r *dockerRig) {
			r.write(file, "{}")
			r.write("run/containers/auth.json", `{"credHelpers":{"contoso.azurecr.io":"entralogin"}}`)
		}, 0, "ok", "run/containers/auth.json names entralogin", ""},
		"a variable": {func(r *dockerRig) {
			r.set("DOCKER_AUTH_CONFIG", `{"auths":{"contoso.azurecr.io":{"auth":"c2VjcmV0"}}}`)
		}, 0, "warning", "DOCKER_AUTH_CONFIG holds a password", "unset"},
		"a stranger": {func(r *dockerRig) { r.args = []string{"contoso.azurecr.io.example.com"} }, 3, "failure", "is no registry that entralogin has tokens for", "NAME.azurecr.io"},
		"http":       {func(r *dockerRig) { r.args = []string{"http://contoso.azurecr.io"} }, 3, "failure", "goes over http", "without http://"},
		"two":        {func(r *dockerRig) { r.args = []string{"a.azurecr.io", "b.azurecr.io"} }, 2, "", "", ""},
		"another tenant": {func(r *dockerRig) {
			r.signIn()
			r.forget("erase")
			r.sim.AddRegistry(entratest.Registry{Host: entratest.RegistryHost, Tenant: entratest.TenantFabrikam})
		}, 5, "warning", "is in another tenant than " + entratest.TenantContoso, "tenant-id under registries:"},
		"taken back":      {func(r *dockerRig) { r.signIn(); r.sim.RevokeRegistry(entratest.RegistryHost) }, 5, "failure", "refuses the stored token (401)", "docker logout contoso.azurecr.io"},
		"a sign-in alone": {func(r *dockerRig) { r.signIn(); r.forget("erase") }, 0, "ok", "takes the sign-in of " + entratest.Alice, ""},
		"no token yet":    {func(r *dockerRig) { r.call("entralogin", "login") }, 0, "warning", "there is none at hand that is fresh", "run docker: the helper gets one"},
		"another gives out": {func(r *dockerRig) {
			r.sim.AddRegistry(entratest.Registry{Host: entratest.RegistryHost, Challenge: []string{`Bearer realm="https://evil.example/oauth2/token",service="contoso.azurecr.io"`}})
		}, 7, "failure", "another host gives out its tokens", "login server"},
		"out of reach": {func(r *dockerRig) { r.write(file, `{"credHelpers":{"nowhere.azurecr.io":"entralogin"}}`) }, 6, "failure", "nowhere.azurecr.io can't be reached", "HTTPS_PROXY"},
		"not trusted":  {func(r *dockerRig) { r.env = append(r.env, nobodysCAs()...) }, 6, "failure", "contoso.azurecr.io can't be reached", "SSL_CERT_FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newDockerRig(t)
			test.fault(r)
			if test.what == "" {
				if code, _ := r.check(); code != test.code {
					t.Errorf("exit code %d", code)
				}
				return
			}
			r.finds(test.code, test.level, test.what, test.remedy)
			if left := r.sim.Strangers(); len(left) > 0 && name != "out of reach" {
				t.Errorf("asked for: %q", left)
			}
		})
	}
}

// forget has the helper forget the registry's token.
func (r *dockerRig) forget(operation string) {
	r.t.Helper()
	if run := r.feed(entratest.RegistryHost, r.helper, operation); run.cmd.ProcessState.ExitCode() != 0 {
		r.t.Fatalf("%s", run.err.Bytes())
	}
}

// Where neither docker nor podman runs entralogin, doctor says nothing of them and asks no registry.
func TestDoctorWithoutDocker(t *testing.T) {
	t.Parallel()
	r := newDockerRig(t)
	r.write(".docker/config.json", `{"auths":{"contoso.azurecr.io":{"auth":"c2VjcmV0"}}}`)
	_, report := r.check("entralogin", "doctor")
	for _, f := range report.Findings {
		if strings.HasPrefix(string(f.Topic), "docker") {
			t.Errorf("found %+v", f)
		}
	}
	if n := r.sim.Requests("registry"); n != 0 {
		t.Errorf("%d requests", n)
	}
	r.write(".docker/config.json", `{"credHelpers":{"a.azurecr.io":"entralogin","b.azurecr.io":"entralogin","contoso.azurecr.io":"entralogin"}}`)
	_, report = r.check("entralogin", "doctor")
	if !strings.Contains(fmt.Sprint(report.Findings), "not checked: 1 of 3 registries") {
		t.Errorf("found %+v", report.Findings)
	}
}

// Of many that set up the same registry at the same time one says that it did, and the others that there is nothing to do.
func TestDockerSetupTogether(t *testing.T) {
	t.Parallel()
	r := newDockerRig(t)
	for _, c := range []struct{ command, said string }{{"unset", "no longer the helper of " + entratest.RegistryHost + ".\n"}, {"setup", "the helper of " + entratest.RegistryHost + ".\n"}} {
		var all []*run
		for range 12 {
			all = append(all, r.start("entralogin", "docker", c.command, entratest.RegistryHost))
		}
		changed := 0
		for _, one := range all {
			one.cmd.Wait()
			said := string(one.out.Bytes())
			if strings.HasSuffix(said, c.said) {
				changed++
			} else if said != "Nothing to change.\n" {
				t.Errorf("%s: %q, %s", c.command, said, one.err.Bytes())
			}
		}
		if changed != 1 {
			t.Errorf("%s: %d changed it", c.command, changed)
		}
	}
}
