//go:build compat

// The tests of this file run programs by others against `entrasim serve`: MSAL for Python, the Azure CLI and kubectl.
// They fail where a program is missing. Debian has the first two as python3-msal and azure-cli; PYTHON and KUBECTL name
// other ones.

package entratest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A simulator is an entrasim process.
type simulator struct {
	origin, ca, proxy string
	client            *http.Client
}

// startSimulator builds entrasim and runs it until the test ends; then it must stop in good order.
func startSimulator(t *testing.T, flags ...string) simulator {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "entrasim")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/entralogin/entralogin/cmd/entrasim").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	cmd := exec.Command(program, append([]string{"serve", "--addr", "127.0.0.1:0", "--dir", dir, "--interval", "1", "--proxy"}, flags...)...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("entrasim: %v", err)
		}
	})
	sim := simulator{ca: filepath.Join(dir, "ca.pem")}
	for lines := bufio.NewScanner(stdout); sim.proxy == "" && lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			sim.origin = value
		}
		if value, ok := strings.CutPrefix(lines.Text(), "proxy "); ok {
			sim.proxy = strings.TrimSpace(value)
		}
	}
	if sim.proxy == "" {
		t.Fatal("entrasim does not say where it listens")
	}
	pem, err := os.ReadFile(sim.ca)
	if err != nil {
		t.Fatal(err)
	}
	sim.client = trusting(pem)
	return sim
}

// control sends a request to the control surface.
func (sim simulator) control(t *testing.T, path string, query url.Values) {
	t.Helper()
	resp, err := sim.client.Post(sim.origin+"/.sim/"+path+"?"+query.Encode(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", path, resp.Status)
	}
}

// run runs a program with nothing of the environment but the PATH, and returns its standard output.
func (sim simulator) run(t *testing.T, program string, args ...string) string {
	t.Helper()
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "AZURE_CONFIG_DIR=" + filepath.Join(home, "azure"),
		"REQUESTS_CA_BUNDLE=" + sim.ca, "HTTPS_PROXY=" + sim.proxy, "NO_PROXY=127.0.0.1"}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	err := cmd.Run()
	t.Logf("%s took %v\n%s", filepath.Base(program), time.Since(start).Round(time.Millisecond), stderr.String())
	if err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	return stdout.String()
}

func program(variable, name string) string {
	if set := os.Getenv(variable); set != "" {
		return set
	}
	return name
}

func TestMSALPython(t *testing.T) {
	sim := startSimulator(t)
	sim.control(t, "auto", url.Values{"user": {"carol"}, "after": {"1500ms"}})
	out := sim.run(t, program("PYTHON", "/usr/bin/python3"), "testdata/msal_python.py", sim.origin, entratest.TenantContoso, entratest.ClientID)
	var got struct {
		Account       string
		HomeAccountID string `json:"home_account_id"`
		Users         []string
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	if got.Account != entratest.Carol || got.HomeAccountID != entratest.HomeAccountID(entratest.Carol) {
		t.Errorf("account is %q, %q", got.Account, got.HomeAccountID)
	}
	if !slices.Contains(got.Users, entratest.Alice) {
		t.Errorf("users are %q", got.Users)
	}
}

func TestAzureCLI(t *testing.T) {
	if _, err := exec.LookPath("az"); err != nil {
		t.Fatal(err)
	}
	sim := startSimulator(t)
	sim.control(t, "auto", url.Values{"user": {"carol"}, "after": {"1500ms"}})
	out := sim.run(t, "sh", "testdata/azure_cli.sh", sim.origin, entratest.TenantContoso, entratest.TenantFabrikam)
	lines := strings.Fields(out)
	if len(lines) != 5 {
		t.Fatalf("%d lines of output", len(lines))
	}
	for i, want := range []struct{ audience, tenant string }{
		{"https://management.core.windows.net/", entratest.TenantContoso},
		{"https://graph.microsoft.com", entratest.TenantContoso},
		{"https://management.core.windows.net/", entratest.TenantFabrikam},
	} {
		claims := verifyIndependently(t, sim.client, sim.origin, lines[i])
		if claims["aud"] != want.audience || claims["tid"] != want.tenant {
			t.Errorf("token %d is for %v in %v", i, claims["aud"], claims["tid"])
		}
	}
	if got, want := lines[3:], []string{entratest.TenantContoso, entratest.TenantFabrikam}; !slices.Equal(got, want) {
		t.Errorf("tenants are %q, want %q", got, want)
	}
}

// A kubeconfig of Azure/kubelogin that uses the sign-in of az does so with entralogin in its place: az itself is run, once.
func TestAzureCLIOfKubectl(t *testing.T) {
	sim := startSimulator(t)
	sim.control(t, "auto", url.Values{"user": {"carol"}, "after": {"1500ms"}})
	dir := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", dir, "github.com/entralogin/entralogin/cmd/entralogin").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	out := sim.run(t, "sh", "testdata/azure_cli_kubectl.sh", sim.origin, entratest.TenantContoso, entratest.ServerID, program("KUBECTL", "kubectl"), dir)
	for i, want := range []string{"Sign in there: az login", entratest.Carol, "namespace/default", "nobody has signed in to az"} {
		if lines := strings.Split(out, "\n"); len(lines) != 5 || !strings.Contains(lines[i], want) {
			t.Fatalf("%q is not in line %d of %q", want, i, out)
		}
	}
}

func TestKubectl(t *testing.T) {
	sim := startSimulator(t)
	sim.control(t, "auto", url.Values{"user": {"alice"}})
	token := signIn(t, sim.client, sim.origin, entratest.TenantContoso, entratest.ServerID+"/.default openid")["access_token"].(string)
	kubectl := func(args ...string) string {
		return sim.run(t, program("KUBECTL", "kubectl"),
			append([]string{"--server", sim.origin, "--certificate-authority", sim.ca, "--token", token}, args...)...)
	}
	if out := kubectl("auth", "whoami", "-o", "json"); !strings.Contains(out, entratest.Alice) || !strings.Contains(out, entratest.GroupID(entratest.TenantContoso, "platform")) {
		t.Errorf("whoami says %s", out)
	}
	if out := kubectl("get", "--raw", "/version"); !strings.Contains(out, "entrasim") {
		t.Errorf("version is %s", out)
	}
	if out := kubectl("get", "namespaces", "-o", "name"); out != "namespace/default\n" {
		t.Errorf("namespaces are %q", out)
	}
}
