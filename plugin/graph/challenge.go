package graph

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/entralogin/entralogin/plugin/https"
)

// claimsChallenge returns the claims, as a JSON object, of the Bearer challenge in the WWW-Authenticate
// headers of an answer, or "" if there are none:
// https://learn.microsoft.com/entra/identity-platform/claims-challenge#claims-challenge-header-format
func claimsChallenge(headers []string) string {
	for _, c := range https.Challenges(headers) {
		if !c.Is("Bearer") {
			continue
		}
		if claims := decodeClaims(c.Params["claims"]); claims != "" {
			return claims
		}
	}
	return ""
}

// decodeClaims decodes base64 in either alphabet, with or without padding, and takes a JSON object only.
func decodeClaims(text string) string {
	text = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(text), "=")
	claims, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	claims = bytes.TrimSpace(claims)
	if len(claims) == 0 || claims[0] != '{' || !json.Valid(claims) {
		return ""
	}
	return string(claims)
}
