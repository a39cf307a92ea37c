package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// flight is a call of Tokens that is under way, or has come to something: then its fields stay.
type flight struct {
	done  chan struct{}
	key   cache.Key
	token cache.Token
	err   error

	before *flight // the last sign-in to the same session when this one began, or nil
	during bool    // before was under way
}

func (f *flight) isDone() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// keyOf names the token of a request.
func keyOf(r agent.Request) cache.Key {
	kind := cache.Access
	if r.Kind == string(cache.ID) {
		kind = cache.ID
	}
	return cache.Key{SessionID: cache.SessionID{Authority: r.Authority, Client: r.Client}, Tenant: r.Tenant, Account: r.Account, Scopes: r.Scopes, Kind: kind}
}

// flights are the calls of Tokens that are under way, and the last sign-ins.
type flights struct {
	tokens   Tokens
	now      func() time.Time
	renewals *renewals // gets what has come

	mu         sync.Mutex
	flying     map[string]*flight          // by flightName
	lastSignIn map[cache.SessionID]*flight // of each session, under way or done

	signIns turn
}

func newFlights(c Settings, ahead *renewals) *flights {
	return &flights{tokens: c.Tokens, now: c.Now, renewals: ahead, flying: map[string]*flight{}, lastSignIn: map[cache.SessionID]*flight{}}
}

// obtain calls Tokens once for all who want the same at the time. The call goes on where one of them leaves; it ends with
// agent.Attended. Sign-ins are one at a time: the first one may serve the next.
// Errors: those of Tokens, that of the context.
func (fs *flights) obtain(ctx context.Context, r agent.Request, signIn bool) (*flight, error) {
	key := keyOf(r)
	name := flightName(r, signIn)
	fs.mu.Lock()
	f := fs.flying[name]
	if f == nil {
		f = fs.begunAt(key.SessionID)
		fs.flying[name] = f
		if signIn {
			fs.lastSignIn[sessionOf(key)] = f
		}
		go fs.fly(f, name, r, signIn)
	}
	fs.mu.Unlock()
	select {
	case <-f.done:
		return f, f.err
	case <-ctx.Done():
		return f, ctx.Err()
	}
}

// flightName is the same for all who want the same.
func flightName(r agent.Request, signIn bool) string {
	return fmt.Sprintf("%s %t %t %s", keyOf(r).Hash(), signIn, r.Renew, r.Claims)
}

// flies reports whether the same is being obtained in silence.
func (fs *flights) flies(r agent.Request) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.flying[flightName(r, false)] != nil
}

// sessionOf names the session of a key, in one way.
func sessionOf(k cache.Key) cache.SessionID {
	return cache.SessionID{Authority: strings.ToLower(k.Authority), Client: strings.ToLower(k.Client)}
}

// begunAt is a flight that begins now. fs is locked.
func (fs *flights) begunAt(id cache.SessionID) *flight {
	last := fs.lastSignIn[sessionOf(cache.Key{SessionID: id})]
	return &flight{done: make(chan struct{}), before: last, during: last != nil && !last.isDone()}
}

// signInSince is a sign-in that f, which found that one is needed, knows nothing of, since it was under way or came later; nil
// where there is none.
func (fs *flights) signInSince(f *flight, id cache.SessionID) *flight {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if last := fs.lastSignIn[sessionOf(cache.Key{SessionID: id})]; last != f.before || f.during {
		return last
	}
	return nil
}

// errWithin says that Tokens panicked, which is no reason for the agent to end.
var errWithin = errors.New("it has failed within")

func (fs *flights) fly(f *flight, name string, r agent.Request, signIn bool) {
	defer func() {
		if p := recover(); p != nil {
			f.err = errWithin
		}
		fs.mu.Lock()
		delete(fs.flying, name)
		close(f.done)
		fs.mu.Unlock()
	}()
	ctx, cancel := context.WithTimeout(context.Background(), agent.Attended)
	defer cancel()
	if signIn {
		if f.err = fs.signIns.take(ctx); f.err != nil {
			return
		}
		defer fs.signIns.give()
	}
	f.key, f.token, f.err = fs.tokens(ctx, r, signIn)
	if f.err == nil {
		fs.renewals.hold(r, f.token)
	}
}

// tooNew is how old a token is at least that is renewed because it has too little life: another one would have no more.
const tooNew = time.Minute

// enough is obtain in silence, where a token that has less life than is wanted is renewed.
func (fs *flights) enough(ctx context.Context, r agent.Request) (*flight, error) {
	f, err := fs.obtain(ctx, r, false)
	now := fs.now()
	if least := time.Duration(r.Least) * time.Second; err != nil || r.Renew || f.token.Until().Sub(now) >= least || now.Sub(f.token.Obtained) < tooNew {
		return f, err
	}
	r.Renew = true
	if renewed, err := fs.obtain(ctx, r, false); err == nil {
		return renewed, nil
	}
	return f, nil
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
func (a *answer) give(f *flight) *agent.Error {
	blob, err := cache.EncodeToken(f.key, f.token)
	if err != nil || len(blob.Reveal()) > agent.MostBytes {
		return &agent.Error{Code: agent.Failed, Class: failure.Answer, Message: "the token can't be sent"}
	}
	a.line(200, []byte(blob.Reveal()))
	return nil
}
