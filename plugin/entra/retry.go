package entra

import (
	"context"
	"errors"
	"time"

	"github.com/entralogin/entralogin/plugin/https"
)

// try sends c up to three times while it fails for the moment, and waits in between: as long as the
// service asks for, if that is at most 10 seconds.
func (x *exchange) try(ctx context.Context, c call) (reply, error) {
	const patience = 10 * time.Second
	pauses := []time.Duration{300 * time.Millisecond, time.Second}
	for i := 0; ; i++ {
		rep, err := x.judge(ctx, c)
		asked, again := transient(err)
		network, down := errors.AsType[*https.NetworkError](err)
		// A second try with a password that a proxy refused may lock the account. A poll tries again all the same, for
		// it has minutes.
		if !again || down && network.Obstacle.Lasting() {
			return rep, err
		}
		if i == len(pauses) || asked > patience {
			if !down {
				err = &https.NetworkError{Host: x.host, Err: err}
			}
			return reply{}, err
		}
		if err := x.service.wait(ctx, max(pauses[i], asked)); err != nil {
			return reply{}, err
		}
	}
}

// transient reports whether err may be gone in a moment, and how long the service asks to wait.
func transient(err error) (asked time.Duration, ok bool) {
	var refusal *Error
	var network *https.NetworkError
	switch {
	case errors.As(err, &refusal):
		return refusal.RetryAfter, refusal.transient()
	case errors.As(err, &network):
		return 0, true
	}
	return 0, false
}
