package identity

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
)

// The versions of the protocol. Of newer ones than newest the answer is the same.
const (
	oldest = "2017-09-01"
	newest = "2019-08-01"
)

// token is the answer. expires_in is none of App Service's: programs that know the metadata service of virtual machines
// alone, as HashiCorp's go-azure-sdk does, take a token without it for one that never ends.
type token struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   string `json:"expires_in"` // in seconds
	ExpiresOn   string `json:"expires_on"` // in seconds since 1970; in the oldest version a date
	Resource    string `json:"resource"`
	TokenType   string `json:"token_type"`
	ClientID    string `json:"client_id"`
}

// appService answers as App Service does: GET, the key in a header.
func (s *Server) appService(w http.ResponseWriter, req *http.Request) {
	query, err := url.ParseQuery(req.URL.RawQuery)
	version := query.Get("api-version")
	resource := query.Get("resource")
	header := "X-Identity-Header"
	if version == oldest {
		header = "Secret"
	}
	switch {
	case !s.holds(req.Header.Values(header)): // before all else: nothing is told to who has no key
		refuse(w, http.StatusUnauthorized, "the header "+header+" has not the key that entralogin exec gave to its program")
	case req.Method != http.MethodGet:
		refuse(w, http.StatusMethodNotAllowed, "a token is asked for with GET")
	case err != nil:
		refuse(w, http.StatusBadRequest, "the query can't be read")
	case version != oldest && version < newest:
		refuse(w, http.StatusBadRequest, "the api-version has to be "+newest+" or "+oldest)
	case resource == "":
		refuse(w, http.StatusBadRequest, "the request names no resource")
	default:
		s.handOut(w, req, resource, version, identityOf(query))
	}
}

// handOut answers with a token for a resource.
func (s *Server) handOut(w http.ResponseWriter, req *http.Request, resource, version, named string) {
	t, err := s.Tokens(req.Context(), Asked{Scopes: []string{scopeOf(resource)}, Identity: named})
	if err != nil {
		e := asError(err)
		refuse(w, statusOf(e), e.Message)
		return
	}
	ends := t.Until()
	on := fmt.Sprint(ends.Unix())
	if version == oldest {
		on = ends.UTC().Format("01/02/2006 15:04:05 +00:00")
	}
	answer(w, http.StatusOK, token{t.Value.Reveal(), fmt.Sprint(max(0, int64(time.Until(ends).Seconds()))), on, resource, "Bearer", s.ClientID})
}

// scopeOf is the scope of a resource. A slash at its end is a part of its name.
func scopeOf(resource string) string {
	if strings.HasSuffix(resource, "/.default") {
		return resource
	}
	return resource + "/.default"
}

// identityOf is the managed identity that a program names, in one of the words of App Service.
func identityOf(query url.Values) string {
	return cmp.Or(query.Get("client_id"), query.Get("clientid"), query.Get("principal_id"), query.Get("object_id"), query.Get("mi_res_id"), query.Get("msi_res_id"))
}

// holds reports whether a header has the key, once.
func (s *Server) holds(values []string) bool {
	return len(values) == 1 && s.Key.Equal(cache.NewSecret(values[0]))
}

// statusOf is the status of an error. SDKs try again for a while after 404, 408, 410, 429 and those from 500 on, and after
// others not at all: what a person has to mend is to be heard at once.
func statusOf(e *Error) int {
	if e.Again {
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

func asError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Message: "there is no token"} // what others say may be for no program
}

// refuse says no in App Service's form.
func refuse(w http.ResponseWriter, status int, message string) {
	answer(w, status, struct {
		Status  int    `json:"statusCode"`
		Message string `json:"message"`
	}{status, "entralogin: " + message})
}

func answer(w http.ResponseWriter, status int, value any) {
	content, err := json.Marshal(value)
	if err != nil { // of texts and numbers there is none
		status, content = http.StatusInternalServerError, nil
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(content)
}

// silent is where the HTTP server's own words go, which quote requests.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }
