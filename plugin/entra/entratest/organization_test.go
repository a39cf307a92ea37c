package entratest_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// An organization says whose tenant it is in to whoever brings no token of that tenant.
func TestOrganizations(t *testing.T) {
	c := newRegistryClient(t, entratest.Registry{})
	c.sim.SetOrganizations(map[string]string{"contoso": entratest.TenantContoso, "fabrikam": entratest.TenantFabrikam})
	token := c.token(entratest.TenantContoso, "499b84ac-1321-427f-aa17-267ca6975798")
	for _, test := range []struct {
		url, token, tenant string
		status             int
	}{
		{"https://dev.azure.com/contoso", "", entratest.TenantContoso, 401},
		{"https://dev.azure.com/Contoso/shop/_git/deploy", "", entratest.TenantContoso, 401},
		{"https://dev.azure.com/fabrikam", token, entratest.TenantFabrikam, 401},
		{"https://pkgs.dev.azure.com/contoso/_packaging/main/npm/registry/", c.token(entratest.TenantContoso, registryResource), entratest.TenantContoso, 401},
		{"https://pkgs.dev.azure.com/contoso/_packaging/main/npm/registry/", token, "", 404},
		{"https://dev.azure.com/adatum", "", "", 404},
	} {
		for _, basic := range []bool{false, true} {
			req, err := http.NewRequest("HEAD", test.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+test.token)
			if basic {
				req.SetBasicAuth("contoso", test.token)
			}
			resp, err := c.http.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			named := slices.Contains(resp.Header.Values("WWW-Authenticate"), "Bearer authorization_uri=https://login.microsoftonline.com/"+test.tenant)
			if got := resp.Header.Get("X-VSS-ResourceTenant"); resp.StatusCode != test.status || got != test.tenant || named != (test.tenant != "") {
				t.Errorf("%s: %s, %q, challenge %v", test.url, resp.Status, got, named)
			}
		}
	}
	if n := c.sim.Requests("organization"); n != 12 {
		t.Errorf("%d requests are counted", n)
	}
}
