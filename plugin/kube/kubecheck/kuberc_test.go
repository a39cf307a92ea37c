package kubecheck

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const kubercHead = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n"

// kubercTests have %s where the command's own path stands.
func kubercTests() map[string]struct {
	text string
	want want
} {
	list := kubercHead + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n"
	return map[string]struct {
		text string
		want want
	}{
		"empty":              {"", want{"ok", "lets every credential plugin run", ""}},
		"no policy":          {kubercHead + "aliases: []\n", want{"ok", "lets every credential plugin run", ""}},
		"AllowAll":           {kubercHead + "credentialPluginPolicy: AllowAll\n", want{"ok", "lets every credential plugin run", ""}},
		"DenyAll":            {kubercHead + "credentialPluginPolicy: DenyAll\n", want{"configuration", "forbids every credential plugin", "- command: %s"}},
		"listed":             {list + "- command: %s\n", want{"ok", "lists the command", ""}},
		"listed by name":     {list + "- name: %s\n", want{"ok", "lists the command (with name:", ""}},
		"listed second":      {list + "- command: /other\n- command: %s\n", want{"ok", "lists the command", ""}},
		"listed bare":        {list + "- command: entralogin\n", want{"ok", "lists the command", ""}}, // on the PATH it is the same file
		"other path":         {list + "- command: /usr/bin/entralogin\n", want{"configuration", "does not list", "- command: %s"}},
		"other name":         {list + "- command: kubelogin\n", want{"configuration", "does not list", "- command: %s"}},
		"empty list":         {kubercHead + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: []\n", want{"configuration", "no credentialPluginAllowlist", "- command: %s"}},
		"no list":            {kubercHead + "credentialPluginPolicy: Allowlist\n", want{"configuration", "no credentialPluginAllowlist", "- command: %s"}},
		"list, no policy":    {kubercHead + "credentialPluginAllowlist:\n- command: %s\n", want{"configuration", "without credentialPluginPolicy", "set the policy"}},
		"list, AllowAll":     {strings.Replace(list, "Allowlist", "AllowAll", 1) + "- command: %s\n", want{"configuration", "without credentialPluginPolicy", "set the policy"}},
		"empty entry":        {list + "- command: %s\n- {}\n", want{"configuration", "an empty entry", "mend"}},
		"long path":          {list + "- command: /a/../b\n", want{"configuration", "shortest form (/a/../b)", "mend"}},
		"two names":          {list + "- command: /a\n  name: /b\n", want{"warning", "runs every credential plugin", "take its name out"}},
		"two, then another":  {list + "- command: /a\n  name: /b\n---\n" + kubercHead + "credentialPluginPolicy: DenyAll\n", want{"configuration", "forbids every", "- command: %s"}},
		"another case":       {kubercHead + "credentialpluginpolicy: DenyAll\n", want{"ok", "lets every credential plugin run", ""}},
		"v1":                 {"apiVersion: kubectl.config.k8s.io/v1\nkind: Preference\ncredentialPluginPolicy: DenyAll\n", want{"warning", "runs every credential plugin", "v1beta1"}},
		"unknown policy":     {kubercHead + "credentialPluginPolicy: Denyall\n", want{"configuration", `"Denyall"`, "AllowAll, DenyAll or Allowlist"}},
		"v1alpha1":           {"apiVersion: kubectl.config.k8s.io/v1alpha1\nkind: Preference\ncredentialPluginPolicy: DenyAll\n", want{"warning", "ignores in kubectl.config.k8s.io/v1alpha1", "v1beta1"}},
		"v1alpha1, plain":    {"apiVersion: kubectl.config.k8s.io/v1alpha1\nkind: Preference\n", want{"ok", "lets every credential plugin run", ""}},
		"second document":    {"a: [\n---\n" + kubercHead + "credentialPluginPolicy: DenyAll\n", want{"configuration", "forbids every", "- command: %s"}},
		"first one counts":   {kubercHead + "---\n" + kubercHead + "credentialPluginPolicy: DenyAll\n", want{"ok", "lets every credential plugin run", ""}},
		"byte order mark":    {"\ufeff" + kubercHead + "credentialPluginPolicy: DenyAll\n", want{"configuration", "forbids every", "- command: %s"}},
		"mark in the middle": {"a: [\n---\r\n\ufeff" + kubercHead + "credentialPluginPolicy: DenyAll\n", want{"configuration", "forbids every", "- command: %s"}},
		"another kind":       {"apiVersion: v1\nkind: Config\n", want{"warning", "holds no preferences", "kind: Preference"}},
		"no YAML":            {"\t{", want{"warning", "holds no preferences", "kind: Preference"}},
		"ESC":                {kubercHead + "credentialPluginPolicy: \"a\\e[2Jb\"\n", want{"configuration", `"a[2Jb"`, "AllowAll"}},
	}
}

func TestAllowList(t *testing.T) {
	for name, test := range kubercTests() {
		t.Run(name, func(t *testing.T) {
			m, command := listed(t, test.text)
			w := test.want
			if strings.Contains(w.remedy, "%s") {
				w.remedy = fmt.Sprintf(w.remedy, command)
			}
			one(t, m.CheckAllowList(command, "/kube/config"), w)
		})
	}
}

// listed is a machine with a kuberc and the command of this name on its PATH.
func listed(t *testing.T, text string) (m Machine, command string) {
	t.Helper()
	dir := t.TempDir()
	command = program(t, dir, "entralogin")
	t.Setenv("PATH", dir)
	file := filepath.Join(dir, ".kube", "kuberc")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "%s", command)), 0o600); err != nil {
		t.Fatal(err)
	}
	return Machine{Home: dir, Getenv: func(string) string { return "" }}, command
}

func TestWhichKuberc(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mine")
	if err := os.WriteFile(file, []byte(kubercHead+"credentialPluginPolicy: DenyAll\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(dir, "none.yaml")
	if err := os.WriteFile(none, []byte("kind: Config\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		env  map[string]string
		home string
		want want
	}{
		"nothing":              {nil, dir, want{"ok", "there is no kuberc", ""}},
		"no home":              {nil, "", want{"ok", "reads no kuberc", ""}},
		"off":                  {map[string]string{"KUBERC": "off"}, dir, want{"ok", "reads no kuberc", ""}},
		"switched off":         {map[string]string{"KUBERC": file, "KUBECTL_KUBERC": "false"}, dir, want{"ok", "reads no kuberc", ""}},
		"named":                {map[string]string{"KUBERC": file}, "", want{"configuration", "forbids every", "Allowlist"}},
		"named, not there":     {map[string]string{"KUBERC": file + "x"}, dir, want{"configuration", "can't be read", "unset KUBERC"}},
		"named, a folder":      {map[string]string{"KUBERC": dir}, dir, want{"configuration", "can't be read", "unset KUBERC"}},
		"named, no preference": {map[string]string{"KUBERC": none}, dir, want{"configuration", "holds no preferences", "kind: Preference"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := Machine{Home: test.home, Getenv: func(name string) string { return test.env[name] }}
			one(t, m.CheckAllowList("/usr/bin/entralogin", "/kube/config"), test.want)
		})
	}
}
