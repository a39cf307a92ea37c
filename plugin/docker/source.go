package docker

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// Source gives the token of one registry: the one that is kept, or one that the registry gives out for a token of Entra.
// A token that is kept and fresh costs the reading of one file. N processes that have none make one exchange: that is
// done under a lock of its own, which nobody holds while a person is asked.
type Source struct {
	Store  *cache.Store
	Entra  plugin.TokenSource // asks a person where that is needed
	Client *Client
	Note   func(string) // shows the person a sentence; may be nil

	Now func() time.Time // nil means time.Now
}

// KeyOf names the token of a registry among those that are kept. k is that of the token of Entra.
func KeyOf(k cache.Key, host string) cache.Key {
	k.Kind, k.Scopes = cache.Registry, []string{addressOf(host)}
	return k
}

// IsOf reports whether a key names the token of a registry, whoever has it.
func IsOf(k cache.Key, host string) bool {
	return k.Kind == cache.Registry && len(k.Scopes) == 1 && k.Scopes[0] == addressOf(host)
}

// HostOf is the registry whose token a key names. ok is false for another kind of token.
func HostOf(k cache.Key) (host string, ok bool) {
	const scheme = "https://"
	if k.Kind != cache.Registry || len(k.Scopes) != 1 || len(k.Scopes[0]) <= len(scheme) {
		return "", false
	}
	return k.Scopes[0][len(scheme):], IsOf(k, k.Scopes[0][len(scheme):])
}

func addressOf(host string) string { return "https://" + host }

// Kept returns the token that is kept, if it is fresh. It asks nobody, takes no lock and writes nothing. r asks for the
// token of Entra. Errors: *cache.Error, *cache.StorageError.
func (s *Source) Kept(r plugin.Request) (t cache.Token, fresh bool, err error) {
	t, err = s.Store.Token(KeyOf(r.Key, s.Client.Host))
	switch {
	case errors.Is(err, cache.ErrNone), errors.Is(err, cache.ErrCorrupt), errors.Is(err, cache.ErrKeyGone):
		return cache.Token{}, false, nil
	case err != nil:
		return cache.Token{}, false, err
	}
	return t, t.Fresh(s.now()), nil
}

// Token returns a token that the registry has just given out, to this process or to the one for which it waited.
//
// Errors are those of Entra and of Client, *cache.LockError, and those of Kept.
func (s *Source) Token(ctx context.Context, r plugin.Request) (cache.Token, error) {
	t, err := s.exchange(ctx, r)
	wanted, ok := errors.AsType[*plugin.ChallengeError](err)
	if ok && r.Claims == "" {
		r.Claims = wanted.Claims
		t, err = s.exchange(ctx, r)
		wanted, ok = errors.AsType[*plugin.ChallengeError](err)
	}
	if ok {
		err = wanted.Err
	}
	return t, err
}

// exchange gets a token of Entra, and then one of the registry. Whoever waited for the lock while its holder found the
// registry down fails as the holder did: N processes try once, not one after the other.
func (s *Source) exchange(ctx context.Context, r plugin.Request) (cache.Token, error) {
	given, err := s.Entra.Token(ctx, r)
	if err != nil {
		return cache.Token{}, err
	}
	started := s.now()
	id := KeyOf(r.Key, s.Client.Host).Renewal()
	unlock, err := s.Store.LockSession(ctx, id, nil)
	if _, ok := errors.AsType[*cache.Error](err); ok { // better two exchanges than none
		unlock, err = func() {}, nil
	}
	if err != nil {
		return cache.Token{}, err
	}
	defer unlock()
	if t, fresh, err := s.Kept(r); err != nil || fresh && r.Claims == "" {
		return t, err
	}
	if why, when := s.Store.LastFailed(id); when.After(started) && !when.After(s.now()) {
		return cache.Token{}, &https.NetworkError{Host: s.Client.Host, Err: errors.New(text.Short(why, longestWhy))}
	}
	t, err := s.ask(ctx, r, given)
	if down, ok := errors.AsType[*https.NetworkError](err); ok && ctx.Err() == nil {
		s.Store.SayFailed(id, text.Short(down.Err.Error(), longestWhy))
	}
	if err != nil {
		return cache.Token{}, err
	}
	s.keep(ctx, r, given, t)
	return t, nil
}

// longestWhy bounds what is told of a failure, in characters.
const longestWhy = 160

// ask asks the registry. It has to be the registry itself before it gets a token.
func (s *Source) ask(ctx context.Context, r plugin.Request, given cache.Token) (cache.Token, error) {
	if err := s.Client.Challenge(ctx); err != nil {
		return cache.Token{}, err
	}
	tenant := given.Tenant
	if !authority.IsGUID(tenant) && authority.IsGUID(r.Tenant) {
		tenant = r.Tenant
	}
	return s.Client.Exchange(ctx, tenant, given)
}

// keep keeps the token for as long as what it came of is kept: where that went meanwhile somebody has signed out, and
// what an agent gives is kept nowhere. It stands under the name, if any, under which that does. One without an end is not
// kept, nor one that can't be: it is only a saving.
func (s *Source) keep(ctx context.Context, r plugin.Request, given, t cache.Token) {
	if !t.Fresh(s.now()) {
		return
	}
	unlock, err := s.Store.LockSession(ctx, r.Renewal(), nil)
	if err != nil {
		s.note("the answer is right, but it can't be kept for the next call: " + text.Short(err.Error(), 300))
		return
	}
	defer unlock()
	for _, account := range []string{r.Account, cmp.Or(given.Account, r.Account)} {
		k := r.Key
		k.Account = account
		if stored, err := s.Store.Token(k); err != nil || !stored.Value.Equal(given.Value) {
			continue
		}
		if err := s.Store.KeepToken(KeyOf(k, s.Client.Host), t); err != nil {
			s.note("the answer is right, but it can't be kept for the next call: " + text.Short(err.Error(), 300))
		}
		return
	}
}

func (s *Source) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Source) note(sentence string) {
	if s.Note != nil {
		s.Note(sentence)
	}
}
