package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// flight is a call of Tokens that is under way.
type flight struct {
	done  chan struct{}
	key   cache.Key
	token cache.Token
	err   error
}

// keyOf names the token of a request.
func keyOf(r agent.Request) cache.Key {
	kind := cache.Access
	if r.Kind == string(cache.ID) {
		kind = cache.ID
	}
	return cache.Key{SessionID: cache.SessionID{Authority: r.Authority, Client: r.Client}, Tenant: r.Tenant, Account: r.Account, Scopes: r.Scopes, Kind: kind}
}

// obtain calls Tokens once for all who want the same at the time. The call goes on where one of them leaves; it ends with
// agent.Attended. Sign-ins are one at a time: the first one may serve the next.
func (s *Server) obtain(ctx context.Context, r agent.Request, signIn bool) (cache.Key, cache.Token, error) {
	name := fmt.Sprintf("%s %t %t %s", keyOf(r).Hash(), signIn, r.Renew, r.Claims)
	s.state.Lock()
	f := s.state.flights[name]
	if f == nil {
		f = &flight{done: make(chan struct{})}
		if s.state.flights == nil {
			s.state.flights = map[string]*flight{}
		}
		s.state.flights[name] = f
		go s.fly(f, name, r, signIn)
	}
	s.state.Unlock()
	select {
	case <-f.done:
		return f.key, f.token, f.err
	case <-ctx.Done():
		return cache.Key{}, cache.Token{}, ctx.Err()
	}
}

// errWithin says that Tokens panicked, which is no reason for the agent to end.
var errWithin = errors.New("it has failed within")

func (s *Server) fly(f *flight, name string, r agent.Request, signIn bool) {
	defer func() {
		if p := recover(); p != nil {
			f.err = errWithin
		}
		s.state.Lock()
		delete(s.state.flights, name)
		s.state.Unlock()
		close(f.done)
	}()
	ctx, cancel := context.WithTimeout(context.Background(), agent.Attended)
	defer cancel()
	if signIn {
		if f.err = s.state.signIns.take(ctx); f.err != nil {
			return
		}
		defer s.state.signIns.give()
	}
	f.key, f.token, f.err = s.Tokens(ctx, r, signIn)
	if f.err == nil {
		s.hold(r, f.token)
	}
}

// tooNew is how old a token is at least that is renewed because it has too little life: another one would have no more.
const tooNew = time.Minute

// enough is obtain in silence, where a token that has less life than is wanted is renewed.
func (s *Server) enough(ctx context.Context, r agent.Request) (cache.Key, cache.Token, error) {
	key, t, err := s.obtain(ctx, r, false)
	now := s.now()
	if least := time.Duration(r.Least) * time.Second; err != nil || r.Renew || t.Until().Sub(now) >= least || now.Sub(t.Obtained) < tooNew {
		return key, t, err
	}
	r.Renew = true
	if k, renewed, err := s.obtain(ctx, r, false); err == nil {
		return k, renewed, nil
	}
	return key, t, nil
}

// needsPerson reports whether err says that a person has to sign in.
func needsPerson(err error) bool {
	_, needed := errors.AsType[*plugin.InteractionRequiredError](err)
	_, unattended := errors.AsType[*plugin.UnattendedError](err)
	return needed || unattended
}

// longestWords bounds what is said of a failure, in characters.
const longestWords = 400

// failed is an error of Tokens for the one who asked, in its own words.
func failed(err error) *agent.Error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return &agent.Error{Code: agent.Failed, Class: failure.Network, Message: "no token came in time"}
	}
	return &agent.Error{Code: agent.Failed, Class: failure.Of(err), Message: strings.TrimSuffix(text.Redact(err.Error(), longestWords), ".")}
}

// give answers with a token.
func (a *answer) give(key cache.Key, t cache.Token) *agent.Error {
	blob, err := cache.EncodeToken(key, t)
	if err != nil || len(blob.Reveal()) > agent.MostBytes {
		return &agent.Error{Code: agent.Failed, Class: failure.Answer, Message: "the token can't be sent"}
	}
	a.line(200, []byte(blob.Reveal()))
	return nil
}
