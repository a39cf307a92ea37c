package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// daemonLife is how long what the application signs in with is good: longer than anybody tries a simulator.
const daemonLife = 30 * 24 * time.Hour

// daemonSubject is whom the assertion is about.
const daemonSubject = "system:serviceaccount:default:daemon"

// writeDaemon writes what an application signs in with to a folder of its own: each file is enough.
func writeDaemon(s *entratest.Server, dir string) error {
	dir = filepath.Join(dir, "daemon")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	app := s.Applications.Get(entratest.DaemonID)
	app.Assign(entratest.ServerID, "Cluster.Read")
	app.Assign("https://graph.microsoft.com", "User.Read.All")
	certificate := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "daemon.contoso.example", Life: daemonLife})
	app.AddCertificate(certificate)
	issuer := trusted(s, "", daemonSubject)
	for name, content := range map[string][]byte{
		"secret":          []byte(app.AddSecret(daemonLife)),
		"certificate.pem": certificate.PEM(),
		"certificate.pfx": certificate.PFX("", false),
		"assertion":       []byte(issuer.Sign(entratest.Assertion{Subject: daemonSubject, Life: daemonLife})),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// asDaemon is what a person types to sign in as the application.
func asDaemon(dir string) string {
	in := func(name string) string { return quote(filepath.Join(dir, "daemon", name)) }
	return fmt.Sprintf(`
# As an application, without a person: with this, or in place of its last line with
# --login spn and --client-secret-file .../secret or --client-certificate .../certificate.pem (or .pfx)
entralogin get-token --client-id %s \
  --server-id %s \
  --assertion-file %s
`, entratest.DaemonID, entratest.ServerID, in("assertion"))
}
