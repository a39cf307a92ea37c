package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

func TestUsage(t *testing.T) {
	for _, args := range []string{
		"", "bogus", "serve extra", "serve --bogus", "serve --addr 0.0.0.0:8443", "serve --addr :8443", "serve --addr example.com:443", "serve --addr 192.0.2.1:1",
		"serve --addr 127.0.0.1", "serve --user nobody", "serve --interval -1", "serve --token-life 0s", "serve --after -1s", "serve --token-life soon",
		"serve --block-device-code x", "serve --block-device-code 0", "serve --block-device-code 53003:page", "serve --block-browser 53003:request", "serve --block-browser :page",
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), strings.Fields(args), &stdout, &stderr); code != 2 {
			t.Errorf("entrasim %s: exit %d", args, code)
		}
		if stdout.Len() > 0 || !strings.HasPrefix(stderr.String(), "entrasim: ") {
			t.Errorf("entrasim %s: stdout %q, stderr %q", args, &stdout, &stderr)
		}
	}
}

// A lockedBuffer is written by the program while the test reads it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// serve runs until it is told to stop, and what it writes leads to it.
func TestServe(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	dir := filepath.Join(t.TempDir(), "sim")
	var stdout, stderr lockedBuffer
	code := make(chan int)
	go func() {
		code <- run(ctx, []string{"serve", "--addr", "127.0.0.1:0", "--dir", dir, "--user", "alice", "--token-life", "10m",
			"--block-device-code", "53003:request", "--block-browser", "50105"}, &stdout, &stderr)
	}()
	if !until(func() bool { return strings.Contains(stdout.String(), "/devicelogin\n") }) {
		t.Fatalf("it does not listen: %q %q", stdout.String(), stderr.String())
	}
	text, err := os.ReadFile(filepath.Join(dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Authorities []struct {
			Host   string `json:"host"`
			CAFile string `json:"ca-file"`
			Graph  string `json:"graph"`
			ARM    string `json:"resource-manager"`
		} `json:"authorities"`
		AuthorityHost string `json:"authority-host"`
		Environment   string `json:"environment"`
		TenantID      string `json:"tenant-id"`
		ClientID      string `json:"client-id"`
	}
	if err := yaml.UnmarshalStrict(text, &config); err != nil {
		t.Fatal(err)
	}
	if config.TenantID != entratest.TenantContoso || config.ClientID != entratest.ClientID || len(config.Authorities) != 1 {
		t.Fatalf("config is %+v", config)
	}
	if a := config.Authorities[0]; a.Graph != config.AuthorityHost || a.ARM != config.AuthorityHost || "https://"+a.Host != config.AuthorityHost {
		t.Errorf("config is %+v", config)
	}
	pem, err := os.ReadFile(config.Authorities[0].CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	resp, err := client.Get(config.AuthorityHost + "/" + config.TenantID + "/v2.0/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Error(resp.Status)
	}
	resp, err = client.PostForm(config.AuthorityHost+"/"+config.TenantID+"/oauth2/v2.0/devicecode", url.Values{"client_id": {config.ClientID}, "scope": {"User.Read"}})
	if err != nil {
		t.Fatal(err)
	}
	answer, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.Contains(string(answer), "AADSTS53003") {
		t.Errorf("a device code: %s", answer)
	}
	daemonSignsIn(t, client, config.AuthorityHost+"/"+config.TenantID, dir)
	says(t, stdout.String(), "devicecode, with AADSTS53003 (request)\n", "browser, with AADSTS50105 (page)\n", "In another terminal")
	stop()
	if got := <-code; got != 0 || stderr.String() != "" {
		t.Errorf("exit %d, stderr %q", got, stderr.String())
	}
}

// The stand-ins of machines answer where their variables say.
func TestServeMachines(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	dir := filepath.Join(t.TempDir(), "sim")
	var stdout, stderr lockedBuffer
	code := make(chan int)
	go func() {
		code <- run(ctx, []string{"serve", "--addr", "127.0.0.1:0", "--dir", dir, "--machines"}, &stdout, &stderr)
	}()
	if !until(func() bool { return strings.Contains(stdout.String(), "AZURE_AUTHORITY_HOST=") }) {
		t.Fatalf("it does not say them: %q %q", stdout.String(), stderr.String())
	}
	says(t, stdout.String(), "# IMDS\n# for some Azure SDKs; entralogin asks 169.254.169.254 ", "export AZURE_POD_IDENTITY_AUTHORITY_HOST=http://127.0.0.1:", "# Service Fabric\n", "# Azure Machine Learning\nexport MSI_ENDPOINT=", "# Cloud Shell\n",
		"# Azure Arc\n", "# Azure Pipelines\n", "# AKS with identity bindings\n")
	env := map[string]string{}
	_, github, _ := strings.Cut(stdout.String(), "# GitHub Actions\n")
	for line := range strings.Lines(github) {
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if !ok {
			break
		}
		env[name] = strings.Trim(value, "'")
	}
	pem, err := os.ReadFile(env["SSL_CERT_FILE"])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	req, err := http.NewRequest("GET", env["ACTIONS_ID_TOKEN_REQUEST_URL"]+"&audience=x", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Error(resp.Status)
	}
	stop()
	if got := <-code; got != 0 || stderr.String() != "" {
		t.Errorf("exit %d, stderr %q", got, stderr.String())
	}
	if resp, err := client.Do(req); err == nil {
		resp.Body.Close()
		t.Error("it goes on")
	}
}
