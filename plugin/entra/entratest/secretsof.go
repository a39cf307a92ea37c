package entratest

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// SecretsOf lists the access, refresh and ID tokens that were ever issued to a user (such as Alice), in any
// tenant and for any client.
func (s *Server) SecretsOf(user string) []string {
	u, ok := findUser(user)
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
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
