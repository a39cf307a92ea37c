package entratest_test

import (
	"net/http"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

func TestConfiguration(t *testing.T) {
	s := newServer(t)
	for _, test := range []struct{ tenant, issuer, endpoints string }{
		{entratest.TenantContoso, entratest.TenantContoso, entratest.TenantContoso},
		{entratest.DomainFabrikam, entratest.TenantFabrikam, entratest.TenantFabrikam},
		{"common", "{tenantid}", "common"},
		{"organizations", "{tenantid}", "organizations"},
		{"consumers", "{tenantid}", "consumers"},
	} {
		status, c := get(t, s.Client(), s.URL+"/"+test.tenant+"/v2.0/.well-known/openid-configuration", "")
		if status != http.StatusOK || c["issuer"] != s.URL+"/"+test.issuer+"/v2.0" {
			t.Errorf("%s: %d, issuer is %v", test.tenant, status, c["issuer"])
		}
		base := s.URL + "/" + test.endpoints
		if c["token_endpoint"] != base+"/oauth2/v2.0/token" || c["device_authorization_endpoint"] != base+"/oauth2/v2.0/devicecode" || c["jwks_uri"] != base+"/discovery/v2.0/keys" {
			t.Errorf("%s: %v", test.tenant, c)
		}
	}
	status, body := get(t, s.Client(), s.URL+"/nobody.example/v2.0/.well-known/openid-configuration", "")
	wantError(t, status, body, "invalid_tenant", 90002)
}

func TestInstanceDiscovery(t *testing.T) {
	s := newServer(t)
	asked := "?api-version=1.1&authorization_endpoint=" + s.URL + "/" + entratest.TenantContoso + "/oauth2/v2.0/authorize"
	_, body := get(t, s.Client(), s.URL+"/common/discovery/instance"+asked, "")
	if want := s.URL + "/" + entratest.TenantContoso + "/v2.0/.well-known/openid-configuration"; body["tenant_discovery_endpoint"] != want {
		t.Errorf("tenant discovery endpoint is %v", body["tenant_discovery_endpoint"])
	}
	if m := body["metadata"].([]any)[0].(map[string]any); m["preferred_network"] != s.Host {
		t.Errorf("metadata is %v", m)
	}
}

func TestStartRefusesOtherAddresses(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "localhost:0", "127.0.0.1"} {
		if s, err := entratest.Start(entratest.WithAddr(addr)); err == nil {
			s.Close()
			t.Errorf("listened on %q", addr)
		}
	}
}
