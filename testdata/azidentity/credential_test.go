//go:build unix

package azidentity

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armsubscriptions"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

func (w *world) credential(options *azidentity.AzureCLICredentialOptions) *azidentity.AzureCLICredential {
	w.Helper()
	c, err := azidentity.NewAzureCLICredential(options)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func scopes(scope string) policy.TokenRequestOptions {
	return policy.TokenRequestOptions{Scopes: []string{scope}}
}

// One sign-in serves the credential for all resources, each under its very name.
func TestToken(t *testing.T) {
	w := newWorld(t)
	w.signIn(entratest.Alice)
	c := w.credential(nil)
	for scope, audience := range map[string]string{armScope: "https://management.azure.com",
		"https://management.azure.com//.default": "https://management.azure.com/", oldScope: "https://management.core.windows.net/"} {
		token, err := c.GetToken(t.Context(), scopes(scope))
		if err != nil {
			t.Fatal(err)
		}
		w.verify(token, audience, entratest.TenantContoso)
	}
	w.codes(1)
	requests := w.sim.Requests("*")
	if _, err := c.GetToken(t.Context(), scopes(armScope)); err != nil {
		t.Error(err)
	}
	if n := w.sim.Requests("*") - requests; n != 0 {
		t.Errorf("%d requests for a token that is there", n)
	}
}

// A client of Azure Resource Manager lists with it what the account may see.
func TestClient(t *testing.T) {
	w := newWorld(t)
	w.signIn(entratest.Carol)
	for _, audience := range []string{"https://management.azure.com", "https://management.core.windows.net/"} {
		client, err := armsubscriptions.NewTenantsClient(w.credential(nil), w.client(audience))
		if err != nil {
			t.Fatal(err)
		}
		var tenants []string
		for pager := client.NewListPager(nil); pager.More(); {
			page, err := pager.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, tenant := range page.Value {
				tenants = append(tenants, *tenant.TenantID)
			}
		}
		slices.Sort(tenants)
		if want := []string{entratest.TenantContoso, entratest.TenantFabrikam}; !slices.Equal(tenants, want) {
			t.Errorf("the tenants %v, want %v", tenants, want)
		}
	}
	w.codes(1)
	if n := w.sim.Requests("arm"); n != 2 {
		t.Errorf("%d requests of Azure Resource Manager", n)
	}
}

// The tenant of the credential, or of one call, counts; the sign-in is the same.
func TestTenant(t *testing.T) {
	w := newWorld(t)
	w.signIn(entratest.Carol)
	c := w.credential(&azidentity.AzureCLICredentialOptions{TenantID: entratest.TenantFabrikam, AdditionallyAllowedTenants: []string{"*"}})
	token, err := c.GetToken(t.Context(), scopes(armScope))
	if err != nil {
		t.Fatal(err)
	}
	w.verify(token, "", entratest.TenantFabrikam)
	other := scopes(armScope)
	other.TenantID = entratest.TenantContoso
	if token, err = c.GetToken(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	w.verify(token, "", entratest.TenantContoso)
	w.codes(1)
}

// The default chain, with the one credential of it that runs az.
func TestDefaultChain(t *testing.T) {
	w := newWorld(t)
	t.Setenv("AZURE_TOKEN_CREDENTIALS", "AzureCLICredential")
	c, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.GetToken(t.Context(), scopes(armScope))
	w.contains(fmt.Sprint(err), "Please run 'az login'")
	w.signIn(entratest.Alice)
	token, err := c.GetToken(t.Context(), scopes(armScope))
	if err != nil {
		t.Fatal(err)
	}
	w.verify(token, "https://management.azure.com", entratest.TenantContoso)
}

// Nobody has signed in: az says so, within the ten seconds that the SDK waits, in the words of the Azure CLI, names
// the command, and asks nobody.
func TestNobody(t *testing.T) {
	w := newWorld(t)
	_, err := w.credential(nil).GetToken(t.Context(), scopes(armScope))
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) {
		t.Fatalf("%T: %v", err, err)
	}
	w.contains(err.Error(), "Please run 'az login' to setup account.", "Run: entralogin login --scope "+armScope)
	w.codes(0)
}

// The session was revoked: the number of the service reaches the program's error.
func TestRevoked(t *testing.T) {
	w := newWorld(t)
	w.signIn(entratest.Alice)
	w.sim.RevokeSessions(entratest.Alice)
	_, err := w.credential(nil).GetToken(t.Context(), scopes(armScope))
	w.contains(fmt.Sprint(err), "AADSTS50173", "az login --scope "+armScope, "Run: entralogin login --scope "+armScope)
	w.codes(1)
}

// A subscription, by its ID or its name, says which tenant is meant.
func TestSubscription(t *testing.T) {
	w := newWorld(t)
	w.subscriptions()
	w.signIn(entratest.Carol)
	for named, tenant := range map[string]string{entratest.SubscriptionID("Shared"): entratest.TenantContoso, "Fabrikam Data": entratest.TenantFabrikam} {
		token, err := w.credential(&azidentity.AzureCLICredentialOptions{Subscription: named}).GetToken(t.Context(), scopes(armScope))
		if err != nil {
			t.Error(err)
			continue
		}
		w.verify(token, "https://management.azure.com", tenant)
	}
	_, err := w.credential(&azidentity.AzureCLICredentialOptions{Subscription: "the first"}).GetToken(t.Context(), scopes(armScope))
	w.contains(fmt.Sprint(err), "Subscription 'the first' not found. Check the spelling and casing and try again.")
}

// A claims challenge: the SDK names an "az login", and after that one the token of the next call has what was demanded.
func TestClaims(t *testing.T) {
	const claims = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	w := newWorld(t)
	w.subscriptions()
	w.signIn(entratest.Alice)
	c := w.credential(&azidentity.AzureCLICredentialOptions{TenantID: entratest.TenantContoso})
	challenged := scopes(oldScope)
	if _, err := c.GetToken(t.Context(), challenged); err != nil {
		t.Fatal(err)
	}
	challenged.Claims = claims
	_, err := c.GetToken(t.Context(), challenged)
	_, command, _ := strings.Cut(fmt.Sprint(err), "then retry the operation: ")
	w.contains(command, "az login", base64.StdEncoding.EncodeToString([]byte(claims)))
	if code, stderr := w.run(strings.Fields(command)...); code != 0 {
		t.Fatalf("%d\n%s", code, stderr)
	}
	token, err := c.GetToken(t.Context(), scopes(oldScope))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.sim.VerifyToken(token.Token, ""); err != nil || fmt.Sprint(got["acrs"]) != "[c1]" {
		t.Errorf("the claim acrs is %v, %v", got["acrs"], err)
	}
}

// Many programs at once: one request renews the token for all.
func TestAtOnce(t *testing.T) {
	const programs = 8
	w := newWorld(t)
	w.signIn(entratest.Alice)
	before := w.sim.Requests("token")
	var all sync.WaitGroup
	tokens := make([]azcore.AccessToken, programs)
	for i := range programs {
		c := w.credential(nil)
		all.Go(func() {
			ctx, done := context.WithTimeout(t.Context(), time.Minute)
			defer done()
			var err error
			if tokens[i], err = c.GetToken(ctx, scopes(armScope)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, token := range tokens {
		if token.Token == "" || token.Token != tokens[0].Token {
			t.Error("not all have the same token")
		}
	}
	if n := w.sim.Requests("token") - before; n != 1 {
		t.Errorf("%d requests of the token endpoint", n)
	}
}
