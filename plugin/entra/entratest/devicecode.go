package entratest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// A deviceCode is one sign-in that was begun. The fields from polled on are guarded by Server.mu.
type deviceCode struct {
	secret   string // the device code
	userCode string
	client   string
	tenant   string
	scope    string
	claims   string
	issued   time.Time
	expires  time.Time

	polled   time.Time
	interval time.Duration
	decision decision
	redeemed bool
}

// A decision is what the person does about a code, at once or at a later time.
type decision struct {
	made    bool
	approve bool
	user    string
	after   time.Duration // after the issue of the code
}

// state is pending until the decision is due.
func (c *deviceCode) pending(now time.Time) bool {
	return !c.expired(now) && (!c.decision.made || now.Before(c.issued.Add(c.decision.after)))
}

func (c *deviceCode) expired(now time.Time) bool {
	due := c.decision.made && !c.issued.Add(c.decision.after).After(c.expires)
	return !due && !now.Before(c.expires)
}

// serveDeviceCode is the device authorization endpoint (RFC 8628, section 3.1).
func (s *Server) serveDeviceCode(w http.ResponseWriter, req *http.Request) {
	tenant := req.PathValue("tenant")
	if !checkTenant(w, req, tenant, "invalid_request") {
		return
	}
	clientID, scope := req.PostFormValue("client_id"), req.PostFormValue("scope")
	if e := s.Applications.checkClient(clientID, tenant); e != nil {
		writeOAuthError(w, req, e)
		return
	}
	if strings.TrimSpace(scope) == "" {
		writeOAuthError(w, req, describe("invalid_request", 900144, "The request body must contain the following parameter: 'scope'."))
		return
	}
	if malformedScope(scope) {
		writeOAuthError(w, req, describe("invalid_scope", 70011, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid."))
		return
	}
	if e := s.blocked(tenant, user{}, ByDeviceCode, "request"); e != nil {
		writeOAuthError(w, req, e)
		return
	}
	c := s.newCode(clientID, tenant, scope, req.PostFormValue("claims"))
	page := s.URL + "/devicelogin"
	settings := s.Settings()
	writeJSON(w, http.StatusOK, map[string]any{
		"user_code":        c.userCode,
		"device_code":      c.secret,
		"verification_uri": page,
		"expires_in":       int(settings.CodeLife / time.Second),
		"interval":         int(settings.Interval / time.Second),
		"message":          fmt.Sprintf("To sign in, use a web browser to open the page %s and enter the code %s to authenticate.", page, c.userCode),
	})
}

func (s *Server) newCode(clientID, tenant, scope, claims string) *deviceCode {
	now := s.clock()
	c := &deviceCode{secret: newSecret(120), userCode: newUserCode(), client: strings.ToLower(clientID), tenant: tenant, scope: scope, claims: claims, issued: now}
	s.keepSecrets(c.secret)
	s.mu.Lock()
	defer s.mu.Unlock()
	c.expires = now.Add(s.settings.CodeLife)
	c.interval = s.settings.Interval
	c.decision = s.auto
	s.codes = append(s.codes, c)
	close(s.issued)
	s.issued = make(chan struct{})
	return c
}

// redeemCode is the device code grant. The order of the checks is that of RFC 8628, section 3.5.
func (s *Server) redeemCode(t tokenRequest) (map[string]any, *OAuthError) {
	secret := t.form.Get("device_code")
	if secret == "" {
		secret = t.form.Get("code") // the first version of the endpoint
	}
	if secret == "" {
		return nil, describe("invalid_request", 900144, "The request body must contain the following parameter: 'device_code'.")
	}
	if e := s.blocked(t.tenant, user{}, ByDeviceCode, "token"); e != nil && e.AADSTS == 7000218 {
		return nil, e
	}
	c, e := s.poll(secret, t.client)
	if e != nil {
		return nil, e
	}
	u, ok := findUser(c.decision.user)
	if !ok {
		return nil, describe("invalid_grant", 50034, "The user account %s does not exist in the directory.", c.decision.user)
	}
	if e := s.blocked(t.tenant, u, ByDeviceCode, "token"); e != nil {
		return nil, e
	}
	claims := t.form.Get("claims")
	if claims == "" {
		claims = c.claims
	}
	return s.issueTokens(issue{user: u, client: c.client, tenant: t.tenant, scope: c.scope, family: newGUID(),
		claims: claims, clientInfo: t.form.Get("client_info") == "1"})
}

// poll finds a code that has been approved and marks it as redeemed, or says what the client has to hear instead.
func (s *Server) poll(secret, clientID string) (*deviceCode, *OAuthError) {
	now := s.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.codeBySecret(secret)
	if c == nil || c.client != clientID {
		return nil, describe("bad_verification_code", 70018, "Invalid verification code. The device code is not known or was issued to another client.")
	}
	early := !c.polled.IsZero() && now.Before(c.polled.Add(c.interval))
	c.polled = now
	switch {
	case c.expired(now):
		return nil, describe("expired_token", 70020, "The provided value for the input parameter 'device_code' is not valid. This device code has expired.")
	case c.redeemed:
		return nil, describe("invalid_grant", 70000, "Provided grant is invalid or malformed. The device code was already redeemed.")
	case early && s.settings.EnforceInterval:
		// "the interval MUST be increased by 5 seconds for this and all subsequent requests" (RFC 8628, section 3.5)
		c.interval += 5 * time.Second
		return nil, describe("slow_down", 0, "The client polls too often. The interval is %d seconds now.", int(c.interval/time.Second))
	case c.pending(now):
		return nil, describe("authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling.")
	case !c.decision.approve:
		// Microsoft documents the error's name but no number; a client has to go by the name.
		return nil, describe("authorization_declined", 70018, "OAuth 2.0 device flow error. The end user has denied the authorization request.")
	}
	c.redeemed = true
	return c, nil
}

func (s *Server) codeBySecret(secret string) *deviceCode {
	for _, c := range s.codes {
		if c.secret == secret {
			return c
		}
	}
	return nil
}
