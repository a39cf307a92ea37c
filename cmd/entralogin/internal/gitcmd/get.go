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
	h, err := source(ctx, f, call)
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

// source settles what the token is for, and where it comes from.
func source(ctx context.Context, f *cli.Factory, call calls.Git) (cli.Handed, error) {
	s, err := call.Settings(f)
	if err != nil {
		return cli.Handed{}, err
	}
	place, err := f.Config().Place(s.Settings) // what is ignored of it is said when the call is resolved
	if err != nil {
		return cli.Handed{}, err
	}
	st, err := f.Store(place)
	if err != nil {
		return cli.Handed{}, err
	}
	st.Locate()
	tenant, err := tenantOf(ctx, f, st, s, call)
	if err != nil {
		return cli.Handed{}, err
	}
	target, err := call.Target(f, tenant)
	if err != nil {
		return cli.Handed{}, err
	}
	tokens, err := f.Tokens(target)
	if err != nil {
		return cli.Handed{}, err
	}
	tokens.Forbidden, tokens.BeforeWait = calls.GitForbids, call.BeforeWait
	return cli.Handed{Target: target, Request: target.Request, Tokens: tokens}, nil
}

// tenantOf finds the tenant. A flag spares the question, and so does a machine that has one.
func tenantOf(ctx context.Context, f *cli.Factory, st *cache.Store, s config.Settled, call calls.Git) (string, error) {
	if err := calls.CheckRefusals(st, call.Place); err != nil {
		return "", err
	}
	if id, ok := call.GivenTenant(); ok {
		return id, nil
	}
	if id, ok := s.MachineTenant(); ok {
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
