//go:build unix

package git

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/devops"
)

// clientOf returns whose tokens git sent, and checks that all are of one application.
func (w *world) clientOf() (client any) {
	w.Helper()
	for _, token := range w.tokens() {
		claims, err := w.Sim.VerifyToken(token, devops.Audience)
		if err != nil || client != nil && claims["azp"] != client || claims["tid"] != entratest.TenantContoso {
			w.Errorf("a token of %v: %v", claims, err)
		}
		client = claims["azp"]
	}
	return client
}

// works clones, pushes and fetches, with nobody to ask, and checks who that is to the server.
func (w *world) works(client string) {
	w.Helper()
	w.silent("clone", app, "one")
	w.silent("-C", "one", "commit", "--quiet", "--allow-empty", "-m", "by a machine")
	w.silent("-C", "one", "push", "origin", "main")
	w.silent("clone", app, "two")
	w.silent("-C", "two", "fetch")
	if got := w.clientOf(); got != client {
		w.Errorf("git came as %v, not as %s:\n%s", got, client, w.Heard())
	}
	if n := len(w.tokens()); n != 1 {
		w.Errorf("%d tokens", n)
	}
	w.Codes(0)
}

// machine is a world in which no person has signed in or set anything.
func (w *world) machine(env ...string) {
	w.Helper()
	w.Settings("")
	config := strings.Join([]string{"authority-host: " + w.Sim.URL, "authorities:", "  - host: " + w.Sim.Host, "    ca-file: ca.pem", ""}, "\n")
	w.Write(".config/entralogin/config.yaml", config)
	w.Write("devops.pem", string(w.devops.CertPEM())+string(w.Sim.CertPEM()))
	w.Env = append(w.Env, env...)
}

// An application with a secret, in each way in which that is said: entralogin's own, and Git Credential Manager's settings and
// variables.
func TestServicePrincipal(t *testing.T) {
	for name, set := range map[string]func(w *world, secret string){
		"login spn": func(w *world, secret string) {
			w.machine("ENTRALOGIN_LOGIN=spn", "AZURE_TENANT_ID="+entratest.TenantContoso, "AZURE_CLIENT_ID="+entratest.DaemonID, "AZURE_CLIENT_SECRET="+secret)
		},
		"settings of Git Credential Manager": func(w *world, secret string) {
			w.machine()
			said := filepath.Join(w.TempDir(), "principal") // outside the home, in which no secret may be found
			if err := os.WriteFile(said, []byte("[credential]\n\tazreposServicePrincipal = "+entratest.TenantContoso+"/"+entratest.DaemonID+"\n\tazreposServicePrincipalSecret = "+secret+"\n"), 0o600); err != nil {
				w.Fatal(err)
			}
			w.config("[include]\n\tpath = " + said + "\n")
		},
		"its variables": func(w *world, secret string) {
			w.machine("GCM_AZREPOS_SERVICE_PRINCIPAL="+entratest.TenantContoso+"/"+entratest.DaemonID, "GCM_AZREPOS_SP_SECRET="+secret)
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachGit(t, func(w *world) {
				set(w, w.Sim.Applications.Get(entratest.DaemonID).AddSecret(time.Hour))
				w.works(entratest.DaemonID)
			})
		})
	}
}

// A managed identity, and a job of GitHub's, as Git Credential Manager is told of them.
func TestManagerMachines(t *testing.T) {
	t.Run("managed identity", func(t *testing.T) {
		eachGit(t, func(w *world) {
			m, err := entratest.StartAppService(w.Sim)
			if err != nil {
				w.Fatal(err)
			}
			w.Cleanup(m.Close)
			w.machine(m.Env...)
			w.config("[credential \"https://dev.azure.com\"]\n\tazreposManagedIdentity = system\n")
			w.works(entratest.SystemIdentity().ClientID)
		})
	})
	t.Run("GitHub", func(t *testing.T) {
		eachGit(t, func(w *world) {
			issuer := entratest.NewFederatedIssuer(w.Sim, "")
			w.Sim.Applications.Get(entratest.DaemonID).AddFederated(entratest.FederatedCredential{Issuer: issuer.URL, Subject: entratest.GitHubSubject})
			r, err := entratest.StartGitHub(w.Sim, issuer)
			if err != nil {
				w.Fatal(err)
			}
			w.Cleanup(r.Close)
			w.machine(r.Env...)
			w.config("[credential]\n\tazreposWorkloadFederation = githubactions\n\tazreposWorkloadFederationClientId = " + entratest.DaemonID +
				"\n\tazreposWorkloadFederationTenantId = " + entratest.TenantContoso + "\n")
			w.works(entratest.DaemonID)
		})
	})
}

// What the service refuses ends git at once, with the reason and without a question for a name and a password.
func TestServicePrincipalRefused(t *testing.T) {
	eachGit(t, func(w *world) {
		w.machine("ENTRALOGIN_LOGIN=spn", "AZURE_TENANT_ID="+entratest.TenantContoso, "AZURE_CLIENT_ID="+entratest.DaemonID, "AZURE_CLIENT_SECRET=hunter2")
		stderr := w.fail("clone", app, "one")
		w.Contains(stderr, "entralogin: AADSTS7000215")
		if strings.Contains(stderr, "hunter2") || strings.Contains(stderr, "Username") {
			w.Error(stderr)
		}
	})
}
