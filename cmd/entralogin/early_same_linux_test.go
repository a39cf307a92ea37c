package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// asked is a call that a test makes several times, and may change in between.
type asked struct {
	*house
	in   string
	args []string
}

// told is all that a call has to say.
type told struct {
	out, err string
	code     int
	early    bool // it was said before anything large was initialised
}

// tell makes the call.
func (a *asked) tell() told {
	a.t.Helper()
	cmd := exec.Command(a.args[0], a.args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdin = a.work, append(slices.Clone(a.env), "GODEBUG=inittrace=1"), strings.NewReader(a.in)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		a.t.Fatal(err)
	}
	got := told{out: out.String(), code: cmd.ProcessState.ExitCode(), early: true}
	for line := range strings.Lines(said.String()) {
		if !strings.HasPrefix(line, "init ") {
			got.err += line
		}
		got.early = got.early && !strings.HasPrefix(line, "init net/http")
	}
	return got
}

func (a *asked) flag(args ...string)   { a.args = append(slices.Clone(a.args), args...) }
func (a *asked) set(entries ...string) { a.env = append(slices.Clone(a.env), entries...) }

// configure writes the config file anew, with more at its end.
func (a *asked) configure(more string) {
	a.t.Helper()
	path := filepath.Join(a.home, ".config", "entralogin", "config.yaml")
	text, err := os.ReadFile(path)
	if err := errors.Join(err, os.WriteFile(path, append(text, more...), 0o600)); err != nil {
		a.t.Fatal(err)
	}
}

// does runs the program between two calls.
func (a *asked) does(args ...string) {
	a.t.Helper()
	env := a.env
	defer func() { a.env = env }()
	a.env = append(slices.Clone(env), "KUBERNETES_EXEC_INFO=") // a person does it
	if r := a.call(append([]string{program(a.t)}, args...)...); r.cmd.ProcessState.ExitCode() != 0 {
		a.t.Fatalf("%q: %s", args, r.err.Bytes())
	}
}

const sameAsks = "protocol=https\nhost=dev.azure.com\npath=contoso/p/_git/r\nusername=contoso\n" +
	"wwwauth[]=Bearer authorization_uri=https://login.microsoftonline.com/" + entratest.TenantContoso + "\n\n"

// theRegistry is what docker asks for: the simulator, see standForRegistry.
const theRegistry = "REGISTRY"

// standForRegistry has the simulator stand for a registry, if it is what is asked for.
func (a *asked) standForRegistry() {
	if a.in == theRegistry {
		a.in = a.sim.Host
		a.sim.AddRegistry(entratest.Registry{Host: a.sim.Host})
		a.configure("registries:\n- host: " + a.sim.Host + "\n")
		a.set("SSL_CERT_FILE=" + filepath.Join(a.home, ".config", "entralogin", "ca.pem"))
	}
}

const sameInfo = `KUBERNETES_EXEC_INFO={"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"cluster":{"server":"https://10.0.0.1","config":{"server-id":"` + entratest.ServerID + `"}},"interactive":false}}`

// change is what happens between two calls that ask the same.
type change struct {
	name string
	do   func(a *asked)
}

