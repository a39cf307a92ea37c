package devops

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// A credential is what a request carries.
type credential struct{ scheme, user, token string }

// credentialOf reads the Authorization header. A token comes as the password of Basic, or as Bearer.
func credentialOf(req *http.Request) credential {
	scheme, value, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	switch strings.ToLower(scheme) {
	case "basic":
		pair, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return credential{scheme: "Basic"}
		}
		user, password, _ := strings.Cut(string(pair), ":")
		return credential{"Basic", user, password}
	case "bearer":
		return credential{scheme: "Bearer", token: value}
	}
	return credential{scheme: scheme}
}

// check decides about a credential, and says why it is refused.
func (s *Server) check(cred credential, at site) (status int, reason string) {
	if cred.token == "" {
		return http.StatusUnauthorized, "no credential"
	}
	claims, err := s.sim.VerifyToken(cred.token, at.audience)
	if err != nil {
		return http.StatusUnauthorized, err.Error()
	}
	if claims["tid"] != at.tenant {
		return http.StatusUnauthorized, fmt.Sprintf("tenant is %v, want %s", claims["tid"], at.tenant)
	}
	return s.decide(cred.token)
}

// challenge names the tenant of an organisation, as Azure DevOps does. A host of its own says nothing of it.
func challenge(w http.ResponseWriter, at site) {
	h := w.Header()
	if at.audience != Audience {
		h.Set("WWW-Authenticate", `Basic realm="git"`)
		return
	}
	h.Set("X-VSS-ResourceTenant", at.tenant)
	h.Add("WWW-Authenticate", "Bearer authorization_uri=https://login.microsoftonline.com/"+at.tenant)
	h.Add("WWW-Authenticate", `Basic realm="https://tfsprodweu1.visualstudio.com/"`)
	h.Add("WWW-Authenticate", "TFS-Federated")
}
