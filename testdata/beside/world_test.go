//go:build unix

package beside

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A world is a simulated cloud, and what both programs know of it.
type world struct {
	*testing.T
	sim *entratest.Server
	say *strings.Replacer // what command lines name of it

	certificate *entratest.Certificate // of the application entratest.DaemonID
}

// noneID is an application that sees no subscription.
const noneID = "0c11e47f-0000-4192-8eaf-5a6b7c8d9ea0"

// zone is where both programs run: half an hour off most others.
const zone = "America/St_Johns"

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, sim: entratest.NewServer(entratest.WithProxy(), entratest.WithSubscriptions(entratest.Subscriptions()...))}
	t.Cleanup(w.sim.Close)
	w.sim.Set(func(s *entratest.Settings) { s.Interval = time.Second })
	app := w.sim.Applications.Get(entratest.DaemonID)
	w.certificate = entratest.NewCertificate(w.sim, entratest.CertificateOptions{})
	app.AddCertificate(w.certificate)
	issuer := entratest.NewFederatedIssuer(w.sim, "")
	app.AddFederated(entratest.FederatedCredential{Issuer: issuer.URL, Subject: "repo:contoso/side"})
	production := entratest.SubscriptionID("Contoso Production")
	w.say = strings.NewReplacer("{sim}", w.sim.URL, "{contoso}", entratest.TenantContoso, "{fabrikam}", entratest.TenantFabrikam,
		"{app}", entratest.DaemonID, "{secret}", app.AddSecret(time.Hour),
		"{assertion}", issuer.Sign(entratest.Assertion{Subject: "repo:contoso/side", Life: time.Hour}),
		"{none}", noneID, "{nonesecret}", w.sim.Applications.Get(noneID).AddSecret(time.Hour),
		"{production}", production, "{PRODUCTION}", strings.ToUpper(production),
		"{shared}", entratest.SubscriptionID("Shared"), "{labs}", entratest.SubscriptionID("Fabrikam Labs"),
		"{stranger}", "00000000-0000-4000-8000-000000000001", "{other}", "00000000-0000-4000-8000-000000000000")
	return w
}

// A home is a folder with what one of the programs keeps.
type home struct {
	w    *world
	dir  string
	real bool // the Azure CLI's, not entralogin's
}

// newHome makes the home of somebody who has not signed in.
func (w *world) newHome(real bool) home {
	w.Helper()
	h := home{w, w.TempDir(), real}
	h.write("ca.pem", string(w.sim.CertPEM()))
	h.write("certificate.pem", string(w.certificate.PEM()))
	if real {
		h.write("azure/cloudEndpoints.json", w.clouds())
		return h
	}
	h.write("config/entralogin/config.yaml", fmt.Sprintf("client-id: %s\ntenant-id: %s\nauthority-host: %s\nenvironment: AzurePublicCloud\nauthorities:\n  - host: %s\n    ca-file: ../../ca.pem\n    resource-manager: %[3]s\n",
		entratest.ClientID, entratest.TenantContoso, w.sim.URL, w.sim.Host))
	return h
}

// clouds is the file in which the Azure CLI keeps what a cloud's Resource Manager told it: a public cloud that is the
// simulator.
func (w *world) clouds() string {
	w.Helper()
	text, err := json.Marshal(map[string]any{"clouds": []any{map[string]any{
		"name":    "AzureCloud",
		"profile": "latest",
		"endpoints": map[string]string{
			"active_directory":                       w.sim.URL,
			"active_directory_resource_id":           "https://management.core.windows.net/",
			"active_directory_graph_resource_id":     "https://graph.windows.net/",
			"microsoft_graph_resource_id":            "https://graph.microsoft.com/",
			"resource_manager":                       w.sim.URL,
			"management":                             "https://management.core.windows.net/",
			"batch_resource_id":                      "https://batch.core.windows.net/",
			"media_resource_id":                      "https://rest.media.azure.net",
			"ossrdbms_resource_id":                   "https://ossrdbms-aad.database.windows.net",
			"active_directory_data_lake_resource_id": "https://datalake.azure.net/",
		},
		"suffixes": map[string]string{"storage_endpoint": "core.windows.net", "keyvault_dns": ".vault.azure.net"},
	}}})
	if err != nil {
		w.Fatal(err)
	}
	return string(text)
}

func (h home) path(name string) string { return filepath.Join(h.dir, filepath.FromSlash(name)) }

func (h home) write(name, text string) {
	h.w.Helper()
	if err := os.MkdirAll(filepath.Dir(h.path(name)), 0o700); err != nil {
		h.w.Fatal(err)
	}
	if err := os.WriteFile(h.path(name), []byte(text), 0o600); err != nil {
		h.w.Fatal(err)
	}
}

// copy is a home that begins as this one.
func (h home) copy(t *testing.T) home {
	t.Helper()
	c := home{h.w, t.TempDir(), h.real}
	if out, err := exec.Command("cp", "-a", h.dir+"/.", c.dir).CombinedOutput(); err != nil { // with the modes of secrets
		t.Fatalf("%v\n%s", err, out)
	}
	return c
}

// An outcome is what a command came to.
type outcome struct {
	code           int
	stdout, stderr string
}

func (h home) az(t *testing.T, args ...string) outcome {
	t.Helper()
	if h.real {
		return h.run(t, cmp.Or(os.Getenv("AZ"), "/usr/bin/az"), args...)
	}
	return h.run(t, filepath.Join(bin, "az"), args...)
}

func (h home) run(t *testing.T, program string, args ...string) outcome {
	t.Helper()
	env := []string{"PATH=" + bin + ":/usr/bin:/bin", "HOME=" + h.dir, "TZ=" + zone, "LANG=C.UTF-8"}
	if h.real {
		if _, err := os.Stat(h.path("azure/cloudEndpoints.json")); err == nil {
			env = append(env, "ARM_CLOUD_METADATA_URL=http://127.0.0.1:1/") // is never asked, but has that file be read
		}
		env = append(env, "AZURE_CONFIG_DIR="+h.path("azure"), "AZURE_CORE_COLLECT_TELEMETRY=false",
			"REQUESTS_CA_BUNDLE="+h.path("ca.pem"), "HTTPS_PROXY="+h.w.sim.ProxyURL, "NO_PROXY=127.0.0.1")
	} else {
		env = append(env, "XDG_CONFIG_HOME="+h.path("config"), "XDG_CACHE_HOME="+h.path("cache"))
	}
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = h.dir, env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// words are those of a command line: "..." or '...' holds some together.
func (w *world) words(line string) []string {
	var words []string
	var word strings.Builder
	quote, some := rune(0), false
	for _, c := range line + " " {
		switch {
		case c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, some = c, true
		case quote == 0 && c == ' ':
			if some {
				words = append(words, w.say.Replace(word.String()))
			}
			word.Reset()
			some = false
		default:
			word.WriteRune(c)
			some = true
		}
	}
	return words
}
