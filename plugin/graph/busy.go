package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/https"
)

const (
	maxTries = 4                // of one request
	maxWait  = 60 * time.Second // over all requests of one Reply
)

// isBusy reports whether the same request may do better a little later.
func isBusy(status int) bool {
	return status == http.StatusTooManyRequests || status >= 500 && status != http.StatusNotImplemented
}

// wait waits before the next try, or says that there is none.
func (c *caller) wait(ctx context.Context, resp *response, try int) error {
	pause, asked := https.RetryAfter(resp.header, c.me.now())
	if !asked {
		pause = time.Second << (try - 1) // 1, 2, 4 s
	}
	if try == maxTries || c.waited+pause > maxWait {
		return &https.NetworkError{Host: resp.host, Err: errors.New(busyWords(resp, try, pause, asked))}
	}
	c.me.note("%s is busy (%d); trying again in %v", resp.host, resp.status, pause.Round(time.Second))
	c.waited += pause
	return c.me.sleep(ctx, pause)
}

func busyWords(resp *response, try int, pause time.Duration, asked bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "it is busy (%d %s", resp.status, http.StatusText(resp.status))
	if e := newError(resp); e.Code != "" {
		fmt.Fprintf(&b, ", %s", e.Code)
	}
	b.WriteString(")")
	if asked {
		fmt.Fprintf(&b, " and asks to wait for %v", pause)
	}
	if try > 1 {
		fmt.Fprintf(&b, ", after %d tries", try)
	}
	if id := newError(resp).RequestID; id != "" {
		fmt.Fprintf(&b, " (request ID %s)", id)
	}
	return b.String()
}
