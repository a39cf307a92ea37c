package route

import "time"

// Life is when a token was received and when it ends. It is good from the one to the other, and fresh for most of that
// time.
type Life struct {
	Obtained time.Time // by this machine's clock
	Expires  time.Time
	End      time.Time // after which what was made of the token is used no more; zero where that is the token's own matter
}

// longest is how long a token is believed, whatever its expiry says. Microsoft's tokens live 60 to 90 minutes, with
// continuous access evaluation up to 28 hours.
const longest = 24 * time.Hour

// Until returns when the token has to be renewed at the latest: its expiry, or 24 hours after it was obtained.
func (l Life) Until() time.Time {
	if limit := l.Obtained.Add(longest); l.Expires.After(limit) {
		return limit
	}
	return l.Expires
}

// Margin returns how long before Until the token counts as stale: 5 minutes, or a tenth of its life if that is less.
func (l Life) Margin() time.Duration {
	const most = 5 * time.Minute
	if tenth := l.Until().Sub(l.Obtained) / 10; tenth < most {
		return max(tenth, 0)
	}
	return most
}

// Reported is the end that whoever gets a fresh token is told: a minute before Until, or half of the margin if that is
// less, and no later than End. By then the token counts as stale here, so that whoever asks again gets a new one.
func (l Life) Reported() time.Time {
	reported := l.Until().Add(-min(time.Minute, l.Margin()/2))
	if !l.End.IsZero() && l.End.Before(reported) {
		return l.End
	}
	return reported
}

// Fresh reports whether the token may be handed out at the time now without a look at the service. A token from the
// future (a clock that was turned back) is not fresh.
func (l Life) Fresh(now time.Time) bool {
	return l.Valid(now) && now.Before(l.Until().Add(-l.Margin()))
}

// Valid reports whether the token is still accepted at the time now, be it for a moment.
func (l Life) Valid(now time.Time) bool {
	const skew = 5 * time.Minute
	return now.Before(l.Until()) && !l.Obtained.After(now.Add(skew))
}

// Due reports whether the last third of the token's life has begun: it is fresh, and time to get another one.
func (l Life) Due(now time.Time) bool {
	return !now.Before(l.Until().Add(-l.Until().Sub(l.Obtained) / 3))
}
