//go:build unix

// Package browser holds the tests of signing in with a browser: headless Chromium opens the address that entralogin
// shows, fills in the simulator's page, and brings the answer to entralogin's own listener.
//
// A second authority is npm's oidc-provider, which is certified for what it does (see newProvider).
//
// Chromium is looked for on the PATH (Debian: chromium), OpenSSH's server at $SSHD, else /usr/sbin/sshd. Where one is
// missing tests fail.
package browser

import (
	"os"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest/rig"
)

// bin holds the program entralogin.
var bin string

func TestMain(m *testing.M) {
	os.Exit(rig.Main("browser", m.Run, func(dir string) error {
		bin = dir
		return rig.Entralogin(dir)
	}))
}
