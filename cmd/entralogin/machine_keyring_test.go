//go:build keyring && linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestKeyringOfSecrets has a person type a client secret on a terminal, on a session bus with a real gnome-keyring: what
// the service refuses is not kept, what it takes serves the calls after it, and logout takes it out.
//
//	go test -count=1 -tags keyring -run Keyring ./cmd/entralogin
func TestKeyringOfSecrets(t *testing.T) {
	runtime := filepath.Join(t.TempDir(), "run")
	if err := os.Mkdir(runtime, 0o700); err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, "XDG_RUNTIME_DIR="+runtime, "ENTRALOGIN_LOGIN=spn", "ENTRALOGIN_CLIENT_SECRET_KEYRING=true", "ENTRALOGIN_CLIENT_ID="+entratest.DaemonID)
	secret := h.sim.Applications.Get(entratest.DaemonID).AddSecret(time.Hour)
	const inside = `printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null
entralogin login; echo first $?
entralogin login; echo second $?
rm -r "$HOME/.cache/entralogin"
entralogin get-token --server-id ` + entratest.ServerID + ` | cut -c1-24; entralogin logout
entralogin get-token --server-id ` + entratest.ServerID + `; echo last $?`
	p := h.onTerminal(200, 50, nil, "dbus-run-session", "--", "sh", "-c", inside)
	p.shows(`Client secret of .* \(nothing is shown of it\): $`)
	p.types("another secret\n")
	p.shows("first 5")
	p.shows(`first 5\s+entralogin: Client secret of .*: $`)
	p.types(secret + "\n")
	p.shows("second 0")
	said := p.end()
	for _, want := range []string{"AADSTS7000215", "The service takes the application", `{"kind":"ExecCredential"`, "Its client secret is taken out of the keyring.", "the keyring has no client secret of", "last 3"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q: %s", want, said)
		}
	}
	if strings.Contains(said, secret) || strings.Contains(said, "another secret") {
		t.Errorf("the secret is shown: %s", said)
	}
}
