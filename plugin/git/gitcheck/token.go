package gitcheck

import (
	"time"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
)

const (
	newToken   = "entralogin logout, and git again"
	scopeWords = "scope of the host in the config file has to be of the application that the host expects"
)

// CheckClaims says what a server will read in a token. resource is that of the scope.
func CheckClaims(c claims.Claims, resource string, now time.Time) []check.Finding {
	return []check.Finding{Token.Audience(c, resource, newToken, scopeWords), Token.Life(c, now)}
}
