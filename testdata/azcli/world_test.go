//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// measure has the same tests hold for the program that entralogin stands in for: what they expect is what it does.
var measure = flag.Bool("measure", false, "run all with Debian's Azure CLI in place of entralogin")

const publicHost = "login.microsoftonline.com"

// A world is the home of a person beside a simulated cloud, with one of the programs az on the PATH.
type world struct {
	*testing.T
	sim *entratest.Server
	dir string
	env []string

	hosts map[string]http.Handler // others of Azure that a test answers for; it adds them before it runs anything
	port  int                     // where they are
}

// newWorld makes a world with the az that is to be looked at. To the Azure CLI the simulator is Microsoft's public cloud.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, sim: entratest.NewServer(entratest.WithSubscriptions(entratest.Subscriptions()...)), dir: t.TempDir(), hosts: make(map[string]http.Handler)}
	t.Cleanup(w.sim.Close)
	w.sim.Set(func(s *entratest.Settings) { s.Interval = time.Second })
	proxy, top := w.serve()
	ca := w.write(".config/entralogin/ca.pem", string(w.sim.CertPEM())+string(top))
	w.write(".config/entralogin/config.yaml", fmt.Sprintf(`client-id: %s
tenant-id: %s
authority-host: %s
environment: AzurePublicCloud
authorities:
- {host: %s, ca-file: ca.pem, resource-manager: %[3]s}
`, entratest.ClientID, entratest.TenantContoso, w.sim.URL, w.sim.Host))
	folder := filepath.Join(bin, "as-az")
	if *measure {
		folder = "/usr/bin"
	}
	w.env = []string{"HOME=" + w.dir, "PATH=" + folder + ":/usr/bin:/bin", "LANG=C.UTF-8", "HTTPS_PROXY=" + proxy,
		"SSL_CERT_FILE=" + ca, "NO_PROXY=127.0.0.1", "NODE_EXTRA_CA_CERTS=" + ca, "REQUESTS_CA_BUNDLE=" + ca, // of Go, Node and Python
		"AZURE_CORE_COLLECT_TELEMETRY=false", "AZURE_CORE_NO_COLOR=true"}
	return w
}

func (w *world) write(name, text string) string {
	w.Helper()
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		w.Fatal(err)
	}
	return path
}

// run runs a program of the world's PATH, or one of bin.
func (w *world) run(words ...string) (stdout, stderr string, err error) {
	w.Helper()
	program := filepath.Join(bin, words[0])
	if _, err := os.Stat(program); err != nil {
		program = "/usr/bin/env"
	} else {
		words = words[1:]
	}
	var out, said bytes.Buffer
	cmd := exec.Command(program, words...)
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.Dir = w.env, &out, &said, w.dir
	err = cmd.Run()
	return out.String(), said.String(), err
}

func (w *world) must(words ...string) string {
	w.Helper()
	stdout, stderr, err := w.run(words...)
	if err != nil {
		w.Fatalf("%q: %v\n%s", words, err, stderr)
	}
	return stdout
}

// signIn signs somebody in who approves at once, in the way of the az that is there.
func (w *world) signIn(user string) {
	w.Helper()
	w.sim.AutoApprove(user, 0)
	if *measure {
		w.must("az", "login", "--use-device-code", "--output", "none")
		return
	}
	w.must("entralogin", "login")
}

// ask has a library ask az.
func (w *world) ask(words ...string) (answer got) {
	w.Helper()
	stdout := w.must(append([]string{"azcli"}, words...)...)
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil {
		w.Fatalf("%v in %q", err, stdout)
	}
	w.clean(answer.Error)
	return answer
}

// clean checks that an error has nothing secret in it.
func (w *world) clean(text string) {
	w.Helper()
	for _, secret := range w.sim.Secrets() {
		if strings.Contains(text, secret) {
			w.Error("a secret in an error")
		}
	}
}

// verify checks who a token is for, and of which tenant.
func (w *world) verify(token, audience, tenant string) {
	w.Helper()
	claims, err := w.sim.VerifyToken(token, "")
	if aud, _ := claims["aud"].(string); err != nil || strings.TrimSuffix(aud, "/") != audience || claims["tid"] != tenant {
		w.Errorf("a token for %v of the tenant %v: %v", claims["aud"], claims["tid"], err)
	}
}
