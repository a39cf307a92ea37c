package kubecheck

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// Probe asks an API server once: who am I, if there is a token for it, else for its version.
type Probe struct {
	Cluster kubeconfig.Cluster
	Token   cache.Secret  // zero: none
	Claims  claims.Claims // of Token
	Asked   Asked
	Now     func() time.Time

	// stubbable for testing
	Limit time.Duration // of the request; 0 means plugin.RequestTimeout
}

const (
	whoamiPath  = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
	whoamiBody  = `{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}`
	versionPath = "/version"
)

// Check looks at the cluster's entry, makes the request and says what the answer means.
func (p Probe) Check(ctx context.Context) []check.Finding {
	server, bad := serverURL(p.Cluster.Server)
	if bad != nil {
		return []check.Finding{*bad}
	}
	transport, bad := p.transport()
	if bad != nil {
		return []check.Finding{*bad}
	}
	defer transport.CloseIdleConnections()
	found := []check.Finding{}
	if p.Cluster.Insecure {
		found = append(found, Server.Warn("insecure-skip-tls-verify is true: whoever sits in the way gets the token").
			Or("give the cluster its certificate-authority-data instead"))
	}
	if p.Cluster.Insecure && !p.Token.IsZero() {
		p.Token = cache.Secret{}
		found = append(found, Server.Unchecked("what the API server says to the stored token; it is not sent to a server that nobody has verified"))
	}
	reply, err := p.ask(ctx, transport, server)
	if err != nil {
		proxy, bad := transport.Proxy(&http.Request{URL: server})
		return append(found, p.unreached(server, proxy != nil && bad == nil, err))
	}
	if !reply.date.IsZero() {
		found = append(found, Clock.Clocks(p.Now(), reply.date, "the API server's"))
	}
	return append(found, p.judge(server, reply)...)
}

// serverURL checks the address of an API server.
func serverURL(text string) (*url.URL, *check.Finding) {
	var bad check.Finding
	u, err := url.Parse(text)
	switch {
	case text == "":
		bad = Server.Fail(check.Config, "the cluster has no server")
	case err != nil || u.Host == "":
		bad = Server.Fail(check.Config, "the cluster's server is no address such as https://10.0.0.1:6443")
	case u.User != nil:
		bad = Server.Fail(check.Config, "the cluster's server has a user name in it")
	case u.Scheme == "http":
		bad = Server.Fail(check.Config, "the cluster's server is http, not https: kubectl sends it no credentials and runs no plugin")
	case u.Scheme != "https":
		bad = Server.Fail(check.Config, "the cluster's server is not https, but %s", name(u.Scheme))
	default:
		return u, nil
	}
	bad = bad.Or("kubectl config set-cluster CLUSTER --server https://HOST:PORT")
	return nil, &bad
}

// transport connects as the cluster's entry says. Without client certificates, of which entralogin has none,
// and in HTTP/1.1: GODEBUG can have HTTP/2 print headers.
func (p Probe) transport() (*http.Transport, *check.Finding) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: p.Cluster.TLSServerName, InsecureSkipVerify: p.Cluster.Insecure}
	pem, err := p.Cluster.CAData, error(nil)
	if len(pem) == 0 && p.Cluster.CAFile != "" {
		if pem, err = os.ReadFile(p.Cluster.CAFile); err != nil {
			bad := Server.Fail(check.Config, "certificate-authority %s can't be read", place(p.Cluster.CAFile)).Or("mend the path, or get the kubeconfig anew")
			return nil, &bad
		}
	}
	if len(pem) > 0 {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			bad := Server.Fail(check.Config, "the cluster's certificate-authority holds no certificate (PEM)").Or("get the kubeconfig anew")
			return nil, &bad
		}
	}
	proxy := http.ProxyFromEnvironment
	if p.Cluster.ProxyURL != "" {
		u, err := url.Parse(p.Cluster.ProxyURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" {
			bad := Server.Fail(check.Config, "the cluster's proxy-url is none of http, https and socks5").Or("write proxy-url: http://HOST:PORT")
			return nil, &bad
		}
		proxy = http.ProxyURL(u)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{Proxy: proxy, TLSClientConfig: config, Protocols: protocols, DisableKeepAlives: true}, nil
}

// reply is a whole answer.
type reply struct {
	status int
	body   []byte
	html   bool
	date   time.Time // zero if there is none
	to     string    // where a redirect leads
}

var errTooLarge = errors.New("is larger than 1 MiB")

func (p Probe) ask(ctx context.Context, transport *http.Transport, server *url.URL) (reply, error) {
	limit := p.Limit
	if limit == 0 {
		limit = https.RequestTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	method, path, body := http.MethodGet, versionPath, ""
	if !p.Token.IsZero() {
		method, path, body = http.MethodPost, whoamiPath, whoamiBody
	}
	req, err := http.NewRequestWithContext(ctx, method, server.JoinPath(path).String(), strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Accept", "application/json")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+p.Token.Reveal())
	}
	resp, err := transport.RoundTrip(req) // it follows no redirect
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	blob, err := io.ReadAll(io.LimitReader(resp.Body, https.MaxBody+1))
	if err != nil {
		return reply{}, fmt.Errorf("the answer broke off: %w", err)
	}
	if len(blob) > https.MaxBody {
		return reply{}, errTooLarge
	}
	r := reply{status: resp.StatusCode, body: blob, html: strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") ||
		bytes.HasPrefix(bytes.TrimSpace(blob), []byte("<"))}
	r.date, _ = http.ParseTime(resp.Header.Get("Date"))
	if to, err := url.Parse(resp.Header.Get("Location")); err == nil {
		r.to = name(to.Host)
	}
	return r, nil
}
