//go:build linux

package ssh

import (
	"fmt"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/devops"
)

// kubeconfig is what a host knows of a cluster.
func (l *laptop) kubeconfig() string {
	return fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: c
clusters:
- {name: c, cluster: {server: %q, certificate-authority: /mnt/ca.pem}}
contexts:
- {name: c, context: {cluster: c, user: u}}
users:
- name: u
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: entralogin
      args: [get-token, --server-id, %s, --tenant-id, %s, --client-id, %s]
      interactiveMode: IfAvailable
`, l.sim.URL, entratest.ServerID, entratest.TenantContoso, entratest.ClientID)
}

// Kubectl on a host is the person who has signed in on the laptop.
func TestKubectl(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	l.hosts[0].put("kubeconfig", l.kubeconfig())
	l.signIn()
	for _, user := range []string{"alice", "root"} {
		r := l.must(l.ssh(user+"@h1", "kubectl --kubeconfig /mnt/kubeconfig auth whoami && kubectl --kubeconfig /mnt/kubeconfig get namespaces"))
		if !strings.Contains(r.out, entratest.Alice) || !strings.Contains(r.out, "default") {
			t.Errorf("%s%s", r.out, r.err)
		}
		if n := l.asked(user + "@h1"); n != 1 {
			t.Errorf("the person was asked %d times for %s", n, user)
		}
	}
	if n := l.asked("kubectl"); n != 2 {
		t.Errorf("%d of 2 questions name kubectl", n)
	}
	l.noDeviceCode()
}

// Git on a host clones and pushes as the person who has signed in on the laptop.
func TestGit(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	server, err := devops.Start(l.sim, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.AddOrganization("contoso", entratest.TenantContoso)
	if _, err := server.AddRepository("contoso/tools/_git/app"); err != nil {
		t.Fatal(err)
	}
	l.hosts[0].put("devops.pem", string(server.CertPEM()))
	l.hosts[0].put("gitconfig", `
[user]
	name = Alice
	email = alice@contoso.example
[http]
	sslCAInfo = /mnt/devops.pem
[credential "https://dev.azure.com"]
	helper =
	helper = entralogin
	useHttpPath = true
`)
	l.signIn()
	r := l.must(l.ssh("h1", "set -e; export GIT_CONFIG_SYSTEM=/mnt/gitconfig HTTPS_PROXY="+server.ProxyURL+" SSL_CERT_FILE=/mnt/devops.pem ENTRALOGIN_CLIENT_ID="+entratest.ClientID+"; git clone -q https://dev.azure.com/contoso/tools/_git/app; "+
		"cd app; git commit -q --allow-empty -m one; git push -q origin HEAD:main; git fetch -q; git log --format=%an origin/main"))
	if !strings.HasSuffix(r.out, "Alice\n") {
		t.Errorf("%s%s", r.out, r.err)
	}
	if n := l.asked("git"); n != 1 || l.asked("") != 1 {
		t.Errorf("the person was asked %d times, %d of them for git", l.asked(""), n)
	}
	l.noDeviceCode()
}

// azureCLI is the application of the Azure CLI, which a host may name without a sign-in before.
const azureCLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

// Az on a host has a token of the person, who has never signed in on the laptop for it: they are asked, and sign in there.
func TestAz(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, nil)
	r := l.must(l.ssh("h1", "ENTRALOGIN_CLIENT_ID="+azureCLI+" az account get-access-token --tenant "+entratest.TenantContoso+" --resource https://management.azure.com --query tenant -o tsv"))
	if strings.TrimSpace(r.out) != entratest.TenantContoso {
		t.Errorf("%s%s", r.out, r.err)
	}
	if n := l.asked("h1"); n != 1 {
		t.Errorf("the person was asked %d times", n)
	}
	if n := l.sim.Requests("devicecode"); n != 0 {
		t.Errorf("%d codes were shown", n)
	}
}
