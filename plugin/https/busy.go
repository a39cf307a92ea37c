package https

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

const (
	maxTries = 4                // of one request
	maxWait  = 60 * time.Second // of one Patience
)

// IsBusy reports whether the same request may do better a little later.
func IsBusy(status int) bool {
	return status == http.StatusTooManyRequests || status >= 500 && status != http.StatusNotImplemented
}

// Patience waits for a service that is busy, over all requests of one question.
type Patience struct {
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error // nil means Sleep
	Note  func(string)                               // shows the person a sentence; may be nil

	waited time.Duration
}

// Wait waits before the next try of a request, or says that there is none: an error is a *NetworkError, or that of Sleep. h
// is the header of the answer, of which IsBusy is true.
func (p *Patience) Wait(ctx context.Context, r Refusal, h http.Header, try int) error {
	pause, asked := RetryAfter(h, p.Now())
	if !asked {
		pause = time.Second << (try - 1) // 1, 2, 4 s
	}
	if try == maxTries || p.waited+pause > maxWait {
		return &NetworkError{Host: r.Host, Err: errors.New(r.busy(try, pause, asked))}
	}
	if p.Note != nil {
		p.Note(fmt.Sprintf("%s is busy (%d); trying again in %v", r.Host, r.Status, pause.Round(time.Second)))
	}
	p.waited += pause
	if p.Sleep != nil {
		return p.Sleep(ctx, pause)
	}
	return Sleep(ctx, pause)
}

func (r Refusal) busy(try int, pause time.Duration, asked bool) string {
	words := "it is busy (" + r.status() + ")"
	if asked {
		words += fmt.Sprintf(" and asks to wait for %v", pause)
	}
	if try > 1 {
		words += fmt.Sprintf(", after %d tries", try)
	}
	return words + r.support()
}
