package entratest

import (
	"net/http"
	"net/url"
	"strings"
)

// checkTenant answers a request for a tenant that does not exist and reports false.
func checkTenant(w http.ResponseWriter, req *http.Request, name, code string) bool {
	if _, ok := findTenant(name); ok || multiTenant(name) {
		return true
	}
	if !plausibleTenant(name) {
		writeOAuthError(w, req, describe("invalid_request", 900023, "Specified tenant identifier '%s' is neither a valid DNS name, nor a valid external domain.", name))
		return false
	}
	writeOAuthError(w, req, describe(code, 90002, "Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", name))
	return false
}

// plausibleTenant says whether name is a GUID or has the look of a domain.
func plausibleTenant(name string) bool {
	if validGUID(name) {
		return true
	}
	dots := 0
	for i, c := range name {
		switch {
		case c == '.':
			if i == 0 || i == len(name)-1 {
				return false
			}
			dots++
		case c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		default:
			return false
		}
	}
	return dots > 0
}

// serveConfiguration is the OpenID provider metadata. The endpoints keep the tenant as it was asked for; the issuer has
// the tenant's ID, or a placeholder for it where the tenant is not known yet.
func (s *Server) serveConfiguration(w http.ResponseWriter, req *http.Request) {
	name := req.PathValue("tenant")
	if !checkTenant(w, req, name, "invalid_tenant") {
		return
	}
	id, scope := "{tenantid}", any(nil)
	if t, ok := findTenant(name); ok {
		id, name, scope = t.id, t.id, "EU"
	}
	base := s.URL + "/" + name
	w.Header().Set("Cache-Control", "max-age=86400, private")
	writeJSON(w, http.StatusOK, map[string]any{
		"token_endpoint":                        base + "/oauth2/v2.0/token",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic", "self_signed_tls_client_auth"},
		"jwks_uri":                              base + "/discovery/v2.0/keys",
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"issuer":                                s.issuer(id),
		"request_uri_parameter_supported":       false,
		"userinfo_endpoint":                     s.URL + "/oidc/userinfo",
		"authorization_endpoint":                base + "/oauth2/v2.0/authorize",
		"device_authorization_endpoint":         base + "/oauth2/v2.0/devicecode",
		"http_logout_supported":                 true,
		"frontchannel_logout_supported":         true,
		"end_session_endpoint":                  base + "/oauth2/v2.0/logout",
		"claims_supported": []string{"sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name",
			"msgraph_host", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email"},
		"kerberos_endpoint":     base + "/kerberos",
		"tenant_region_scope":   scope,
		"cloud_instance_name":   s.Host,
		"cloud_graph_host_name": s.Host,
		"msgraph_host":          s.Host,
		"rbac_url":              s.URL,
	})
}

// serveInstance is the instance discovery: this cloud has one host. The tenant is that of the authorization endpoint
// in question.
func (s *Server) serveInstance(w http.ResponseWriter, req *http.Request) {
	tenant := "common"
	if u, err := url.Parse(req.URL.Query().Get("authorization_endpoint")); err == nil {
		if first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); plausibleTenant(first) || multiTenant(first) {
			tenant = first
		}
	}
	w.Header().Set("Cache-Control", "max-age=86400, private")
	writeJSON(w, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": s.URL + "/" + tenant + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []map[string]any{{
			"preferred_network": s.Host,
			"preferred_cache":   s.Host,
			"aliases":           []string{s.Host},
		}},
	})
}

// serveKeys is the JSON Web Key Set.
func (s *Server) serveKeys(w http.ResponseWriter, req *http.Request) {
	name := req.PathValue("tenant")
	if !checkTenant(w, req, name, "invalid_tenant") {
		return
	}
	id := "{tenantid}"
	if t, ok := findTenant(name); ok {
		id = t.id
	}
	w.Header().Set("Cache-Control", "max-age=86400, private")
	writeJSON(w, http.StatusOK, map[string]any{"keys": []any{s.jwk(s.issuer(id))}})
}
