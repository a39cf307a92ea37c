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
