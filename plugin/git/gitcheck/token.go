package gitcheck

import (
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/text"
)

// CheckClaims says what a server will read in a token.
func CheckClaims(c claims.Claims, resource string, now time.Time) []check.Finding {
	found := []check.Finding{CheckAudience(c, resource)}
	switch {
	case c.Expires.IsZero():
		return append(found, Token.Warn("it does not say when it ends (exp)"))
	case c.NotBefore.After(now):
		return append(found, Token.Warn("it is not valid before %s from now (nbf)", text.Span(c.NotBefore.Sub(now))).Or(check.ClockRemedy))
	case !now.Before(c.Expires):
		return append(found, Token.Good("it ended %s ago", text.Span(now.Sub(c.Expires))))
	}
	return append(found, Token.Good("it ends in %s", text.Span(c.Expires.Sub(now))))
}

// CheckAudience says what the token's audience is, and whether it is what was asked for. resource is that of
// the scope.
func CheckAudience(c claims.Claims, resource string) check.Finding {
	aud := name(strings.Join(c.Audience, " "))
	switch {
	case len(c.Audience) == 0:
		return Token.Warn("it names no audience (aud): no server takes it").Or("entralogin logout, and git again")
	case otherID(resource, c.Audience[0]):
		return Token.Warn("the audience (aud) is %s, and it was asked for %s", aud, name(resource)).
			Or("scope of the host in the config file has to be of the application that the host expects")
	}
	return Token.Good("the audience (aud) is %s", aud)
}

// otherID reports whether two names of resources are application IDs, in whichever form, and differ.
func otherID(a, b string) bool {
	a, b = authority.BareID(a), authority.BareID(b)
	return authority.IsGUID(a) && authority.IsGUID(b) && !strings.EqualFold(a, b)
}
