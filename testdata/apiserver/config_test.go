//go:build unix

package apiserver

import (
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// rules is a configuration that trusts nothing but what it names: the tenant, the version and the names of users.
const rules = `
  claimValidationRules:
  - claim: tid
    requiredValue: ` + entratest.TenantContoso + `
  - expression: "claims.ver == '2.0' && claims.azp == '` + entratest.ClientID + `'"
    message: only what our application asked for
  claimMappings:
    username: {expression: "'entra:' + claims.preferred_username.lowerAscii()"}
    groups: {claim: groups, prefix: "entra:"}
    uid: {claim: oid}
    extra:
    - {key: entralogin.example/tenant, valueExpression: claims.tid}
  userValidationRules:
  - {expression: "!user.username.startsWith('system:')", message: "system: is reserved"}
`

// ruled is a home beside such a cluster.
func ruled(t *testing.T, rest string) *home {
	return newHome(t, "entra:", func(sim *entratest.Server) []issuer {
		return []issuer{{URL: issuerURL(sim, entratest.TenantContoso), Audiences: []string{"api://other", entratest.ServerID}, Rest: rest}}
	})
}

// Expressions and prefixes say who somebody is; all that the tokens have is there for them.
func TestMappings(t *testing.T) {
	t.Parallel()
	h := ruled(t, rules)
	h.sim.AutoApprove(entratest.Alice, 0)
	client := h.client()
	user, err := whoami(t.Context(), client)
	if err != nil {
		t.Fatalf("%v: %q", err, h.api.Refusals())
	}
	groups := []string{"system:authenticated"}
	for _, name := range []string{"platform", "everyone"} {
		groups = append(groups, "entra:"+entratest.GroupID(entratest.TenantContoso, name))
	}
	slices.Sort(groups)
	slices.Sort(user.Groups)
	if user.Username != "entra:"+entratest.Alice || !slices.Equal(user.Groups, groups) ||
		user.UID != entratest.UserID(entratest.Alice, entratest.TenantContoso) ||
		len(user.Extra) != 1 || !slices.Equal(user.Extra["entralogin.example/tenant"], []string{entratest.TenantContoso}) {
		t.Errorf("the cluster sees %+v", user)
	}
	if err := namespacesOf(t.Context(), client); err != nil {
		t.Error(err)
	}
}

// Each rule counts, and the cluster's log says which one it was.
func TestRules(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ old, new, reason string }{
		"claim":      {"requiredValue: " + entratest.TenantContoso, "requiredValue: " + entratest.TenantFabrikam, "required claim tid"},
		"expression": {"claims.ver == '2.0'", "claims.ver == '1.0'", "only what our application asked for"},
		"user":       {"startsWith('system:')", "startsWith('entra:')", "system: is reserved"},
	} {
		t.Run(name, func(t *testing.T) {
			h := ruled(t, strings.Replace(rules, test.old, test.new, 1))
			h.sim.AutoApprove(entratest.Alice, 0)
			h.refused(h.client(), test.reason)
		})
	}
}

// One cluster for two tenants: who signs in where is somebody else, with the same home and configuration.
func TestTwoIssuers(t *testing.T) {
	t.Parallel()
	mappings := func(tenant string) string { return strings.ReplaceAll(plain, `prefix: ""`, `prefix: "`+tenant+`:"`) }
	h := newHome(t, "contoso:", func(sim *entratest.Server) []issuer {
		return []issuer{
			{URL: issuerURL(sim, entratest.TenantContoso), Audiences: []string{entratest.ServerID}, Rest: mappings("contoso")},
			{URL: issuerURL(sim, entratest.TenantFabrikam), Audiences: []string{entratest.ServerID}, Rest: mappings("fabrikam")},
		}
	})
	for i, test := range []struct{ tenant, user, name, group string }{
		{entratest.TenantContoso, entratest.Alice, "contoso:" + entratest.Alice, "contoso:" + entratest.GroupID(entratest.TenantContoso, "platform")},
		{entratest.TenantFabrikam, entratest.Carol, "fabrikam:" + entratest.Carol, "fabrikam:" + entratest.GroupID(entratest.TenantFabrikam, "consultants")},
	} {
		h.sim.AutoApprove(test.user, 0)
		h.args = h.getToken(test.tenant, "--server-id", entratest.ServerID)
		seen, err := whoami(t.Context(), h.client())
		if err != nil {
			t.Fatal(err)
		}
		if seen.Username != test.name || !slices.Contains(seen.Groups, test.group) {
			t.Errorf("the cluster sees %q in %q", seen.Username, seen.Groups)
		}
		h.ran(i+1, i+1)
	}
	if r := h.api.Refusals(); len(r) > 0 {
		t.Errorf("the cluster refused: %q", r)
	}
}

// The issuer's configuration may lie elsewhere than its name says, here below the tenant's domain.
func TestDiscoveryURL(t *testing.T) {
	t.Parallel()
	h := newHome(t, "", func(sim *entratest.Server) []issuer {
		i := contoso(sim)[0]
		i.DiscoveryURL = sim.URL + "/" + entratest.DomainContoso + "/v2.0/.well-known/openid-configuration"
		return []issuer{i}
	})
	h.sim.AutoApprove(entratest.Alice, 0)
	if _, err := whoami(t.Context(), h.client()); err != nil {
		t.Error(err)
	}
}

// What kube-apiserver would not start with, this one does not start with either.
func TestInvalidConfiguration(t *testing.T) {
	t.Parallel()
	sim := entratest.NewServer()
	defer sim.Close()
	good := contoso(sim)[0]
	for name, test := range map[string]struct {
		change func(*issuer)
		want   string
	}{
		"scheme":   {func(i *issuer) { i.URL = strings.Replace(i.URL, "https", "http", 1) }, "URL scheme must be https"},
		"audience": {func(i *issuer) { i.Audiences = []string{} }, "at least one jwt[0].issuer.audiences is required"},
		"expression": {func(i *issuer) {
			i.Rest = strings.Replace(plain, "claim: groups, prefix: \"\"", "expression: claims.", 1)
		}, "compilation failed"},
		"field": {func(i *issuer) { i.Rest += "  groupClaim: groups\n" }, `unknown field "jwt[0].groupClaim"`},
	} {
		i := good
		test.change(&i)
		server, err := Start(Config{Authentication: authentication(sim, i)})
		if err == nil {
			server.Close()
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}
