//go:build unix

package main

import (
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// What stands in the args of kubectl oidc-login works with nothing but the command changed, and that word taken out: for
// people with ID tokens, for a cluster with access tokens of its own, and for an application.
func TestInt128(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newHome(t)
		h.sim.AutoApprove(entratest.Alice, 0)
		issuer := "--oidc-issuer-url=" + h.sim.URL + "/" + entratest.TenantContoso + "/v2.0"
		secret := h.sim.Applications.Get(entratest.DaemonID).AddSecret(time.Hour)
		access := []string{"--oidc-use-access-token", "--oidc-extra-scope=" + entratest.ServerID + "/.default"}
		for _, entry := range []struct {
			args     []string
			audience string
			asked    int
		}{
			{[]string{"--oidc-client-id=" + entratest.ClientID, "--grant-type=device-code", "--oidc-extra-scope=email"}, entratest.ClientID, 1},
			{append(access, "--oidc-client-id="+entratest.ClientID, "--grant-type=device-code"), entratest.ServerID, 0},
			{append(access, "--oidc-client-id="+entratest.DaemonID, "--grant-type=client-credentials", "--oidc-client-secret="+secret), entratest.ServerID, 0},
		} {
			h.user = user{APIVersion: "client.authentication.k8s.io/v1beta1", Command: "entralogin", Args: append([]string{"get-token", issuer}, entry.args...)}
			h.newCluster(entry.audience)
			_, stderr := h.succeed(k, "get", "configmaps")
			asked(t, stderr, entry.asked)
			h.sim.ResetRequests()
			_, stderr = h.succeed(k, "get", "configmaps")
			asked(t, stderr, 0)
			h.untouched()
		}
	})
}
