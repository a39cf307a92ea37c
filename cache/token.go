package cache

import "time"

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

// longestLife is how long a token is believed, whatever its expiry says. Microsoft's tokens live 60 to
// 90 minutes, with continuous access evaluation up to 28 hours.
const longestLife = 24 * time.Hour

// Until returns when t has to be renewed at the latest: its expiry, or 24 hours after it was obtained.
func (t Token) Until() time.Time {
	if limit := t.Obtained.Add(longestLife); t.Expires.After(limit) {
		return limit
	}
	return t.Expires
}

// Margin returns how long before Until a token counts as stale: 5 minutes, or a tenth of its life if
// that is less.
func (t Token) Margin() time.Duration {
	const most = 5 * time.Minute
	if tenth := t.Until().Sub(t.Obtained) / 10; tenth < most {
		return max(tenth, 0)
	}
	return most
}

// Fresh reports whether t may be handed out at the time now without a look at the service. A token
// from the future (a clock that was turned back) is not fresh.
func (t Token) Fresh(now time.Time) bool {
	return t.Valid(now) && now.Before(t.Until().Add(-t.Margin()))
}

// Due reports whether t is fresh, but in the last third of its life: it serves, and may be renewed before somebody has to
// wait for that.
func (t Token) Due(now time.Time) bool {
	third := t.Until().Sub(t.Obtained) / 3
	return t.Fresh(now) && !now.Before(t.Until().Add(-third))
}

// Valid reports whether t is still accepted at the time now, be it for a moment.
func (t Token) Valid(now time.Time) bool {
	const skew = 5 * time.Minute
	return !t.Value.IsZero() && now.Before(t.Until()) && !t.Obtained.After(now.Add(skew))
}
