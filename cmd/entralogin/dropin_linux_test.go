package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A dropIn is a machine with the kubeconfigs of Azure/kubelogin, in which "command:" alone was changed. The simulator stands
// for a cloud of Microsoft's.
type dropIn struct {
	t       *testing.T
	sim     *entratest.Server
	dir     string
	env     []string
	cluster *httptest.Server

	mu     sync.Mutex
	bearer string // that the cluster was given last
}

// newDropIn has the simulator stand for a host, or for itself where that is "".
func newDropIn(t *testing.T, host string) *dropIn {
	t.Helper()
	d := &dropIn{t: t, sim: entratest.NewServer(entratest.WithProxy()), dir: t.TempDir()}
	t.Cleanup(d.sim.Close)
	d.sim.Set(func(s *entratest.Settings) { s.Interval = time.Second })
	d.sim.AutoApprove(entratest.Alice, 0)
	for _, endpoint := range []string{"openid-configuration", "devicecode"} { // which name the host that they lie on
		if host == "" {
			host = d.sim.Host
		}
		d.sim.Fault(endpoint, entratest.Fault{Rewrite: func(answer map[string]any) {
			for name, value := range answer {
				if text, ok := value.(string); ok {
					answer[name] = strings.Replace(text, d.sim.URL, "https://"+host, 1)
				}
			}
		}})
	}
	d.cluster = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		_, d.bearer, _ = strings.Cut(req.Header.Get("Authorization"), " ")
		fmt.Fprint(w, "{}")
	}))
	t.Cleanup(d.cluster.Close)
	d.write(".config/entralogin/ca.pem", string(d.sim.CertPEM()))
	d.write(".config/entralogin/config.yaml", fmt.Sprintf("authorities:\n  - {host: %q, ca-file: ca.pem}\n", host))
	d.env = []string{"HOME=" + d.dir, "PATH=" + d.dir + "/bin:" + os.Getenv("PATH"), "HTTPS_PROXY=" + d.sim.ProxyURL, "NO_PROXY=127.0.0.1",
		"SSL_CERT_FILE=" + d.dir + "/.config/entralogin/ca.pem", "SSL_CERT_DIR=" + d.dir, "ENTRALOGIN_RENEW_AHEAD=false", "ENTRALOGIN_AGENT=none"}
	return d
}

func (d *dropIn) write(name, text string) string {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		d.t.Fatal(err)
	}
	return path
}

