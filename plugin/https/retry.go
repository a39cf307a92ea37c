package https

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryAfter returns how long an answer asks to wait: "delay-seconds" or "HTTP-date" of the header Retry-After
// (https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3). asked is false where there is no such header, or one
// that makes no sense. More than a day is a day. A date counts from the server's own clock, where the answer
// tells it, and else from now.
func RetryAfter(h http.Header, now time.Time) (pause time.Duration, asked bool) {
	const most = 24 * time.Hour
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(most/time.Second))) * time.Second, true
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(until.Sub(now), 0), most), true
}

// Sleep returns after d, or with the cause of ctx as soon as that is done.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
