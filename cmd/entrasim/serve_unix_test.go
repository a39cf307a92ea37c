//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// What serve prints can be typed as it is, in a folder of any name. client-go stands in for kubectl. A person's own
// settings of docker stay.
func TestServeCanBeTypedAlong(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's a simulator")
	var stdout, stderr lockedBuffer
	ctx, stop := context.WithCancel(t.Context())
	code := make(chan int)
	go func() {
		code <- run(ctx, []string{"serve", "--addr", "127.0.0.1:0", "--dir", dir, "--user", "alice", "--interval", "1", "--registry"}, &stdout, &stderr)
	}()
	defer func() { stop(); <-code }()
	if !until(func() bool { return strings.Contains(stdout.String(), "entralogin artifacts ") }) {
		t.Fatalf("got %q %q", stdout.String(), stderr.String())
	}
	bin := t.TempDir()
	kubectl := fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s'\n", asKubectl, os.Args[0])
	if err := entratest.WriteProgram(filepath.Join(bin, "kubectl"), kubectl); err != nil {
		t.Fatal(err)
	}
	_, typed, _ := strings.Cut(stdout.String(), "terminal:\n\n")
	shell := exec.Command("sh", "-e", "-c", typed)
	home := t.TempDir()
	shell.Env = []string{"HOME=" + home, "PATH=" + bin + ":" + filepath.Dir(entralogin(t)) + ":" + os.Getenv("PATH"), "ENTRALOGIN_AGENT=none"}
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	says(t, string(out), "Alice Adams", "Bob Bjørnsen", "Wrote user", "alice@contoso.example", `"kind":"ExecCredential"`,
		"entralogin is the helper of "+entratest.RegistryHost, `"Username":"00000000-0000-0000-0000-000000000000"`, "checks: nothing to do")
	if last := out[bytes.LastIndexByte(bytes.TrimSpace(out), '\n')+1:]; !bytes.HasPrefix(last, []byte("ey")) || bytes.Count(out, []byte("entralogin: To sign in")) != 1 {
		t.Errorf("no token for feeds ends it, or there was more than one sign-in: %s", out)
	}
	if _, err := os.Stat(filepath.Join(home, ".docker")); err == nil {
		t.Error("the person's own settings of docker were touched")
	}
	wantOrganization(t, stdout.String(), dir)
}

// wantOrganization holds an organization behind the proxy to the tenant it says.
func wantOrganization(t *testing.T, printed, dir string) {
	t.Helper()
	_, after, _ := strings.Cut(printed, "\nproxy ")
	line, _, _ := strings.Cut(after, "\n")
	proxy, err := url.Parse(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("https://pkgs.dev.azure.com/" + organization)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := resp.Header.Get("X-VSS-ResourceTenant"); resp.StatusCode != 401 || got != entratest.TenantContoso {
		t.Errorf("the organization: %s, tenant %q", resp.Status, got)
	}
}

// Who starts a second simulator is told how.
func TestServeTwice(t *testing.T) {
	first, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"serve", "--addr", first.Addr().String(), "--dir", t.TempDir()}, &stdout, &stderr)
	if code != 1 || stdout.Len() > 0 || !strings.HasSuffix(stderr.String(), "--addr 127.0.0.1:0 takes a free port\n") {
		t.Errorf("exit %d: %q, %s", code, &stdout, &stderr)
	}
}
