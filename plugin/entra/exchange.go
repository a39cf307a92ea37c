package entra

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/entralogin/entralogin/plugin/https"
)

// exchange is the HTTP client under MSAL for one call of a source. It does not merely carry requests: it
// answers the discovery from memory, sends the others to the endpoints that were checked (MSAL's own
// addresses are not trusted), repeats what failed for the moment, polls, and hands MSAL only answers that
// are whole and plausible, in a form that MSAL understands.
type exchange struct {
	service *Service
	host    string
	tenant  string
	homeID  string     // of the account whose refresh token is used; "" while a person signs in
	earlier []idClaims // of the ID tokens that this account got by the same client

	nonce string // that the ID token has to have; "" where none was sent

	origin string // the header Origin of a person's requests to the token endpoint; "" for none

	key string // the thumbprint of the key to which the token has to be bound; "" for a bearer token

	endpoints endpoints
	code      deviceCode
	shown     time.Time     // when the code was shown
	patience  time.Duration // how long after that a person may take; 0: as long as the code lives

	answer *tokenAnswer // the grant, once there is one
	err    error        // why there is none; MSAL's own error may hold raw answers
}

// Do answers a request of MSAL's.
func (x *exchange) Do(req *http.Request) (*http.Response, error) {
	body, err := x.route(req)
	if err != nil {
		x.err = err
		return nil, err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       req,
	}, nil
}

// CloseIdleConnections is what MSAL wants an HTTP client to have.
func (x *exchange) CloseIdleConnections() { x.service.client.CloseIdleConnections() }

var errUnknownRequest = errors.New("MSAL made a request that is not known here")

// route goes by what a request asks for, not by its address.
func (x *exchange) route(req *http.Request) ([]byte, error) {
	if req.Method == http.MethodGet {
		return x.discover(req)
	}
	if req.Method != http.MethodPost || req.Body == nil || x.endpoints.Token == "" {
		return nil, errUnknownRequest
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, errUnknownRequest
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errUnknownRequest
	}
	c := call{method: http.MethodPost, address: x.endpoints.Token, header: req.Header, body: body}
	grant := form.Get("grant_type")
	if x.origin != "" && grant != "" {
		c.header = c.header.Clone()
		c.header.Set("Origin", x.origin)
	}
	switch grant {
	case "":
		c.address = x.endpoints.Device
		return x.requestCode(req.Context(), c)
	case "device_code":
		return x.poll(req.Context(), c)
	case "refresh_token", "authorization_code", "client_credentials":
		return x.redeemOnce(req.Context(), c)
	}
	return nil, errUnknownRequest
}

// redeemOnce uses a refresh token, the code of an authorization response, or what an application shows.
func (x *exchange) redeemOnce(ctx context.Context, c call) ([]byte, error) {
	rep, err := x.try(ctx, c)
	if err != nil {
		return nil, err
	}
	return x.granted(rep)
}

// granted checks an answer of the token endpoint and returns MSAL's view of it.
func (x *exchange) granted(rep reply) ([]byte, error) {
	a, err := parseToken(rep, x.key)
	if err != nil {
		return nil, &https.AnswerError{Host: x.host, What: err.Error()}
	}
	if err := x.sameIdentity(a); err != nil {
		return nil, err
	}
	if err := checkNonce(x.host, x.nonce, a); err != nil {
		return nil, err
	}
	if x.homeID != "" {
		// The account is known; a refresh token that is filed under another would be lost.
		a.homeID = x.homeID
	}
	x.answer = &a
	return a.view(), nil
}

// call is a request that can be sent several times.
type call struct {
	method, address string
	header          http.Header
	body            []byte
}

// reply is a whole answer.
type reply struct {
	status int
	header http.Header
	body   []byte
	at     time.Time
}

// send sends c once.
func (x *exchange) send(ctx context.Context, c call) (reply, error) {
	address := c.address
	if proxy := x.service.Proxy; proxy != nil {
		address = proxy.address(address)
	}
	req, err := http.NewRequestWithContext(ctx, c.method, address, bytes.NewReader(c.body))
	if err != nil {
		return reply{}, errUnknownRequest
	}
	req.Header = c.header.Clone()
	resp, err := x.service.client.Do(req)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err
		}
		return reply{}, err
	}
	body, _ := io.ReadAll(resp.Body) // which the client has read already, as a whole
	x.service.checkClock(resp.Header)
	return reply{status: resp.StatusCode, header: resp.Header, body: body, at: x.service.now()}, nil
}

// judge sends c once and sorts the outcome: a reply with status 200, an *Error, a *https.AnswerError, or
// what send returns.
func (x *exchange) judge(ctx context.Context, c call) (reply, error) {
	rep, err := x.send(ctx, c)
	if err != nil || rep.status == http.StatusOK {
		return rep, err
	}
	e, ok := parseError(rep)
	if e.When.IsZero() {
		e.When = rep.at
	}
	if ok || e.transient() {
		return rep, e
	}
	what := fmt.Sprintf("has the status %d and no error that makes sense", rep.status)
	if _, err := parseObject(rep.body); err != nil {
		what = errNoJSON.Error()
	}
	return rep, &https.AnswerError{Host: x.host, What: what, Err: e}
}
