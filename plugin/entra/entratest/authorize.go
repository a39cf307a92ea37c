package entratest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// authorizations are the codes of the authorization endpoint that were issued and not redeemed yet.
type authorizations struct {
	mu    sync.Mutex
	codes map[string]authorization
}

// An authorization is what a code of the authorization endpoint stands for.
type authorization struct {
	user                                   user
	client, tenant, scope, nonce, redirect string
	challenge, claims                      string
	expires                                time.Time
}

func (a *authorizations) keep(code string, z authorization) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.codes[code] = z
}

// take returns what a code stands for, once.
func (a *authorizations) take(code string) (authorization, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	z, ok := a.codes[code]
	delete(a.codes, code)
	return z, ok
}

// codeLife is how long a code of the authorization endpoint lives
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow).
const codeLife = 10 * time.Minute

// Where a public client may be sent back to: a port of localhost's, or the page of the broker.
const brokerRedirect = "https://login.microsoftonline.com/common/oauth2/nativeclient"

// loopbackRedirect says whether the address is http://localhost with any port, which is registered without one. The
// path counts (https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions).
func loopbackRedirect(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "http" && u.Hostname() == "localhost" && (u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.User == nil
}

// serveAuthorize is the authorization endpoint (RFC 6749, section 4.1.1): a page on which the person chooses who they
// are, and then the way back to the client with a code. Where AutoApprove or AutoDecline is on, nobody is asked.
//
// It is stricter than Entra in one thing: state, nonce and an S256 challenge have to be there.
func (s *Server) serveAuthorize(w http.ResponseWriter, req *http.Request) {
	if err := req.ParseForm(); err != nil {
		s.authorizePage(w, authorizeData{Message: "AADSTS900144: The request body can't be read."})
		return
	}
	tenant, f := req.PathValue("tenant"), req.Form
	switch _, known := findTenant(tenant); {
	case !known && !multiTenant(tenant):
		s.authorizePage(w, authorizeData{Message: "AADSTS90002: Tenant '" + tenant + "' not found."})
		return
	case f.Get("client_id") == "":
		s.authorizePage(w, authorizeData{Message: "AADSTS900144: The request body must contain the following parameter: 'client_id'."})
		return
	}
	name, known := client(f.Get("client_id"))
	switch {
	case !known:
		s.authorizePage(w, authorizeData{Message: "AADSTS700016: Application with identifier '" + f.Get("client_id") + "' was not found in the directory."})
		return
	case !loopbackRedirect(f.Get("redirect_uri")) && f.Get("redirect_uri") != brokerRedirect:
		s.authorizePage(w, authorizeData{Message: "AADSTS50011: The redirect URI '" + f.Get("redirect_uri") + "' specified in the request does not match the redirect URIs configured for the application."})
		return
	}
	if e := checkAuthorize(f); e != nil {
		s.sendBack(w, req, errorAnswer(e))
		return
	}
	s.mu.Lock()
	d := s.auto
	s.mu.Unlock()
	who, action := req.PostFormValue("user"), req.PostFormValue("action")
	if d.made && action == "" {
		who, action = d.user, map[bool]string{true: "approve", false: "decline"}[d.approve]
	}
	switch u, ok := findUser(who); {
	case action == "decline":
		s.sendBack(w, req, url.Values{"error": {"access_denied"}, "error_subcode": {"cancel"},
			"error_description": {"AADSTS65004: User declined to consent to access the app."}})
	case action == "approve" && ok:
		s.sendBack(w, req, url.Values{"code": {s.newAuthorization(u, tenant, f)}})
	default:
		s.authorizePage(w, authorizeData{Client: name, Tenant: tenant, Fields: f, Users: hinted(f.Get("login_hint"))})
	}
}

// checkAuthorize looks at what is told to the client when it is wrong.
func checkAuthorize(f url.Values) *OAuthError {
	missing := func(name string) *OAuthError {
		return describe("invalid_request", 900144, "The request body must contain the following parameter: '%s'.", name)
	}
	for _, name := range []string{"scope", "state", "nonce", "code_challenge"} {
		if f.Get(name) == "" {
			return missing(name)
		}
	}
	switch {
	case f.Get("response_type") != "code":
		return describe("unsupported_response_type", 700054, "response_type '%s' is not enabled for the application.", f.Get("response_type"))
	case f.Get("code_challenge_method") != "S256" || len(f.Get("code_challenge")) != 43:
		return describe("invalid_request", 501491, "Invalid size or method of Code_Challenge parameter.")
	case !slices.Contains([]string{"", "query", "form_post", "fragment"}, f.Get("response_mode")):
		return describe("invalid_request", 70002, "response_mode '%s' is not supported.", f.Get("response_mode"))
	case f.Get("prompt") == "none":
		return describe("login_required", 50058, "A silent sign-in request was sent but no user is signed in.")
	}
	return nil
}

func errorAnswer(e *OAuthError) url.Values {
	text := e.Description
	if e.AADSTS != 0 {
		text = "AADSTS" + itoa(e.AADSTS) + ": " + text
	}
	return url.Values{"error": {e.Error}, "error_description": {text}}
}

// newAuthorization issues a code.
func (s *Server) newAuthorization(u user, tenant string, f url.Values) string {
	code := "1.A" + newSecret(400)
	s.keepSecrets(code)
	s.authorized.keep(code, authorization{user: u, client: strings.ToLower(f.Get("client_id")), tenant: tenant, scope: f.Get("scope"),
		nonce: f.Get("nonce"), redirect: f.Get("redirect_uri"), challenge: f.Get("code_challenge"), claims: f.Get("claims"), expires: s.clock().Add(codeLife)})
	return code
}

// sendBack sends the person's browser back to the client, by the response mode that it asked for
// (https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html). In the other modes Entra writes a slash after
// a host without a path.
func (s *Server) sendBack(w http.ResponseWriter, req *http.Request, answer url.Values) {
	to := req.Form.Get("redirect_uri")
	answer.Set("state", req.Form.Get("state"))
	if answer.Get("error") == "" {
		answer.Set("session_state", newGUID())
	}
	mark := map[string]string{"": "?", "query": "?", "fragment": "#"}[req.Form.Get("response_mode")]
	if mark == "" {
		s.authorizePage(w, authorizeData{Back: to, Fields: answer})
		return
	}
	if u, err := url.Parse(to); err == nil && u.Path == "" {
		to += "/"
	}
	w.Header().Set("Location", to+mark+answer.Encode())
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusFound)
}