// call has a program that is made of client-go ask the cluster, with such an entry. It returns what the token says, and
// what was said on standard error.
func (d *dropIn) call(args, env []string) (claims map[string]any, stderr string, err error) {
	d.t.Helper()
	text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "Config", "current-context": "aks",
		"clusters": []any{map[string]any{"name": "aks", "cluster": map[string]any{"server": d.cluster.URL, "insecure-skip-tls-verify": true}}},
		"contexts": []any{map[string]any{"name": "aks", "context": map[string]any{"cluster": "aks", "user": "aks"}}},
		"users": []any{map[string]any{"name": "aks", "user": map[string]any{"exec": map[string]any{"apiVersion": "client.authentication.k8s.io/v1beta1",
			"command": "entralogin", "args": args, "env": nil, "provideClusterInfo": false}}}},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	cmd := exec.Command("restclient", d.write("kubeconfig", string(text)))
	cmd.Env = slices.Concat(d.env, env)
	var said bytes.Buffer
	cmd.Stderr = &said
	d.mu.Lock()
	d.bearer = ""
	d.mu.Unlock()
	if err := cmd.Run(); err != nil {
		return nil, said.String(), err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	claims, err = d.sim.VerifyToken(d.bearer, entratest.ServerID)
	return claims, said.String(), err
}

// kubeloginArgs are what "kubelogin convert-kubeconfig" writes of an AKS cluster.
func kubeloginArgs(login string, more ...string) []string {
	return slices.Concat([]string{"get-token", "--login", login, "--server-id", entratest.ServerID}, more)
}

// TestKubeloginModes changes "command:" in kubeconfigs of Azure/kubelogin, one for each of its words for --login, and has
// client-go ask a cluster with them.
func TestKubeloginModes(t *testing.T) {
	t.Parallel()
	d := newDropIn(t, "login.microsoftonline.com")
	app := d.sim.Applications.Get(entratest.DaemonID)
	secret := app.AddSecret(time.Hour)
	issuer := entratest.NewFederatedIssuer(d.sim, "")
	for _, subject := range []string{"system:serviceaccount:shop:app", entratest.GitHubSubject, entratest.PipelinesSubject} {
		app.AddFederated(entratest.FederatedCredential{Issuer: issuer.URL, Subject: subject})
	}
	token := d.write("token", issuer.Sign(entratest.Assertion{Subject: "system:serviceaccount:shop:app"}))
	github, err := entratest.StartGitHub(d.sim, issuer)
	pipelines, err2 := entratest.StartPipelines(d.sim, issuer, entratest.DaemonID)
	service, err3 := entratest.StartAppService(d.sim)
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(github.Close)
	t.Cleanup(pipelines.Close)
	t.Cleanup(service.Close)
	d.borrow(app, secret)
	const aks, public = authority.AKSClient, "AzurePublicCloud"
	common := []string{"--client-id", entratest.DaemonID, "--tenant-id", entratest.TenantContoso, "--environment", public}
	left := []string{"--client-id", aks, "--tenant-id", entratest.TenantContoso, "--environment", public}
	id := "AAD_SERVICE_PRINCIPAL_CLIENT_ID=" + entratest.DaemonID
	for name, mode := range map[string]struct {
		args, env []string
		who       string // the client ID in the token, or "refused: " and words of the reason
	}{
		"devicecode":             {kubeloginArgs("devicecode", "--client-id", entratest.ClientID, "--tenant-id", entratest.TenantContoso, "--environment", public), nil, entratest.ClientID},
		"spn, flags":             {kubeloginArgs("spn", slices.Concat(common, []string{"--client-secret", secret})...), nil, entratest.DaemonID},
		"spn, variables":         {kubeloginArgs("spn", left...), []string{id, "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET=" + secret}, entratest.DaemonID},
		"spn, Azure's variables": {kubeloginArgs("spn", left...), []string{"AZURE_CLIENT_ID=" + entratest.DaemonID, "AZURE_CLIENT_SECRET=" + secret}, entratest.DaemonID},
		"spn, Terraform's":       {kubeloginArgs("spn", append(left, "--use-azurerm-env-vars")...), []string{"ARM_CLIENT_ID=" + entratest.DaemonID, "ARM_CLIENT_SECRET=" + secret}, entratest.DaemonID},
		"spn, wrong":             {kubeloginArgs("spn", append(common, "--client-secret", "hunter2")...), nil, "refused: AADSTS7000215"},
		"AAD_LOGIN_METHOD":       {append([]string{"get-token", "--server-id", entratest.ServerID}, common...), []string{"AAD_LOGIN_METHOD=spn", "AZURE_CLIENT_SECRET=" + secret}, entratest.DaemonID},

		"workloadidentity": {kubeloginArgs("workloadidentity"), []string{"AZURE_CLIENT_ID=" + entratest.DaemonID, "AZURE_TENANT_ID=" + entratest.TenantContoso, "AZURE_FEDERATED_TOKEN_FILE=" + token,
			"AZURE_AUTHORITY_HOST=https://login.microsoftonline.com/"}, entratest.DaemonID},
		"workloadidentity, flags":  {kubeloginArgs("workloadidentity", append(common, "--federated-token-file", token)...), nil, entratest.DaemonID},
		"workloadidentity, GitHub": {kubeloginArgs("workloadidentity", common...), github.Env, entratest.DaemonID},
		"azurepipelines": {kubeloginArgs("azurepipelines", "--tenant-id", entratest.TenantContoso, "--azure-pipelines-service-connection-id", entratest.ServiceConnection()),
			pipelines.Env, entratest.DaemonID},
		"msi":                {kubeloginArgs("msi"), service.Env, entratest.SystemIdentity().ClientID},
		"msi, of a client":   {kubeloginArgs("msi", "--client-id", entratest.AssignedIdentity("deploy").ClientID), service.Env, entratest.AssignedIdentity("deploy").ClientID},
		"msi, of a resource": {kubeloginArgs("msi", "--identity-resource-id", entratest.AssignedIdentity("deploy").ResourceID), service.Env, entratest.AssignedIdentity("deploy").ClientID},
		"azurecli":           {kubeloginArgs("azurecli", "--timeout", "30s"), nil, entratest.DaemonID},
		"azd":                {kubeloginArgs("azd", "--tenant-id", entratest.TenantContoso), nil, entratest.DaemonID},
		"ropc":               {kubeloginArgs("ropc", append(left, "--username", "me", "--password", "hunter2")...), nil, "refused: signs in nobody with a password"},
		"legacy":             {kubeloginArgs("spn", append(common, "--client-secret", secret, "--legacy")...), nil, "refused: spn:SERVER_ID"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.RemoveAll(filepath.Join(d.dir, ".cache")); err != nil {
				t.Fatal(err)
			}
			d.check(t, mode.args, mode.env, mode.who)
		})
	}
}

// check compares whose token the cluster gets, cold and warm.
func (d *dropIn) check(t *testing.T, args, env []string, who string) {
	t.Helper()
	why, refused := strings.CutPrefix(who, "refused: ")
	for _, warm := range []bool{false, true} {
		d.sim.ResetRequests()
		claims, stderr, err := d.call(args, env)
		if strings.Contains(strings.ReplaceAll(stderr, "--client-secret", ""), "hunter2") {
			t.Errorf("a secret is said: %s", stderr)
		}
		switch {
		case refused && (err == nil || !strings.Contains(stderr, why)):
			t.Errorf("not refused because of %s: %v\n%s", why, err, stderr)
		case refused:
			return
		case err != nil || claims["azp"] != who && claims["appid"] != who:
			t.Fatalf("got a token of %v, not of %s: %v\n%s", claims["azp"], who, err, stderr)
		case warm && (d.sim.Requests("token") != 0 || strings.Contains(stderr, "entralogin: ")):
			t.Errorf("%d requests\n%s", d.sim.Requests("token"), stderr)
		}
	}
}

