package dockercmd

import (
	"bytes"
	"context"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/docker"
)

// get answers with the token of a registry that is ours.
func get(ctx context.Context, f *cli.Factory, call calls.Docker, in docker.Input) error {
	st, key, t, err := find(ctx, f, call)
	if err != nil {
		return fail(f, err)
	}
	var out bytes.Buffer
	if err := in.Answer(&out, t); err != nil {
		return fail(f, err)
	}
	if err := f.Answer(out.Bytes()); err != nil {
		return err
	}
	if !f.Err.Said && t.Fresh(f.Now()) {
		st.KeepRoute(cache.Settled{Question: f.Question, Key: key, Token: t, Answer: out.Bytes(), Slots: []route.Slot{route.Token}})
	}
	return nil
}

// find returns the token, from the cache if it is there.
func find(ctx context.Context, f *cli.Factory, call calls.Docker) (*cache.Store, cache.Key, cache.Token, error) {
	target, err := call.Target(f)
	if err != nil {
		return nil, cache.Key{}, cache.Token{}, err
	}
	source, tokens, err := call.Source(f, target)
	if err != nil {
		return nil, cache.Key{}, cache.Token{}, err
	}
	key := docker.KeyOf(target.Request.Key, call.Registry.Host)
	t, fresh, err := source.Kept(target.Request)
	if err != nil || fresh {
		return source.Store, key, t, err
	}
	f.Trace.Spoil() // past the warm path
	ctx, done := proc.WhileRead(ctx, f.Out)
	defer done()
	tokens.BeforeWait = nil // it is waited already
	t, err = source.Token(ctx, target.Request)
	return source.Store, key, t, err
}

// erase forgets the token of a registry that is ours. It is no sign of a refusal: docker and the like erase where a person
// logs out, and not where a registry says no.
func erase(ctx context.Context, f *cli.Factory, call calls.Docker) error {
	if !call.Registry.Ours {
		return nil
	}
	target, err := call.Target(f)
	if err != nil {
		return fail(f, err)
	}
	st, err := f.Store(target.Place)
	if err != nil {
		return fail(f, err)
	}
	st.Locate()
	ctx, done := proc.UntilSignal(ctx)
	defer done()
	key := target.Request.Key
	unlock, err := st.LockSession(ctx, key.Renewal(), nil)
	if err != nil {
		return fail(f, err)
	}
	defer unlock()
	mine := func(k cache.Key, t cache.Token) bool { return docker.IsOf(k, call.Registry.Host) }
	if key.Person() {
		return st.RemoveTokens(key.SessionID, mine)
	}
	_, err = cache.ForgetMachines(st, mine)
	return err
}
