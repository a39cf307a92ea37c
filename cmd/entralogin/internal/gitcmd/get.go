package gitcmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/config"
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
	answer, token, err := answerOf(ctx, f, call)
	if err != nil {
		return errors.Join(err, f.Answer(git.Quit()))
	}
	return f.AnswerToken(answer, token)
}

// answerOf gets a token and makes the answer of it.
func answerOf(ctx context.Context, f *cli.Factory, call calls.Git) (answer []byte, h cli.Handed, err error) {
	if h, err = source(ctx, f, call); err != nil {
		return nil, h, err
	}
	if h.Token, err = h.Tokens.Token(ctx, h.Request); err != nil {
		return nil, h, err
	}
	basic := call.LosesBearer(ctx, f, h.Tokens.Store)
	h.Slots = []route.Slot{route.Token}
	if basic || !call.Input.Offers("authtype") {
		h.Slots = append(h.Slots, route.ReportedUnix)
	}
	answer, err = call.Input.Answer(h.Token, basic, f.Now())
	return answer, h, err
}

// source settles what the token is for, and where it comes from.
func source(ctx context.Context, f *cli.Factory, call calls.Git) (h cli.Handed, err error) {
	s, err := call.Settings(f)
	if err != nil {
		return h, err
	}
	place, err := f.Config().Place(s.Settings) // what is ignored of it is said when the call is resolved
	if err != nil {
		return h, err
	}
	st, err := f.Store(place)
	if err != nil {
		return h, err
	}
	st.Locate()
	tenant, err := tenantOf(ctx, f, st, s, call)
	if err != nil {
		return h, err
	}
	if h.Target, err = call.Target(f, tenant); err != nil {
		return h, err
	}
	if h.Tokens, err = f.Tokens(h.Target); err != nil {
		return h, err
	}
	h.Request = h.Target.Request
	h.Tokens.Forbidden, h.Tokens.BeforeWait = calls.GitForbids, call.BeforeWait
	return h, nil
}

// tenantOf finds the tenant. A flag spares the question.
func tenantOf(ctx context.Context, f *cli.Factory, st *cache.Store, s config.Settled, call calls.Git) (string, error) {
	if err := calls.CheckRefusals(st, call.Place); err != nil {
		return "", err
	}
	if id, ok := call.GivenTenant(); ok {
		return id, nil
	}
	organization := calls.OrganizationURL(call.Place.Organization)
	remembered, _ := st.Organization(organization)
	t, err := call.FindTenant(ctx, f, s, remembered)
	if err != nil {
		return "", err
	}
	if t.Note != "" {
		f.Err.Say("%s", t.Note)
	}
	if t.New {
		f.Trace.Spoil() // a server may have been asked
		st.KeepOrganization(organization, t.ID)
	}
	f.Err.Explain(fmt.Sprintf("%s belongs to the tenant %s, says %s", call.Place.URL(), t.ID, t.Origin))
	return t.ID, nil
}
