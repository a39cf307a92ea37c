package claims

import (
	"net/http"

	"github.com/entralogin/entralogin/plugin/https"
)

// Wanted returns the claims of an answer's challenge (Challenge) where it is the answer's very reason, a 401; else "".
func Wanted(status int, header http.Header) string {
	if status != http.StatusUnauthorized {
		return ""
	}
	return Challenge(header.Values("WWW-Authenticate"))
}

// Challenge returns the claims, as a JSON object, of the Bearer challenge in the WWW-Authenticate headers of an answer, or
// "" if there are none:
// https://learn.microsoft.com/entra/identity-platform/claims-challenge#claims-challenge-header-format
func Challenge(headers []string) string {
	for _, c := range https.Challenges(headers) {
		if !c.Is("Bearer") {
			continue
		}
		if request, err := Request(c.Params["claims"]); err == nil {
			return request
		}
	}
	return ""
}
