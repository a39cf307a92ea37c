//go:build unix

package apiserver

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Programs that people use: the first one with an empty cache asks once, and all that follow ask nothing of the
// sign-in service.
func TestPrograms(t *testing.T) {
	for program, test := range map[string]struct {
		args []string
		want []string
	}{
		"kubectl": {[]string{"get", "namespaces"}, []string{"NAME", "default", "kube-system"}},
		"helm":    {[]string{"list", "--all-namespaces"}, []string{"NAME", "NAMESPACE", "REVISION", "CHART"}},
	} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			h := usual(t)
			h.sim.AutoApprove(entratest.Alice, 0)
			for i := range 2 {
				out := h.run(program, test.args...)
				for _, want := range test.want {
					if !strings.Contains(out, want) {
						t.Errorf("%q is missing in:\n%s", want, out)
					}
				}
				h.ran(i+1, 1)
				if n := h.sim.Requests("devicecode") + h.sim.Requests("token"); i == 1 && n != 0 {
					t.Errorf("%d requests of the sign-in service by a warm call: %v", n, h.sim.RequestLog())
				}
				h.sim.ResetRequests()
			}
			if r := h.api.Refusals(); len(r) > 0 {
				t.Errorf("the cluster refused: %q", r)
			}
		})
	}
}

// Kubectl says who somebody is, and what they may not do.
func TestWhoami(t *testing.T) {
	t.Parallel()
	h := usual(t)
	h.sim.AutoApprove(entratest.Bob, 0)
	var review authenticationv1.SelfSubjectReview
	if err := json.Unmarshal([]byte(h.run("kubectl", "auth", "whoami", "-o", "json")), &review); err != nil {
		t.Fatal(err)
	}
	if seen := review.Status.UserInfo; seen.Username != entratest.Bob || !slices.Equal(seen.Groups, groupsOf("everyone")) {
		t.Errorf("the cluster sees %q in %q", seen.Username, seen.Groups)
	}
	out, err := h.command("kubectl", "get", "namespaces").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Forbidden") || !strings.Contains(string(out), entratest.Bob) {
		t.Errorf("kubectl: %v\n%s", err, out)
	}
	h.ran(2, 1)
}
