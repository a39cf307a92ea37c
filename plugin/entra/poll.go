package entra

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/https"
)

// Pacing of the polls, https://www.rfc-editor.org/rfc/rfc8628#section-3.5.
const (
	// "If no value is provided, clients MUST use 5 as the default" (section 3.2).
	defaultInterval = 5 * time.Second
	leastInterval   = time.Second
	mostInterval    = time.Minute

	// "slow_down ... the interval MUST be increased by 5 seconds for this and all subsequent requests."
	slowDown = 5 * time.Second

	// A server measures from when it received a poll; so a wait is never a hair too short.
	safety = 100 * time.Millisecond

	// How long one wait after a failure may become.
	mostPause = time.Minute
)

// poll waits for the person. It polls until the service gives a final answer, the code ends or the
// patience does, and gives MSAL nothing but that final answer: MSAL ignores interval and slow_down and
// ends the sign-in with the first 503.
func (x *exchange) poll(ctx context.Context, c call) ([]byte, error) {
	interval, wait := x.code.interval, x.code.interval
	failures := 0
	var trouble error
	for {
		if err := x.pause(ctx, wait+safety, trouble); err != nil {
			return nil, err
		}
		rep, err := x.pollOnce(ctx, c, trouble)
		if err == nil {
			return x.granted(rep)
		}
		before := trouble
		trouble = nil
		refusal, _ := errors.AsType[*Error](err)
		asked, again := transient(err)
		switch {
		case ctx.Err() != nil:
			return nil, err
		case refusal != nil && refusal.Code == "authorization_pending":
			failures = 0
		case refusal != nil && refusal.Code == "slow_down":
			failures = 0
			interval += slowDown
		case again:
			// "On encountering a connection timeout, clients MUST unilaterally reduce their polling
			// frequency before retrying."
			failures++
			trouble = err
		default:
			return nil, x.lost(before, refusal, err)
		}
		wait = max(interval, min(asked, mostPause), backoff(interval, failures))
	}
}

// lost tells a code that was refused from one that is used up because an earlier poll was answered with
// the token and the connection broke off: nobody refused anything, and the person may be asked again.
func (x *exchange) lost(before error, refusal *Error, err error) error {
	network, ok := errors.AsType[*https.NetworkError](before)
	if !ok || refusal == nil || refusal.Code != "invalid_grant" && refusal.Code != "bad_verification_code" {
		return err
	}
	return &https.NetworkError{Host: x.host, Err: fmt.Errorf("the answer to the sign-in was lost (%w)", network.Err)}
}

// backoff doubles the interval with each failure in a row, up to mostPause.
func backoff(interval time.Duration, failures int) time.Duration {
	return min(interval<<min(failures, 6), max(interval, mostPause))
}

// pollOnce polls, but no longer than until the end.
func (x *exchange) pollOnce(ctx context.Context, c call, trouble error) (reply, error) {
	end, over := x.end(trouble)
	ctx, cancel := context.WithTimeoutCause(ctx, end.Sub(x.service.now()), over)
	defer cancel()
	return x.judge(ctx, c)
}

// pause waits for d, or until the end and then says so.
func (x *exchange) pause(ctx context.Context, d time.Duration, trouble error) error {
	end, over := x.end(trouble)
	left := end.Sub(x.service.now())
	if d < left {
		return x.service.wait(ctx, d)
	}
	if err := x.service.wait(ctx, max(left, 0)); err != nil {
		return err
	}
	return over
}

// end returns when there is no more point in polling, and why. trouble is what failed last, or nil.
func (x *exchange) end(trouble error) (time.Time, *plugin.RefusedError) {
	end, over := x.code.expires, &plugin.RefusedError{Reason: plugin.Expired, Text: "the code ended before anybody used it"}
	if limit := x.shown.Add(x.patience); x.patience > 0 && limit.Before(end) {
		end, over = limit, &plugin.RefusedError{Reason: plugin.TimedOut, Text: fmt.Sprintf("nobody signed in within %v", x.patience)}
	}
	if trouble != nil {
		over.Text += fmt.Sprintf(" (%s had not been answering: %v)", x.host, trouble)
	}
	return end, over
}
