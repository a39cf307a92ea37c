package entratest

import (
	"crypto/subtle"
	"slices"
	"strings"
	"time"
)

// assertionType is the only client_assertion_type there is (RFC 7523, section 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// redeem is the client credentials grant: an application signs in as itself.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
func (all *Applications) redeem(t tokenRequest) (map[string]any, *OAuthError) {
	if multiTenant(t.tenant) {
		return nil, describe("invalid_request", 50059, "No tenant-identifying information found in either the request or implied by any provided credentials.")
	}
	in, _ := findTenant(t.tenant)
	registered := all.find(t.client)
	if registered == nil {
		return nil, noCredentials()
	}
	a := registered.snapshot()
	how, e := a.authenticate(t)
	if e != nil {
		return nil, e
	}
	if !slices.Contains(a.tenants, in.id) {
		return nil, describe("unauthorized_client", 7000229, "The client application %s is missing service principal in the tenant %s.", a.id, in.id)
	}
	if e := checkApplicationScope(t.form.Get("scope")); e != nil {
		return nil, e
	}
	return applicationIssue{client: a.id, object: a.ObjectID(in.id), tenant: in, proof: how,
		scope: t.form.Get("scope"), claims: t.form.Get("claims"), key: t.key, roles: a.roles}.answer(all.sim)
}

func noCredentials() *OAuthError {
	return describe("invalid_client", 7000216, "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.")
}

// authenticate checks what the application presents, and returns the kind of it as the claim azpacr has it.
func (a Application) authenticate(t tokenRequest) (how string, e *OAuthError) {
	secret, assertion := t.form.Get("client_secret"), t.form.Get("client_assertion")
	switch {
	case assertion != "" && t.form.Get("client_assertion_type") != assertionType:
		return "", describe("invalid_request", 900144, "The request body must contain the following parameter: 'client_assertion_type'.")
	case assertion != "":
		a.sim.Applications.keepSecrets(a.id, assertion)
		return "2", a.checkAssertion(t.tenant, assertion)
	case secret != "":
		return "1", a.checkSecret(secret)
	}
	return "", noCredentials()
}

func (a Application) checkSecret(given string) *OAuthError {
	expired := false
	for _, known := range a.secrets {
		if subtle.ConstantTimeCompare([]byte(given), []byte(known.value)) == 0 {
			continue
		}
		if a.sim.now().Before(known.expires) {
			return nil
		}
		expired = true
	}
	if expired {
		return describe("invalid_client", 7000222, "The provided client secret keys for app '%s' are expired. Create new keys for the app, or consider certificate credentials.", a.id)
	}
	return describe("invalid_client", 7000215, "Invalid client secret provided. Ensure that the value of the secret is sent, not its ID, for a secret added to app '%s'.", a.id)
}

// checkApplicationScope wants .default of one resource; which permissions an application has is not for it to say.
// OpenID's own scopes, which MSAL sends here, too, are passed over.
func checkApplicationScope(asked string) *OAuthError {
	if strings.TrimSpace(asked) == "" {
		return nil // which has an error of its own
	}
	var named []string
	for _, scope := range strings.Fields(asked) {
		if !slices.Contains([]string{"openid", "profile", "email", "offline_access"}, scope) {
			named = append(named, scope)
		}
	}
	if malformedScope(asked) || len(named) > 1 {
		return describe("invalid_scope", 70011, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope %s is not valid.", asked)
	}
	if len(named) == 1 {
		if resource, name := splitScope(named[0]); resource != "" && name == ".default" {
			return nil
		}
	}
	return describe("invalid_scope", 1002012, "The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", asked)
}

// An applicationIssue is a decision to hand an access token to an application, or to a managed identity.
type applicationIssue struct {
	client string
	object string // its service principal's object ID
	tenant tenant
	scope  string // of one resource
	claims string // the claims parameter, or ""
	key    string // the thumbprint of the key to which the token is bound, or ""
	proof  string // the claim azpacr: "1" for a secret, "2" for an assertion
	roles  map[string][]string
	more   map[string]any // further claims
	life   time.Duration  // 0 is that of the settings
}

// answer is what the server says to it, without a refresh token, an ID token or client_info: an application has the
// means to ask again, and is no account.
func (i applicationIssue) answer(s *Server) (map[string]any, *OAuthError) {
	g, e := s.grantScopes(i.scope, i.client)
	if e != nil {
		return nil, e
	}
	settings, now := s.Settings(), s.now()
	life := settings.TokenLife
	if i.life > 0 {
		life = i.life
	}
	claims := map[string]any{
		"aud":      g.audience,
		"iss":      s.issuer(i.tenant.id),
		"iat":      now.Unix() - 300,
		"nbf":      now.Unix() - 300,
		"exp":      now.Add(life).Unix(),
		"appid":    i.client, // of version 1, which Azure's own APIs get; azp is that of version 2
		"appidacr": i.proof,
		"azp":      i.client,
		"azpacr":   i.proof,
		"idtyp":    "app",
		"oid":      i.object,
		"sub":      i.object,
		"tid":      i.tenant.id,
		"ver":      "2.0",
	}
	if roles := i.roles[g.audience]; len(roles) > 0 {
		claims["roles"] = roles
	}
	for name, value := range i.more {
		claims[name] = value
	}
	answer := accessToken{claims, i.claims, i.key, life}.answer(s)
	s.Applications.keepSecrets(i.client, answer["access_token"].(string))
	return answer, nil
}
