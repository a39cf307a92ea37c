package kubecmd

import (
	"io"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// testFactory has an environment of its own, and a standard error that nobody reads.
func testFactory(env map[string]string) *cli.Factory {
	return &cli.Factory{IO: cli.IO{Err: &term.Stderr{Out: io.Discard}}, Env: func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}}
}

// layer makes a layer of names and values in turn.
func layer(rank config.Rank, pairs ...string) config.Layer {
	values := map[string]string{}
	for pair := range slices.Chunk(pairs, 2) {
		values[pair[0]] = pair[1]
	}
	return config.NewLayer(rank, "", values)
}

// Where two settings say the same thing in two ways, which of them wins is settled between the origins.
func TestGetTokenArgsOfRivals(t *testing.T) {
	const cloud, public, host, server, scope = "AzureChinaCloud", "AzurePublicCloud", "https://login.example", "api://server", "api://x/y"
	flag := func(pairs ...string) config.Layer { return layer(config.ByFlag, pairs...) }
	env := func(pairs ...string) config.Layer { return layer(config.ByEnv, pairs...) }
	file := func(pairs ...string) config.Layer { return layer(config.ByFile, pairs...) }
	for name, c := range map[string]struct {
		flags, variables, below config.Layer
		want                    []string
	}{
		"nothing":                 {flag(), env(), file(), nil},
		"a cloud above a host":    {flag(config.Environment, cloud), env(config.AuthorityHost, host), file(), []string{"--environment", cloud}},
		"a host above a cloud":    {flag(config.AuthorityHost, host), env(config.Environment, cloud), file(), []string{"--authority-host", host}},
		"both in one":             {flag(), env(config.Environment, cloud, config.AuthorityHost, host), file(), []string{"--environment", cloud, "--authority-host", host}},
		"the default":             {flag(config.Environment, public), env(), file(), nil},
		"the default, not so":     {flag(config.Environment, public), env(), file(config.Environment, cloud), []string{"--environment", public}},
		"the default over a host": {flag(config.Environment, public), env(), file(config.AuthorityHost, host), []string{"--environment", public}},
		"only below":              {flag(), env(), file(config.Environment, cloud), nil},
		"a server above a scope":  {flag(config.ServerID, server), env(config.Scope, scope), file(), []string{"--server-id", server}},
		"a scope above a server":  {flag(config.Scope, scope), env(config.ServerID, server), file(), []string{"--scope", scope}},
	} {
		got, err := getTokenArgs(config.Settings{c.flags, c.variables}, config.Settings{c.below})
		if want := append([]string{"get-token"}, c.want...); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, not %q", name, got, err, want)
		}
	}
}

// TestArgsSayWhatTheCallerHas settles whole calls. What stands below the variables that other programs read, too,
// stays in force when kubectl calls.
func TestArgsSayWhatTheCallerHas(t *testing.T) {
	const tenant, client, china = "contoso.example", "11111111-2222-3333-4444-555555555555", "https://login.partner.microsoftonline.cn"
	home := t.TempDir()
	env := func(pairs ...string) map[string]string {
		env := map[string]string{"HOME": home, "ENTRALOGIN_TENANT_ID": tenant, "ENTRALOGIN_CLIENT_ID": client}
		for pair := range slices.Chunk(pairs, 2) {
			env[pair[0]] = pair[1]
		}
		return env
	}
	always := []string{"get-token", "--tenant-id", tenant, "--client-id", client, "--server-id", "api://shop"}
	for name, c := range map[string]struct {
		env   map[string]string
		flags map[string]string
		info  string // what the cluster says
		want  []string
	}{
		"nothing else":                   {env(), nil, `{}`, nil},
		"another program's host":         {env("AZURE_AUTHORITY_HOST", china), nil, `{}`, []string{"--authority-host", china}},
		"overruled by the cluster":       {env("AZURE_AUTHORITY_HOST", china), nil, `{"environment":"AzurePublicCloud"}`, nil},
		"overruled by a flag":            {env("AZURE_AUTHORITY_HOST", china), map[string]string{config.Environment: "AzurePublicCloud"}, `{}`, []string{"--environment", "AzurePublicCloud"}},
		"a default that the cluster has": {env(), map[string]string{config.Prompt: "auto"}, `{"prompt":"never"}`, []string{"--prompt", "auto"}},
	} {
		flags := map[string]string{config.ServerID: "api://shop", config.CacheDir: filepath.Join(home, "cache")}
		maps.Copy(flags, c.flags)
		files := filesOf(t, `{"clusters": [{"name": "k", "cluster": {"extensions": [{"name": "client.authentication.k8s.io/exec", "extension": `+c.info+`}]}}]}`)
		got, err := argsFor(testFactory(c.env), flags, files, []string{"k"})
		want := slices.Concat(always, c.want, []string{"--cache-dir", flags[config.CacheDir]})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, not %q", name, got, err, want)
		}
	}
}

// AKS's applications are for this call alone.
func TestSettingsOfAKS(t *testing.T) {
	f := testFactory(map[string]string{"HOME": t.TempDir()})
	f.Flags = map[string]string{config.TenantID: "contoso.example"}
	filled, note, err := aksSettings(t.Context(), f, &kubeconfig.Config{}, nil)
	if len(f.Flags) != 1 || len(filled) != 3 || note == "" || err != nil {
		t.Errorf("what was given: %v; with AKS's applications: %v, %q, %v", f.Flags, filled, note, err)
	}
}
