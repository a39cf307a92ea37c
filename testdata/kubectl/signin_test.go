//go:build unix

package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The first call asks a person, once; the next ones ask nothing of the sign-in service.
func TestSignIn(t *testing.T) {
	for _, version := range []string{"v1", "v1beta1"} {
		t.Run(version, func(t *testing.T) {
			eachKubectl(t, func(t *testing.T, k kubectl) {
				h := newHome(t, func(u *user) { u.APIVersion = "client.authentication.k8s.io/" + version })
				ask, answer := []string{"auth", "whoami"}, entratest.Alice
				if k.minor < 28 { // which has only the beta of SelfSubjectReview
					ask, answer = []string{"get", "--raw", "/version"}, "entrasim"
				}
				first := h.start(k, ask...)
				h.approve()
				stdout, stderr := h.succeeded(first)
				contains(t, stdout, answer)
				contains(t, stderr, "entralogin: kubectl needs a sign-in")
				if n := prompts(stderr); n != 1 {
					t.Errorf("%d prompts:\n%s", n, stderr)
				}
				h.requests(1, -1)

				h.sim.ResetRequests()
				for _, ask := range [][]string{ask, {"get", "--raw", "/version"}, {"get", "namespaces", "-o", "name"}} {
					stdout, stderr := h.succeed(k, ask...)
					if stdout == "" || stderr != "" {
						t.Errorf("kubectl %q says %q, and %q on standard error", ask, stdout, stderr)
					}
				}
				h.untouched()
				for process, passed := range h.runs() {
					contains(t, passed, "client.authentication.k8s.io/"+version+`"`, `"interactive":false`)
					if strings.Contains(passed, `"cluster"`) {
						t.Errorf("run %s was passed cluster information: %s", process, passed)
					}
				}
			})
		})
	}
}

// With provideClusterInfo the prompt says which cluster it is for.
func TestClusterInfo(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		for _, mode := range []string{"IfAvailable", "Never"} {
			h := newHome(t, func(u *user) { u.InteractiveMode, u.ProvideClusterInfo = mode, true })
			h.sim.AutoApprove(entratest.Alice, 0)
			_, stderr := h.succeed(k, "get", "--raw", "/version")
			contains(t, stderr, "entralogin: kubectl, for the cluster "+h.sim.URL, " needs a sign-in ")
			for _, passed := range h.runs() {
				contains(t, passed, `"server":"`+h.sim.URL+`"`)
			}
		}
	})
}

// What Azure/kubelogin's "convert-kubeconfig -l devicecode" leaves behind works with nothing but the
// command changed.
func TestKubelogin(t *testing.T) {
	const user = `
apiVersion: client.authentication.k8s.io/v1beta1
args:
- get-token
- --login
- devicecode
- --server-id
- %s
- --client-id
- %s
- --tenant-id
- %s
- --authority-host
- %s
- --environment
- AzurePublicCloud
command: entralogin
env: null
installHint: |2

  kubelogin is not installed which is required to connect to AAD enabled cluster.

  To learn more, please go to https://aka.ms/aks/kubelogin
provideClusterInfo: false
`
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newHome(t)
		h.kubeloginConfig(fmt.Sprintf(user, entratest.ServerID, entratest.ClientID, entratest.TenantContoso, h.sim.URL+"/"))
		h.sim.AutoApprove(entratest.Alice, 0)
		_, stderr := h.succeed(k, "get", "namespaces")
		if n := prompts(stderr); n != 1 {
			t.Errorf("%d prompts:\n%s", n, stderr)
		}
		h.requests(1, -1)
		h.sim.ResetRequests()
		h.succeed(k, "get", "namespaces")
		h.untouched()
	})
}

// kubeloginConfig writes a kubeconfig in YAML, as kubelogin does, with what stands under "exec".
func (h *home) kubeloginConfig(exec string) {
	h.t.Helper()
	h.write("ca.pem", 0o600, string(h.sim.CertPEM()))
	h.write(".kube/config", 0o600, fmt.Sprintf(`apiVersion: v1
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
    exec:%s`, h.sim.URL, strings.ReplaceAll(strings.TrimRight(exec, "\n"), "\n", "\n      ")+"\n"))
}
