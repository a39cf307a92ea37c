package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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
	pause, asked := https.RetryAfter(resp.header, c.query.Now())
	if !asked {
		pause = time.Second << (try - 1) // 1, 2, 4 s
	}
	if try == maxTries || c.waited+pause > maxWait {
		return &https.NetworkError{Host: resp.host, Err: errors.New(busyWords(resp, try, pause, asked))}
	}
	c.query.Note(fmt.Sprintf("%s is busy (%d); trying again in %v", resp.host, resp.status, pause.Round(time.Second)))
	c.waited += pause
	return c.query.sleep(ctx, pause)
}

func busyWords(resp *response, try int, pause time.Duration, asked bool) string {
	e := newError(resp)
	words := "it is busy (" + e.status() + ")"
	if asked {
		words += fmt.Sprintf(" and asks to wait for %v", pause)
	}
	if try > 1 {
		words += fmt.Sprintf(", after %d tries", try)
	}
	return words + e.support()
}
