package entratest

import (
	"net/http"
	"strings"
)

// sessionCookie is the cookie by which a browser is known again. It bears Entra's name.
const sessionCookie = "ESTSAUTH"

// setCookie has the browser known as a person's from now on.
func (s *Server) setCookie(w http.ResponseWriter, u user) {
	value := newSecret(100)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browsers[value] = u.upn
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode})
}

// signedIn is who has signed in with this browser before, if that may be who is meant.
func (s *Server) signedIn(req *http.Request) (user, bool) {
	cookie, err := req.Cookie(sessionCookie)
	if err != nil {
		return user{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := findUser(s.browsers[cookie.Value])
	hint := req.Form.Get("login_hint")
	return u, ok && (hint == "" || strings.EqualFold(hint, u.upn))
}
