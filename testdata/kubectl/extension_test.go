//go:build unix

package main

import (
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// aksServerID is AKS's own server application.
const aksServerID = "6dae42f8-4368-4678-94ff-3960e28e3630"

// newExtended is a home whose kubeconfig says nothing of a request but in the cluster's extension. What the
// extension says is changed in one place or more; an empty text takes a key away.
func newExtended(t *testing.T, changes map[string]any, args ...string) *home {
	t.Helper()
	h := newHome(t, func(u *user) { u.ProvideClusterInfo = true })
	h.user.Args = append([]string{"get-token", "--authority-host", h.sim.URL}, args...)
	h.extension = map[string]any{"tenant-id": entratest.TenantContoso, "client-id": entratest.ClientID, "server-id": entratest.ServerID}
	for key, value := range changes {
		h.extension[key] = value
		if value == "" {
			delete(h.extension, key)
		}
	}
	h.kubeconfig()
	return h
}

// Each setting of the cluster's extension decides about the token, unless a flag says something else.
func TestExtension(t *testing.T) {
	for name, test := range map[string]struct {
		extension map[string]any
		args      []string
		person    string
		want      map[string]any // claims
	}{
		"tenant, client and server": {nil, nil, entratest.Alice,
			map[string]any{"tid": entratest.TenantContoso, "azp": entratest.ClientID, "aud": entratest.ServerID}},
		"another tenant": {map[string]any{"tenant-id": entratest.DomainFabrikam}, nil, entratest.Carol,
			map[string]any{"tid": entratest.TenantFabrikam, "preferred_username": entratest.Carol}},
		"another client": {map[string]any{"client-id": entratest.ClientID2}, nil, entratest.Alice,
			map[string]any{"azp": entratest.ClientID2}},
		"another server": {map[string]any{"server-id": aksServerID}, nil, entratest.Alice,
			map[string]any{"aud": aksServerID}},
		"a scope": {map[string]any{"server-id": "", "scope": aksServerID + "/.default"}, nil, entratest.Alice,
			map[string]any{"aud": aksServerID}},
		"a list of scopes": {map[string]any{"server-id": "", "scope": []string{aksServerID + "/user.read"}}, nil, entratest.Alice,
			map[string]any{"aud": aksServerID, "scp": "user.read"}},
		"ID token": {map[string]any{"server-id": "", "token-kind": "id"}, nil, entratest.Alice,
			map[string]any{"aud": entratest.ClientID, "scp": nil}},
		"the type of the extension itself": {map[string]any{"apiVersion": "example.com/v1", "kind": "Login"}, nil, entratest.Alice,
			map[string]any{"aud": entratest.ServerID}},
		"a flag counts more": {map[string]any{"tenant-id": entratest.TenantFabrikam, "server-id": aksServerID},
			[]string{"--tenant-id", entratest.TenantContoso, "--server-id", entratest.ServerID}, entratest.Alice,
			map[string]any{"tid": entratest.TenantContoso, "aud": entratest.ServerID}},
	} {
		t.Run(name, func(t *testing.T) {
			eachKubectl(t, func(t *testing.T, k kubectl) {
				h := newExtended(t, test.extension, test.args...)
				c := h.newCluster("")
				h.sim.AutoApprove(test.person, 0)
				_, stderr := h.succeed(k, "get", "--raw", "/version")
				asked(t, stderr, 1)
				c.claimed(t, test.want)
				h.requests(1, 1)
			})
		})
	}
}

// claimed checks the claims of the last token that was used.
func (c *cluster) claimed(t *testing.T, want map[string]any) {
	t.Helper()
	log := c.log()
	if len(log) == 0 {
		t.Fatal("the cluster got no request")
	}
	for name, value := range want {
		if got := log[len(log)-1].claims[name]; got != value {
			t.Errorf("the claim %s is %v, want %v", name, got, value)
		}
	}
}

// The extension chooses between several accounts.
func TestExtensionAccount(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newExtended(t, nil)
		c := h.newCluster("")
		for _, person := range []string{entratest.Alice, entratest.Bob} {
			h.extension["account"] = person
			h.kubeconfig()
			h.sim.AutoApprove(person, 0)
			_, stderr := h.succeed(k, "get", "--raw", "/version")
			contains(t, stderr, "account "+person)
		}
		h.sim.ResetRequests()
		for _, person := range []string{entratest.Alice, entratest.Bob} {
			h.extension["account"] = person
			h.kubeconfig()
			h.succeed(k, "get", "--raw", "/version")
			c.claimed(t, map[string]any{"preferred_username": person})
		}
		delete(h.extension, "account")
		h.kubeconfig()
		contains(t, h.fail(k, "get", "--raw", "/version"), "Name one with --account", "failed with exit code 3")
		h.untouched()
	})
}

// What the extension may not say, or says in a way that can't be understood, reaches the person who runs
// kubectl, and nothing is asked of any service.
func TestExtensionRefused(t *testing.T) {
	for name, test := range map[string]struct {
		extension map[string]any
		args      []string // get-token alone, if there are some
		want      []string
	}{
		"nobody may be asked": {map[string]any{"prompt": "never"}, nil,
			[]string{"nobody can be asked here", "Run: entralogin login", "failed with exit code 4"}},
		"an unknown key": {map[string]any{"tenantid": "x"}, nil,
			[]string{`unknown key "tenantid"`, `is "tenant-id" meant?`, "failed with exit code 2"}},
		"a number": {map[string]any{"tenant-id": 7}, nil,
			[]string{`"tenant-id"`, "has to be a text", "failed with exit code 2"}},
		"a kind of token that is none": {map[string]any{"token-kind": "refresh"}, nil,
			[]string{`token-kind (the cluster's configuration) is "refresh"`, "neither access nor id", "failed with exit code 3"}},
		"an authority that nobody trusts": {map[string]any{"authority-host": "https://login.evil.example"}, []string{"-v"},
			[]string{"login.evil.example, which is none of the Microsoft clouds and not in your config", "failed with exit code 3"}},
		"an authority of its own": {map[string]any{"authorities": []any{map[string]any{"host": "login.evil.example"}}}, nil,
			[]string{`unknown key "authorities"`, "failed with exit code 2"}},
		"a config file of its own": {map[string]any{"config": "/tmp/config.yaml"}, nil,
			[]string{`unknown key "config"`, "failed with exit code 2"}},
		"a CA of its own": {map[string]any{"ca-file": "/tmp/ca.pem"}, nil,
			[]string{`unknown key "ca-file"`, "failed with exit code 2"}},
		"a cloud that is none": {map[string]any{"environment": "AzureEvilCloud"}, []string{"-v"},
			[]string{`"AzureEvilCloud"`, "is no known cloud", "failed with exit code 3"}},
		"another cloud": {map[string]any{"environment": "AzureUSGovernmentCloud", "prompt": "never"}, []string{"-v"},
			[]string{"environment is AzureUSGovernmentCloud (the cluster's configuration)", "--environment AzureUSGovernmentCloud", "failed with exit code 4"}},
	} {
		t.Run(name, func(t *testing.T) {
			eachKubectl(t, func(t *testing.T, k kubectl) {
				h := newExtended(t, test.extension)
				if test.args != nil {
					h.user.Args = append([]string{"get-token"}, test.args...)
					h.kubeconfig()
				}
				h.sim.AutoApprove(entratest.Alice, 0)
				stderr := h.fail(k, "get", "--raw", "/version")
				contains(t, stderr, test.want...)
				if strings.Contains(stderr, "To sign in") {
					t.Errorf("somebody was asked:\n%s", stderr)
				}
				h.untouched()
			})
		})
	}
}