// borrow puts programs named az and azd on the PATH, which print a token that an application has got for the cluster.
func (d *dropIn) borrow(app *entratest.Application, secret string) {
	d.t.Helper()
	cmd := exec.Command("entralogin", "account", "get-access-token", "--login", "spn", "--tenant-id", entratest.TenantContoso, "--client-id", app.ClientID(), "--resource", entratest.ServerID, "-o", "json")
	cmd.Env = append(slices.Clone(d.env), "ENTRALOGIN_CLIENT_SECRET="+secret)
	out, err := cmd.Output()
	var got struct{ AccessToken string }
	if err := errors.Join(err, json.Unmarshal(out, &got)); err != nil {
		d.t.Fatal(err)
	}
	expires := time.Now().Add(time.Hour)
	for name, answer := range map[string]any{
		"az":  map[string]any{"accessToken": got.AccessToken, "expires_on": expires.Unix(), "expiresOn": expires.Format("2006-01-02 15:04:05.000000"), "tokenType": "Bearer"},
		"azd": map[string]any{"token": got.AccessToken, "expiresOn": expires.UTC().Format(time.RFC3339)},
	} {
		text, err := json.Marshal(answer)
		path := d.write("bin/"+name, "")
		if err := errors.Join(err, os.Remove(path), entratest.WriteProgram(path, "#!/bin/sh\necho '"+string(text)+"'\n")); err != nil {
			d.t.Fatal(err)
		}
	}
}

// TestKubeloginOwnService is of the modes in which an assertion or a browser names the service, so that no proxy can lead to
// another one.
func TestKubeloginOwnService(t *testing.T) {
	t.Parallel()
	d := newDropIn(t, "")
	app := d.sim.Applications.Get(entratest.DaemonID)
	certificate := entratest.NewCertificate(d.sim, entratest.CertificateOptions{Subject: "daemon"})
	app.AddCertificate(certificate)
	pem := d.write("app.pem", string(certificate.PEM()))
	pfx := d.write("app.pfx", string(certificate.PFX("pass", false)))
	own := []string{"--tenant-id", entratest.TenantContoso, "--authority-host", d.sim.URL + "/"}
	pages, err := visitPages(d.sim, entratest.Alice)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pages.Close() })
	for name, mode := range map[string]struct {
		args, env []string
		who       string
	}{
		"interactive": {kubeloginArgs("interactive", append(own, "--client-id", entratest.ClientID, "--redirect-url", "http://localhost", "--login-hint", entratest.Alice)...),
			[]string{"BROWSER=browse", pagesAt + "=" + pages.Addr().String()}, entratest.ClientID},
		"spn, certificate":   {kubeloginArgs("spn", append(own, "--client-id", entratest.DaemonID, "--client-certificate", pem)...), nil, entratest.DaemonID},
		"spn, its variables": {kubeloginArgs("spn", append(own, "--client-id", authority.AKSClient)...), []string{"AAD_SERVICE_PRINCIPAL_CLIENT_ID=" + entratest.DaemonID, "AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE=" + pfx, "AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE_PASSWORD=pass"}, entratest.DaemonID},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.RemoveAll(filepath.Join(d.dir, ".cache")); err != nil {
				t.Fatal(err)
			}
			d.check(t, mode.args, mode.env, mode.who)
		})
	}
}

// TestKubeloginClouds has entries of Azure/kubelogin for each cloud signed in there, and nowhere else.
func TestKubeloginClouds(t *testing.T) {
	t.Parallel()
	for _, cloud := range authority.Clouds() {
		t.Run(cloud.Environment, func(t *testing.T) {
			t.Parallel()
			d := newDropIn(t, cloud.Host)
			secret := d.sim.Applications.Get(entratest.DaemonID).AddSecret(time.Hour)
			for _, name := range append(cloud.Aliases, cloud.Environment) {
				common := []string{"--tenant-id", entratest.TenantContoso, "--environment", name}
				d.check(t, kubeloginArgs("spn", append(common, "--client-id", entratest.DaemonID)...), []string{"AZURE_CLIENT_SECRET=" + secret, "ENTRALOGIN_CACHE_DIR=" + filepath.Join(d.dir, name)}, entratest.DaemonID)
				d.check(t, kubeloginArgs("devicecode", append(common, "--client-id", entratest.ClientID)...), nil, entratest.ClientID)
			}
			if n := d.sim.Requests("devicecode"); n != 0 {
				t.Errorf("%d sign-ins of one person", n+1)
			}
		})
	}
}
