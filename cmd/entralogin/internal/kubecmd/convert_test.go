package kubecmd

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// TestConvertChangedFile has another program change a file between its reading and its writing: the
// newer entries win.
func TestConvertChangedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	const old, newer = "users:\n- name: a\n  user: {token: x}\n", "users:\n- name: a\n  user: {token: y}\n"
	c := conversions{files: &kubeconfig.Config{Files: map[string]kubeconfig.File{path: {Text: []byte(old)}}}}
	change := fileChange{path: path, Change: kubeconfig.Change{Users: map[string]map[string]any{"a": {"token": "z"}}}}
	for _, test := range []struct {
		now, want string
		changed   bool
	}{{old, "users:\n- name: a\n  user:\n    token: z\n", false}, {newer, newer, true}} {
		if err := os.WriteFile(path, []byte(test.now), 0o600); err != nil {
			t.Fatal(err)
		}
		err := c.writeFile(t.Context(), testFactory(nil), change)
		var changed *kubeconfig.Error
		if errors.As(err, &changed) != test.changed || !test.changed && err != nil {
			t.Errorf("%q: %v", test.now, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != test.want {
			t.Errorf("%q became %q, %v", test.now, got, err)
		}
	}
}

// filesOf loads a kubeconfig.
func filesOf(t *testing.T, text string) *kubeconfig.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	err := os.WriteFile(path, []byte(text), 0o600)
	files, err2 := kubeconfig.Load(kubeconfig.Rules(path, os.Getenv, ""))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return files
}

// userOf is the user entry of these fields.
func userOf(t *testing.T, fields map[string]any) kubeconfig.User {
	t.Helper()
	blob, err := json.Marshal(map[string]any{"users": []any{map[string]any{"name": "u", "user": fields}}})
	if err != nil {
		t.Fatal(err)
	}
	user, _ := filesOf(t, string(blob)).User("u")
	return user
}

// kubeloginUser is an entry that is converted.
func kubeloginUser(t *testing.T) kubeconfig.User {
	return userOf(t, map[string]any{"exec": map[string]any{
		"apiVersion": "client.authentication.k8s.io/v1", "command": "kubelogin", "args": []any{"get-token", "--login", "devicecode", "--tenant-id", "contoso.example",
			"--client-id", "11111111-2222-3333-4444-555555555555", "--server-id", "6dae42f8-4368-4678-94ff-3960e28e3630"}}})
}

// The profile that the config file names counts for get-token, too: where it leads to another service than the
// entry did, the service is said.
func TestConvertMindsTheProfile(t *testing.T) {
	for profile, said := range map[string]bool{"": false, "home": false, "work": true} {
		c := conversions{files: &kubeconfig.Config{}, config: &config.File{Values: map[string]string{config.Profile: profile},
			Profiles: map[string]map[string]string{"home": {config.Account: "bob@contoso.example"}, "work": {config.Environment: "AzureChinaCloud"}}}}
		converted := c.convert("u", kubeloginUser(t))
		exec, ok := userOf(t, converted.Fields).Plugin()
		if !ok || slices.Contains(exec.Args, "--environment") != said {
			t.Errorf("profile %q: %q (left: %s)", profile, exec.Args, converted.Left)
		}
	}
}

// With a CA that is too large to be passed on, kubectl could not run the plugin at all.
func TestConvertMindsALargeCA(t *testing.T) {
	for size, told := range map[int]bool{kubeconfig.MaxCA: true, kubeconfig.MaxCA + 1: false} {
		c := conversions{config: &config.File{}, entry: kubeconfig.Exec{ProvideClusterInfo: true}, contexts: map[string][]string{"u": {"c"}}, files: &kubeconfig.Config{Config: api.Config{
			Contexts: map[string]*kubeconfig.Context{"c": {Cluster: "k", AuthInfo: "u"}},
			Clusters: map[string]*kubeconfig.Cluster{"k": {CertificateAuthorityData: make([]byte, size)}}}}}
		converted := c.convert("u", kubeloginUser(t))
		exec, ok := userOf(t, converted.Fields).Plugin()
		warned := slices.ContainsFunc(converted.Notes, func(note string) bool { return strings.Contains(note, `the CA of the cluster "k"`) })
		if !ok || exec.ProvideClusterInfo != told || warned == told {
			t.Errorf("%d bytes: provideClusterInfo is %v; notes: %q", size, exec.ProvideClusterInfo, converted.Notes)
		}
	}
}

// Entries are converted only into what get-token takes.
func TestUsable(t *testing.T) {
	const guid = "6dae42f8-4368-4678-94ff-3960e28e3630"
	for _, c := range []struct {
		setting, value string
		want           bool
	}{
		{config.TenantID, "contoso.example", true}, {config.TenantID, "10.0.0.1", false}, {config.TenantID, "", false},
		{config.ClientID, guid, true}, {config.ClientID, "contoso.example", false},
		{config.ServerID, guid, true}, {config.ServerID, "api://shop/x?y", true}, {config.ServerID, "shop/x", false}, {config.ServerID, guid + "#x", false},
		{config.ServerID, `api://a"b`, false}, {config.Scope, "api://shop/read", true}, {config.Scope, `a"b`, false}, {config.Scope, "a b", false},
		{config.Account, "alice@contoso.example", true}, {config.Account, "a b", false}, {config.Account, "a\u202eb", false}, {config.Account, "", false},
	} {
		if got := usable(c.setting, c.value); got != c.want {
			t.Errorf("%s %q: %v", c.setting, c.value, got)
		}
	}
}
