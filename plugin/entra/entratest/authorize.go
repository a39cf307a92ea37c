package entratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// brokerRedirect is the page that brokers use. In a browser it is a dead end.
const brokerRedirect = "https://login.microsoftonline.com/common/oauth2/nativeclient"

// sameRedirect compares a redirect URI with a registered one as Entra does: letter by letter, but for the port of this
// machine's names (https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions). A slash in the
// place of no path is no difference.
func sameRedirect(registered, asked string) bool {
	plain := func(address string) string {
		u, err := url.Parse(address)
		if err != nil || u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" {
			return address
		}
		u.Host = u.Hostname()
		if u.Path == "" {
			u.Path = "/"
		}
		return u.String()
	}
	return plain(registered) == plain(asked)
}

// serveAuthorize is the authorization endpoint (RFC 6749, section 4.1.1): a page on which the person chooses who they
// are, and then the way back to the client with a code. Where AutoApprove or AutoDecline is on, nobody is asked, and
// neither is who has signed in before with the same browser, unless prompt wants it.
//
// It is stricter than Entra in one thing: state, nonce and an S256 challenge have to be there.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
func (s *Server) serveAuthorize(w http.ResponseWriter, req *http.Request) {
	if err := req.ParseForm(); err != nil {
		s.authorizePage(w, authorizeData{Message: "AADSTS900144: The request body can't be read."})
		return
	}
	tenant, f := req.PathValue("tenant"), req.Form
	if e := checkReturn(s.Applications, tenant, f); e != nil {
		s.authorizePage(w, authorizeData{Message: e.numbered()}) // to nobody whose address may be another's
		return
	}
	if e := checkAuthorize(f); e != nil {
		s.sendBack(w, req, s.errorAnswer(e))
		return
	}
	known, isKnown := s.signedIn(req)
	switch who, action := s.choice(req); {
	case action == "decline":
		e := describe("access_denied", 65004, "User declined to consent to access the app.")
		e.Suberror = "cancel"
		s.sendBack(w, req, s.errorAnswer(e))
	case action == "approve":
		s.authorize(w, req, who)
	case f.Get("prompt") == "none" && !isKnown:
		s.sendBack(w, req, s.errorAnswer(describe("login_required", 50058, "A silent sign-in request was sent but no user is signed in.")))
	case f.Get("prompt") == "none" && s.needsPerson(f.Get("claims")) != "":
		s.sendBack(w, req, s.errorAnswer(describe("interaction_required", 50076, "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.")))
	case isKnown && (f.Get("prompt") == "none" || f.Get("prompt") == "" && s.needsPerson(f.Get("claims")) == ""):
		s.authorize(w, req, known.upn)
	default:
		s.authorizePage(w, s.question(req, ""))
	}
}

// choice is what the person did on the page, or what AutoApprove and AutoDecline do in their place.
func (s *Server) choice(req *http.Request) (who, action string) {
	s.mu.Lock()
	d := s.auto
	s.mu.Unlock()
	who, action = req.PostFormValue("user"), req.PostFormValue("action")
	if !d.made || action != "" || req.Form.Get("prompt") == "none" {
		return who, action
	}
	return d.user, map[bool]string{true: "approve", false: "decline"}[d.approve]
}

// authorize sends the browser back with a code for a person who has agreed. What keeps the person out is shown to them,
// and the client hears nothing of it, unless a Block says so.
func (s *Server) authorize(w http.ResponseWriter, req *http.Request, who string) {
	tenant, f := req.PathValue("tenant"), req.Form
	u, ok := findUser(who)
	if !ok {
		s.authorizePage(w, s.question(req, "Choose who you are."))
		return
	}
	if _, e := tenantFor(u, tenant); e != nil {
		s.authorizePage(w, s.question(req, e.numbered()))
		return
	}
	s.setCookie(w, u)
	if e := s.blocked(tenant, u, ByBrowser, "page"); e != nil {
		s.authorizePage(w, authorizeData{Message: e.numbered(), Leave: f.Get("redirect_uri")})
		return
	}
	if e := s.blocked(tenant, u, ByBrowser, "redirect"); e != nil {
		e.Error = "access_denied"
		s.sendBack(w, req, s.errorAnswer(e))
		return
	}
	s.sendBack(w, req, url.Values{"code": {s.newAuthorization(u, tenant, f)}, "session_state": {newGUID()}})
}

