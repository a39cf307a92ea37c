package calls

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/git"
)

const (
	aTenant = "11111111-1111-1111-1111-111111111111"
	anApp   = "22222222-2222-2222-2222-222222222222"
)

// managerHouse is a home with a configuration of git's, for a call from git about an organisation.
func managerHouse(t *testing.T, gitconfig string, variables map[string]string) (*cli.Factory, git.Input) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(gitconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HOME": home, "GIT_CONFIG_NOSYSTEM": "1"}
	maps.Copy(env, variables)
	for name, value := range env {
		t.Setenv(name, value) // git is run in this environment
	}
	f := &cli.Factory{Now: time.Now, Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		File: &config.File{Values: map[string]string{config.TenantID: "person.example", config.ClientID: "33333333-3333-3333-3333-333333333333"}}}
	return f, git.Input{Protocol: "https", Host: "dev.azure.com", Path: "contoso/project/_git/repo"}
}

// What Git Credential Manager was told counts for Azure DevOps, by its order and its forms, as a whole: the tenant and the
// client of people are not mixed in.
func TestCredentialManager(t *testing.T) {
	people := map[string]string{"ENTRALOGIN_TENANT_ID": "other.example", "ENTRALOGIN_CLIENT_ID": "44444444-4444-4444-4444-444444444444", "ENTRALOGIN_CLIENT_SECRET_FILE": "/other"}
	for name, c := range map[string]struct {
		gitconfig string
		variables map[string]string
		want      string // login, tenant, client, and what else counts
	}{
		"nothing":               {"[credential]\n\thelper = x\n", nil, " person.example 33333333-3333-3333-3333-333333333333"},
		"a secret":              {"[credential]\nazreposServicePrincipal = " + aTenant + "/" + anApp + "\nazreposServicePrincipalSecret = s3cret\n", nil, "spn " + aTenant + " " + anApp + " client-secret=s3cret"},
		"for an organisation":   {"[credential \"https://dev.azure.com/contoso\"]\nazreposManagedIdentity = system\n", nil, "msi person.example 33333333-3333-3333-3333-333333333333"},
		"for another":           {"[credential \"https://dev.azure.com/fabrikam\"]\nazreposManagedIdentity = system\n", nil, " person.example 33333333-3333-3333-3333-333333333333"},
		"an identity by its ID": {"[credential]\nazreposManagedIdentity = id://" + anApp + "\n", nil, "msi person.example " + anApp},
		"by its resource":       {"[credential]\nazreposManagedIdentity = resource://subscriptions/s/x\n", nil, "msi person.example 33333333-3333-3333-3333-333333333333 identity-resource-id=/subscriptions/s/x"},
		"a variable":            {"[credential]\nazreposManagedIdentity = system\n", map[string]string{"GCM_AZREPOS_MANAGEDIDENTITY": anApp}, "msi person.example " + anApp},
		"GitHub":                {"", map[string]string{"GCM_AZREPOS_WIF": "github", "GCM_AZREPOS_WIF_CLIENTID": anApp, "GCM_AZREPOS_WIF_TENANTID": aTenant}, "githubactions " + aTenant + " " + anApp},
		"a file":                {"[credential]\nazreposWorkloadFederation = generic\nazreposWorkloadFederationClientId = " + anApp + "\nazreposWorkloadFederationTenantId = " + aTenant + "\nazreposWorkloadFederationAssertion = file:///run/jwt\n", nil, "federated " + aTenant + " " + anApp + " assertion-file=/run/jwt"},
		"a token in a variable": {"", map[string]string{"GCM_AZREPOS_WIF": "generic", "GCM_AZREPOS_WIF_CLIENTID": anApp, "GCM_AZREPOS_WIF_TENANTID": aTenant, "GCM_AZREPOS_WIF_ASSERTION": "eyJ"}, "federated " + aTenant + " " + anApp + " assertion-env=GCM_AZREPOS_WIF_ASSERTION"},
		"an identity's token":   {"", map[string]string{"GCM_AZREPOS_WIF": "mi", "GCM_AZREPOS_WIF_CLIENTID": anApp, "GCM_AZREPOS_WIF_TENANTID": aTenant, "GCM_AZREPOS_WIF_MANAGEDIDENTITY": "system", "GCM_AZREPOS_WIF_AUDIENCE": "api://x"}, "federated " + aTenant + " " + anApp + " assertion-identity=system assertion-audience=api://x"},
		"among people's":        {"[credential]\nazreposServicePrincipal = " + aTenant + "/" + anApp + "\nazreposServicePrincipalSecret = s3cret\n", people, "spn " + aTenant + " " + anApp + " client-secret=s3cret"},
		"its own among them":    {"[credential]\nazreposManagedIdentity = system\n", people, "msi other.example 33333333-3333-3333-3333-333333333333 client-secret-file=/other"},
		"ours counts more":      {"[credential]\nazreposManagedIdentity = system\n", map[string]string{"ENTRALOGIN_LOGIN": "devicecode"}, "devicecode person.example 33333333-3333-3333-3333-333333333333"},
	} {
		t.Run(name, func(t *testing.T) {
			f, in := managerHouse(t, c.gitconfig, c.variables)
			g, err := FindGit(t.Context(), f, nil, in)
			if err != nil {
				t.Fatal(err)
			}
			s, err := g.Settings(f)
			if err != nil {
				t.Fatal(err)
			}
			get := func(name string) string { v, _ := s.Get(name); return v }
			got := strings.Join([]string{get(config.Login), get(config.TenantID), get(config.ClientID)}, " ")
			for _, name := range []string{config.ClientSecret, config.ClientSecretFile, config.IdentityResourceID, config.AssertionFile, config.AssertionEnv, config.AssertionIdentity, config.AssertionAudience} {
				if v := get(name); v != "" {
					got += " " + name + "=" + v
				}
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestCredentialManagerRefused(t *testing.T) {
	for name, c := range map[string]struct{ gitconfig, want string }{
		"a store":         {"[credential]\nazreposServicePrincipal = a/b\nazreposServicePrincipalCertificateThumbprint = 00\n", "names a certificate in the store of the system"},
		"no client":       {"[credential]\nazreposServicePrincipal = a\n", "is no tenant ID and client ID"},
		"no identity":     {"[credential]\nazreposManagedIdentity = mine\n", "is none of system, a client ID and a resource ID"},
		"another way":     {"[credential]\nazreposWorkloadFederation = azure\n", "is none of generic, managedidentity and githubactions"},
		"a token in file": {"[credential]\nazreposWorkloadFederation = generic\nazreposWorkloadFederationAssertion = eyJhbGciOi.s3cret.x\n", "has the assertion itself"},
	} {
		t.Run(name, func(t *testing.T) {
			f, in := managerHouse(t, c.gitconfig, nil)
			_, err := FindGit(t.Context(), f, nil, in)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A host that is none of Azure DevOps gets none of it, and where no file mentions Azure DevOps git is not run.
func TestCredentialManagerElsewhere(t *testing.T) {
	f, in := managerHouse(t, "[credential]\nazreposManagedIdentity = system\n", nil)
	f.File.Hosts = []config.Host{{Host: "git.example", Scope: "api://x/.default"}}
	in.Host = "git.example"
	g, err := FindGit(t.Context(), f, nil, in)
	if s, failed := g.Settings(f); err != nil || failed != nil || s.Has(config.Login) {
		t.Errorf("%v, %v", err, failed)
	}
	for content, run := range map[string]bool{"[user]\nname = A\n": false, "[include]\npath = other\n": true} {
		t.Run(content[:6], func(t *testing.T) {
			f, in := managerHouse(t, content, map[string]string{"PATH": "/nowhere"})
			if _, err := FindGit(t.Context(), f, nil, in); (err != nil) != run {
				t.Errorf("git was run: %v", err)
			}
		})
	}
}
