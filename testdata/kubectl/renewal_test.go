//go:build unix

package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A credential says when it ends: client-go keeps it till then, however many requests a command makes.
func TestOneRunForManyRequests(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newHome(t)
		h.sim.AutoApprove(entratest.Alice, 0)
		h.succeed(k, "get", "namespaces")
		if n := h.sim.Requests("kube"); n < 3 {
			t.Errorf("kubectl made %d requests: too few to show anything", n)
		}
		if n := len(h.runs()); n != 1 {
			t.Errorf("%d runs of the plugin", n)
		}
		h.requests(1, 1)
	})
}

// A token that comes to its end within a command is renewed in silence: no request is refused, nobody is
// asked, and the plugin runs once for each token, not for each request.
func TestTokenEndsWithinCommand(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newShortLived(t)
		// Once the cluster takes its time when it has checked the token, and longer than that lives.
		h.sim.Fault("kube", entratest.Fault{Times: 1, Rewrite: func(map[string]any) { time.Sleep(life + time.Second) }})
		_, stderr := h.succeed(k, "get", "namespaces")
		asked(t, stderr, 1)
		for _, r := range h.sim.RequestLog() {
			if r.Status == http.StatusUnauthorized {
				t.Errorf("the cluster refused a token: %+v in\n%v", r, h.sim.RequestLog())
			}
		}
		runs := len(h.runs())
		if runs < 2 || runs > 3 { // 2, unless kubectl is that slow itself
			t.Errorf("%d runs of the plugin", runs)
		}
		h.requests(1, runs)
	})
}
