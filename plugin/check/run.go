package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Check is one thing to look at. It is data: Run alone decides whether and when it is looked at.
type Check struct {
	Part  string  // of something larger, with whose name the topics of what it finds begin, or ""
	Topic Topic   // its name, which is that of most of what it finds
	Title string  // what it looks at, as it stands behind "not checked: "
	About string  // what its findings are about where they don't say so
	Needs []Topic // the checks before it, of the same list, without which there is nothing to look at

	Limit time.Duration // for its Run; 0: that of the context alone
	Run   func(context.Context) []Finding
}

// grace is how long a check may take to say what it has found once its time is up.
const grace = 2 * time.Second

// LateError is the cause with which the time of a check ends. It is a context.DeadlineExceeded.
type LateError struct{ Limit time.Duration }

func (e *LateError) Error() string        { return fmt.Sprintf("no answer within %v", e.Limit) }
func (e *LateError) Is(target error) bool { return target == context.DeadlineExceeded }

// Run looks at all checks: at those of a list one after the other, at the lists beside each other. What is found
// comes in the order of the lists, each thing once. A check that needs one which was stopped is not looked at. That
// is found, too, unless what stopped it was itself no failure but says what is not checked. It returns within the time of ctx and of the checks' own limits, and 2 seconds more.
//
// A panic of a check ends the program, as any other does.
func Run(ctx context.Context, lists ...[]Check) []Finding {
	answers := make([][]Finding, len(lists))
	var all sync.WaitGroup
	for i, list := range lists {
		all.Go(func() { answers[i] = runList(ctx, list) })
	}
	all.Wait()
	var found []Finding
	for _, f := range slices.Concat(answers...) {
		if !slices.Contains(found, f) {
			found = append(found, f)
		}
	}
	return found
}

// name tells the checks of a list apart that look at the same of several things.
type name struct {
	about string
	topic Topic
}

func runList(ctx context.Context, list []Check) []Finding {
	var found []Finding
	stopped := map[name]Finding{} // what stopped each
	skipping := false             // the last finding says what was not looked at
	for _, c := range list {
		own := name{c.About, c.Topic}
		if by, ok := c.stoppedBy(stopped); ok {
			stopped[own] = by
			last := len(found) - 1
			switch {
			case by.Level != Failure: // it says what it stops
			case skipping && found[last].Topic == by.Topic && found[last].About == c.About:
				found[last].What += ", " + c.Title
			default:
				f := by.Topic.Unchecked("%s", c.Title)
				f.About = c.About
				found, skipping = append(found, f), true
			}
			continue
		}
		more, err := c.within(ctx)
		if err != nil {
			more = []Finding{c.Topic.Unchecked("%s: %v", c.Title, err)}
			stopped[own] = Finding{Topic: c.of(c.Topic), Level: Failure}
		}
		for _, f := range more {
			f.Topic, f.About = c.of(f.Topic), cmp.Or(f.About, c.About)
			if f.Fatal {
				stopped[own] = f
			}
			found, skipping = append(found, f), false
		}
	}
	return found
}

// stoppedBy is what stopped a check that c needs.
func (c Check) stoppedBy(stopped map[name]Finding) (Finding, bool) {
	for _, topic := range c.Needs {
		for _, about := range []string{c.About, ""} {
			if by, ok := stopped[name{about, topic}]; ok {
				return by, true
			}
		}
	}
	return Finding{}, false
}

// within runs a check within its limit. An error says why it was not run, or that it was left behind.
func (c Check) within(ctx context.Context) ([]Finding, error) {
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	if c.Limit > 0 {
		timed, cancel := context.WithTimeoutCause(ctx, c.Limit, &LateError{c.Limit})
		defer cancel()
		ctx = timed
	}
	answer := make(chan []Finding, 1)
	go func() { answer <- c.Run(ctx) }()
	select {
	case found := <-answer:
		return found, nil
	case <-ctx.Done():
	}
	select {
	case found := <-answer:
		return found, nil
	case <-time.After(grace):
		return nil, fmt.Errorf("%w, and it does not end", context.Cause(ctx))
	}
}

// of is a topic as that of the check's part.
func (c Check) of(t Topic) Topic {
	if c.Part == "" {
		return t
	}
	return Topic(c.Part+": ") + t
}

// Within returns checks as those of a part of something larger.
func Within(part string, checks []Check) []Check {
	for i := range checks {
		checks[i].Part = part
	}
	return checks
}

// Once leaves out what is wrong for a second time, whoever met it: the first to say so is heard, unless the other one
// takes it for worse. What a warning says of calls by hand may well be what stops kubectl.
func Once(all []Finding) []Finding {
	var kept []Finding
	for _, f := range all {
		said := func(other Finding) bool { return other == f || f.Level != OK && other.What == f.What }
		if i := slices.IndexFunc(kept, said); i >= 0 {
			if kept[i].bad() >= f.bad() {
				continue
			}
			kept = slices.Delete(kept, i, i+1)
		}
		kept = append(kept, f)
	}
	return kept
}

func (f Finding) bad() int { return slices.Index([]Level{OK, Warning, Failure}, f.Level) }
