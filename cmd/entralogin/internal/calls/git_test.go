package calls

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/git"
)

// factory has an environment and a config file, and nothing of this machine.
func factory(t *testing.T, environment map[string]string, file string) *cli.Factory {
	t.Helper()
	home := t.TempDir()
	path := filepath.Join(home, "config.yaml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"HOME": home, "ENTRALOGIN_CONFIG": path, "ENTRALOGIN_CACHE_DIR": filepath.Join(home, "cache")}
	maps.Copy(all, environment)
	return &cli.Factory{IO: cli.IO{Err: &term.Stderr{Out: io.Discard}}, Now: time.Now,
		Env: func(name string) (string, bool) { value, ok := all[name]; return value, ok }}
}

const client = "11111111-2222-3333-4444-555555555555"

// What this call is about counts more than the environment; what the config says of the host counts less.
func TestGitTarget(t *testing.T) {
	const entry = "hosts:\n- {host: git.example.com, scope: api://x/.default, account: carol@contoso.example}\n"
	const profiles = "profiles: {work: {account: erin@contoso.example, tenant-id: contoso.example}, play: {account: finn@contoso.example}}\n"
	const profiled = profiles + "hosts:\n- {host: git.example.com, scope: api://x/.default, profile: work}\n"
	environment := map[string]string{"ENTRALOGIN_ACCOUNT": "alice@contoso.example", "ENTRALOGIN_TENANT_ID": "contoso.example"}
	for name, test := range map[string]struct {
		environment, flags map[string]string
		user, file         string
		want               string
	}{
		"the URL":                          {environment, nil, "bob@contoso.example", "", "bob@contoso.example"},
		"the URL, and the config agrees":   {environment, nil, "carol@contoso.example", entry, "carol@contoso.example"},
		"the URL against the config":       {environment, nil, "bob@contoso.example", entry, "bob@contoso.example"},
		"the organization in the URL":      {environment, nil, "contoso", entry, "alice@contoso.example"},
		"the config":                       {nil, nil, "", entry, "carol@contoso.example"},
		"a flag":                           {environment, map[string]string{config.Account: "dana@contoso.example"}, "bob@contoso.example", entry, "dana@contoso.example"},
		"the host's profile":               {nil, nil, "", profiled, "erin@contoso.example"},
		"a flag's profile counts more":     {nil, map[string]string{config.Profile: "play"}, "", profiled, "finn@contoso.example"},
		"a variable's profile counts more": {map[string]string{"ENTRALOGIN_PROFILE": "play"}, nil, "", profiled, "finn@contoso.example"},
		"nothing":                          {nil, nil, "contoso", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := test.file
			if file == "" {
				file = "hosts:\n- {host: git.example.com, scope: api://x/.default}\n"
			}
			f := factory(t, test.environment, "client-id: "+client+"\n"+file)
			call, err := FindGit(t.Context(), f, test.flags, git.Input{Protocol: "https", Host: "git.example.com", Username: test.user})
			if err != nil || !call.Place.Ours {
				t.Fatal(call, err)
			}
			target, err := call.Target(f, "fabrikam.example")
			if err != nil {
				t.Fatal(err)
			}
			r := target.Request
			if r.Account != test.want || r.Tenant != "fabrikam.example" || len(r.Scopes) != 1 || r.Scopes[0] != "api://x/.default" ||
				r.Asker != "git, for https://git.example.com" {
				t.Errorf("got %+v", r)
			}
		})
	}
}

// The tenant of a host's profile is that of the host, where nothing else names a profile.
func TestTenantOfProfile(t *testing.T) {
	const file = "profiles: {work: {tenant-id: contoso.example}, play: {tenant-id: fabrikam.example}}\n" +
		"hosts:\n- {host: git.example.com, scope: api://x/.default, profile: work}\n"
	in := git.Input{Protocol: "https", Host: "git.example.com"}
	for profile, want := range map[string]string{"": "contoso.example", "play": ""} {
		f := factory(t, map[string]string{"ENTRALOGIN_PROFILE": profile}, file)
		call, err := FindGit(t.Context(), f, nil, in)
		if err != nil || call.Place.TenantID != want {
			t.Errorf("with the profile %q: the tenant is %q (%v)", profile, call.Place.TenantID, err)
		}
		s, err := call.Settings(f)
		if otherwise, _ := s.Get(config.TenantID); err != nil || profile != "" && otherwise != "fabrikam.example" {
			t.Errorf("with the profile %q: otherwise it is %q (%v)", profile, otherwise, err)
		}
	}
}

// The arguments in git's configuration mean to a check what they mean to the helper.
func TestReadGitArgs(t *testing.T) {
	given, operation, err := ReadGitArgs([]string{"--tenant-id", "contoso.example", "-v", "--account=bob@contoso.example", "get"})
	want := map[string]string{config.TenantID: "contoso.example", config.Account: "bob@contoso.example"}
	if err != nil || operation != "get" || !maps.Equal(given, want) {
		t.Errorf("got %v, %q and %v", given, operation, err)
	}
	for name, args := range map[string][]string{
		"an unknown flag": {"--frobnicate", "get"}, "help": {"--help", "get"}, "a short help": {"-h", "get"},
		"an empty value": {"--tenant-id=", "get"}, "a control character": {"--account", "a\x1bb", "get"},
		"two operations": {"get", "store"}, "none": {},
	} {
		if _, _, err := ReadGitArgs(args); err == nil || cli.ClassOf(err) != "usage" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
