package entratest

import (
	"net/http"
	"strings"
)

// organizationHosts are where an organization of Azure DevOps is reached, its feeds included.
func organizationHosts() []string { return []string{"dev.azure.com", "pkgs.dev.azure.com"} }

// SetOrganizations sets which organizations of Azure DevOps there are. They are reached through
// the proxy, at dev.azure.com and pkgs.dev.azure.com. tenants has the ID of each one's tenant, by its name in lower case.
// They have nothing in them: who brings no token of the tenant hears which tenant that is, and who does hears that nothing
// is there. Requests counts them as "organization".
//
// https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/entra
func (s *Server) SetOrganizations(tenants map[string]string) {
	serve := func(w http.ResponseWriter, req *http.Request) {
		tenant, ok := tenants[strings.ToLower(req.PathValue("organization"))]
		raw, _ := bearer(req)
		if _, password, basic := req.BasicAuth(); basic {
			raw = password
		}
		if claims, err := s.VerifyToken(raw, azureDevOpsID); !ok || err == nil && claims["tid"] == tenant {
			http.NotFound(w, req)
			return
		}
		w.Header().Set("X-VSS-ResourceTenant", tenant)
		w.Header().Set("WWW-Authenticate", "Bearer authorization_uri=https://login.microsoftonline.com/"+tenant)
		w.Header().Add("WWW-Authenticate", `Basic realm="https://tfsprodweu1.visualstudio.com/"`)
		w.WriteHeader(http.StatusUnauthorized)
	}
	for _, host := range organizationHosts() {
		s.addHost(host, []route{{"organization", "/{organization}/", nil, serve}, {"organization", "/{organization}", nil, serve}})
	}
}
