package agent

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
)

const (
	// hello is how long an agent may take for a first sign of life.
	hello = Patience / 2
	// turn is how long one may be silent before the next one is looked at, too.
	turn = 30 * time.Millisecond
)

// Client asks the first agent that answers. It is a plugin.TokenSource.
type Client struct {
	Places iter.Seq2[Place, error] // where one may be, see Find
	UID    int                     // the effective user
	// Explain tells what was decided (-v), and Warn what is waited for. They may be nil.
	Explain, Warn func(string)

	// stubbable for testing
	Now func() time.Time // nil means time.Now

	given atomic.Pointer[cache.Given]
}

// Given is how the agent of this machine gave the last token; zero where none did.
func (c *Client) Given() cache.Given {
	if g := c.given.Load(); g != nil {
		return *g
	}
	return cache.Given{}
}

// Token asks for a token. Nothing is kept of it. Errors: plugin.ErrNoAgent, where no agent serves the request and the caller goes
// on without; *CallError; the cause of ctx.
func (c *Client) Token(ctx context.Context, r plugin.Request) (cache.Token, error) {
	body, err := json.Marshal(asked(r))
	if err != nil || len(body) > MostBytes {
		return cache.Token{}, fmt.Errorf("%w: the request is too long for one", plugin.ErrNoAgent)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	places, stop := iter.Pull2(c.Places)
	defer stop()
	l := &look{client: c, ctx: ctx, body: body, places: places, heard: make(chan *attempt)}
	for {
		a, err := l.first()
		if err != nil {
			return cache.Token{}, err
		}
		t, err := c.read(ctx, a, r, body)
		if passed, ok := errors.AsType[*passedError](err); ok {
			c.passOver(a.place, passed)
			continue
		}
		if err == nil && a.place.Own {
			c.given.Store(&cache.Given{Socket: a.place.Path, Request: string(body), Line: a.line})
		}
		return t, err
	}
}

// asked is a request in the words of the protocol.
func asked(r plugin.Request) Request {
	q := Request{Authority: r.Authority, Tenant: r.Tenant, Client: r.Client, Account: r.Account, Scopes: r.Scopes, Claims: r.Claims, Renew: r.Renew,
		Asker: r.Asker, Unattended: r.Unattended}
	if r.Kind != cache.Access {
		q.Kind = string(r.Kind)
	}
	if r.Unseen {
		q.Unattended = ""
	}
	return q
}

// passOver says that a call goes on without an agent. Where that has cost seconds, everybody is told.
func (c *Client) passOver(p Place, err error) {
	if errors.Is(err, errSilent) {
		c.warn("the agent at %v does not answer, and this call waited for it; stop that one, or set %s=%s", p, Variable, Off)
		return
	}
	c.explain("the agent at %v is passed over: %v", p, err)
}

func (c *Client) explain(format string, args ...any) {
	if c.Explain != nil {
		c.Explain(fmt.Sprintf(format, args...))
	}
}

func (c *Client) warn(format string, args ...any) {
	if c.Warn != nil {
		c.Warn(fmt.Sprintf(format, args...))
	}
}

func (c *Client) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// newAttempt is an attempt that has sent nothing yet.
func newAttempt(p Place, conn net.Conn, asked bool) *attempt {
	room := &io.LimitedReader{R: conn, N: 2 * MostBytes}
	return &attempt{place: p, conn: conn, room: room, in: bufio.NewReader(room), asked: asked}
}

// look is the look for an agent that answers.
type look struct {
	client *Client
	ctx    context.Context // of the call: it ends the attempts
	body   []byte
	places func() (Place, error, bool) // the next one
	heard  chan *attempt               // which have come to something
	silent []*attempt                  // which have not yet
	again  []Place                     // which were silent when another one was not
}

// attempt is an agent that was reached.
type attempt struct {
	place Place
	conn  net.Conn
	room  *io.LimitedReader // bounds all that it may send, with the headers
	in    *bufio.Reader     // of room
	asked bool              // for the token, and not just for a sign of life
	sent  int               // requests
	line  cache.Secret      // the token as it was sent
	err   error             // why it is none
}

// first returns the first agent that shows a sign of life. While one is silent the next one is looked at, but is not asked for the
// token: no person is asked twice. Errors: plugin.ErrNoAgent, the cause of the context.
func (l *look) first() (*attempt, error) {
	more := true
	for {
		var wait <-chan time.Time
		if more {
			more = l.begin()
			wait = time.After(turn)
		}
		if !more && len(l.silent) == 0 {
			return nil, plugin.ErrNoAgent
		}
		if len(l.silent) == 0 {
			continue
		}
		select {
		case a := <-l.heard:
			i := slices.Index(l.silent, a)
			if i < 0 { // it was given up, and its place is looked at anew
				continue
			}
			l.silent = slices.Delete(l.silent, i, i+1)
			if a.err == nil {
				l.drop()
				return a, nil
			}
			a.close()
			l.client.passOver(a.place, a.err)
		case <-wait:
		case <-l.ctx.Done():
			l.drop()
			return nil, context.Cause(l.ctx)
		}
	}
}

// drop gives up what is silent, until the one that is not comes to nothing, too.
func (l *look) drop() {
	for _, a := range l.silent {
		a.close()
		l.again = append(l.again, a.place)
	}
	l.silent = nil
}

// next is the next place to look at: those that were given up come again first.
func (l *look) next() (Place, error, bool) {
	if len(l.again) == 0 {
		return l.places()
	}
	p := l.again[0]
	l.again = l.again[1:]
	return p, nil, true
}

// begin looks at the next place, and reports whether there was one.
func (l *look) begin() bool {
	p, err, ok := l.next()
	if !ok {
		return false
	}
	if err != nil {
		l.client.explain("no agent: %v", err)
		return true
	}
	conn, err := Dial(l.ctx, p, l.client.UID)
	if errors.Is(err, errNothing) && p.usual {
		return true // as nearly everywhere
	}
	if err != nil {
		l.client.explain("the agent at %v is passed over: %v", p, err)
		return true
	}
	a := newAttempt(p, conn, len(l.silent) == 0)
	l.silent = append(l.silent, a)
	go func() {
		a.err = l.knock(a)
		select {
		case l.heard <- a:
		case <-l.ctx.Done():
		}
	}()
	return true
}

// knock sends the request, or one for a sign of life, and waits for the first byte.
func (l *look) knock(a *attempt) error {
	a.conn.SetDeadline(time.Now().Add(hello))
	if err := a.send(l.body); err != nil {
		return broken(err)
	}
	if _, err := a.in.Peek(1); err != nil {
		return broken(err)
	}
	return nil
}

// send writes the request for the token where it is to be asked for, else one for a sign of life.
func (a *attempt) send(body []byte) error {
	method, path := http.MethodPost, TokenPath
	if !a.asked {
		method, path, body = http.MethodGet, HelloPath, nil
	}
	r, err := http.NewRequest(method, "http://localhost"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Close = true
	if a.asked {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Expect", "100-continue") // the sign of life; the body does not wait for it
	}
	if !a.place.Key.IsZero() {
		r.Header.Set("Authorization", "Bearer "+a.place.Key.Reveal())
	}
	a.sent++
	return r.Write(a.conn)
}
