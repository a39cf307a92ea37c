package entratest

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// SecretsOf lists the access, refresh and ID tokens that were ever issued to a user (such as Alice), in any
// tenant and for any client; or, of an application's client ID, its access tokens, client secrets, assertions and keys.
func (s *Server) SecretsOf(whose string) []string {
	u, ok := findUser(whose)
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
	if !ok {
		for _, secret := range s.secrets {
			if owner := s.Applications.owners[secret]; owner != "" && strings.EqualFold(owner, whose) {
				found = append(found, secret)
			}
		}
		return found
	}
	for _, secret := range s.secrets {
		if r := s.refresh[secret]; r != nil && r.user.upn == u.upn || tokenUser(secret) == u.upn {
			found = append(found, secret)
		}
	}
	return found
}

// tokenUser is the user of a JWT, "" for anything else.
func tokenUser(secret string) string {
	parts := strings.Split(secret, ".")
	if len(parts) != 3 {
		return ""
	}
	blob, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		User string `json:"preferred_username"`
	}
	if err != nil || json.Unmarshal(blob, &claims) != nil {
		return ""
	}
	return claims.User
}
