//go:build unix

package azidentity

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// needed are claims that a resource demands.
const needed = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`

func (w *world) developer(options *azidentity.AzureDeveloperCLICredentialOptions) *azidentity.AzureDeveloperCLICredential {
	w.Helper()
	c, err := azidentity.NewAzureDeveloperCLICredential(options)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// acrs checks which authentication contexts a token satisfies: "[c1]".
func (w *world) acrs(token, want string) {
	w.Helper()
	if got, err := w.sim.VerifyToken(token, ""); err != nil || fmt.Sprint(got["acrs"]) != want {
		w.Errorf("the claim acrs is %v, want %s; %v", got["acrs"], want, err)
	}
}

// The credential that runs azd: nobody has signed in, somebody has, and the service wants the person again.
func TestDeveloper(t *testing.T) {
	w := newWorld(t)
	c := w.developer(nil)
	_, err := c.GetToken(t.Context(), scopes(armScope))
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) {
		t.Errorf("%T", err)
	}
	w.contains(fmt.Sprint(err), "not logged in, run `azd auth login` to login", "Run: entralogin login --scope "+armScope)
	w.codes(0)
	w.signIn(entratest.Alice)
	for scope, audience := range map[string]string{armScope: "https://management.azure.com", oldScope: "https://management.core.windows.net/"} {
		token, err := c.GetToken(t.Context(), scopes(scope))
		if err != nil {
			t.Fatal(err)
		}
		w.verify(token, audience, entratest.TenantContoso)
	}
	requests := w.sim.Requests("*")
	if _, err := c.GetToken(t.Context(), scopes(armScope)); err != nil {
		t.Error(err)
	}
	if n := w.sim.Requests("*") - requests; n != 0 {
		t.Errorf("%d requests for a token that is there", n)
	}
	w.sim.RevokeSessions(entratest.Alice)
	_, err = c.GetToken(t.Context(), scopes("https://management.azure.com//.default"))
	w.contains(fmt.Sprint(err), "AADSTS50173", "Run: entralogin login --scope https://management.azure.com//.default")
	w.codes(1)
}

func TestDeveloperTenant(t *testing.T) {
	w := newWorld(t)
	w.signIn(entratest.Carol)
	c := w.developer(&azidentity.AzureDeveloperCLICredentialOptions{TenantID: entratest.TenantFabrikam, AdditionallyAllowedTenants: []string{"*"}})
	asked := scopes(armScope)
	for _, tenant := range []string{"", entratest.TenantContoso} {
		asked.TenantID = tenant
		token, err := c.GetToken(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		w.verify(token, "", cmp.Or(tenant, entratest.TenantFabrikam))
	}
	w.codes(1)
}

// A claims challenge that the sign-in satisfies brings a token that has what was demanded, and so has the next one.
func TestDeveloperClaims(t *testing.T) {
	w := newWorld(t)
	w.signIn(entratest.Alice)
	c := w.developer(nil)
	challenged := scopes(armScope)
	challenged.Claims = needed
	for _, asked := range []string{needed, ""} {
		challenged.Claims = asked
		token, err := c.GetToken(t.Context(), challenged)
		if err != nil {
			t.Fatal(err)
		}
		w.acrs(token.Token, "[c1]")
	}
	w.sim.Set(func(s *entratest.Settings) { s.ClaimsNeedPerson = true })
	w.sim.RequireClaims(strings.ReplaceAll(needed, "c1", "c2"))
	challenged.Claims = strings.ReplaceAll(needed, "c1", "c2")
	_, err := c.GetToken(t.Context(), challenged)
	w.contains(fmt.Sprint(err), "requires multifactor authentication or additional claims")
	w.codes(1)
}

// The credentials of developers that the default one tries in turn: az, and azd where az has no token.
func TestDeveloperChain(t *testing.T) {
	w := newWorld(t)
	t.Setenv("AZURE_TOKEN_CREDENTIALS", "dev")
	get := func() (azcore.AccessToken, error) {
		c, err := azidentity.NewDefaultAzureCredential(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.GetToken(t.Context(), scopes(armScope))
	}
	_, err := get()
	w.contains(fmt.Sprint(err), "Please run 'az login'", "not logged in, run `azd auth login` to login")
	w.signIn(entratest.Alice)
	for _, path := range []string{bin + ":/usr/bin:/bin", w.path("broken") + ":" + bin + ":/usr/bin:/bin"} {
		t.Setenv("PATH", path)
		token, err := get()
		if err != nil {
			t.Fatal(err)
		}
		w.verify(token, "https://management.azure.com", entratest.TenantContoso)
		w.write("broken/az", "#!/bin/sh\necho no >&2\nexit 1\n")
		if err := os.Chmod(w.path("broken/az"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w.codes(1)
}

// The SDK for JavaScript, which looks at standard error alone and not at the exit code.
func TestDeveloperJavaScript(t *testing.T) {
	w := newWorld(t)
	node := w.node()
	ask := func(args ...string) answer {
		return w.ask(node, append([]string{"../azidentity-js/developer.cjs"}, args...)...)
	}
	good := func(a answer, audience, tenant string) {
		t.Helper()
		if a.Error != "" {
			t.Fatalf("%s: %s", a.Error, a.Message)
		}
		w.verify(azcore.AccessToken{Token: a.Token, ExpiresOn: time.UnixMilli(int64(a.Expires))}, audience, tenant)
	}
	nobody := ask("azd", armScope)
	if nobody.Error != "CredentialUnavailableError" {
		t.Error(nobody.Error)
	}
	w.contains(nobody.Message, "Please run 'azd auth login' from a command prompt")
	t.Setenv("AZURE_TOKEN_CREDENTIALS", "dev")
	w.contains(ask("chain", armScope).Message, "Please run 'az login'", "Please run 'azd auth login'")
	w.codes(0)
	w.signIn(entratest.Carol)
	good(ask("azd", armScope), "https://management.azure.com", entratest.TenantContoso)
	good(ask("azd", oldScope, entratest.TenantFabrikam), "https://management.core.windows.net/", entratest.TenantFabrikam)
	good(ask("chain", armScope), "https://management.azure.com", entratest.TenantContoso)
	challenged := ask("azd", armScope, "", needed)
	good(challenged, "https://management.azure.com", entratest.TenantContoso)
	w.acrs(challenged.Token, "[c1]")
	w.sim.RevokeSessions(entratest.Carol)
	w.contains(ask("azd", "https://management.azure.com//.default").Message, "AADSTS50173", "Run: entralogin login --scope https://management.azure.com//.default")
	w.codes(1)
}
