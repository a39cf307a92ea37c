package entratest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// A refreshToken belongs to a user and a client, and serves every tenant and resource of theirs.
type refreshToken struct {
	user    user
	client  string
	scope   string // used where a refresh names none
	family  string // one sign-in
	issued  time.Time
	expires time.Time
	used    bool
	revoked bool
}

// An issue is a decision of the token endpoint to hand out tokens.
type issue struct {
	user       user
	client     string
	tenant     string // as in the request's path
	scope      string
	family     string
	claims     string // the claims parameter, or ""
	key        string // the thumbprint of the key to which the access token is bound, or ""
	nonce      string // of the authorization request, or ""
	clientInfo bool
}

// issueTokens carries an issue out and returns the answer.
func (s *Server) issueTokens(i issue) (map[string]any, *OAuthError) {
	t, oauthErr := tenantFor(i.user, i.tenant)
	if oauthErr != nil {
		return nil, oauthErr
	}
	g, oauthErr := s.grantScopes(i.scope, i.client)
	if oauthErr != nil {
		return nil, oauthErr
	}
	settings := s.Settings()
	now := s.now()
	answer := accessToken{s.accessClaims(i, t, g, now, settings.TokenLife), i.claims, i.key, settings.TokenLife}.answer(s)
	answer["scope"] = strings.Join(g.answer, " ")
	if g.offline && !settings.OmitRefreshToken {
		answer["refresh_token"] = s.newRefreshToken(i, settings)
	}
	if g.openid && !settings.OmitIDToken {
		id := s.sign(s.idClaims(i, t, now, settings.IDTokenLife))
		s.keepSecrets(id)
		answer["id_token"] = id
	}
	if i.clientInfo && !settings.OmitClientInfo {
		info, _ := json.Marshal(map[string]string{"uid": i.user.oid(i.user.home), "utid": i.user.home})
		answer["client_info"] = base64.RawURLEncoding.EncodeToString(info)
	}
	return answer, nil
}

// An accessToken is one that is to be signed, of a person or of an application.
type accessToken struct {
	claims    map[string]any
	parameter string // the claims parameter, or ""
	key       string // the thumbprint of the key to which it is bound, or ""
	life      time.Duration
}

// answer signs it, and returns what every grant's answer has.
func (a accessToken) answer(s *Server) map[string]any {
	uti := newSecret(16)
	a.claims["uti"] = uti
	for _, name := range []string{"acrs", "xms_cc"} {
		if values := askedFor(a.parameter, name); values != nil {
			a.claims[name] = values
		}
	}
	kind := "Bearer"
	if a.key != "" {
		kind, a.claims["cnf"] = "pop", map[string]any{"kid": a.key, "xms_ksl": "sw"}
	}
	access := s.sign(a.claims)
	s.keepSecrets(access)
	s.prove(uti, a.parameter)
	answer := map[string]any{
		"token_type":     kind,
		"expires_in":     int(a.life / time.Second),
		"ext_expires_in": int(a.life / time.Second),
		"access_token":   access,
	}
	if in := s.Settings().RefreshIn; in > 0 {
		answer["refresh_in"] = int(in / time.Second)
	}
	return answer
}

func (s *Server) newRefreshToken(i issue, settings Settings) string {
	token := "1." + newSecret(420)
	now := s.clock()
	s.keepSecrets(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh[token] = &refreshToken{user: i.user, client: i.client, scope: i.scope, family: i.family,
		issued: now, expires: now.Add(settings.RefreshLife), revoked: s.revoked[i.family]}
	return token
}

// tenantFor says which tenant issues the tokens; a user must be a member or a guest of it.
func tenantFor(u user, path string) (tenant, *OAuthError) {
	if path == "common" || path == "organizations" {
		path = u.home
	}
	t, ok := findTenant(path)
	if ok && u.in(t.id) {
		return t, nil
	}
	name := t.name
	if !ok {
		name = "Microsoft account"
	}
	return t, describe("invalid_grant", 50020, "User account '%s' from identity provider '%s' does not exist in tenant '%s' and cannot access the application in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.", u.upn, "https://sts.windows.net/"+u.home+"/", name)
}

func (s *Server) issuer(tenantID string) string { return s.URL + "/" + tenantID + "/v2.0" }

// personClaims stand in both kinds of token.
func (s *Server) personClaims(i issue, t tenant, audience string, now time.Time, life time.Duration) map[string]any {
	sub := sha256.Sum256([]byte(i.user.oid(t.id) + audience))
	claims := map[string]any{
		"aud":                audience,
		"iss":                s.issuer(t.id),
		"iat":                now.Unix() - 300, // Entra dates tokens back by five minutes
		"nbf":                now.Unix() - 300,
		"exp":                now.Add(life).Unix(),
		"name":               i.user.displayName(),
		"oid":                i.user.oid(t.id),
		"preferred_username": i.user.upn,
		"sub":                base64.RawURLEncoding.EncodeToString(sub[:]),
		"tid":                t.id,
		"ver":                "2.0",
	}
	if t.id != i.user.home {
		claims["idp"] = "https://sts.windows.net/" + i.user.home + "/"
	}
	return claims
}

func (s *Server) accessClaims(i issue, t tenant, g granted, now time.Time, life time.Duration) map[string]any {
	claims := s.personClaims(i, t, g.audience, now, life)
	claims["azp"] = i.client
	claims["azpacr"] = "0"
	claims["scp"] = strings.Join(g.scp, " ")
	s.addGroups(claims, i.user, t)
	if t.id == i.user.home {
		claims["upn"] = i.user.upn
	}
	return claims
}

func (s *Server) idClaims(i issue, t tenant, now time.Time, life time.Duration) map[string]any {
	claims := s.personClaims(i, t, i.client, now, life)
	claims["uti"] = newSecret(16)
	if i.nonce != "" {
		claims["nonce"] = i.nonce
	}
	s.addGroups(claims, i.user, t)
	return claims
}
