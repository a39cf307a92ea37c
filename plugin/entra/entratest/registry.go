package entratest

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// RegistryHost is the name of a registry for AddRegistry. It is reached through the proxy, as any name is that ends in
// azurecr.io, azurecr.cn, azurecr.us or contoso.example; of these the server has certificates.
const RegistryHost = "contoso.azurecr.io"

// A Registry is an Azure Container Registry. It gives refresh tokens of its own for tokens of Entra, access tokens for
// these, and what is behind it to whoever has one that covers it.
//
//   - https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
//   - https://distribution.github.io/distribution/spec/auth/token/
type Registry struct {
	Host       string        // "contoso.azurecr.io"; a port other than 443 is part of it, also that of Server.Host
	Tenant     string        // ID of the tenant whose tokens alone it takes; "" is TenantContoso
	RefusesARM bool          // its policy azureADAuthenticationAsArmPolicy is disabled: no tokens for Azure Resource Manager
	ReadOnly   []string      // who may pull and not push: user names and client IDs
	Life       time.Duration // of a refresh token; 0 is 3 hours
	Challenge  []string      // in place of its own, to /v2/
	Handler    http.Handler  // what is behind it, which sees paths below /v2/; nil is an empty one
}

// registry is one that was added.
type registry struct {
	Registry
	generation int // of its tokens: those of earlier ones count no more
}

// AddRegistry adds a registry, or another one in place of that of the name. Requests counts it as "registry" (/v2/),
// "repository" (below that), "exchange" and "registry-token" (/oauth2/token), which are also names for Fault.
func (s *Server) AddRegistry(r Registry) {
	r.Host, r.Tenant, r.Life = strings.ToLower(r.Host), cmp.Or(r.Tenant, TenantContoso), cmp.Or(r.Life, 3*time.Hour)
	one := &registry{Registry: r}
	serve := func(handle func(*registry, http.ResponseWriter, *http.Request)) http.HandlerFunc {
		return func(w http.ResponseWriter, req *http.Request) { handle(one, w, req) }
	}
	s.addHost(r.Host, []route{
		{"registry", "/v2/{$}", nil, serve(s.serveRegistry)},
		{"repository", "/v2/", nil, serve(s.serveRegistry)},
		{"exchange", "/oauth2/exchange", []string{"POST"}, serve(s.serveExchange)},
		{"registry-token", "/oauth2/token", []string{"GET", "POST"}, serve(s.serveRegistryToken)},
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.registries[r.Host] = one
}

// RevokeRegistry ends all tokens that the registry of a name has given out.
func (s *Server) RevokeRegistry(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.registries[host].generation++
}

// writeRegistryError is the error of the distribution specification.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
func writeRegistryError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("x-ms-correlation-request-id", newGUID())
	writeJSON(w, status, map[string]any{"errors": []any{map[string]any{"code": code, "message": message, "detail": nil}}})
}

func writeRegistryStatus(w http.ResponseWriter, status int) {
	writeRegistryError(w, status, strings.ToUpper(strings.ReplaceAll(http.StatusText(status), " ", "")), http.StatusText(status))
}

// refuseRegistry says that a token is wanted, or another one.
func refuseRegistry(w http.ResponseWriter) {
	writeRegistryError(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required, visit https://aka.ms/acr/authorization for more information.")
}

// repositoryPath has the repository of a path of the distribution specification.
var repositoryPath = regexp.MustCompile(`^/v2/(.+)/(?:manifests|blobs|tags|referrers)/`)

// scopeOf is what an access token has to cover for a request; "" where any one will do.
func scopeOf(req *http.Request) (resource string, action string) {
	if req.URL.Path == "/v2/_catalog" {
		return "registry:catalog", "*"
	}
	part := repositoryPath.FindStringSubmatch(req.URL.Path)
	if part == nil {
		return "", ""
	}
	switch req.Method {
	case http.MethodGet, http.MethodHead:
		action = "pull"
	case http.MethodDelete:
		action = "delete"
	default:
		action = "push"
	}
	return "repository:" + part[1], action
}

// serveRegistry is /v2/ and what is below it.
func (s *Server) serveRegistry(r *registry, w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	resource, action := scopeOf(req)
	raw, _ := bearer(req)
	claims, err := s.registryToken(r, raw, "access_token")
	if err == nil && covered(claims, resource, action) {
		r.answer(w, req)
		return
	}
	challenge := fmt.Sprintf(`Bearer realm="https://%s/oauth2/token",service="%s"`, r.Host, r.Host)
	if resource != "" {
		wanted := action
		if action == "push" {
			wanted = "pull,push"
		}
		challenge += fmt.Sprintf(`,scope="%s:%s"`, resource, wanted)
	}
	switch {
	case raw != "" && err != nil:
		challenge += `,error="invalid_token"`
	case raw != "":
		challenge += `,error="insufficient_scope"`
	}
	w.Header()["Www-Authenticate"] = []string{challenge}
	if r.Challenge != nil {
		w.Header()["Www-Authenticate"] = r.Challenge
	}
	refuseRegistry(w)
}

// answer is for who may have it. A registry without a handler has no image.
func (r *registry) answer(w http.ResponseWriter, req *http.Request) {
	switch {
	case r.Handler != nil:
		r.Handler.ServeHTTP(w, req)
	case strings.Contains(req.URL.Path, "/manifests/"):
		writeRegistryError(w, http.StatusNotFound, "MANIFEST_UNKNOWN", "there is no image in this registry")
	default:
		writeJSON(w, http.StatusOK, map[string]any{})
	}
}

// covered reports whether the access claim of a token has an action.
func covered(claims map[string]any, resource, action string) bool {
	if resource == "" {
		return true
	}
	list, _ := claims["access"].([]any)
	return slices.ContainsFunc(list, func(one any) bool {
		entry, _ := one.(map[string]any)
		actions, _ := entry["actions"].([]any)
		return fmt.Sprintf("%v:%v", entry["type"], entry["name"]) == resource && slices.Contains(actions, any(action))
	})
}
