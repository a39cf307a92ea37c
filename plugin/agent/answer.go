package agent

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// CallError is why an agent gave no token, where the call is not to go on without it.
type CallError struct {
	Place  string        // which agent, in clean words
	Code   string        // NotHere, NotAllowed, Locked or Failed; "" where it answered nothing that makes sense
	What   string        // what happened, in clean words without a full stop
	Advice []string      // whose turn it is, and the next command, in clean words
	Kind   failure.Class // whose matter it is
}

func (e *CallError) Error() string { return fmt.Sprintf("the agent at %s: %s", e.Place, e.What) }

// Class is Kind.
func (e *CallError) Class() failure.Class { return e.Kind }

// passedError says why an agent does not serve a call, which goes on to the next one.
type passedError struct{ why string }

func (e *passedError) Error() string { return e.why }

// errSilent says that an agent, which was reached, says nothing in time.
var errSilent error = &passedError{"it does not answer"}

// broken is the error of an agent that went away, or is silent. Its words are of no use to a person.
func broken(err error) error {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return errSilent
	}
	return &passedError{"it went away before it had answered"}
}

// read reads the answer of an agent that has shown a sign of life. An agent answers one request on a connection: where it was
// asked for a sign of life alone, it is asked for the token on another. Errors: *passedError, *CallError, the cause of ctx.
func (c *Client) read(ctx context.Context, a *attempt, r plugin.Request, body []byte) (cache.Token, error) {
	if !a.asked {
		a.close()
		conn, err := Dial(ctx, a.place, c.UID)
		if err != nil {
			return cache.Token{}, &passedError{err.Error()}
		}
		a = newAttempt(a.place, conn, true)
	}
	defer a.close()
	a.conn.SetDeadline(time.Now().Add(Patience))
	defer context.AfterFunc(ctx, a.close)()
	t, err := c.answer(a, r, body)
	if err != nil && ctx.Err() != nil {
		return cache.Token{}, context.Cause(ctx)
	}
	return t, err
}

// answer is read without a look at the context.
func (c *Client) answer(a *attempt, r plugin.Request, body []byte) (cache.Token, error) {
	if a.sent == 0 {
		if err := a.send(body); err != nil {
			return cache.Token{}, broken(err)
		}
	}
	resp, err := a.response()
	if err != nil {
		return cache.Token{}, a.unread(err)
	}
	return c.lines(a, resp, r)
}

func (a *attempt) close() { a.conn.Close() }

// response reads the head of an answer. Informational ones are no more than signs of life.
func (a *attempt) response() (*http.Response, error) {
	for range 10 {
		resp, err := http.ReadResponse(a.in, nil)
		if err != nil || resp.StatusCode >= 200 {
			return resp, err
		}
	}
	return nil, errors.New("informational answers without end")
}

// unread is the error of an answer that can't be read: the agent went away, was silent for too long, or speaks something else.
func (a *attempt) unread(err error) error {
	timeout, ok := errors.AsType[net.Error](err)
	switch {
	case ok && timeout.Timeout() && a.place.Own:
		return &passedError{"it gives no answer"}
	case ok && timeout.Timeout():
		return &CallError{Place: a.place.String(), What: "it gave no answer in time", Kind: failure.Network, Advice: []string{"Nothing is lost: run the command again."}}
	case a.room.N <= 0:
		return a.senseless("its answer is too long")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return broken(err)
	}
	return a.senseless("what it answered is no answer of an agent")
}

// senseless is the error of an answer that makes no sense.
func (a *attempt) senseless(what string) error {
	return &CallError{Place: a.place.String(), What: what, Kind: failure.Answer,
		Advice: []string{"Whoever listens there may be no agent, or one of another version. To go on without one: " + Variable + "=" + Off}}
}

// line is a line of an answer: a Note, or the token, which has a version.
type line struct {
	Note
	Version int `json:"version"`
}

