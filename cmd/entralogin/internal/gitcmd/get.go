package gitcmd

import (
	"context"
	"errors"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/git"
)

// get answers for the hosts that are ours, and is silent about all others. Where there is no token git is
// told to stop: no other helper and no person has one.
func get(ctx context.Context, f *cli.Factory, call calls.Git) error {
	if !call.Place.Ours {
		if call.Place.Why != "" {
			f.Err.Warn(call.Place.Why)
		}
		return nil
	}
	call.BeforeWait = func(ctx context.Context) (context.Context, func()) { return proc.WhileRead(ctx, f.Out) }
	h, err := call.Source(ctx, f)
	if err != nil {
		return quit(f, err)
	}
	if h.Token, err = h.Tokens.Token(ctx, h.Request); err != nil {
		return quit(f, err)
	}
	basic := call.LosesBearer(ctx, f, h.Tokens.Store)
	answer, err := call.Input.Answer(h.Token, basic, f.Now())
	if err != nil {
		return quit(f, err)
	}
	slots := []route.Slot{route.Token}
	if basic || !call.Input.Offers("authtype") {
		slots = append(slots, route.ReportedUnix)
	}
	return cli.AnswerToken(f, h, answer, slots...)
}

// quit tells git to stop.
func quit(f *cli.Factory, err error) error { return errors.Join(err, f.Answer(git.Quit())) }
