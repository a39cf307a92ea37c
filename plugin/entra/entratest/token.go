package entratest

import (
	"net/http"
	"net/url"
	"strings"
)

// A tokenRequest is a request to the token endpoint whose tenant and client exist.
type tokenRequest struct {
	tenant string
	client string
	form   url.Values
	key    string // the thumbprint of the key to which the access token is to be bound, or ""
}

// grants are the grants that the token endpoint knows, by their name in the log.
func (s *Server) grants() map[string]func(tokenRequest) (map[string]any, *OAuthError) {
	return map[string]func(tokenRequest) (map[string]any, *OAuthError){
		"device_code":        s.redeemCode,
		"refresh_token":      s.redeemRefreshToken,
		"authorization_code": s.redeemAuthorization,
		"client_credentials": s.Applications.redeem,
	}
}

// grantName makes one name of the two spellings of the device code grant: RFC 8628's URN, and the short one that Entra
// takes as well and MSAL for Go sends.
func grantName(grantType string) string {
	if grantType == "urn:ietf:params:oauth:grant-type:device_code" {
		return "device_code"
	}
	return grantType
}

func (s *Server) serveToken(w http.ResponseWriter, req *http.Request) {
	answer, e := s.token(w, req)
	if e != nil {
		writeOAuthError(w, req, e)
		return
	}
	if answer != nil {
		w.Header().Set("Pragma", "no-cache")
		writeJSON(w, http.StatusOK, answer)
	}
}

// token returns neither an answer nor an error where it has answered by itself.
func (s *Server) token(w http.ResponseWriter, req *http.Request) (map[string]any, *OAuthError) {
	takeBasic(req)
	t := tokenRequest{tenant: req.PathValue("tenant"), client: strings.ToLower(req.PostFormValue("client_id")), form: req.PostForm}
	if !checkTenant(w, req, t.tenant, "invalid_request") {
		return nil, nil
	}
	name := t.form.Get("grant_type")
	if name == "" {
		return nil, describe("invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'.")
	}
	redeem, ok := s.grants()[grantName(name)]
	if !ok {
		return nil, describe("unsupported_grant_type", 70003, "The app requested an unsupported grant type '%s'.", name)
	}
	if e := s.Applications.checkClient(t.client, t.tenant); e != nil {
		return nil, e
	}
	if name != "client_credentials" && s.Applications.confidential(t.client) {
		return nil, needsSecret()
	}
	origin, page := req.Header.Get("Origin"), s.Settings().SinglePage && name != "client_credentials"
	switch {
	case page && origin == "":
		return nil, describe("invalid_request", 9002327, "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.")
	case !page && origin != "":
		return nil, describe("invalid_request", 9002326, "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '%s'.", origin)
	}
	var e *OAuthError
	if t.key, e = confirmation(t.form); e != nil {
		return nil, e
	}
	return redeem(t)
}

// takeBasic takes client ID and secret of a request that has them in its header (RFC 6749, section 2.3.1).
func takeBasic(req *http.Request) {
	id, secret, ok := req.BasicAuth()
	id, err := url.QueryUnescape(id)
	secret, err2 := url.QueryUnescape(secret)
	if ok && err == nil && err2 == nil && req.ParseForm() == nil {
		req.PostForm.Set("client_id", id)
		req.PostForm.Set("client_secret", secret)
	}
}

// redeemRefreshToken is the refresh token grant. The token serves any tenant and resource of its user and client.
func (s *Server) redeemRefreshToken(t tokenRequest) (answer map[string]any, refused *OAuthError) {
	if !t.form.Has("refresh_token") {
		return nil, describe("invalid_request", 900144, "The request body must contain the following parameter: 'refresh_token'.")
	}
	r, e := s.takeRefreshToken(t.form.Get("refresh_token"), t.client)
	if e != nil {
		return nil, e
	}
	defer func() {
		if refused != nil {
			s.giveBack(t.form.Get("refresh_token"))
		}
	}()
	if e := s.blocked(t.tenant, r.user, ByRefresh, "token"); e != nil {
		return nil, e
	}
	claims := t.form.Get("claims")
	if demanded := s.needsPerson(claims); demanded != "" {
		return nil, needsFactor(demanded)
	}
	scope := t.form.Get("scope")
	if strings.TrimSpace(scope) == "" {
		scope = r.scope
	}
	return s.issueTokens(issue{user: r.user, client: r.client, tenant: t.tenant, scope: scope, family: r.family,
		claims: claims, key: t.key, clientInfo: t.form.Get("client_info") == "1"})
}

// needsFactor wants a second factor of the person; claims is what the next request has to ask for, or "".
func needsFactor(claims string) *OAuthError {
	e := describe("interaction_required", 50076, "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.")
	e.Suberror, e.Claims = "basic_action", claims
	return e
}

// takeRefreshToken checks a refresh token and, with strict rotation, uses it up.
func (s *Server) takeRefreshToken(token, clientID string) (refreshToken, *OAuthError) {
	now := s.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.refresh[token]
	switch {
	case r == nil || r.client != clientID:
		return refreshToken{}, describe("invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.")
	case r.revoked:
		return refreshToken{}, describe("invalid_grant", 50173, "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '%s'.", r.issued.UTC().Format("2006-01-02T15:04:05.0000000Z"))
	case !now.Before(r.expires):
		return refreshToken{}, describe("invalid_grant", 700082, "The refresh token has expired due to inactivity. The token was issued on %s.", r.issued.UTC().Format("2006-01-02T15:04:05.0000000Z"))
	case r.used && s.settings.RotateStrict:
		// "If a refresh token is compromised and subsequently used by both the attacker and the legitimate client ...
		// revoke the active refresh token" (RFC 9700, section 4.14.2)
		s.revokeFamily(r.family)
		return refreshToken{}, describe("invalid_grant", 50173, "The provided grant has been used before; all grants of this sign-in are revoked, a fresh auth token is needed.")
	}
	r.used = true
	return *r, nil
}

// giveBack makes a refresh token good again for which nothing was issued.
func (s *Server) giveBack(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh[token].used = false
}

// revokeFamily also reaches the tokens of the family that are only being issued.
func (s *Server) revokeFamily(family string) {
	s.revoked[family] = true
	for _, r := range s.refresh {
		if r.family == family {
			r.revoked = true
		}
	}
}
