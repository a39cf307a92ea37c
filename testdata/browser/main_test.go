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
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// bin holds the program entralogin.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "entralogin-browser-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		bin = dir
		cmd := exec.Command("go", "build", "-o", filepath.Join(bin, "entralogin"), "./cmd/entralogin")
		cmd.Dir = filepath.Join("..", "..")
		if out, err := cmd.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}
