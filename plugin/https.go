package plugin

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Bounds of one request.
const (
	RequestTimeout = 30 * time.Second
	MaxBody        = 1 << 20 // bytes of an answer, after decompression
)

// Exchange is what -vv shows of one request: no query, no headers, no body.
type Exchange struct {
	Method, Host, Path string
	Status             int // 0 if there was no answer
	Took               time.Duration
	Err                error
}

// HTTPS makes clients that talk to a few hosts and to nobody else.
type HTTPS struct {
	Hosts []string       // host, or host:port; matched exactly after lower-casing
	Roots *x509.CertPool // nil means the system's
	Trace func(Exchange) // may be nil
}

// Client returns a client that speaks https, TLS 1.2 or newer and HTTP/1.1 to h.Hosts, follows no
// redirect, gives a request 30 seconds and an answer 1 MiB, and takes proxies from the environment.
// The body of an answer is read before Do returns, so reading it never fails.
//
// HTTP/2 stays off because GODEBUG=http2debug=1 prints the headers and bodies of requests, tokens
// included, on stderr.
//
// Errors are *NetworkError, *AnswerError and *RedirectError, wrapped in *url.Error.
func (h HTTPS) Client() *http.Client {
	hosts := make([]string, len(h.Hosts))
	for i, host := range h.Hosts {
		hosts[i] = strings.ToLower(host)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Client{
		Transport: &pinned{
			hosts: hosts,
			trace: h.Trace,
			limit: RequestTimeout,
			base: &http.Transport{
				Proxy:               http.ProxyFromEnvironment,
				DialContext:         (&net.Dialer{Timeout: 15 * time.Second}).DialContext,
				TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: h.Roots},
				TLSHandshakeTimeout: 15 * time.Second,
				Protocols:           protocols,
				MaxIdleConns:        4,
				IdleConnTimeout:     30 * time.Second,
			},
		},
		// The transport turns redirects into errors before this is asked.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// pinned is the http.RoundTripper of HTTPS.
type pinned struct {
	hosts []string
	base  http.RoundTripper
	trace func(Exchange)

	// stubbable for testing
	limit time.Duration // of one request
}

func (p *pinned) RoundTrip(req *http.Request) (*http.Response, error) {
	host := strings.ToLower(req.URL.Host)
	if req.URL.Scheme != "https" || !slices.Contains(p.hosts, host) || req.URL.User != nil {
		return nil, &AnswerError{Host: strings.Join(p.hosts, ", "),
			What: fmt.Sprintf("names an address that it may not name (%s://%s)", Clean(req.URL.Scheme), ForeignWords(host, 200))}
	}
	start := time.Now()
	resp, err := p.exchange(req)
	if p.trace != nil {
		x := Exchange{Method: req.Method, Host: host, Path: Clean(req.URL.Path), Took: time.Since(start), Err: err}
		if resp != nil {
			x.Status = resp.StatusCode
		}
		p.trace(x)
	}
	return resp, err
}

// exchange does the request with its whole answer within the limit.
func (p *pinned) exchange(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeoutCause(req.Context(), p.limit, fmt.Errorf("no answer within %v", p.limit))
	defer cancel()
	resp, err := p.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, networkError(ctx, req, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return nil, &RedirectError{Host: req.URL.Host, Status: resp.StatusCode, To: redirectHost(resp), Header: resp.Header}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxBody+1))
	if err != nil {
		return nil, networkError(ctx, req, fmt.Errorf("the answer broke off: %w", err))
	}
	if len(body) > MaxBody {
		return nil, &AnswerError{Host: req.URL.Host, What: "is larger than 1 MiB"}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return resp, nil
}

// networkError keeps the caller's own cancellation as it is: that is no fault of the network. ctx is the
// request's context with its limit.
func networkError(ctx context.Context, req *http.Request, err error) error {
	if cause := context.Cause(req.Context()); cause != nil {
		return cause
	}
	if ctx.Err() != nil {
		return &NetworkError{Host: req.URL.Host, Err: context.Cause(ctx)}
	}
	return &NetworkError{Host: req.URL.Host, Err: networkWords(err)}
}

// networkWords says in plain words what failed below HTTP.
func networkWords(err error) error {
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var op *net.OpError
	switch {
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return fmt.Errorf("the proxy can't be reached: %w", networkWords(op.Err))
	case errors.As(err, &dns):
		return fmt.Errorf("the name %s can't be resolved", Clean(dns.Name))
	case errors.As(err, &unknown):
		return fmt.Errorf("its certificate is signed by an authority that is not trusted here%s", issuer(unknown.Cert))
	case errors.As(err, &name):
		return fmt.Errorf("its certificate is for another name%s", issuer(name.Certificate))
	case errors.As(err, &invalid):
		return fmt.Errorf("its certificate is not valid now (%s)%s", Clean(invalid.Error()), issuer(invalid.Cert))
	}
	return errors.New(ForeignWords(err.Error(), 200))
}

func issuer(cert *x509.Certificate) string {
	if cert == nil {
		return ""
	}
	return fmt.Sprintf(" (issuer: %s)", CleanShort(cert.Issuer.String(), 200))
}

func redirectHost(resp *http.Response) string {
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		return ""
	}
	return ForeignWords(u.Host, 200)
}
