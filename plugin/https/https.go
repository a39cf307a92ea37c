// Package https is the one HTTP of the program: clients that talk to a few hosts and to nobody else, and the
// words for what stands in between.
package https

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/text"
)

// Bounds of one request.
const (
	RequestTimeout = 30 * time.Second
	MaxBody        = 1 << 20 // bytes of an answer, after decompression

	maxNearBody = 64 << 10 // of one of Options.Near
)

// Exchange is what -vv shows of one request: no query, no headers, no body.
type Exchange struct {
	Method, Host, Path string
	Plain              bool // http, as what is Near may speak it
	Status             int  // 0 if there was no answer
	Took               time.Duration
	Err                error
}

// Options makes clients that talk to a few hosts and to nobody else.
type Options struct {
	Hosts []string       // host, or host:port; matched exactly after lower-casing
	Roots *x509.CertPool // nil means the system's
	JSON  bool           // they answer in JSON: a web page in its place is an error
	Trace func(Exchange) // may be nil

	// TLS says how to connect where that is more than which roots count, as for the cluster of a kubeconfig; nil:
	// by Roots. Versions before 1.2 stay off.
	TLS   *tls.Config
	Proxy *url.URL      // in place of the environment's; nil: that one
	Limit time.Duration // of a request with its answer; 0: RequestTimeout
	Most  int           // bytes of an answer, after decompression; 0: MaxBody

	// Stream hands out the body of a success as it comes, whatever its size: reading it may fail with the errors of Do,
	// and each read has Limit.
	Stream bool

	// Redirects returns a redirect as an answer like any other, instead of as an error. It is not followed.
	Redirects bool

	// Near is for a service on this machine or beside it, which gives the machine itself tokens. It may speak http, no
	// proxy stands before it, a connection is made within a second or not at all, and an answer has at most 64 KiB.
	Near bool
}

