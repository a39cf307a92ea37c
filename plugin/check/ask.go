package check

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// Reply is a whole answer of a server.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
	Page   bool      // it is a web page, whatever it says of itself
	Date   time.Time // zero if there is none
	Issuer string    // of the server's certificate, clean
}

// Question is one request.
type Question struct {
	Address string
	Body    string       // JSON, which is posted; "" only asks
	Token   cache.Secret // zero: none
	User    string       // beside a token that goes as a password; "" sends it as a bearer token
	Header  http.Header  // what else is said, or nil
}

// Probe is what a server is asked with, and what is known of it.
type Probe struct {
	HTTPS   https.Options // its Hosts are not looked at
	Token   cache.Secret  // zero: none
	Account string        // of Token
	Claims  claims.Claims // of Token
	Asked   cache.Key     // what Token was asked for
	SignIn  string        // the command that signs in for it
	Again   string        // the command that forgets the account of Token first
	Now     func() time.Time
}

// Ask makes the request to the host of its address, and to no other. Errors are those of https: *NetworkError,
// *AnswerError, *RedirectError; and what ended ctx, if that was not its time.
func (q Question) Ask(ctx context.Context, o https.Options) (Reply, error) {
	req, err := q.request(ctx)
	if err != nil {
		return Reply{}, errors.New("the address is none that can be asked")
	}
	o.Hosts = []string{req.URL.Host}
	resp, err := o.Client().Do(req)
	if err != nil {
		return Reply{}, askError(req.URL.Host, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return Reply{}, err
	}
	r := Reply{Status: resp.StatusCode, Header: resp.Header, Body: body}
	r.Page = strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
	r.Date, _ = http.ParseTime(resp.Header.Get("Date"))
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		r.Issuer = text.Redact(resp.TLS.PeerCertificates[0].Issuer.String(), 160)
	}
	return r, nil
}

func (q Question) request(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, q.Address, strings.NewReader(q.Body))
	if err != nil {
		return nil, err
	}
	req.Close = true // there is no second one
	if q.Header != nil {
		req.Header = q.Header.Clone()
	}
	req.Header.Set("User-Agent", "entralogin")
	if q.Body != "" {
		req.Method = http.MethodPost
		req.Header.Set("Content-Type", "application/json")
	}
	switch {
	case q.Token.IsZero():
	case q.User != "":
		req.SetBasicAuth(q.User, q.Token.Reveal())
	default:
		req.Header.Set("Authorization", "Bearer "+q.Token.Reveal())
	}
	return req, nil
}

func askError(host string, err error) error {
	if outer := (*url.Error)(nil); errors.As(err, &outer) {
		err = outer.Err
	}
	var known *https.NetworkError
	if errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &known) {
		return &https.NetworkError{Host: host, Obstacle: https.NoAnswer, Err: err}
	}
	return err
}

// Unreached says why a server gave no answer that counts, and what stands in the way, if that is known. What to do
// about it is for the caller to say.
func (t Topic) Unreached(err error) (Finding, https.Obstacle) {
	var down *https.NetworkError
	var redirect *https.RedirectError
	switch {
	case errors.As(err, &redirect):
		return t.Fail(failure.Answer, "%s answered %d and leads to %q: a proxy, or a sign-in page of the network, stands in the way",
			text.Short(redirect.Host, 120), redirect.Status, redirect.To), ""
	case errors.As(err, &down):
		return t.Fail(failure.Network, "%s", text.Redact(down.Error(), 300)), down.Obstacle
	}
	return t.Fail(failure.Answer, "%s", text.Redact(err.Error(), 300)), ""
}

// Busy says that a server is there and can't serve, ok if its status tells that.
func (t Topic) Busy(host string, status int) (f Finding, ok bool) {
	switch {
	case status == http.StatusTooManyRequests:
		f = t.Fail(failure.Network, "%s answered 429: it has too much to do", host)
	case status >= 500:
		f = t.Fail(failure.Network, "%s answered %d: it can't serve for the moment", host, status)
	default:
		return f, false
	}
	return f.Or("try again in a while; if it stays so, ask those who run it"), true
}
