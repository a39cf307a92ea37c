package main

import (
	"bufio"
	"bytes"
	"context"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A screen is what has been written to standard error so far.
type screen struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// approve waits until the screen shows the code, says what is to be done, and approves: when the person has
// pressed Enter, or by itself where nobody is there. The end of the context ends the wait.
func (d *demo) approve(ctx context.Context, s *screen) {
	code, err := d.sim.WaitForCode(ctx)
	if err != nil {
		return
	}
	// The lines after the code are on their way when the code is there.
	for !strings.Contains(s.String(), code) {
		if !pause(ctx, 20*time.Millisecond) {
			return
		}
	}
	if !pause(ctx, 100*time.Millisecond) {
		return
	}
	if d.attended {
		d.say("Open that page in a browser. It warns of the simulator's certificate, which it",
			"cannot know; go on to the page. Or press Enter here to approve as Alice.")
		if !d.enter(ctx) {
			return
		}
	} else {
		d.say("No person is asked here: a simulated Alice enters the code on that page.")
		if !pause(ctx, d.patience) {
			return
		}
	}
	// An error means that somebody on the page was faster.
	_ = d.sim.Approve(code, entratest.Alice)
}

var start = regexp.MustCompile(`page (http://localhost:\d+/\w+)`)

// browse waits until the screen shows an address, says what is to be done, and plays a browser there: when the person
// has pressed Enter, or by itself where nobody is there.
func (d *demo) browse(ctx context.Context, s *screen) {
	for !start.MatchString(s.String()) {
		if !pause(ctx, 20*time.Millisecond) {
			return
		}
	}
	if !pause(ctx, 100*time.Millisecond) {
		return
	}
	if d.attended {
		d.say("Open that address in a browser. It warns of the simulator's certificate, which",
			"it cannot know; go on to the page. Or press Enter here: a browser is played.")
		if !d.enter(ctx) {
			return
		}
	} else {
		d.say("No browser is started here: one is played, and a simulated Alice signs in.")
		if !pause(ctx, d.patience) {
			return
		}
	}
	// The program may have ended when the last page comes, and the context with it. An error means that somebody with
	// a real browser was faster.
	d.page, _ = d.sim.Visit(context.WithoutCancel(ctx), start.FindStringSubmatch(s.String())[1], entratest.Alice)
}

// pause reports whether the context was still good at its end.
func pause(ctx context.Context, length time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(length):
		return true
	}
}

// enter waits for a line on standard input. It reports false when the context ended; the end of the input
// is no line, for the page is still open to the person.
func (d *demo) enter(ctx context.Context) bool {
	pressed := make(chan struct{})
	go func() {
		if _, err := bufio.NewReader(d.stdin).ReadString('\n'); err == nil {
			close(pressed)
		}
	}()
	select {
	case <-ctx.Done():
		return false
	case <-pressed:
		return true
	}
}
