//go:build unix

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const arcCluster = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Kubernetes/connectedClusters/arc"

// A cluster of Azure Arc takes requests with proof of possession alone: what Azure/kubelogin's users have works with nothing
// but the command changed. One sign-in brings the token, and each run of kubectl signs anew.
func TestArc(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newPublic(t)
		h.sim.Set(func(s *entratest.Settings) { s.Arc = arcCluster })
		exec := strings.NewReplacer("command: kubelogin", "- --pop-enabled\n- --pop-claims\n- u="+arcCluster+"\ncommand: entralogin",
			"6dae42f8-4368-4678-94ff-3960e28e3630", "6256c85f-0aad-4d50-b960-e6e9b21efe35",
			"80faf920-1908-4b52-b5ef-a8e7bedfc67a", "3f4439ff-e698-4d6d-84fe-09c9d574f06b").Replace(kubeloginUser)
		h.kubeloginConfig(exec)
		stdout, stderr := h.succeed(k, "get", "namespaces")
		contains(t, stdout, "default ")
		asked(t, stderr, 1)
		h.ran(1, 1)
		h.requests(1, 2)
		h.sim.ResetRequests()
		for range 2 {
			_, stderr = h.succeed(k, "get", "namespaces")
			asked(t, stderr, 0)
		}
		h.requests(0, 0)
		h.sim.Set(func(s *entratest.Settings) { s.Skew = 10 * time.Minute }) // which a signed request outlives
		h.succeed(k, "get", "namespaces")
		h.requests(0, 0)
	})
}
