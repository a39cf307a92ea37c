package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// daemonSignsIn uses each file of the folder daemon, for the application and with its roles.
func daemonSignsIn(t *testing.T, client *http.Client, authority, dir string) {
	t.Helper()
	read := func(name string) []byte {
		path := filepath.Join(dir, "daemon", name)
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("%s: %v %v", name, info, err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	sign := func(name string, by confidential.Credential, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		app, err := confidential.New(authority, entratest.DaemonID, by, confidential.WithInstanceDiscovery(false), confidential.WithHTTPClient(client))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := app.AcquireTokenByCredential(t.Context(), []string{entratest.ServerID + "/.default"}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	secret, err := confidential.NewCredFromSecret(string(read("secret")))
	sign("secret", secret, err)
	chain, key, err := confidential.CertFromPEM(read("certificate.pem"), "")
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := confidential.NewCredFromCert(chain, key)
	sign("certificate.pem", certificate, err)
	if _, same, err := pkcs12.Decode(read("certificate.pfx"), ""); err != nil || !same.Equal(chain[0]) {
		t.Errorf("certificate.pfx: %v", err)
	}
	assertion := string(read("assertion"))
	sign("assertion", confidential.NewCredFromAssertionCallback(func(context.Context, confidential.AssertionRequestOptions) (string, error) { return assertion, nil }), nil)
}
