package check

import (
	"context"
	"errors"
	"fmt"
	"github.com/entralogin/entralogin/plugin/failure"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// finds is a check that finds these.
func finds(topic Topic, needs []Topic, found ...Finding) Check {
	return Check{Topic: topic, Title: "the " + string(topic), Needs: needs, Run: func(context.Context) []Finding { return found }}
}

// lines are findings as a test states them: about, topic, level and words.
func lines(found []Finding) string {
	var all []string
	for _, f := range found {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s: %s", f.About, f.Topic, f.Level, f.What)))
	}
	return strings.Join(all, "\n")
}

func expect(t *testing.T, found []Finding, want ...string) {
	t.Helper()
	if got := lines(found); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

const (
	files  Topic = "files"
	entry  Topic = "entry"
	token  Topic = "token"
	server Topic = "server"
)

// What is fatal stops what needs it, and what needs that; a failure alone stops nobody.
func TestRunStops(t *testing.T) {
	list := func(f Finding) []Check {
		return []Check{finds(files, nil, f), finds(entry, []Topic{files}, entry.Good("an entry")), finds(token, []Topic{entry}, token.Good("a token")),
			finds(server, nil, server.Good("an answer"))}
	}
	expect(t, Run(context.Background(), list(files.Fail(failure.Config, "bad"))),
		"files failure: bad", "entry ok: an entry", "token ok: a token", "server ok: an answer")
	expect(t, Run(context.Background(), list(files.Fail(failure.Config, "bad").Stop())),
		"files failure: bad", "files warning: not checked: the entry, the token", "server ok: an answer")
	expect(t, Run(context.Background(), list(files.Unchecked("all of it").Stop())),
		"files warning: not checked: all of it", "server ok: an answer")
}

// A check of one thing is stopped by its own, and by those that are about all things.
func TestRunStopsTheSame(t *testing.T) {
	about := func(url string, c Check) Check { c.About = url; return c }
	one := []Check{about("a", finds(entry, nil, entry.Fail(failure.Config, "bad").Stop())), about("a", finds(token, []Topic{entry, files}, token.Good("a token"))),
		about("b", finds(entry, nil, entry.Good("an entry"))), about("b", finds(token, []Topic{entry, files}, token.Good("a token")))}
	expect(t, Run(context.Background(), one),
		"a entry failure: bad", "a entry warning: not checked: the token", "b entry ok: an entry", "b token ok: a token")
	all := append([]Check{finds(files, nil, files.Fail(failure.Config, "bad").Stop())}, one[2:]...)
	expect(t, Run(context.Background(), all), "files failure: bad", "b entry ok: an entry", "b files warning: not checked: the token")
}

// Lists are looked at beside each other; the order of what they find is theirs, and nothing is said twice.
func TestRunBeside(t *testing.T) {
	met := make(chan bool)
	first := Check{Topic: files, Run: func(context.Context) []Finding { <-met; return []Finding{files.Good("first"), files.Good("twice")} }}
	second := Check{Topic: files, Run: func(context.Context) []Finding {
		met <- true
		return []Finding{files.Good("twice"), files.Good("second")}
	}}
	expect(t, Run(context.Background(), []Check{first}, []Check{second}), "files ok: first", "files ok: twice", "files ok: second")
}

func TestRunInTime(t *testing.T) {
	waits := func(limit time.Duration, deaf bool, found ...Finding) Check {
		return Check{Topic: server, Title: "the server", Limit: limit, Run: func(ctx context.Context) []Finding {
			if <-ctx.Done(); deaf {
				time.Sleep(time.Hour)
			}
			return append(found, server.Fail(failure.Network, "%v", context.Cause(ctx)))
		}}
	}
	after := finds(token, []Topic{server}, token.Good("a token"))
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		expect(t, Run(context.Background(), []Check{waits(10*time.Second, false), after}),
			"server failure: no answer within 10s", "token ok: a token")
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("it took %v", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		expect(t, Run(context.Background(), []Check{waits(10*time.Second, true), after}),
			"server warning: not checked: the server: no answer within 10s, and it does not end", "server warning: not checked: the token")
		if took := time.Since(start); took != 10*time.Second+grace {
			t.Errorf("it took %v", took)
		}
		time.Sleep(2 * time.Hour) // what was left behind ends
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Minute, &LateError{time.Minute})
		defer cancel()
		expect(t, Run(ctx, []Check{waits(0, false), after}), "server failure: no answer within 1m0s", "token warning: not checked: the token: no answer within 1m0s")
	})
	if !errors.Is(&LateError{}, context.DeadlineExceeded) {
		t.Error("it is no deadline")
	}
}

func TestWithin(t *testing.T) {
	list := Within("kube", []Check{finds(files, nil, files.Fail(failure.Config, "bad").Stop()), finds(entry, []Topic{files})})
	expect(t, Run(context.Background(), list), "kube: files failure: bad", "kube: files warning: not checked: the entry")
}

func TestOnce(t *testing.T) {
	expect(t, Once([]Finding{files.Warn("bad"), entry.Warn("bad"), files.Good("good"), entry.Good("good"), files.Good("good")}),
		"files warning: bad", "files ok: good", "entry ok: good")
	expect(t, Once([]Finding{files.Warn("bad"), files.Good("good"), entry.Fail(failure.Config, "bad"), server.Warn("bad")}),
		"files ok: good", "entry failure: bad")
}
