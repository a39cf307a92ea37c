package graph

import (
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/https"
)

// ClaimsChallenge returns the claims, as a JSON object, of the Bearer challenge in the WWW-Authenticate
// headers of an answer, or "" if there are none:
// https://learn.microsoft.com/entra/identity-platform/claims-challenge#claims-challenge-header-format
func ClaimsChallenge(headers []string) string {
	for _, c := range https.Challenges(headers) {
		if !c.Is("Bearer") {
			continue
		}
		if request, err := claims.Request(c.Params["claims"]); err == nil {
			return request
		}
	}
	return ""
}
