package cache

import (
	"time"

	"github.com/entralogin/entralogin/cache/route"
)

// Token is one access or ID token and what is known of it.
type Token struct {
	Value    Secret    `json:"-"`
	Kind     Kind      `json:"-"`
	Expires  time.Time `json:"expires"`             // when the token itself ends: expires_in of the answer, or exp of an ID token
	Obtained time.Time `json:"obtained"`            // when it was received, by this machine's clock
	Account  string    `json:"username,omitempty"`  // user name of the account that it is for
	Tenant   string    `json:"tenant_id,omitempty"` // GUID of the tenant that issued it, where the service said so
	Granted  []string  `json:"granted,omitempty"`   // the scopes that the service named, where they are fewer than were asked for
}

// life is when t is good.
func (t Token) life() route.Life { return route.Life{Obtained: t.Obtained, Expires: t.Expires} }

// Until returns when t has to be renewed at the latest: its expiry, or 24 hours after it was obtained.
func (t Token) Until() time.Time { return t.life().Until() }

// Margin returns how long before Until a token counts as stale: 5 minutes, or a tenth of its life if
// that is less.
func (t Token) Margin() time.Duration { return t.life().Margin() }

// Reported is the end that whoever gets t while it is fresh is told: a minute before Until, or half of the margin
// before, if that is less.
func (t Token) Reported() time.Time { return t.life().Reported() }

// Fresh reports whether t may be handed out at the time now without a look at the service. A token
// from the future (a clock that was turned back) is not fresh.
func (t Token) Fresh(now time.Time) bool { return !t.Value.IsZero() && t.life().Fresh(now) }

// Due reports whether t is fresh, but in the last third of its life: it serves, and may be renewed before somebody has to
// wait for that.
func (t Token) Due(now time.Time) bool { return t.Fresh(now) && t.life().Due(now) }

// Valid reports whether t is still accepted at the time now, be it for a moment.
func (t Token) Valid(now time.Time) bool { return !t.Value.IsZero() && t.life().Valid(now) }
