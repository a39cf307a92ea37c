//go:build unix

package feeds

import (
	"archive/zip"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// There is no NuGet here that would read the variable, so the test does what the credential provider of Azure Artifacts says
// that it does: it takes the credential whose endpoint is the address of the feed.
// https://github.com/microsoft/artifacts-credprovider#environment-variables
func TestNuGet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sim.AutoApprove(entratest.Carol, 0)
	index := "https://" + deps + "/nuget/v3/index.json"
	w.write("app/nuget.config", fmt.Sprintf("<configuration><packageSources><clear /><add key=\"deps\" value=%q /></packageSources></configuration>", index))
	cmd := w.program("sh", "-c", `eval "$(entralogin artifacts env)" && printf '%s' "$VSS_NUGET_EXTERNAL_FEED_ENDPOINTS"`)
	cmd.Dir = w.path("app")
	stdout, stderr := w.succeed(cmd)
	if prompts(stderr) != 1 {
		w.Errorf("%d prompts:\n%s", prompts(stderr), stderr)
	}
	var endpoints struct {
		EndpointCredentials []struct{ Endpoint, Username, Password string }
	}
	if err := json.Unmarshal([]byte(stdout), &endpoints); err != nil || len(endpoints.EndpointCredentials) != 1 {
		t.Fatalf("%v: %d endpoints", err, len(endpoints.EndpointCredentials))
	}
	at := endpoints.EndpointCredentials[0]
	if at.Endpoint != index || at.Username == "" {
		t.Errorf("endpoint %q, user name %q", at.Endpoint, at.Username)
	}
	n := nuget{w, w.client(), at.Username, at.Password}
	if got := n.description(index); got != "contoso/tools/deps" {
		t.Errorf("the package is of %q", got)
	}
	w.codes(1)
	w.checkSecrets()
}

// A nuget installs as NuGet does.
type nuget struct {
	*world
	client         *http.Client
	user, password string
}

// description installs the package of a feed and reads where it came from.
func (n nuget) description(index string) string {
	n.Helper()
	var service struct {
		Resources []struct {
			ID   string `json:"@id"`
			Type string `json:"@type"`
		}
	}
	if err := json.Unmarshal(n.get(index), &service); err != nil || len(service.Resources) != 1 {
		n.Fatalf("%v: %+v", err, service)
	}
	content := n.get(service.Resources[0].ID + "demo/1.0.0/demo.1.0.0.nupkg")
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		n.Fatal(err)
	}
	file, err := archive.Open("demo.nuspec")
	if err != nil {
		n.Fatal(err)
	}
	spec, err := io.ReadAll(file)
	if err != nil {
		n.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(spec), "<description>")
	description, _, _ := strings.Cut(rest, "</description>")
	return description
}

func (n nuget) get(address string) []byte {
	n.Helper()
	req, err := http.NewRequestWithContext(n.Context(), "GET", address, nil)
	if err != nil {
		n.Fatal(err)
	}
	req.SetBasicAuth(n.user, n.password)
	resp, err := n.client.Do(req)
	if err != nil {
		n.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		n.Fatalf("%s: %s %v", address, resp.Status, err)
	}
	return body
}

// client is one of the test's own.
func (w *world) client() *http.Client {
	w.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(w.devops.CertPEM())
	proxy, err := url.Parse(w.devops.ProxyURL)
	if err != nil {
		w.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: roots}}
	w.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}
