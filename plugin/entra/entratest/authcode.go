package entratest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"time"
)

// codeLife is how long a code of the authorization endpoint lives
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow).
const codeLife = 10 * time.Minute

// An authorization is what a code of the authorization endpoint stands for.
type authorization struct {
	user                                   user
	client, tenant, scope, nonce, redirect string
	challenge, claims                      string
	expires                                time.Time
	redeemed                               bool
}

// newAuthorization issues a code.
func (s *Server) newAuthorization(u user, tenant string, f url.Values) string {
	code := "1.A" + newSecret(400)
	s.keepSecrets(code)
	if f.Get("response_mode") == "form_post" { // otherwise a person may have been given the address to copy
		s.keepLong(f, "state", "nonce")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.authorized[code] = &authorization{user: u, client: strings.ToLower(f.Get("client_id")), tenant: tenant, scope: f.Get("scope"),
		nonce: f.Get("nonce"), redirect: f.Get("redirect_uri"), challenge: f.Get("code_challenge"), claims: f.Get("claims"), expires: s.clock().Add(codeLife)}
	return code
}

// keepLong notes what a client made up itself as secrets, unless it is a word that may stand anywhere.
func (s *Server) keepLong(f url.Values, names ...string) {
	for _, name := range names {
		if value := f.Get(name); len(value) >= 20 {
			s.keepSecrets(value)
		}
	}
}

// redeemAuthorization is the authorization code grant (RFC 6749, section 4.1.3, and RFC 7636, section 4.6).
func (s *Server) redeemAuthorization(t tokenRequest) (map[string]any, *OAuthError) {
	for _, name := range []string{"code", "redirect_uri"} {
		if t.form.Get(name) == "" {
			return nil, describe("invalid_request", 900144, "The request body must contain the following parameter: '%s'.", name)
		}
	}
	s.keepLong(t.form, "code_verifier")
	z, e := s.takeAuthorization(t)
	if e != nil {
		return nil, e
	}
	if e := s.blocked(t.tenant, z.user, ByBrowser, "token"); e != nil {
		return nil, e
	}
	claims, scope := t.form.Get("claims"), t.form.Get("scope")
	if claims == "" {
		claims = z.claims
	}
	if strings.TrimSpace(scope) == "" {
		scope = z.scope
	}
	return s.issueTokens(issue{user: z.user, client: z.client, tenant: t.tenant, scope: scope, family: newGUID(),
		claims: claims, key: t.key, nonce: z.nonce, clientInfo: t.form.Get("client_info") == "1"})
}

// takeAuthorization checks what came with a code and marks it as redeemed.
func (s *Server) takeAuthorization(t tokenRequest) (authorization, *OAuthError) {
	digest := sha256.Sum256([]byte(t.form.Get("code_verifier")))
	now := s.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	z := s.authorized[t.form.Get("code")]
	refuse := func(name string, aadsts int, format string, args ...any) (authorization, *OAuthError) {
		return authorization{}, describe(name, aadsts, format, args...)
	}
	switch {
	case z == nil:
		return refuse("invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.")
	case z.client != t.client:
		return refuse("invalid_grant", 70000, "Provided grant is invalid or malformed. The code was issued to another client.")
	case z.redeemed:
		return refuse("invalid_grant", 54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.")
	case !now.Before(z.expires):
		return refuse("invalid_grant", 70008, "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.")
	case !sameTenant(z.tenant, t.tenant):
		return refuse("invalid_grant", 700005, "The provided authorization code is intended to use against other tenant, thus rejected. OAuth2 Authorization Code must be redeemed against same tenant it was acquired for (/common or /{tenant-ID} as appropriate).")
	case z.redirect != t.form.Get("redirect_uri"):
		return refuse("invalid_client", 500112, "The reply address '%s' does not match the reply address '%s' provided when requesting Authorization code.", t.form.Get("redirect_uri"), z.redirect)
	case z.challenge != base64.RawURLEncoding.EncodeToString(digest[:]):
		return refuse("invalid_grant", 501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request.")
	}
	z.redeemed = true
	return *z, nil
}

// sameTenant says whether two paths name one tenant, or none.
func sameTenant(a, b string) bool {
	one, _ := findTenant(a)
	other, _ := findTenant(b)
	return one == other
}
