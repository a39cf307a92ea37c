//go:build unix

package azidentity

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Both are Azure Resource Manager, under the name that the clients of the SDK use and under an older one.
const (
	armScope = "https://management.azure.com/.default"
	oldScope = "https://management.core.windows.net//.default"
)

// A world is the home of a person, with entralogin as az on the PATH, beside a simulated cloud.
type world struct {
	*testing.T
	sim *entratest.Server
	dir string
}

// newWorld sets this process's environment: the SDK runs az with it.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, sim: entratest.NewServer(), dir: t.TempDir()}
	t.Cleanup(w.sim.Close)
	w.sim.Set(func(s *entratest.Settings) { s.Interval = time.Second })
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "ENTRALOGIN_") || strings.HasPrefix(name, "AZURE_") || name == "CI" {
			t.Setenv(name, "") // to be put back
			os.Unsetenv(name)
		}
	}
	t.Setenv("HOME", w.dir)
	t.Setenv("XDG_CACHE_HOME", w.path("cache"))
	t.Setenv("XDG_CONFIG_HOME", w.path("config"))
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	w.write("config/entralogin/ca.pem", string(w.sim.CertPEM()))
	w.write("config/entralogin/config.yaml", fmt.Sprintf("client-id: %s\ntenant-id: %s\nauthority-host: %s\nauthorities:\n  - host: %s\n    ca-file: ca.pem\n",
		entratest.ClientID, entratest.TenantContoso, w.sim.URL, w.sim.Host))
	return w
}

// subscriptions are there from now on, and Azure Resource Manager, which knows them, beside the sign-in service.
func (w *world) subscriptions() {
	w.Helper()
	w.sim.AddSubscriptions(entratest.Subscriptions()...)
	w.write("config/entralogin/config.yaml", fmt.Sprintf(`client-id: %s
tenant-id: %s
authority-host: %s
environment: AzurePublicCloud
authorities:
- {host: %s, ca-file: ca.pem, resource-manager: %[3]s}
`, entratest.ClientID, entratest.TenantContoso, w.sim.URL, w.sim.Host))
}

func (w *world) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w *world) write(name, text string) {
	w.Helper()
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o700); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(w.path(name), []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
}

// run runs a command line and returns its exit code and what it said on standard error.
func (w *world) run(words ...string) (code int, stderr string) {
	w.Helper()
	var said strings.Builder
	cmd := exec.Command(filepath.Join(bin, words[0]), words[1:]...)
	cmd.Stderr = &said
	if err := cmd.Run(); cmd.ProcessState == nil {
		w.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), said.String()
}

// signIn signs somebody in who approves at once.
func (w *world) signIn(user string) {
	w.Helper()
	w.sim.AutoApprove(user, 0)
	if code, stderr := w.run("entralogin", "login"); code != 0 {
		w.Fatalf("login: %d\n%s", code, stderr)
	}
}

// codes checks how many device codes were asked for in all.
func (w *world) codes(want int) {
	w.Helper()
	if got := w.sim.Requests("devicecode"); got != want {
		w.Errorf("%d device codes, want %d", got, want)
	}
}

// clean checks that a text has nothing secret in it.
func (w *world) clean(text string) {
	w.Helper()
	for _, secret := range w.sim.Secrets() {
		if strings.Contains(text, secret) {
			w.Error("a secret in an error")
		}
	}
}

// contains checks that a text has all of the parts.
func (w *world) contains(text string, parts ...string) {
	w.Helper()
	w.clean(text)
	for _, part := range parts {
		if !strings.Contains(text, part) {
			w.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

// client makes the options of an SDK client whose cloud is the simulator.
func (w *world) client(audience string) *arm.ClientOptions {
	return &arm.ClientOptions{ClientOptions: policy.ClientOptions{
		Cloud: cloud.Configuration{
			ActiveDirectoryAuthorityHost: w.sim.URL,
			Services:                     map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: w.sim.URL, Audience: audience}},
		},
		Transport: &http.Client{Transport: w.sim.Client().Transport, Timeout: time.Minute},
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}}
}

// verify checks what a token is for, and that the SDK knows when it ends.
func (w *world) verify(token azcore.AccessToken, audience, tenant string) {
	w.Helper()
	claims, err := w.sim.VerifyToken(token.Token, audience)
	if err != nil {
		w.Fatal(err)
	}
	if claims["tid"] != tenant {
		w.Errorf("a token of the tenant %v, not %s", claims["tid"], tenant)
	}
	end, ok := claims["exp"].(float64)
	if off := token.ExpiresOn.Sub(time.Unix(int64(end), 0)); !ok || off.Abs() > time.Minute {
		w.Errorf("the end is off by %v", off)
	}
}