// checkReturn looks at what has to be right before anybody is sent back to the client.
func checkReturn(all *Applications, tenant string, f url.Values) *OAuthError {
	id, to := f.Get("client_id"), f.Get("redirect_uri")
	if _, ok := findTenant(tenant); !ok && !multiTenant(tenant) {
		return describe("invalid_request", 90002, "Tenant '%s' not found.", tenant)
	}
	if e := all.checkClient(id, tenant); e != nil {
		return e
	}
	if to == "" {
		return describe("invalid_request", 900971, "No reply address provided.")
	}
	if !slices.ContainsFunc(redirects(id), func(registered string) bool { return sameRedirect(registered, to) }) {
		return describe("invalid_request", 50011, "The redirect URI '%s' specified in the request does not match the redirect URIs configured for the application '%s'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.", to, id)
	}
	return nil
}

// checkAuthorize looks at what is told to the client when it is wrong.
func checkAuthorize(f url.Values) *OAuthError {
	for _, name := range []string{"scope", "state", "nonce"} {
		if f.Get(name) == "" {
			return describe("invalid_request", 900144, "The request body must contain the following parameter: '%s'.", name)
		}
	}
	switch {
	case f.Get("response_type") != "code":
		return describe("unsupported_response_type", 700054, "response_type '%s' is not enabled for the application.", f.Get("response_type"))
	case f.Get("code_challenge") == "":
		return describe("invalid_request", 9002325, "Proof Key for Code Exchange is required for cross-origin authorization code redemption.")
	case f.Get("code_challenge_method") != "S256" || len(f.Get("code_challenge")) != 43:
		return describe("invalid_request", 501491, "Invalid size of Code_Challenge parameter.")
	case !slices.Contains([]string{"", "query", "form_post", "fragment"}, f.Get("response_mode")):
		return describe("invalid_request", 70007, "'%s' is not a supported value of 'response_mode' when requesting a token.", f.Get("response_mode"))
	case !slices.Contains([]string{"", "none", "select_account", "login", "consent"}, f.Get("prompt")):
		return describe("invalid_request", 90023, "Unsupported 'prompt' value.")
	case f.Get("claims") != "" && json.Unmarshal([]byte(f.Get("claims")), &map[string]any{}) != nil:
		return describe("invalid_request", 90100, "claims parameter is empty or not valid.")
	}
	return nil
}

// errorAnswer is an authorization response with an error, in Entra's words.
func (s *Server) errorAnswer(e *OAuthError) url.Values {
	v := url.Values{"error": {e.Error}, "error_description": {fmt.Sprintf("%s\r\nTrace ID: %s\r\nCorrelation ID: %s\r\nTimestamp: %s",
		e.numbered(), newGUID(), newGUID(), s.now().UTC().Format("2006-01-02 15:04:05Z"))}}
	if e.AADSTS != 0 {
		v.Set("error_uri", fmt.Sprintf("%s/error?code=%d", s.URL, e.AADSTS))
	}
	if e.Suberror != "" {
		v.Set("error_subcode", e.Suberror)
	}
	return v
}

// sendBack sends the person's browser back to the client, by the response mode that it asked for
// (https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html); query is the default of a code. In the other
// modes than form_post Entra writes a slash after a host without a path.
func (s *Server) sendBack(w http.ResponseWriter, req *http.Request, answer url.Values) {
	to := req.Form.Get("redirect_uri")
	if state := req.Form.Get("state"); state != "" {
		answer.Set("state", state)
	}
	mark := "?"
	switch req.Form.Get("response_mode") {
	case "form_post":
		s.authorizePage(w, authorizeData{Back: to, Fields: answer})
		return
	case "fragment":
		mark = "#"
	}
	if u, err := url.Parse(to); err == nil && u.Path == "" {
		to += "/"
	}
	w.Header().Set("Location", to+mark+strings.ReplaceAll(answer.Encode(), "+", "%20"))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusFound)
}
