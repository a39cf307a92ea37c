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
	"github.com/entralogin/entralogin/testdata/git/home"
)

// There is no NuGet here that would read the variables, so the test does what those who read them say that they do: the
// credential provider of Azure Artifacts takes the credential whose endpoint is the address of the feed, NuGet itself that
// of the variable that ends with the name of the source.
//
//   - https://github.com/microsoft/artifacts-credprovider#environment-variables
//   - https://learn.microsoft.com/nuget/consume-packages/consuming-packages-authenticated-feeds
func TestNuGet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Sim.AutoApprove(entratest.Carol, 0)
	index := "https://" + deps + "/nuget/v3/index.json"
	w.Write("app/nuget.config", fmt.Sprintf("<configuration><packageSources><clear /><add key=\"deps\" value=%q /></packageSources></configuration>", index))
	for i, name := range []string{"VSS_NUGET_EXTERNAL_FEED_ENDPOINTS", "ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS", "NuGetPackageSourceCredentials_deps"} {
		cmd := w.program("sh", "-c", `eval "$(entralogin artifacts env)" && printenv "$0"`, name)
		cmd.Dir = w.Path("app")
		stdout, stderr := w.succeed(cmd)
		if first := i == 0; home.Prompts(stderr) != 0 != first {
			w.Errorf("%d prompts:\n%s", home.Prompts(stderr), stderr)
		}
		n := nuget{world: w, client: w.client()}
		if strings.HasPrefix(name, "NuGet") {
			n.user, n.password = source(w, stdout)
		} else {
			n.user, n.password = endpoint(w, stdout, index)
		}
		if got := n.description(index); got != "contoso/tools/deps" {
			t.Errorf("%s: the package is of %q", name, got)
		}
	}
	w.Codes(1)
	w.checkSecrets()
}

// endpoint reads the JSON of the credential provider.
func endpoint(w *world, value, index string) (user, password string) {
	w.Helper()
	var endpoints struct {
		EndpointCredentials []struct{ Endpoint, Username, Password string }
	}
	if err := json.Unmarshal([]byte(value), &endpoints); err != nil {
		w.Fatal(err)
	}
	for _, c := range endpoints.EndpointCredentials {
		if c.Endpoint == index {
			return c.Username, c.Password
		}
	}
	w.Fatalf("no endpoint is %s", index)
	return "", ""
}

// source reads NuGet's own variable, "Username=...;Password=...".
func source(w *world, value string) (user, password string) {
	w.Helper()
	fields := map[string]string{}
	for field := range strings.SplitSeq(strings.TrimSpace(value), ";") {
		name, text, _ := strings.Cut(field, "=")
		fields[name] = text
	}
	return fields["Username"], fields["Password"]
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
