package entratest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// registryAudience is that of tokens for container registries alone.
const registryAudience = "https://containerregistry.azure.net"

// serveExchange gives a refresh token of the registry for a token of Entra.
func (s *Server) serveExchange(r *registry, w http.ResponseWriter, req *http.Request) {
	if req.PostFormValue("grant_type") != "access_token" {
		unsupported(w)
		return
	}
	claims, err := s.entraToken(r, req.PostForm)
	if err != nil {
		refuseRegistry(w)
		return
	}
	uti, _ := claims["uti"].(string)
	if demanded := s.challenge(uti); demanded != "" {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="https://%s/oauth2/token", service="%s", error="insufficient_claims", claims="%s"`,
			r.Host, r.Host, base64.StdEncoding.EncodeToString([]byte(demanded))))
		refuseRegistry(w)
		return
	}
	now := s.now()
	token := s.sign(map[string]any{
		"jti": newGUID(), "sub": callerOf(claims), "iss": registryIssuer, "aud": r.Host, "version": "2.0", "rid": newSecret(16),
		"iat": now.Unix(), "nbf": now.Unix() - 900, "exp": now.Add(r.Life).Unix(), "generation": s.generationOf(r),
		"tenant": claims["tid"], "grant_type": "refresh_token", "roles": []string{},
		"permissions": map[string]any{"Actions": []string{"read", "write", "delete"}, "NotActions": nil},
	})
	s.keepSecrets(token)
	writeJSON(w, http.StatusOK, map[string]any{"refresh_token": token})
}

func (s *Server) generationOf(r *registry) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.generation
}

func unsupported(w http.ResponseWriter) {
	writeRegistryError(w, http.StatusBadRequest, "UNSUPPORTED", "The operation is unsupported.")
}

// registryIssuer stands in the registry's own tokens, which Entra would not take for one of its.
const registryIssuer = "Azure Container Registry"

// entraToken checks the token of an exchange: for which registry, for which audience, of which tenant.
func (s *Server) entraToken(r *registry, form url.Values) (map[string]any, error) {
	claims, err := s.VerifyToken(form.Get("access_token"), "")
	if err != nil {
		return nil, err
	}
	audience, _ := claims["aud"].(string)
	switch strings.TrimSuffix(audience, "/") {
	case registryAudience:
	case azureARMURL, azureManageURL:
		if r.RefusesARM {
			return nil, errors.New("the policy of the registry takes no token for Azure Resource Manager")
		}
	default:
		return nil, fmt.Errorf("audience is %q", audience)
	}
	tenant := form.Get("tenant")
	if named, ok := findTenant(tenant); form.Get("service") != r.Host || claims["tid"] != r.Tenant || tenant != "" && (!ok || named.id != r.Tenant) {
		return nil, errors.New("the token is for another registry or of another tenant")
	}
	if claims["cnf"] != nil {
		return nil, errors.New("the token is bound to a key")
	}
	return claims, nil
}

// callerOf is who a token of Entra is of: a user name, or a client ID.
func callerOf(claims map[string]any) string {
	if claims["idtyp"] == "app" {
		return str(claims["azp"])
	}
	return str(claims["preferred_username"])
}

// registryToken checks a token that the registry gave out, of one of its two kinds.
func (s *Server) registryToken(r *registry, raw, kind string) (map[string]any, error) {
	claims, err := s.parseToken(raw)
	if err != nil {
		return nil, err
	}
	expires, _ := claims["exp"].(float64)
	switch {
	case claims["iss"] != registryIssuer || claims["aud"] != r.Host || claims["grant_type"] != kind:
		return nil, errors.New("the token is for something else")
	case !s.now().Before(time.Unix(int64(expires), 0)):
		return nil, errors.New("the token has expired")
	case claims["generation"] != float64(s.generationOf(r)):
		return nil, errors.New("the token was revoked")
	}
	return claims, nil
}

// serveRegistryToken gives an access token for a refresh token, which comes as OAuth 2 has it, or as the password of
// Basic in the older form of Docker's registries.
//
//   - https://distribution.github.io/distribution/spec/auth/oauth/
//   - https://distribution.github.io/distribution/spec/auth/token/
func (s *Server) serveRegistryToken(r *registry, w http.ResponseWriter, req *http.Request) {
	if req.ParseForm() != nil {
		unsupported(w)
		return
	}
	_, refresh, _ := req.BasicAuth()
	if req.Method == http.MethodPost {
		refresh = req.PostForm.Get("refresh_token")
		if req.PostForm.Get("grant_type") != "refresh_token" {
			unsupported(w)
			return
		}
	}
	claims, err := s.registryToken(r, refresh, "refresh_token")
	if err != nil || req.Form.Get("service") != r.Host {
		refuseRegistry(w)
		return
	}
	now, sub := s.now(), str(claims["sub"])
	token := s.sign(map[string]any{
		"jti": newGUID(), "sub": sub, "iss": registryIssuer, "aud": r.Host, "version": "2.0", "grant_type": "access_token",
		"iat": now.Unix(), "nbf": now.Unix() - 900, "exp": now.Add(75 * time.Minute).Unix(), "generation": s.generationOf(r),
		"tenant": claims["tenant"], "access": access(req.Form["scope"], slices.Contains(r.ReadOnly, sub)), "roles": []string{},
	})
	s.keepSecrets(token)
	writeJSON(w, http.StatusOK, map[string]any{"access_token": token})
}

// access is what is granted of scopes such as "repository:NAME:pull,push", which may stand in one parameter or in more.
func access(scopes []string, readOnly bool) []any {
	granted := []any{}
	for _, scope := range strings.Fields(strings.Join(scopes, " ")) {
		kind, rest, _ := strings.Cut(scope, ":")
		colon := strings.LastIndexByte(rest, ':')
		if colon < 0 {
			continue
		}
		actions := strings.Split(rest[colon+1:], ",")
		if readOnly {
			actions = slices.DeleteFunc(actions, func(a string) bool { return a != "pull" })
		}
		granted = append(granted, map[string]any{"type": kind, "name": rest[:colon], "actions": actions})
	}
	return granted
}
