//go:build unix

package apiserver

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"k8s.io/client-go/kubernetes"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// groupsOf are the groups that a cluster sees.
func groupsOf(names ...string) []string {
	var ids []string
	for _, name := range names {
		ids = append(ids, entratest.GroupID(entratest.TenantContoso, name))
	}
	return append(ids, "system:authenticated")
}

// The first call of a program asks a person, once, and the cluster sees in the token who that is. The next program
// asks nothing of the sign-in service.
func TestAccessToken(t *testing.T) {
	t.Parallel()
	h := usual(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	for runs := 1; runs <= 2; runs++ {
		client := h.client()
		user, err := whoami(t.Context(), client)
		if err != nil {
			t.Fatal(err)
		}
		if user.Username != entratest.Alice || !slices.Equal(user.Groups, groupsOf("platform", "everyone")) {
			t.Errorf("the cluster sees %q in %q", user.Username, user.Groups)
		}
		if err := namespacesOf(t.Context(), client); err != nil {
			t.Error(err)
		}
		h.ran(runs, 1)
		if n := h.sim.Requests("token"); runs == 2 && n != 0 {
			t.Errorf("%d requests of a token by a warm call", n)
		}
		h.sim.ResetRequests()
	}
	if r := h.api.Refusals(); len(r) > 0 {
		t.Errorf("the cluster refused: %q", r)
	}
}

// A cluster with --oidc-client-id takes ID tokens, and no access token.
func TestIDToken(t *testing.T) {
	t.Parallel()
	h := newHome(t, "", func(sim *entratest.Server) []issuer {
		return []issuer{{URL: issuerURL(sim, entratest.TenantContoso), Audiences: []string{entratest.ClientID}, Rest: plain}}
	})
	h.sim.AutoApprove(entratest.Alice, 0)
	access := h.client()
	h.args = h.getToken(entratest.TenantContoso, "--token-kind", "id")
	user, err := whoami(t.Context(), h.client())
	if err != nil {
		t.Fatal(err)
	}
	if user.Username != entratest.Alice || !slices.Equal(user.Groups, groupsOf("platform", "everyone")) {
		t.Errorf("the cluster sees %q in %q", user.Username, user.Groups)
	}
	h.refused(access, "expected audience")
	h.ran(3, 1)
}

// refused checks that the cluster answers 401, and why.
func (h *home) refused(client kubernetes.Interface, reason string) {
	h.t.Helper()
	before := len(h.api.Refusals())
	_, err := whoami(h.t.Context(), client)
	if !apierrors.IsUnauthorized(err) {
		h.t.Fatalf("the cluster does not refuse: %v", err)
	}
	reasons := h.api.Refusals()[before:]
	if len(reasons) != 1 || !strings.Contains(reasons[0], reason) {
		h.t.Errorf("the cluster refused because of %q, want %q", reasons, reason)
	}
}

// What is not for this cluster, or not from its issuer, or not of this hour, is refused: for the reason that it is.
func TestRefused(t *testing.T) {
	t.Parallel()
	h := usual(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	good := h.token()
	if user, err := whoami(t.Context(), h.bearer(good)); err != nil || user.Username != entratest.Alice {
		t.Fatalf("the good token: %q, %v", user.Username, err)
	}
	h.args = h.getToken(entratest.TenantContoso, "--token-kind", "id")
	id := h.token()
	head, payload, signature := parts(t, good)
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	for name, test := range map[string]struct{ token, reason string }{
		"signature":   {head + "." + payload + "." + flip(signature), "failed to verify signature"},
		"claims":      {head + "." + base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(decoded(t, payload), "alice", "admin", 1))) + "." + signature, "failed to verify signature"},
		"unsigned":    {unsigned + "." + payload + ".", "unsupported algorithm"},
		"ID token":    {id, "expected audience"},
		"no token":    {"token", "invalid bearer token"},
		"another one": {another(t), "invalid bearer token"},
	} {
		t.Run(name, func(t *testing.T) { h.refused(h.bearer(test.token), test.reason) })
	}
}

// another is a token for the same application, tenant and person, of another issuer.
func another(t *testing.T) string {
	h := usual(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	return h.token()
}

// A clock that is wrong by hours makes tokens that have expired, or are not valid yet.
func TestExpired(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		skew   time.Duration
		reason string
	}{"expired": {-2 * time.Hour, "token is expired"}, "early": {2 * time.Hour, "before the nbf (not before) time"}} {
		t.Run(name, func(t *testing.T) {
			h := usual(t)
			h.sim.AutoApprove(entratest.Alice, 0)
			h.sim.Set(func(s *entratest.Settings) { s.Skew = test.skew })
			h.refused(h.bearer(h.token()), test.reason)
		})
	}
}

// The plugin hands out what it is told to: the token of another resource or tenant is for another cluster.
func TestWrongCluster(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		user, tenant, reason string
		more                 []string
	}{
		"audience": {entratest.Alice, entratest.TenantContoso, "expected audience", []string{"--scope", "https://graph.microsoft.com/User.Read"}},
		"tenant":   {entratest.Carol, entratest.TenantFabrikam, "invalid bearer token", []string{"--server-id", entratest.ServerID}},
	} {
		t.Run(name, func(t *testing.T) {
			h := usual(t)
			h.sim.AutoApprove(test.user, 0)
			h.args = h.getToken(test.tenant, test.more...)
			h.refused(h.client(), test.reason)
			h.ran(2, 1) // client-go runs it again after a 401, but asks the cluster no more
		})
	}
}

func parts(t *testing.T, token string) (head, payload, signature string) {
	t.Helper()
	p := strings.Split(token, ".")
	if len(p) != 3 {
		t.Fatal("not a JSON Web Token")
	}
	return p[0], p[1], p[2]
}

func decoded(t *testing.T, part string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// flip changes the first letter of a signature.
func flip(signature string) string {
	if signature[0] == 'A' {
		return "B" + signature[1:]
	}
	return "A" + signature[1:]
}
