package gitcheck

import (
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
)

// CheckClaims says what a server will read in a token.
func CheckClaims(c claims.Claims, resource string, now time.Time) []check.Finding {
	return []check.Finding{CheckAudience(c, resource), Token.Life(c, now)}
}

// CheckAudience says what the token's audience is, and whether it is what was asked for. resource is that of
// the scope.
func CheckAudience(c claims.Claims, resource string) check.Finding {
	aud := name(strings.Join(c.Audience, " "))
	switch {
	case len(c.Audience) == 0:
		return Token.Warn("it names no audience (aud): no server takes it").Or("entralogin logout, and git again")
	case isID(resource) && isID(c.Audience[0]) && !c.IsFor(resource):
		return Token.Warn("the audience (aud) is %s, and it was asked for %s", aud, name(resource)).
			Or("scope of the host in the config file has to be of the application that the host expects")
	}
	return Token.Good("the audience (aud) is %s", aud)
}

func isID(s string) bool { return authority.IsGUID(claims.BareID(s)) }
