package gitcmd

import (
	"context"
	"errors"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/config"
)

// justIssued is how young a token is whose refusal counts: a server that refuses tokens as soon as they are
// issued refuses the next one, too.
const justIssued = time.Minute

// erase forgets the token that git was refused, if it is the very one that is stored, and which tenant the
// organisation was thought to be in.
func erase(ctx context.Context, f *cli.Factory, call calls.Git) error {
	if !call.Place.Ours {
		return nil
	}
	target, err := call.Target(f, config.AnyTenant) // the session is that of all tenants
	if err != nil {
		return err
	}
	st, err := f.Store(target.Place)
	if err != nil {
		return err
	}
	st.Locate()
	ctx, done := proc.UntilSignal(ctx)
	defer done()
	unlock, err := st.LockSession(ctx, target.Request.Renewal(), nil)
	if err != nil {
		return err
	}
	defer unlock()
	return forget(f, st, call, target.Request.Key)
}

// forget forgets what was refused. The lock of the renewal is held.
func forget(f *cli.Factory, st *cache.Store, call calls.Git, key cache.Key) error {
	refused := false
	mine := func(k cache.Key, t cache.Token) bool {
		mine := call.Input.Refuses(k, t)
		refused = refused || mine
		if mine && f.Now().Sub(t.Obtained) < justIssued {
			st.KeepRefusal(call.Place.URL())
		}
		return mine
	}
	var err error
	if key.Person() {
		err = st.RemoveTokens(key.SessionID, mine)
	} else {
		_, err = cache.ForgetMachines(st, mine)
	}
	if organization := call.Place.Organization; refused && organization != "" {
		err = errors.Join(err, st.ForgetOrganization(calls.OrganizationURL(organization)))
	}
	return err
}
