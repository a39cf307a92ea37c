//go:build unix

package main

import (
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The first call asks a person, once; the next ones ask nothing of the sign-in service.
func TestSignIn(t *testing.T) {
	for _, version := range []string{"v1", "v1beta1"} {
		t.Run(version, func(t *testing.T) {
			eachKubectl(t, func(t *testing.T, k kubectl) {
				h := newHome(t, func(u *user) { u.APIVersion = "client.authentication.k8s.io/" + version })
				ask, answer := []string{"auth", "whoami"}, entratest.Alice
				if k.minor < 28 { // which has only the beta of SelfSubjectReview
					ask, answer = []string{"get", "--raw", "/version"}, "entrasim"
				}
				first := h.start(k, ask...)
				h.approve()
				stdout, stderr := h.succeeded(first)
				contains(t, stdout, answer)
				contains(t, stderr, "entralogin: kubectl needs a sign-in")
				asked(t, stderr, 1)
				h.requests(1, -1)

				h.sim.ResetRequests()
				for _, ask := range [][]string{ask, {"get", "--raw", "/version"}, {"get", "namespaces", "-o", "name"}} {
					stdout, stderr := h.succeed(k, ask...)
					if stdout == "" || stderr != "" {
						t.Errorf("kubectl %q says %q, and %q on standard error", ask, stdout, stderr)
					}
				}
				h.untouched()
				for process, passed := range h.runs() {
					contains(t, passed, "client.authentication.k8s.io/"+version+`"`, `"interactive":false`)
					if strings.Contains(passed, `"cluster"`) {
						t.Errorf("run %s was passed cluster information: %s", process, passed)
					}
				}
			})
		})
	}
}
