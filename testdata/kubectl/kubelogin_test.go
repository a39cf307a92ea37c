//go:build unix

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// kubeloginUser is what stands under "exec" after "az aks get-credentials" and "kubelogin convert-kubeconfig
// -l devicecode".
const kubeloginUser = `
apiVersion: client.authentication.k8s.io/v1beta1
args:
- get-token
- --environment
- AzurePublicCloud
- --server-id
- 6dae42f8-4368-4678-94ff-3960e28e3630
- --client-id
- 80faf920-1908-4b52-b5ef-a8e7bedfc67a
- --tenant-id
- c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0f
- --login
- devicecode
command: kubelogin
env: null
installHint: |2

  kubelogin is not installed which is required to connect to AAD enabled cluster.

  To learn more, please go to https://aka.ms/aks/kubelogin
provideClusterInfo: false
`

// What az and Azure/kubelogin leave behind works with nothing but the command changed, also with the flags
// that people add.
func TestKubelogin(t *testing.T) {
	for name, added := range map[string]string{
		"as az writes it": "",
		"with more flags": "- --pop-enabled=false\n- --token-cache-dir\n- /nowhere/kubelogin\n- -v\n- \"5\"\n",
		"-l, not --login": "- -l\n- devicecode\n- --v=1\n- --disable-instance-discovery\n- --legacy=false\n",
	} {
		t.Run(name, func(t *testing.T) {
			eachKubectl(t, func(t *testing.T, k kubectl) {
				h := newPublic(t)
				exec := strings.Replace(kubeloginUser, "command: kubelogin", "command: entralogin", 1)
				exec = strings.Replace(exec, "command:", added+"command:", 1)
				if strings.HasPrefix(added, "- -l") {
					exec = strings.Replace(exec, "- --login\n- devicecode\n", "", 1)
				}
				h.kubeloginConfig(exec)
				stdout, stderr := h.succeed(k, "get", "namespaces")
				contains(t, stdout, "default ")
				asked(t, stderr, 1)
				h.ran(1, 1)
				h.requests(1, 1)
				h.sim.ResetRequests()
				_, stderr = h.succeed(k, "get", "namespaces")
				asked(t, stderr, 0)
				h.untouched()
			})
		})
	}
}

// newPublic is a home in which the simulator stands for Microsoft's public cloud.
func newPublic(t *testing.T) *home {
	t.Helper()
	h := newHome(t)
	h.sim.Close()
	h.sim = entratest.NewServer(entratest.WithProxy())
	t.Cleanup(h.sim.Close)
	h.sim.Set(func(s *entratest.Settings) { s.Interval = time.Second })
	h.sim.AutoApprove(entratest.Alice, 0)
	for _, endpoint := range []string{"openid-configuration", "devicecode"} { // which name the host that they lie on
		h.sim.Fault(endpoint, entratest.Fault{Rewrite: func(answer map[string]any) {
			for name, value := range answer {
				if text, ok := value.(string); ok {
					answer[name] = strings.Replace(text, h.sim.URL, "https://login.microsoftonline.com", 1)
				}
			}
		}})
	}
	h.server = h.sim.URL
	h.env = []string{"HTTPS_PROXY=" + h.sim.ProxyURL, "NO_PROXY=127.0.0.1"}
	h.write(".config/entralogin/ca.pem", 0o600, string(h.sim.CertPEM()))
	h.write(".config/entralogin/config.yaml", 0o600, "authorities:\n  - host: login.microsoftonline.com\n    ca-file: ca.pem\n")
	return h
}

// kubeloginConfig writes a kubeconfig in YAML, as kubelogin does, with what stands under "exec".
func (h *home) kubeloginConfig(exec string) {
	h.t.Helper()
	h.write("ca.pem", 0o600, string(h.sim.CertPEM()))
	h.write(filepath.Join(".kube", "config"), 0o600, fmt.Sprintf(`apiVersion: v1
clusters:
- cluster:
    certificate-authority: ../ca.pem
    server: %s
  name: aks
contexts:
- context:
    cluster: aks
    user: clusterUser_group_aks
  name: aks
current-context: aks
kind: Config
preferences: {}
users:
- name: clusterUser_group_aks
  user:
    exec:%s`, h.server, strings.ReplaceAll(strings.TrimRight(exec, "\n"), "\n", "\n      ")+"\n"))
}
