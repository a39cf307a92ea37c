package entratest

import (
	"encoding/json"
	"reflect"
)

// RequireClaims makes Graph and container registries refuse every token with a claims challenge until one comes that was asked for with these
// claims, a JSON object such as {"access_token":{"acrs":{"essential":true,"value":"c1"}}}. "" ends it.
// https://learn.microsoft.com/entra/identity-platform/claims-challenge
func (s *Server) RequireClaims(claims string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.demanded = claims
}

// prove remembers which claims parameter an access token was asked for with.
func (s *Server) prove(uti, claims string) {
	if claims == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proofs[uti] = claims
}

// challenge returns the claims that are demanded and that the token lacks, or "".
func (s *Server) challenge(uti string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.demanded == "" || covers(s.proofs[uti], s.demanded) {
		return ""
	}
	return s.demanded
}

// needsPerson says whether a refresh with this claims parameter must be refused, and with which claims.
func (s *Server) needsPerson(claims string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.settings.ClaimsNeedPerson && s.demanded != "" && covers(claims, s.demanded) {
		return s.demanded
	}
	return ""
}

// covers says whether the access token's part of asked has everything of wanted; clients add capabilities of their own.
func covers(asked, wanted string) bool {
	a, w := accessTokenClaims(asked), accessTokenClaims(wanted)
	for name, value := range w {
		if have, ok := a[name]; !ok || !reflect.DeepEqual(have, value) {
			return false
		}
	}
	return true
}

func accessTokenClaims(claims string) map[string]any {
	var c struct {
		AccessToken map[string]any `json:"access_token"`
	}
	if json.Unmarshal([]byte(claims), &c) != nil {
		return nil
	}
	return c.AccessToken
}

// askedFor are the values of a claim that a claims parameter asks for: authentication contexts (acrs), and what the
// client says that it is capable of (xms_cc).
func askedFor(claims, name string) []any {
	asked, _ := accessTokenClaims(claims)[name].(map[string]any)
	if values, ok := asked["values"].([]any); ok {
		return values
	}
	if value, ok := asked["value"]; ok {
		return []any{value}
	}
	return nil
}
