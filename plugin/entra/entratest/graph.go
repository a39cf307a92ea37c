package entratest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// graphCode is Graph's error code for a status. https://learn.microsoft.com/graph/errors
func graphCode(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "InvalidAuthenticationToken"
	case status == http.StatusForbidden:
		return "Authorization_RequestDenied"
	case status == http.StatusNotFound:
		return "Request_ResourceNotFound"
	case status == http.StatusTooManyRequests:
		return "TooManyRequests"
	case status == http.StatusServiceUnavailable:
		return "serviceNotAvailable"
	case status >= 500:
		return "generalException"
	}
	return "BadRequest"
}

func writeGraphError(w http.ResponseWriter, req *http.Request, status int, code, message string) {
	id := newGUID()
	inner := map[string]string{"date": dateOf(w).Format("2006-01-02T15:04:05"), "request-id": id, "client-request-id": id}
	if given := req.Header.Get("client-request-id"); validGUID(given) {
		inner["client-request-id"] = given
	}
	w.Header().Set("request-id", id)
	w.Header().Set("client-request-id", inner["client-request-id"])
	writeJSON(w, status, map[string]any{"error": map[string]any{"code": code, "message": message, "innerError": inner}})
}

// caller is whom a Graph request speaks for.
type caller struct {
	user        user
	tenant      tenant
	permissions []string
}

// graphCaller checks the token: signature, times, audience, claims challenge, and one of the permissions, if there are
// any. It answers by itself where something is wrong.
func (s *Server) graphCaller(w http.ResponseWriter, req *http.Request, permissions ...string) (caller, bool) {
	raw, ok := bearer(req)
	if !ok {
		s.refuse(w, req, "Access token is empty.")
		return caller{}, false
	}
	claims, err := s.VerifyToken(raw, "")
	if err != nil {
		s.refuse(w, req, "Access token validation failure: "+err.Error()+".")
		return caller{}, false
	}
	aud, _ := claims["aud"].(string)
	if aud != graphURL && aud != graphID {
		s.refuse(w, req, "Access token validation failure. Invalid audience.")
		return caller{}, false
	}
	uti, _ := claims["uti"].(string)
	if demanded := s.challenge(uti); demanded != "" {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="", authorization_uri="%s/common/oauth2/authorize", client_id="%s", error="insufficient_claims", claims="%s"`,
			s.URL, graphID, base64.StdEncoding.EncodeToString([]byte(demanded))))
		writeGraphError(w, req, http.StatusUnauthorized, "InvalidAuthenticationToken", "Continuous access evaluation resulted in challenge: the token lacks claims.")
		return caller{}, false
	}
	has := permissionsOf(claims)
	if claims["idtyp"] == "app" {
		if strings.Contains(req.URL.Path+"/", "/me/") {
			writeGraphError(w, req, http.StatusBadRequest, "BadRequest", "/me request is only valid with delegated authentication flow.")
			return caller{}, false
		}
		permissions = append(slices.Clone(permissions), "User.Read.All", "Directory.Read.All")
	}
	if len(permissions) > 0 && !slices.ContainsFunc(has, func(p string) bool { return slices.Contains(permissions, p) }) {
		writeGraphError(w, req, http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
		return caller{}, false
	}
	upn, _ := claims["preferred_username"].(string)
	tid, _ := claims["tid"].(string)
	c := caller{permissions: has}
	c.user, _ = findUser(upn)
	c.tenant, _ = findTenant(tid)
	return c, true
}

// permissionsOf are a person's, lent to a client, or an application's own.
func permissionsOf(claims map[string]any) []string {
	scp, _ := claims["scp"].(string)
	has := strings.Fields(scp)
	roles, _ := claims["roles"].([]any)
	for _, role := range roles {
		has = append(has, fmt.Sprint(role))
	}
	return has
}

func (s *Server) refuse(w http.ResponseWriter, req *http.Request, message string) {
	w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="", authorization_uri="%s/common/oauth2/authorize", client_id="%s"`, s.URL, graphID))
	writeGraphError(w, req, http.StatusUnauthorized, "InvalidAuthenticationToken", message)
}

func bearer(req *http.Request) (string, bool) {
	kind, raw, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	return raw, strings.EqualFold(kind, "Bearer") && raw != ""
}

// profile is a user object with the properties that Graph returns by default. What is not known is null.
// https://learn.microsoft.com/graph/api/user-get
func (u user) profile(t tenant) map[string]any {
	optional := func(value string) any {
		if value == "" || t.id != u.home {
			return nil
		}
		return value
	}
	phones := []string{}
	if u.phone != "" && t.id == u.home {
		phones = append(phones, u.phone)
	}
	return map[string]any{
		"businessPhones":    phones,
		"displayName":       u.displayName(),
		"givenName":         optional(u.given),
		"jobTitle":          optional(u.title),
		"mail":              u.upn,
		"mobilePhone":       optional(u.phone),
		"officeLocation":    optional(u.office),
		"preferredLanguage": optional(u.language),
		"surname":           optional(u.surname),
		"userPrincipalName": u.upnIn(t),
		"id":                u.oid(t.id),
	}
}

func (s *Server) serveMe(w http.ResponseWriter, req *http.Request) {
	c, ok := s.graphCaller(w, req, "User.Read")
	if !ok {
		return
	}
	s.writeEntity(w, req, "users", c.user.profile(c.tenant))
}

func (s *Server) serveManager(w http.ResponseWriter, req *http.Request) {
	c, ok := s.graphCaller(w, req, "User.Read", "User.ReadBasic.All")
	if !ok {
		return
	}
	boss, ok := findUser(c.user.manager)
	if !ok || c.tenant.id != c.user.home {
		writeGraphError(w, req, http.StatusNotFound, "Request_ResourceNotFound", "Resource 'manager' does not exist or one of its queried reference-property objects are not present.")
		return
	}
	manager := boss.profile(c.tenant)
	manager["@odata.type"] = "#microsoft.graph.user"
	s.writeEntity(w, req, "directoryObjects", manager)
}

// serveUsers lists the tenant's users.
func (s *Server) serveUsers(w http.ResponseWriter, req *http.Request) {
	if c, ok := s.graphCaller(w, req, "User.ReadBasic.All"); ok {
		s.writeList(w, req, "users", "user", people(c.tenant))
	}
}

// people are the profiles of everybody in a tenant.
func people(t tenant) []map[string]any {
	var all []map[string]any
	for _, u := range users() {
		if u.in(t.id) {
			all = append(all, u.profile(t))
		}
	}
	return all
}