func changes() []change {
	return []change{
		{"nothing", func(*asked) {}},
		{"a variable of others", func(a *asked) { a.set("EDITOR=vi") }},
		{"another folder", func(a *asked) { a.work = a.home }},
		{"another host for git", func(a *asked) { a.in = strings.ReplaceAll(a.in, "dev.azure.com", "github.com") }},
		{"another time zone", func(a *asked) { a.set("TZ=Asia/Tokyo") }},
		{"another tenant", func(a *asked) { a.set("ENTRALOGIN_TENANT_ID=" + entratest.TenantFabrikam) }},
		{"an account", func(a *asked) { a.set("ENTRALOGIN_ACCOUNT=" + entratest.Bob) }},
		{"a profile that is none", func(a *asked) { a.set("ENTRALOGIN_PROFILE=none") }},
		{"a setting that is none", func(a *asked) { a.set("ENTRALOGIN_PROMPT=perhaps") }},
		{"another folder of the cache", func(a *asked) { a.set("XDG_CACHE_HOME=" + a.temp) }},
		{"a folder of the cache that depends", func(a *asked) { a.set("XDG_CACHE_HOME=cache") }},
		{"another folder of the config", func(a *asked) { a.set("XDG_CONFIG_HOME=" + a.temp) }},
		{"no home", func(a *asked) { a.set("HOME=") }},
		{"another storage", func(a *asked) { a.set("ENTRALOGIN_STORAGE=memory") }},
		{"-v", func(a *asked) { a.args = slices.Insert(slices.Clone(a.args), 1, "-v") }},
		{"a config with an error", func(a *asked) { a.configure("prompt: perhaps\n") }},
		{"a config with another account", func(a *asked) { a.configure("account: " + entratest.Bob + "\n") }},
		{"a config that others may write", func(a *asked) { os.Chmod(filepath.Join(a.home, ".config", "entralogin", "config.yaml"), 0o666) }},
		{"no config", func(a *asked) { os.Remove(filepath.Join(a.home, ".config", "entralogin", "config.yaml")) }},
		{"a token that others may read", func(a *asked) { a.chmod("tokens", 0o644) }},
		{"a token that nobody may read", func(a *asked) { a.chmod("tokens", 0) }},
		{"a logout", func(a *asked) { a.does("logout") }},
		{"the tokens gone", func(a *asked) { os.RemoveAll(filepath.Join(a.cache(), "tokens")) }},
		{"a stale token", func(a *asked) { a.must(entratest.AgeTokens(a.cache(), 2*time.Hour)) }},
		{"another account signs in", func(a *asked) {
			a.sim.AutoApprove(entratest.Bob, 0)
			a.set("ENTRALOGIN_PROMPT=always")
			a.does("login")
			a.set("ENTRALOGIN_PROMPT=never")
		}},
		{"another account is chosen", func(a *asked) {
			a.sim.AutoApprove(entratest.Bob, 0)
			a.set("ENTRALOGIN_PROMPT=always")
			a.does("login")
			a.set("ENTRALOGIN_PROMPT=never")
			a.does("account", "set", entratest.Alice)
			a.tell()
			a.tell()
			a.does("account", "set", entratest.Bob)
		}},
		{"git refuses the token", func(a *asked) {
			in, args := a.in, a.args
			_, password, _ := strings.Cut(a.tell().out, "password=")
			password, _, _ = strings.Cut(password, "\n")
			a.in, a.args = strings.TrimSuffix(sameAsks, "\n")+"password="+password+"\n\n", []string{built(a.t), "git-credential", "erase"}
			a.tell()
			a.in, a.args = in, args
		}},
		{"an empty cache", func(a *asked) { a.does("cache", "clear") }},
		{"a read-only cache", func(a *asked) { a.must(os.Chmod(a.cache(), 0o500)) }},
		{"tokens for all", func(a *asked) { a.must(os.Chmod(filepath.Join(a.cache(), "tokens"), 0o777)) }},
		{"another profile", func(a *asked) { a.configure("profiles:\n  x:\n    account: " + entratest.Bob + "\nprofile: x\n") }},
		{"another host of the config", func(a *asked) { a.configure("hosts:\n  - host: dev.azure.com\n    account: " + entratest.Bob + "\n") }},
		{"a token of the future", func(a *asked) { a.must(entratest.AgeTokens(a.cache(), -time.Hour)) }},
		{"a token in its last minutes", func(a *asked) { a.must(entratest.AgeTokens(a.cache(), 57*time.Minute)) }},
		{"an agent", func(a *asked) { a.set("ENTRALOGIN_AGENT=/run/agent") }},
		{"CI", func(a *asked) { a.set("CI=true") }},
		{"kubelogin's variable", func(a *asked) { a.set("AAD_LOGIN_METHOD=devicecode") }},
		{"kubelogin's other variable", func(a *asked) { a.set("AZURE_TENANT_ID=" + entratest.TenantFabrikam) }},
		{"another cloud", func(a *asked) { a.set("ENTRALOGIN_ENVIRONMENT=AzureChinaCloud") }},
		{"an odd bus", func(a *asked) { a.set("DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere") }},
		{"another runtime folder", func(a *asked) { a.set("XDG_RUNTIME_DIR=" + a.temp) }},
		{"a new token", func(a *asked) { a.flag("--force-refresh") }},
		{"no git", func(a *asked) { a.set("PATH=/nowhere") }},
		{"an old git", func(a *asked) {
			a.must(entratest.WriteProgram(filepath.Join(a.work, "git"), "#!/bin/sh\necho git version 2.30.0\n"))
			a.set("PATH=" + a.work + ":" + os.Getenv("PATH"))
		}},
		{"a git that depends", func(a *asked) { a.set("PATH=.:" + os.Getenv("PATH")) }},
		{"standard input goes on", func(a *asked) { a.in += "username=bob\n" }},
		{"a proxy", func(a *asked) { a.set("HTTPS_PROXY=http://127.0.0.1:9") }},
		{"a sealed token", func(a *asked) { a.set("ENTRALOGIN_STORAGE=keyctl") }},
	}
}

