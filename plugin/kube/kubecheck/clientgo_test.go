package kubecheck

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/check"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// client-go itself runs the command where CheckAllowList says that it will, and refuses it where not. kubectl
// reads the file; the policy in it is client-go's matter.
func TestAllowListAsClientGo(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { io.WriteString(w, "{}") }))
	defer s.Close()
	compared := 0
	for name, test := range kubercTests() {
		if !strings.HasPrefix(test.text, kubercHead) || strings.Contains(test.text, "---") || strings.Contains(test.want.what, "runs every") || name == "another case" {
			continue // what counts in a file is for kubectl to say (testdata/kubectl)
		}
		compared++
		t.Run(name, func(t *testing.T) {
			m, command := listed(t, test.text)
			says := m.CheckAllowList(command, "/kube/config")
			text, err := os.ReadFile(filepath.Join(m.Home, ".kube", "kuberc"))
			if err != nil {
				t.Fatal(err)
			}
			var p preference
			if err := yaml.Unmarshal(text, &p); err != nil {
				t.Fatal(err)
			}
			err = runsWith(t, s, command, p)
			if (err == nil) != (says[0].Level == check.OK) {
				t.Errorf("client-go: %v; the check: %+v", err, says)
			}
		})
	}
	if compared < 15 {
		t.Errorf("only %d policies were compared", compared)
	}
}

// runsWith makes a request as kubectl would with a policy, and returns why the plugin is not run.
func runsWith(t *testing.T, s *httptest.Server, command string, p preference) error {
	t.Helper()
	script := "#!/bin/sh\necho '" + `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"x"}}` + "'\n"
	if err := entratest.WriteProgram(command, script); err != nil {
		t.Fatal(err)
	}
	policy := api.PluginPolicy{PolicyType: api.PolicyType(p.Policy)}
	if p.Allowlist != nil {
		policy.Allowlist = []api.AllowlistEntry{}
	}
	for _, e := range p.Allowlist {
		policy.Allowlist = append(policy.Allowlist, api.AllowlistEntry{Command: e.path()})
	}
	c, err := rest.HTTPClientFor(&rest.Config{Host: s.URL, TLSClientConfig: rest.TLSClientConfig{Insecure: true},
		ExecProvider: &api.ExecConfig{Command: command, APIVersion: "client.authentication.k8s.io/v1", InteractiveMode: api.NeverExecInteractiveMode, PluginPolicy: policy}})
	if err != nil {
		return err
	}
	resp, err := c.Get(s.URL)
	if err == nil {
		resp.Body.Close()
	}
	return err
}
