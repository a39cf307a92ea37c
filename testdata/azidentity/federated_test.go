//go:build unix

package azidentity

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// entra are the options of a credential that asks the simulator.
func (s spot) entra() policy.ClientOptions {
	return policy.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: s.sim.URL + "/"}, Transport: s.sim.Client(), Retry: policy.RetryOptions{MaxRetries: -1}}
}

// daemon is the object ID of the application that an issuer is trusted about.
func (s spot) daemon(issuer *entratest.FederatedIssuer, subject string) string {
	app := s.sim.Applications.Get(entratest.DaemonID)
	app.AddFederated(entratest.FederatedCredential{Issuer: issuer.URL, Subject: subject})
	return app.ObjectID(entratest.TenantContoso)
}

// node has the SDK for JavaScript trust and ask the simulator.
func (s spot) node() {
	s.Helper()
	ca := filepath.Join(s.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, s.sim.CertPEM(), 0o600); err != nil {
		s.Fatal(err)
	}
	s.Setenv("NODE_EXTRA_CA_CERTS", ca)
	s.Setenv("AUTHORITY_HOST", s.sim.URL)
}

// Azure Pipelines: both SDKs get an assertion of the service connection and exchange it.
func TestPipelines(t *testing.T) {
	s := spot{T: t, sim: entratest.NewServer()}
	t.Cleanup(s.sim.Close)
	issuer := entratest.NewFederatedIssuer(s.sim, "")
	r, err := entratest.StartPipelines(s.sim, issuer, entratest.DaemonID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	s.live(r.Env)
	who := s.daemon(issuer, entratest.PipelinesSubject)
	ask := func(token string) error {
		t.Helper()
		c, err := azidentity.NewAzurePipelinesCredential(os.Getenv("AZURESUBSCRIPTION_TENANT_ID"), os.Getenv("AZURESUBSCRIPTION_CLIENT_ID"),
			os.Getenv("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"), token, &azidentity.AzurePipelinesCredentialOptions{ClientOptions: s.entra(), DisableInstanceDiscovery: true})
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.GetToken(t.Context(), scopes(armScope))
		if err == nil {
			s.of(got.Token, got.ExpiresOn, who)
		}
		return err
	}
	if err := ask(os.Getenv("SYSTEM_ACCESSTOKEN")); err != nil {
		t.Fatal(err)
	}
	if err := ask("x"); err == nil || !strings.Contains(err.Error(), "401 Unauthorized response from the OIDC endpoint") {
		t.Errorf("another token: %v", err)
	}
	s.node()
	a := s.javaScript("pipelines", armScope)
	s.brings(a, time.Millisecond, who)
	// The SDK for JavaScript gets two assertions for one exchange.
	if n, m := s.sim.Requests("pipelines"), s.sim.Requests("token"); n != 4 || m != 2 {
		t.Errorf("%d and %d requests", n, m)
	}
}

// GitHub Actions: the library of GitHub's own actions gets an assertion, and the SDK exchanges it.
func TestGitHub(t *testing.T) {
	s := spot{T: t, sim: entratest.NewServer()}
	t.Cleanup(s.sim.Close)
	issuer := entratest.NewFederatedIssuer(s.sim, "")
	r, err := entratest.StartGitHub(s.sim, issuer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	s.live(append(r.Env, "AZURE_CLIENT_ID="+entratest.DaemonID, "AZURE_TENANT_ID="+entratest.TenantContoso))
	who := s.daemon(issuer, entratest.GitHubSubject)
	s.node()
	a := s.javaScript("github", armScope)
	s.brings(a, time.Millisecond, who)
	r.Assert(entratest.Assertion{Subject: "repo:contoso/app:pull_request"})
	if a := s.javaScript("github", armScope); !strings.Contains(a.Message, "AADSTS700213") {
		t.Errorf("of a pull request: %+v", a)
	}
}

// A pod's token is exchanged with Entra by both SDKs, unless it is one that the daemon must not be believed for.
func TestWorkloadIdentity(t *testing.T) {
	s := spot{T: t, sim: entratest.NewServer()}
	t.Cleanup(s.sim.Close)
	cluster := entratest.NewFederatedIssuer(s.sim, "/tenant/cluster/")
	file := filepath.Join(t.TempDir(), "token")
	mount := func(assertion string) {
		if err := os.WriteFile(file, []byte(assertion), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.live([]string{"AZURE_FEDERATED_TOKEN_FILE=" + file, "AZURE_CLIENT_ID=" + entratest.DaemonID, "AZURE_TENANT_ID=" + entratest.TenantContoso,
		"AZURE_AUTHORITY_HOST=" + s.sim.URL + "/"})
	who := s.daemon(cluster, account)
	mount(cluster.Sign(entratest.Assertion{Subject: account, Life: time.Hour}))
	if err := s.workload(s.entra(), false, who); err != nil {
		t.Fatal(err)
	}
	s.node()
	a := s.javaScript("workload", armScope)
	s.brings(a, time.Millisecond, who)
	for aadsts, assertion := range strange(cluster) {
		mount(assertion)
		err := s.workload(s.entra(), false, who)
		s.world().contains(fmt.Sprint(err), fmt.Sprintf("AADSTS%d:", aadsts))
	}
}

// A managed identity vouches for an application: its token, for the audience of exchanges, is the assertion.
func TestIdentityAsAssertion(t *testing.T) {
	s := settle(t, "appservice")
	app := s.sim.Applications.Get(entratest.DaemonID)
	app.AddFederated(entratest.FederatedCredential{Issuer: s.sim.URL + "/" + entratest.TenantContoso + "/v2.0", Subject: entratest.AssignedIdentity("deploy").ObjectID})
	exchange := func(id azidentity.ManagedIDKind) error {
		t.Helper()
		machine, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		assertion := func(ctx context.Context) (string, error) {
			token, err := machine.GetToken(ctx, scopes(entratest.ExchangeAudience+"/.default"))
			return token.Token, err
		}
		c, err := azidentity.NewClientAssertionCredential(entratest.TenantContoso, entratest.DaemonID, assertion,
			&azidentity.ClientAssertionCredentialOptions{ClientOptions: s.entra(), DisableInstanceDiscovery: true})
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.GetToken(t.Context(), scopes(armScope))
		if err == nil {
			s.of(got.Token, got.ExpiresOn, app.ObjectID(entratest.TenantContoso))
		}
		return err
	}
	if err := exchange(azidentity.ClientID(entratest.AssignedIdentity("deploy").ClientID)); err != nil {
		t.Error(err)
	}
	if err := exchange(nil); err == nil || !strings.Contains(err.Error(), "AADSTS700213") {
		t.Errorf("another identity: %v", err)
	}
}

func (s spot) workload(options policy.ClientOptions, proxy bool, who string) error {
	s.Helper()
	c, err := azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true, EnableAzureProxy: proxy})
	if err != nil {
		return err
	}
	got, err := c.GetToken(s.Context(), scopes(armScope))
	if err == nil {
		s.of(got.Token, got.ExpiresOn, who)
	}
	return err
}

// With identity bindings the SDK for Go asks the cluster's proxy for everything, with the certificate from a file or
// from a variable. Entra itself doesn't take the pod's token.
func TestIdentityBindingsProxy(t *testing.T) {
	s := spot{T: t, sim: entratest.NewServer()}
	t.Cleanup(s.sim.Close)
	b, err := entratest.StartBindings(s.sim, entratest.NewFederatedIssuer(s.sim, "/cluster/"), t.TempDir(), entratest.DaemonID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	s.live(b.Env)
	who := s.sim.Applications.Get(entratest.DaemonID).ObjectID(entratest.TenantContoso)
	options := policy.ClientOptions{Retry: policy.RetryOptions{MaxRetries: -1}}
	if err := s.workload(options, true, who); err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(os.Getenv("AZURE_KUBERNETES_CA_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AZURE_KUBERNETES_CA_FILE", "")
	t.Setenv("AZURE_KUBERNETES_CA_DATA", string(pem))
	if err := s.workload(options, true, who); err != nil {
		t.Error(err)
	}
	if n := s.sim.Requests("bindings"); n != 2 {
		t.Errorf("%d requests", n)
	}
	if err := s.workload(s.entra(), false, who); err == nil || !strings.Contains(err.Error(), "AADSTS700211") {
		t.Errorf("Entra: %v", err)
	}
}