func (a *asked) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// chmod gives all files of a folder of the cache a mode.
func (a *asked) chmod(folder string, mode os.FileMode) {
	a.t.Helper()
	paths, _ := filepath.Glob(filepath.Join(a.cache(), folder, "*"))
	if len(paths) == 0 {
		a.t.Fatal("there is no file in " + folder)
	}
	for _, path := range paths {
		if err := os.Chmod(path, mode); err != nil {
			a.t.Fatal(err)
		}
	}
}

// An answer of which a part alone can be written ends with the same words in both ways.
func TestEarlyIsCutOff(t *testing.T) {
	h := newHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	getToken := []string{built(t), "get-token", "--server-id", entratest.ServerID}
	h.call(getToken...)
	h.call(getToken...)
	cut := func() string {
		r := h.call(append([]string{"sh", "-c", `ulimit -f 1; exec "$@" >"$TMPDIR/answer"`, "sh"}, getToken...)...)
		return r.cmd.ProcessState.String() + ": " + string(r.err.Bytes())
	}
	early := cut()
	if err := os.RemoveAll(filepath.Join(h.cache(), route.Folder)); err != nil {
		t.Fatal(err)
	}
	if want := cut(); early != want || !strings.Contains(want, "can't be written") {
		t.Errorf("early it ends with\n%s\nand else with\n%s", early, want)
	}
}

// Whatever happens between two calls: what is answered early is what the whole program answers.
func TestEarlyIsTheSame(t *testing.T) {
	program := built(t)
	links := t.TempDir()
	az, azd, helper := filepath.Join(links, "az"), filepath.Join(links, "azd"), filepath.Join(links, "git-credential-entralogin.exe")
	if err := errors.Join(os.Symlink(program, az), os.Symlink(program, azd), os.Symlink(program, helper)); err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]struct {
		env  []string
		in   string
		args []string
		late bool // never early
		few  bool // the first changes will do
	}{
		"get-token":           {nil, "", []string{program, "get-token", "--server-id", entratest.ServerID}, false, false},
		"with a kubeconfig":   {[]string{sameInfo}, "", []string{program, "get-token"}, false, false},
		"az":                  {nil, "", []string{az, "account", "get-access-token", "--resource", entratest.ServerID}, false, false},
		"azd":                 {nil, "", []string{azd, "auth", "token", "--output", "json", "--scope", entratest.ServerID + "/.default"}, false, true},
		"git":                 {nil, sameAsks, []string{program, "git-credential", "get"}, false, false},
		"git with a flag":     {nil, sameAsks, []string{program, "git-credential", "get", "--tenant-id", entratest.TenantContoso}, true, true},
		"git with authtype":   {nil, "capability[]=authtype\n" + sameAsks, []string{program, "git-credential", "get"}, false, true},
		"docker":              {nil, theRegistry, []string{program, "docker-credential", "get"}, false, false},
		"a kind":              {nil, "", []string{program, "get-token", "--token-kind", "id"}, false, true},
		"columns":             {nil, "", []string{program, "account", "get-access-token", "--resource", entratest.ServerID, "-o", "tsv"}, false, true},
		"a table":             {nil, "", []string{program, "account", "get-access-token", "--resource", entratest.ServerID, "-o", "table"}, true, true}, // its lines are as long as the token
		"a claim":             {nil, "", []string{program, "account", "get-access-token", "--resource", entratest.ServerID, "--claims-challenge", "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7InZhbHVlIjoiMSJ9fX0="}, true, true},
		"renewed":             {nil, "", []string{program, "get-token", "--server-id", entratest.ServerID, "--force-refresh"}, true, true},
		"git by another name": {nil, sameAsks, []string{helper, "get"}, true, true},
	} {
		changes := changes()
		if call.few {
			changes = changes[:6]
		}
		for _, change := range changes {
			t.Run(name+", "+change.name, func(t *testing.T) {
				t.Parallel()
				a := &asked{newHouse(t, "ENTRALOGIN_PROMPT=always"), call.in, call.args}
				a.sim.AutoApprove(entratest.Alice, 0)
				a.standForRegistry()
				a.does("get-token", "--server-id", entratest.ServerID)
				a.set("ENTRALOGIN_PROMPT=never")
				a.set(call.env...)
				a.tell()
				a.tell()
				settled := a.tell()
				if settled.code != 0 || settled.out == "" {
					t.Fatalf("%+v", settled)
				}
				change.do(a)
				got := a.tell()
				if change.name == "nothing" && got.early == call.late {
					t.Errorf("early: %v", got.early)
				}
				if !got.early {
					return // all of the program has answered
				}
				if err := os.RemoveAll(filepath.Join(a.cache(), route.Folder)); err != nil {
					t.Fatal(err)
				}
				want := a.tell()
				want.early = true
				if got != want {
					t.Errorf("early it says\n%+v\nand else\n%+v", got, want)
				}
			})
		}
	}
}
