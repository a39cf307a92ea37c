//go:build unix

// Package kubelogin runs Azure/kubelogin and entralogin side by side, with the same arguments and variables.
package kubelogin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/entra/entratest/rig"
)

var binaries string // the folder with both programs

func TestMain(m *testing.M) {
	os.Exit(rig.Main("kubelogin", m.Run, func(dir string) error {
		binaries = dir
		return errors.Join(rig.Entralogin(dir), rig.Build(".", dir+"/", "github.com/Azure/kubelogin"))
	}))
}

// side is a machine on which both programs run.
type side struct {
	t   *testing.T
	sim *entratest.Server
	dir string
	env []string
}

// newSide has the simulator stand for Microsoft's public cloud.
func newSide(t *testing.T) *side {
	t.Helper()
	s := &side{t: t, sim: entratest.NewServer(entratest.WithProxy()), dir: t.TempDir()}
	t.Cleanup(s.sim.Close)
	s.sim.Fault("openid-configuration", entratest.Fault{Rewrite: func(answer map[string]any) {
		for name, value := range answer {
			if text, ok := value.(string); ok {
				answer[name] = strings.Replace(text, s.sim.URL, "https://login.microsoftonline.com", 1)
			}
		}
	}})
	ca := s.write(".config/entralogin/ca.pem", s.sim.CertPEM())
	s.write(".config/entralogin/config.yaml", []byte("authorities:\n  - {host: login.microsoftonline.com, ca-file: ca.pem}\n"))
	s.env = []string{"HOME=" + s.dir, "PATH=" + os.Getenv("PATH"), "HTTPS_PROXY=" + s.sim.ProxyURL, "NO_PROXY=127.0.0.1", "SSL_CERT_FILE=" + ca, "SSL_CERT_DIR=" + s.dir}
	return s
}

func (s *side) write(name string, content []byte) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// answer is what a program prints for a kubeconfig's entry: the version of the ExecCredential, and what its token says of
// who it is for and whose.
func (s *side) answer(program string, args, env []string) (map[string]any, error) {
	s.t.Helper()
	cmd := exec.Command(filepath.Join(binaries, program), args...)
	cmd.Env = slices.Concat(s.env, env)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var got struct {
		APIVersion, Kind string
		Status           struct{ Token string }
	}
	if err == nil {
		err = json.Unmarshal(out, &got)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, stderr.String())
	}
	claims, err := s.sim.VerifyToken(got.Status.Token, entratest.ServerID)
	for _, name := range []string{"exp", "iat", "nbf", "uti"} {
		delete(claims, name)
	}
	return map[string]any{"version": got.APIVersion, "kind": got.Kind, "claims": claims}, err
}

// Both programs come to the same with the same entry and the same variables.
func TestSideBySide(t *testing.T) {
	s := newSide(t)
	app := s.sim.Applications.Get(entratest.DaemonID)
	secret := app.AddSecret(time.Hour)
	issuer := entratest.NewFederatedIssuer(s.sim, "")
	for _, subject := range []string{"system:serviceaccount:shop:app", entratest.PipelinesSubject, entratest.GitHubSubject} {
		app.AddFederated(entratest.FederatedCredential{Issuer: issuer.URL, Subject: subject})
	}
	token := s.write("token", []byte(issuer.Sign(entratest.Assertion{Subject: "system:serviceaccount:shop:app"})))
	pipelines, err := entratest.StartPipelines(s.sim, issuer, entratest.DaemonID)
	github, err2 := entratest.StartGitHub(s.sim, issuer)
	service, err3 := entratest.StartAppService(s.sim)
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	for _, stop := range []func(){pipelines.Close, github.Close, service.Close} {
		t.Cleanup(stop)
	}
	id, tenant := []string{"--client-id", entratest.DaemonID}, []string{"--tenant-id", entratest.TenantContoso}
	both := slices.Concat(id, tenant)
	aks := append([]string{"--client-id", "80faf920-1908-4b52-b5ef-a8e7bedfc67a"}, tenant...) // as convert-kubeconfig leaves it
	for name, entry := range map[string]struct {
		login     string
		args, env []string
	}{
		"a secret":             {"spn", append(both, "--client-secret", secret), nil},
		"its variables":        {"spn", aks, []string{"AAD_SERVICE_PRINCIPAL_CLIENT_ID=" + entratest.DaemonID, "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET=" + secret}},
		"of both names":        {"spn", aks, []string{"AAD_SERVICE_PRINCIPAL_CLIENT_ID=" + entratest.ClientID, "AZURE_CLIENT_ID=" + entratest.DaemonID, "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET=no", "AZURE_CLIENT_SECRET=" + secret}},
		"Terraform's":          {"spn", append(aks, "--use-azurerm-env-vars"), []string{"ARM_CLIENT_ID=" + entratest.DaemonID, "ARM_CLIENT_SECRET=" + secret, "AZURE_CLIENT_SECRET=no"}},
		"no variables":         {"spn", append(both, "--client-secret", secret, "--disable-environment-override"), []string{"AZURE_CLIENT_SECRET=no"}},
		"a pod":                {"workloadidentity", nil, []string{"AZURE_CLIENT_ID=" + entratest.DaemonID, "AZURE_TENANT_ID=" + entratest.TenantContoso, "AZURE_FEDERATED_TOKEN_FILE=" + token}},
		"a pod by flags":       {"workloadidentity", append(both, "--federated-token-file", token), nil},
		"a job of GitHub's":    {"workloadidentity", both, github.Env},
		"a service connection": {"azurepipelines", append(tenant, "--azure-pipelines-service-connection-id", entratest.ServiceConnection()), pipelines.Env},
		"the machine's own":    {"msi", nil, service.Env},
		"one of a client":      {"msi", []string{"--client-id", entratest.AssignedIdentity("deploy").ClientID}, service.Env},
		"one of a resource":    {"msi", []string{"--identity-resource-id", entratest.AssignedIdentity("deploy").ResourceID}, service.Env},
	} {
		args := slices.Concat([]string{"get-token", "--login", entry.login, "--server-id", entratest.ServerID}, entry.args)
		for _, cache := range []string{".cache", ".kube", ".IdentityService"} {
			if err := os.RemoveAll(filepath.Join(s.dir, cache)); err != nil {
				t.Fatal(err)
			}
		}
		theirs, err := s.answer("kubelogin", args, entry.env)
		if err != nil {
			t.Errorf("%s: kubelogin: %v", name, err)
			continue
		}
		ours, err := s.answer("entralogin", args, entry.env)
		if err != nil || !reflect.DeepEqual(ours, theirs) {
			t.Errorf("%s: %v, not %v: %v", name, ours, theirs, err)
		}
	}
}