// redeemAuthorization is the authorization code grant (RFC 6749, section 4.1.3, and RFC 7636, section 4.6).
func (s *Server) redeemAuthorization(t tokenRequest) (map[string]any, *OAuthError) {
	for _, name := range []string{"code", "redirect_uri", "code_verifier"} {
		if t.form.Get(name) == "" {
			return nil, describe("invalid_request", 900144, "The request body must contain the following parameter: '%s'.", name)
		}
	}
	z, ok := s.authorized.take(t.form.Get("code"))
	digest := sha256.Sum256([]byte(t.form.Get("code_verifier")))
	switch {
	case !ok:
		return nil, describe("invalid_grant", 54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.")
	case z.client != t.client:
		return nil, describe("invalid_grant", 70000, "Provided grant is invalid or malformed. The code was issued to another client.")
	case !s.clock().Before(z.expires):
		return nil, describe("invalid_grant", 70008, "The provided authorization code or refresh token has expired due to inactivity.")
	case z.redirect != t.form.Get("redirect_uri"):
		return nil, describe("invalid_grant", 50011, "The reply address '%s' differs from the one of the authorization request.", t.form.Get("redirect_uri"))
	case z.challenge != base64.RawURLEncoding.EncodeToString(digest[:]):
		return nil, describe("invalid_grant", 501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request.")
	}
	claims := t.form.Get("claims")
	if claims == "" {
		claims = z.claims
	}
	scope := t.form.Get("scope")
	if strings.TrimSpace(scope) == "" {
		scope = z.scope
	}
	return s.issueTokens(issue{user: z.user, client: z.client, tenant: t.tenant, scope: scope, family: newGUID(),
		claims: claims, nonce: z.nonce, clientInfo: t.form.Get("client_info") == "1"})
}