// Client returns a client that speaks https, TLS 1.2 or newer and HTTP/1.1 to h.Hosts, follows no
// redirect, gives a request h.Limit and an answer h.Most, and takes proxies from the environment: the
// proxy gets to see the name of the host and what stands in its own address as user name and password. What is Near is
// spoken to in another way.
// The body of an answer is read before Do returns, so reading it never fails, unless it streams.
//
// HTTP/2 stays off because GODEBUG=http2debug=1 prints the headers and bodies of requests, tokens
// included, on stderr.
//
// Errors are *NetworkError, *AnswerError and *RedirectError, wrapped in *url.Error.
func (h Options) Client() *http.Client {
	proxy, dial := environmentProxy, 15*time.Second
	switch {
	case h.Near:
		proxy, dial = http.ProxyURL(nil), time.Second
	case h.Proxy != nil:
		proxy = http.ProxyURL(h.Proxy)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Client{
		Transport: &pinned{
			Options: h,
			limit:   cmp.Or(h.Limit, RequestTimeout),
			proxy:   proxy,
			base: &http.Transport{
				Proxy:                  proxy,
				OnProxyConnectResponse: checkConnect,
				DialContext:            (&net.Dialer{Timeout: dial}).DialContext,
				TLSClientConfig:        h.tls(),
				TLSHandshakeTimeout:    15 * time.Second,
				Protocols:              protocols,
				MaxIdleConns:           4,
				IdleConnTimeout:        30 * time.Second,
			},
		},
		// The transport turns redirects into errors before this is asked.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (h Options) tls() *tls.Config {
	c := &tls.Config{RootCAs: h.Roots}
	if h.TLS != nil {
		c = h.TLS.Clone()
	}
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	return c
}

// pinned is the http.RoundTripper of Options.
type pinned struct {
	Options
	base  http.RoundTripper
	proxy func(*http.Request) (*url.URL, error) // the same as base's

	// stubbable for testing
	limit time.Duration // of one request
}

func (p *pinned) RoundTrip(req *http.Request) (*http.Response, error) {
	host := strings.ToLower(req.URL.Host)
	plain := p.Near && req.URL.Scheme == "http"
	if req.URL.Scheme != "https" && !plain || !slices.ContainsFunc(p.Hosts, func(ours string) bool { return strings.ToLower(ours) == host }) || req.URL.User != nil {
		return nil, &AnswerError{Host: strings.Join(p.Hosts, ", "),
			What: fmt.Sprintf("names an address that it may not name (%s://%s)", text.Clean(req.URL.Scheme), text.Redact(host, 200))}
	}
	start := time.Now()
	resp, err := p.exchange(req)
	if p.Trace != nil {
		x := Exchange{Method: req.Method, Host: host, Path: text.Clean(req.URL.Path), Plain: plain, Took: time.Since(start), Err: err}
		if resp != nil {
			x.Status = resp.StatusCode
		}
		p.Trace(x)
	}
	return resp, err
}

// exchange does the request with its whole answer within the limit.
func (p *pinned) exchange(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	timer := time.AfterFunc(p.limit, func() { cancel(fmt.Errorf("no answer within %v", p.limit)) })
	resp, err := p.base.RoundTrip(req.WithContext(ctx))
	if p.Stream && err == nil && resp.StatusCode >= 200 && resp.StatusCode < 300 {
		resp.Body = &stream{resp.Body, p, ctx, cancel, req, timer}
		return resp, nil
	}
	defer cancel(nil)
	defer timer.Stop()
	if err != nil {
		return nil, p.networkError(ctx, req, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 {
		return nil, statusError(req.URL.Host, resp.StatusCode)
	}
	// Whatever the body is, it ends with the context.
	defer context.AfterFunc(ctx, func() { resp.Body.Close() })()
	if resp.StatusCode >= 300 && resp.StatusCode < 400 && !p.Redirects {
		return nil, &RedirectError{Host: req.URL.Host, Status: resp.StatusCode, To: redirectHost(resp)}
	}
	most := cmp.Or(p.Most, MaxBody)
	if p.Near {
		most = maxNearBody
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(most)+1))
	if err != nil {
		return nil, p.networkError(ctx, req, fmt.Errorf("%w: %w", errBrokeOff, err))
	}
	if len(body) > most {
		return nil, &AnswerError{Host: req.URL.Host, What: "is larger than " + sizeOf(most)}
	}
	if p.JSON && isPage(resp, body) {
		return nil, pageError(req.URL.Host)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return resp, nil
}

func sizeOf(bytes int) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}

// stream is the body of an answer that is read as it comes.
type stream struct {
	io.ReadCloser
	p      *pinned
	ctx    context.Context // ends with the timer
	cancel context.CancelCauseFunc
	req    *http.Request
	timer  *time.Timer
}

func (s *stream) Read(b []byte) (int, error) {
	s.timer.Reset(s.p.limit)
	n, err := s.ReadCloser.Read(b)
	if err != nil && err != io.EOF {
		err = s.p.networkError(s.ctx, s.req, fmt.Errorf("%w: %w", errBrokeOff, err))
	}
	return n, err
}

func (s *stream) Close() error {
	s.timer.Stop()
	s.cancel(nil)
	return s.ReadCloser.Close()
}

// networkError keeps the caller's own cancellation as it is: that is no fault of the network. ctx is the
// request's context with its limit.
func (p *pinned) networkError(ctx context.Context, req *http.Request, err error) error {
	if cause := context.Cause(req.Context()); cause != nil {
		return cause
	}
	proxy, _ := p.proxy(req)
	w := way{host: req.URL.Host, proxy: proxy, now: time.Now()}
	if refused, ok := errors.AsType[*proxyRefusal](err); ok && refused.status < 200 {
		return statusError("the proxy "+w.proxyName(), refused.status)
	}
	if ctx.Err() != nil {
		e := w.failure(errors.New(context.Cause(ctx).Error()))
		e.Obstacle = NoAnswer
		return e
	}
	return w.failure(err)
}

// statusError refuses a status that ends no request: nobody asked for another protocol (101), whose connection
// would stay open. https://www.rfc-editor.org/rfc/rfc9110#section-15.2
func statusError(host string, status int) *AnswerError {
	return &AnswerError{Host: host, What: fmt.Sprintf("has the status %d, which ends no request", status)}
}

func redirectHost(resp *http.Response) string {
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		return ""
	}
	return text.Redact(u.Host, 200)
}

// isPage reports whether a web page stands where JSON was asked for, as the sign-in page of a network does.
// What a service says of its own trouble (4xx, 5xx) is not judged here, but for 511, "Network Authentication
// Required": https://www.rfc-editor.org/rfc/rfc6585#section-6
func isPage(resp *http.Response, body []byte) bool {
	if resp.StatusCode == http.StatusNetworkAuthenticationRequired {
		return true
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return false
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	return kind == "text/html" || kind == "application/xhtml+xml" || bytes.HasPrefix(body, []byte("<"))
}

func pageError(host string) *AnswerError {
	return &AnswerError{Host: host, Page: true, What: "is a web page and no JSON: it looks like the sign-in page of a network, or of a proxy"}
}

// Roots returns the system's certificates with those of a PEM file that a person named. nil, which stands for
// the system's alone, is returned for "". Errors are *text.FileError.
func Roots(caFile string) (*x509.CertPool, error) {
	if caFile == "" {
		return nil, nil
	}
	pem, err := text.ReadUserFile(caFile)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, &text.FileError{Path: caFile, What: "holds no certificate (PEM)"}
	}
	return pool, nil
}
