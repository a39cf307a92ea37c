//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestCanaryMachines has an application sign in with a secret and with a certificate under every fault of the token
// endpoint, at every verbosity, and looks for the secret, the key and its password: in what programs say, and in all files
// but those in which they were put.
func TestCanaryMachines(t *testing.T) {
	t.Parallel()
	const password = "certificate-password-3f7c1e9b5d2a"
	c := &canary{house: newHouse(t, "ENTRALOGIN_LOGIN=spn", "ENTRALOGIN_CLIENT_ID="+entratest.DaemonID, "ENTRALOGIN_CLIENT_CERTIFICATE_PASSWORD="+password,
		"GODEBUG=http2debug=2", "GOTRACEBACK=crash"), hay: new(haystack)}
	daemon := c.sim.Applications.Get(entratest.DaemonID)
	secret := daemon.AddSecret(time.Hour)
	certificate := entratest.NewCertificate(c.sim, entratest.CertificateOptions{Subject: "daemon", Life: 24 * time.Hour})
	daemon.AddCertificate(certificate)
	c.secrets = append(c.secrets, password)
	folder := t.TempDir()
	put := func(name string, data []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ways := [][]string{{"--client-secret-file", put("secret", []byte(secret))}, {"--client-certificate", put("daemon.pfx", certificate.PFX(password, false)), "--send-certificate-chain"},
		{"--client-certificate", put("daemon.pem", certificate.PEM())}, {"--client-secret-file", put("two", []byte(secret+"\n"+secret))},
		{"--client-secret-file", secret}, {"--client-certificate", secret}, {"--client-certificate", put("cut.pem", certificate.PEM()[:700])}}
	faults := slices.DeleteFunc(canaryFaults(secret), func(f canaryFault) bool { return f.endpoint != "token" || f.at != atRenewal })
	for i, way := range ways {
		c.answer(append([]string{"entralogin", "get-token", "--server-id", entratest.ServerID, "--force-refresh", "-vv"}, way...)...)
		for nth, f := range faults {
			if i > 2 || nth%3 != i { // each fault meets one of the ways that work
				continue
			}
			c.sim.Fault("token", f.fault)
			c.answer(append([]string{"entralogin", "get-token", "--server-id", entratest.ServerID, "--force-refresh", verbosities()[nth%3]}, way...)...)
			c.sim.ClearFaults()
		}
	}
	c.say("entralogin", "doctor", "-v")
	c.say("entralogin", "config", "show")
	c.say("entralogin", "cache", "list", "-o", "json")
	c.searchAll("machines")
	t.Logf("%d secrets, none in the %d bytes that %d programs left", len(c.secrets), c.hay.bytes, c.runs)
	if c.runs < 35 {
		t.Errorf("only %d programs: the test has lost its sense", c.runs)
	}
}
