package identity

import (
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What azd's protocol says.
const (
	azdVersion  = "2023-07-12-preview"
	getToken    = "GetTokenError"
	notSignedIn = "NotSignedInError"
)

// developer answers azd: POST, the key as a bearer token. azd shows nothing of an answer whose status is not 200, so that
// errors have it, too.
func (s *Server) developer(w http.ResponseWriter, req *http.Request) {
	key, bearer := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	kind, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	switch {
	case !bearer || len(req.Header.Values("Authorization")) != 1 || !s.holds([]string{key}):
		refuseDeveloper(w, http.StatusUnauthorized, getToken, "the request has not the key that entralogin exec gave to its program")
	case req.Method != http.MethodPost || kind != "application/json":
		refuseDeveloper(w, http.StatusBadRequest, getToken, "a token is asked for with POST and application/json")
	case req.URL.Query().Get("api-version") != azdVersion:
		refuseDeveloper(w, http.StatusBadRequest, getToken, "the api-version has to be "+azdVersion)
	default:
		s.handDeveloper(w, req)
	}
}

func (s *Server) handDeveloper(w http.ResponseWriter, req *http.Request) {
	var asked struct {
		Scopes []string `json:"scopes"`
		Tenant string   `json:"tenantId"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, req.Body, mostBody)).Decode(&asked)
	if err != nil || len(asked.Scopes) == 0 || slices.Contains(asked.Scopes, "") {
		refuseDeveloper(w, http.StatusBadRequest, getToken, "the request names no scopes")
		return
	}
	t, err := s.Tokens(req.Context(), Asked{Scopes: asked.Scopes, Tenant: asked.Tenant})
	if err != nil {
		e, code := asError(err), getToken
		if e.Person {
			code = notSignedIn
		}
		refuseDeveloper(w, http.StatusOK, code, e.Message)
		return
	}
	answer(w, http.StatusOK, struct {
		Status  string `json:"status"`
		Token   string `json:"token"`
		Expires string `json:"expiresOn"`
	}{"success", t.Value.Reveal(), t.Until().UTC().Format(time.RFC3339)})
}

// refuseDeveloper says no in azd's form.
func refuseDeveloper(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, struct {
		Status  string `json:"status"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}{"error", code, "entralogin: " + message})
}
