package entratest_test

import (
	"context"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// MSAL for Go signs in by device code, and the session then serves another resource and another tenant in silence.
func TestMSALGo(t *testing.T) {
	s := entratest.NewServer()
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	app, err := public.New(entratest.ClientID, public.WithAuthority(s.URL+"/"+entratest.TenantContoso),
		public.WithInstanceDiscovery(false), public.WithHTTPClient(s.Client()))
	if err != nil {
		t.Fatal(err)
	}
	s.AutoApprove(entratest.Carol, 0)
	code, err := app.AcquireTokenByDeviceCode(ctx, []string{"User.Read"})
	if err != nil {
		t.Fatal(err)
	}
	first, err := code.AuthenticationResult(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if first.Account.HomeAccountID != entratest.HomeAccountID(entratest.Carol) || first.Account.PreferredUsername != entratest.Carol {
		t.Errorf("account is %+v", first.Account)
	}
	for _, test := range []struct{ tenant, scope, audience string }{
		{entratest.TenantContoso, entratest.ServerID + "/.default", entratest.ServerID},
		{entratest.TenantFabrikam, "https://graph.microsoft.com/.default", "https://graph.microsoft.com"},
		{entratest.TenantFabrikam, entratest.ServerID + "/.default", entratest.ServerID},
		{entratest.TenantContoso, s.URL + "/User.Read", "https://graph.microsoft.com"},
	} {
		again, err := app.AcquireTokenSilent(ctx, []string{test.scope}, public.WithSilentAccount(first.Account), public.WithTenantID(test.tenant))
		if err != nil {
			t.Errorf("%s in %s: %v", test.scope, test.tenant, err)
			continue
		}
		claims, err := s.VerifyToken(again.AccessToken, test.audience)
		if err != nil {
			t.Errorf("%s in %s: %v", test.scope, test.tenant, err)
			continue
		}
		if want := entratest.UserID(entratest.Carol, test.tenant); claims["oid"] != want || claims["tid"] != test.tenant {
			t.Errorf("%s in %s: oid %v, tid %v", test.scope, test.tenant, claims["oid"], claims["tid"])
		}
		if again.IDToken.RawToken == "" {
			t.Errorf("%s in %s: no ID token", test.scope, test.tenant)
		}
	}
	if n := s.Requests("devicecode"); n != 1 {
		t.Errorf("%d device code requests", n)
	}
}
