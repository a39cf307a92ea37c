package diagnose

import (
	"context"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
)

// Machine says of what a call signs in with, where that is no person, whether it is there and will do. It sends nothing,
// and runs no program. x is that of the call.
func Machine(ctx context.Context, f *cli.Factory, x cli.Explainer, topic check.Topic, t config.Target) []check.Finding {
	var found []check.Finding
	call := cli.Machine(f, t)
	call.Getenv = x.Getenv
	call.Explain = func(said string) { found = append(found, topic.Good("%s", said)) }
	call.Warn = func(said string) { found = append(found, topic.Warn("%s", said)) }
	if err := call.Look(ctx); err != nil {
		found = append(found, FindingOf(x, topic, err))
	}
	return found
}
