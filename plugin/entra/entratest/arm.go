package entratest

import (
	"net/http"
	"strings"
)

// armCaller checks the token as Azure Resource Manager does and returns the tenants of its user, or the application's.
func (s *Server) armCaller(w http.ResponseWriter, req *http.Request) ([]tenant, bool) {
	raw, _ := bearer(req)
	claims, err := s.VerifyToken(raw, "")
	aud, _ := claims["aud"].(string)
	aud = strings.TrimSuffix(aud, "/")
	if err != nil || aud != azureManageURL && aud != azureARMURL {
		writeJSON(w, http.StatusUnauthorized, map[string]any{"error": map[string]string{
			"code": "InvalidAuthenticationToken", "message": "The access token is invalid."}})
		return nil, false
	}
	upn, _ := claims["preferred_username"].(string)
	u, _ := findUser(upn)
	var in []tenant
	for _, t := range tenants() {
		if u.in(t.id) || claims["idtyp"] == "app" && claims["tid"] == t.id {
			in = append(in, t)
		}
	}
	return in, true
}

// serveARMTenants lists the caller's tenants. https://learn.microsoft.com/rest/api/resources/tenants/list
func (s *Server) serveARMTenants(w http.ResponseWriter, req *http.Request) {
	in, ok := s.armCaller(w, req)
	if !ok {
		return
	}
	list := []map[string]any{}
	for _, t := range in {
		list = append(list, map[string]any{"id": "/tenants/" + t.id, "tenantId": t.id, "displayName": t.name,
			"defaultDomain": t.domain, "domains": []string{t.domain}, "tenantCategory": "Home"})
	}
	writeJSON(w, http.StatusOK, map[string]any{"value": list})
}

// serveARMSubscriptions lists none: a subscription is of no use to a sign-in.
func (s *Server) serveARMSubscriptions(w http.ResponseWriter, req *http.Request) {
	if _, ok := s.armCaller(w, req); ok {
		writeJSON(w, http.StatusOK, map[string]any{"value": []any{}, "count": map[string]any{"type": "Total", "value": 0}})
	}
}
