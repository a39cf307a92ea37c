//go:build unix

package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// One command of kubectl runs a plugin that fails several times. Whoever said no is not asked again, neither
// by this command nor by the next one.
func TestDeclined(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newHome(t)
		h.sim.AutoDecline(0)
		stderr := h.fail(k, "get", "namespaces")
		contains(t, stderr, "declined", "To start a new sign-in: entralogin login ", "failed with exit code 5")
		asked(t, stderr, 1)
		h.ran(2, 5)
		h.requests(1, 1)

		stderr = h.fail(k, "get", "namespaces")
		contains(t, stderr, "declined", "nobody was asked again")
		asked(t, stderr, 0)
		h.requests(1, 1)
	})
}

// Where nobody can be asked the command fails at once and says what to run.
func TestUnattended(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newHome(t)
		h.env = []string{"CI=true"}
		start := time.Now()
		stderr := h.fail(k, "get", "namespaces")
		if took := time.Since(start); took > end { // five runs of the plugin at most, and kubectl's own work
			t.Errorf("took %v", took)
		}
		contains(t, stderr, "nobody can be asked here (CI is set)",
			"Run: entralogin login --tenant-id "+entratest.TenantContoso+" --client-id "+entratest.ClientID+" --authority-host "+h.sim.URL)
		h.untouched()
	})
}

// The token of another resource: the cluster refuses it, kubectl says so, and nobody is asked again.
func TestWrongAudience(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newHome(t, func(u *user) { u.Args[1], u.Args[2] = "--scope", "https://graph.microsoft.com/User.Read" })
		h.write(".config/entralogin/config.yaml", 0o600,
			fmt.Sprintf("authorities:\n  - host: %s\n    ca-file: ca.pem\nallow-resources: [\"https://graph.microsoft.com\"]\n", h.sim.Host))
		h.sim.AutoApprove(entratest.Alice, 0)
		stderr := h.fail(k, "get", "namespaces")
		contains(t, stderr, "You must be logged in to the server")
		if n := len(h.runs()); n > 6 {
			t.Errorf("%d runs of the plugin", n)
		}
		h.requests(1, 1)
	})
}