// lines reads the lines of an answer up to the one that settles it.
func (c *Client) lines(a *attempt, resp *http.Response, r plugin.Request) (cache.Token, error) {
	in, said := bufio.NewReader(resp.Body), []string(nil)
	for {
		blob, err := in.ReadBytes('\n')
		if err != nil && (!errors.Is(err, io.EOF) || len(bytes.TrimSpace(blob)) == 0) {
			return cache.Token{}, a.unread(err)
		}
		var l line
		switch err := json.Unmarshal(blob, &l); {
		case err != nil:
			return cache.Token{}, a.senseless(fmt.Sprintf("what it answered is no answer of an agent (HTTP %d)", resp.StatusCode))
		case l.Error != nil:
			return cache.Token{}, a.refused(*l.Error)
		case l.Version != 0:
			return c.token(a, blob, r)
		case l.Waiting == "":
			return cache.Token{}, a.senseless("what it answered is no answer of an agent")
		}
		if why := text.Redact(l.Waiting, 120); !slices.Contains(said, why) && len(said) < mostNotes {
			a.conn.SetDeadline(time.Now().Add(Attended + Patience)) // the agent gives up first, and says why
			c.warn("waiting for %s (the agent at %v)", why, a.place)
			said = append(said, why)
		}
	}
}

// mostNotes and mostAdvice bound the lines that are shown, and so how long an agent is waited for.
const (
	mostNotes  = 3
	mostAdvice = 4
)

// refused is the error that an agent says.
func (a *attempt) refused(e Error) error {
	message := strings.TrimSuffix(cmp.Or(text.Redact(e.Message, 300), "it gives no reason"), ".")
	class := map[string]failure.Class{NotHere: failure.SignIn, Locked: failure.SignIn, NotAllowed: failure.Refused}[e.Code]
	if class == failure.Other {
		class = known(e.Class)
	}
	if e.Code == PersonNeeded || a.place.Own && !slices.Contains([]failure.Class{failure.SignIn, failure.Refused, failure.Network, failure.Answer}, class) {
		return &passedError{"it says: " + message} // this process can do as much itself
	}
	refused := &CallError{Place: a.place.String(), Code: e.Code, What: message, Kind: class}
	for _, advice := range e.Advice[:min(len(e.Advice), mostAdvice)] {
		refused.Advice = append(refused.Advice, text.Redact(advice, 300))
	}
	return refused
}

// known is a class that an agent may name.
func known(c failure.Class) failure.Class {
	if slices.Contains([]failure.Class{failure.Config, failure.SignIn, failure.Refused, failure.Network, failure.Answer, failure.Storage, failure.Lock}, c) {
		return c
	}
	return failure.Other
}

// token is the token of an answer, once it is the one that was asked for.
func (c *Client) token(a *attempt, blob []byte, r plugin.Request) (cache.Token, error) {
	key, t, err := cache.DecodeToken(blob)
	if err != nil || len(blob) > MostBytes {
		return cache.Token{}, a.senseless("its token can't be read")
	}
	if why := mismatch(key, t, r, c.now()); why != "" {
		return cache.Token{}, a.senseless("its token " + why)
	}
	t.Account = text.Clean(t.Account)
	a.line = cache.NewSecret(string(blob))
	return t, nil
}

// mismatch says why a token is not the one that was asked for, or can't be used; "" if it is, and can.
func mismatch(key cache.Key, t cache.Token, r plugin.Request, now time.Time) string {
	same := key
	same.Tenant, same.Account = r.Tenant, r.Account
	switch {
	case same.Hash() != r.Hash():
		return "is for something else than was asked for"
	case authority.IsGUID(r.Tenant) && !strings.EqualFold(cmp.Or(t.Tenant, key.Tenant), r.Tenant):
		return "is of another tenant"
	case r.Account != "" && !strings.EqualFold(cmp.Or(t.Account, key.Account), r.Account):
		return "is of another account"
	case strings.ContainsFunc(t.Value.Reveal(), func(c rune) bool { return c <= ' ' || c > '~' }):
		return "has characters that no token has"
	case !t.Valid(now):
		return "has ended, by the clock of this machine"
	}
	return ""
}
