//go:build unix

package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const (
	kubercHead = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n"
	kubercList = kubercHead + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n"
	denyAll    = "credentialPluginPolicy: DenyAll\n"
)

// What "kubeconfig check" says of a kuberc is what kubectl makes of it: whether the plugin runs. %s is its path.
func TestKuberc(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		runs bool
	}{
		"none of it":                 {kubercHead, true},
		"deny all":                   {kubercHead + denyAll, false},
		"listed":                     {kubercList + "- command: %s\n", true},
		"listed bare":                {kubercList + "- command: entralogin\n", true},
		"another one":                {kubercList + "- command: kubelogin\n", false},
		"missing program first":      {kubercList + "- command: no-such-program\n- command: entralogin\n", true},
		"missing path first":         {kubercList + "- command: /nowhere/entralogin\n- command: entralogin\n", true},
		"missing alone":              {kubercList + "- command: /nowhere/entralogin\n", false},
		"v1":                         {strings.Replace(kubercHead, "v1beta1", "v1", 1) + denyAll, true},
		"v1alpha1":                   {strings.Replace(kubercHead, "v1beta1", "v1alpha1", 1) + denyAll, true},
		"v1, then v1beta1":           {strings.Replace(kubercHead, "v1beta1", "v1", 1) + "---\n" + kubercHead + denyAll, false},
		"two, first denies":          {kubercHead + denyAll + "---\n" + kubercHead, false},
		"two, second denies":         {kubercHead + "---\n" + kubercHead + denyAll, true},
		"a comment, then one":        {"# mine\n---\n" + kubercHead + denyAll, false},
		"marks with more":            {"--- # mine\n" + kubercHead + "--- # other\n" + kubercHead + denyAll, true},
		"mark with a space":          {"a: [\n--- \n" + kubercHead + denyAll, false},
		"name":                       {kubercList + "- name: %s\n", true},
		"name and command differ":    {kubercList + "- command: %s\n  name: other\n", true},
		"differ, in an entry more":   {kubercList + "- command: kubelogin\n- command: a\n  name: b\n", true},
		"name and command the same":  {kubercList + "- command: %s\n  name: %s\n", true},
		"differ, then deny":          {kubercList + "- command: a\n  name: b\n---\n" + kubercHead + denyAll, false},
		"unknown field":              {kubercHead + denyAll + "more: 1\n", false},
		"unknown field of an entry":  {kubercList + "- command: kubelogin\n  more: 1\n", false},
		"another case":               {kubercHead + "credentialpluginpolicy: DenyAll\n", true},
		"kind in another case":       {strings.Replace(kubercHead, "kind", "Kind", 1) + denyAll, false},
		"twice":                      {kubercHead + denyAll + "credentialPluginPolicy: AllowAll\n", true},
		"policy of another type":     {kubercHead + "credentialPluginPolicy: [DenyAll]\n", true},
		"list of another type":       {kubercHead + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: entralogin\n", true},
		"a number as a policy":       {kubercHead + "credentialPluginPolicy: 1\n", true},
		"unknown policy":             {kubercHead + "credentialPluginPolicy: denyAll\n", false},
		"empty list":                 {kubercHead + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: []\n", false},
		"no list":                    {kubercHead + "credentialPluginPolicy: Allowlist\n", false},
		"empty list, nothing denied": {kubercHead + "credentialPluginAllowlist: []\n", false},
		"list, nothing denied":       {kubercHead + "credentialPluginAllowlist:\n- command: %s\n", false},
		"empty entry":                {kubercList + "- command: %s\n- {}\n", false},
		"long path":                  {kubercList + "- command: %s\n- command: /a/../b\n", false},
		"JSON":                       {`{"apiVersion": "kubectl.config.k8s.io/v1beta1", "kind": "Preference", "credentialPluginPolicy": "DenyAll"}`, false},
		"merged":                     {"a: &a {credentialPluginPolicy: DenyAll}\n<<: *a\n" + kubercHead, false},
		"windows lines":              {strings.ReplaceAll(kubercHead+denyAll+"---\n"+kubercHead, "\n", "\r\n"), false},
		"no YAML":                    {"\t{", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			h.sim.AutoApprove(entratest.Alice, 0)
			h.write(".kube/kuberc", 0o600, strings.ReplaceAll(test.text, "%s", filepath.Join(h.dir, "bin", "entralogin")))
			r := h.start(kubectls[0], "get", "namespaces")
			err := r.cmd.Wait()
			if ran := err == nil && len(h.runs()) > 0; ran != test.runs {
				t.Errorf("kubectl ran the plugin: %v\n%s", ran, r.stderr.String())
			}
			if level, what := h.allowList(); (level != "failure") != test.runs {
				t.Errorf("the check says: %s, %s\nkubectl: %s", level, what, r.stderr.String())
			}
		})
	}
}

// allowList is what the check of the kubeconfig says of the kuberc.
func (h *home) allowList() (level, what string) {
	h.t.Helper()
	cmd := exec.Command(filepath.Join(h.dir, "bin", "entralogin"), "kubeconfig", "check", "--output", "json")
	cmd.Dir, cmd.Env = h.dir, h.command(kubectls[0]).Env
	out, err := cmd.Output()
	var report struct {
		Findings []struct{ Topic, Level, What string }
	}
	if errJSON := json.Unmarshal(out, &report); errJSON != nil {
		h.t.Fatalf("%v: %v\n%s", err, errJSON, out)
	}
	for _, c := range report.Findings {
		if c.Topic == "allow-list" {
			return c.Level, c.What
		}
	}
	h.t.Fatalf("nothing is said of the kuberc: %v\n%s", err, out)
	return "", ""
}
