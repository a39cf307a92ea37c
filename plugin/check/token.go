package check

import (
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/text"
)

// Life says how long a token serves, by this machine's clock. That it has ended is no fault: the next call renews
// it. The command again gets a new one.
func (t Topic) Life(c claims.Claims, now time.Time, again string) Finding {
	switch {
	case c.Expires.IsZero():
		return t.Warn("it does not say when it ends (exp): many servers refuse it").Or("%s", again)
	case !now.Before(c.Expires):
		return t.Good("it ended %s ago", text.Span(now.Sub(c.Expires)))
	case c.NotBefore.After(now):
		return t.Warn("it is not valid before %s from now (nbf)", text.Span(c.NotBefore.Sub(now))).Or(ClockRemedy)
	}
	return t.Good("it ends in %s", text.Span(c.Expires.Sub(now)))
}

// Audience says what a token's audience is, and whether it is the resource that it was asked for, where both are
// application IDs. again is what to do where there is none, other where it is another one.
func (t Topic) Audience(c claims.Claims, resource, again, other string) Finding {
	isID := func(s string) bool { return authority.IsGUID(authority.BareID(s)) }
	aud := text.Redact(strings.Join(c.Audience, " "), 120)
	switch {
	case len(c.Audience) == 0:
		return t.Warn("it names no audience (aud): no server takes it").Or("%s", again)
	case isID(resource) && isID(c.Audience[0]) && !c.IsFor(resource):
		return t.Warn("the audience (aud) is %s, and it was asked for %s", aud, text.Redact(resource, 120)).Or("%s", other)
	}
	return t.Good("the audience (aud) is %s", aud)
}

// OutOfTime says that a server which refuses a token finds it ended or not yet valid: whose is its clock, such as
// "the API server's", and there what that one says, zero if it says nothing.
func (t Topic) OutOfTime(c claims.Claims, now, there time.Time, whose string) (f Finding, ok bool) {
	if !there.IsZero() {
		now = there
	}
	switch {
	case c.Expires.IsZero():
		return f, false
	case !now.Before(c.Expires):
		f = t.Warn("the token has ended, by %s clock %s ago", whose, text.Span(now.Sub(c.Expires)))
	case c.NotBefore.After(now):
		f = t.Warn("the token is not valid yet, by %s clock for another %s", whose, text.Span(c.NotBefore.Sub(now)))
	default:
		return f, false
	}
	return f.Or(ClockRemedy), true
}
