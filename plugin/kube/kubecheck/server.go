package kubecheck

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"os"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// Probe asks an API server once: who am I, if there is a token for it, else for its version.
type Probe struct {
	check.Probe // its TLS and Proxy are those of the cluster
	Cluster     kubeconfig.Cluster
}

const (
	whoamiPath  = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
	whoamiBody  = `{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}`
	versionPath = "/version"
)

// Check looks at the cluster's entry, makes the request and says what the answer means.
func (p Probe) Check(ctx context.Context) []check.Finding {
	server, bad := serverURL(p.Cluster.Server)
	if bad.Level == "" {
		bad = p.connect()
	}
	if bad.Level != "" {
		return []check.Finding{bad}
	}
	found := []check.Finding{}
	if p.Cluster.InsecureSkipTLSVerify {
		found = append(found, Server.Warn("insecure-skip-tls-verify is true: whoever sits in the way gets the token").
			Or("give the cluster its certificate-authority-data instead"))
	}
	if p.Cluster.InsecureSkipTLSVerify && !p.Token.IsZero() {
		p.Token = cache.Secret{}
		found = append(found, Server.Unchecked("what the API server says to the stored token; it is not sent to a server that nobody has verified"))
	}
	r, err := p.ask(ctx, server)
	if err != nil {
		return append(found, p.unreached(server.Host, err))
	}
	found = append(found, check.Clocks(p.Now(), r.Date, "the API server's")...)
	return append(found, p.judge(server, r)...)
}

// serverURL checks the address of an API server. bad is zero where nothing is wrong with it.
func serverURL(text string) (u *url.URL, bad check.Finding) {
	u, err := url.Parse(text)
	switch {
	case text == "":
		bad = Server.Fail(failure.Config, "the cluster has no server")
	case err != nil || u.Host == "":
		bad = Server.Fail(failure.Config, "the cluster's server is no address such as https://10.0.0.1:6443")
	case u.User != nil:
		bad = Server.Fail(failure.Config, "the cluster's server has a user name in it")
	case u.Scheme == "http":
		bad = Server.Fail(failure.Config, "the cluster's server is http, not https: kubectl sends it no credentials and runs no plugin")
	case u.Scheme != "https":
		bad = Server.Fail(failure.Config, "the cluster's server is not https, but %s", name(u.Scheme))
	default:
		return u, bad
	}
	return nil, bad.Or("kubectl config set-cluster CLUSTER --server https://HOST:PORT")
}

// connect settles how to connect, as the cluster's entry says. There is no client certificate: entralogin has none.
// What it returns is zero where nothing is wrong with the entry.
func (p *Probe) connect() (bad check.Finding) {
	p.HTTPS.TLS = &tls.Config{ServerName: p.Cluster.TLSServerName, InsecureSkipVerify: p.Cluster.InsecureSkipTLSVerify}
	pem, err := p.Cluster.CertificateAuthorityData, error(nil)
	if len(pem) == 0 && p.Cluster.CertificateAuthority != "" {
		if pem, err = os.ReadFile(p.Cluster.CertificateAuthority); err != nil {
			return Server.Fail(failure.Config, "certificate-authority %s can't be read", place(p.Cluster.CertificateAuthority)).Or("mend the path, or get the kubeconfig anew")
		}
	}
	if len(pem) > 0 {
		p.HTTPS.TLS.RootCAs = x509.NewCertPool()
		if !p.HTTPS.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return Server.Fail(failure.Config, "the cluster's certificate-authority holds no certificate (PEM)").Or("get the kubeconfig anew")
		}
	}
	if p.Cluster.ProxyURL == "" {
		return bad
	}
	u, err := url.Parse(p.Cluster.ProxyURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" {
		return Server.Fail(failure.Config, "the cluster's proxy-url is none of http, https and socks5").Or("write proxy-url: http://HOST:PORT")
	}
	p.HTTPS.Proxy = u
	return bad
}

func (p Probe) ask(ctx context.Context, server *url.URL) (check.Reply, error) {
	q := check.Question{Address: server.JoinPath(versionPath).String(), Header: http.Header{"Accept": {"application/json"}}}
	if !p.Token.IsZero() {
		q.Address, q.Body, q.Token = server.JoinPath(whoamiPath).String(), whoamiBody, p.Token
	}
	return q.Ask(ctx, p.HTTPS)
}

// unreached says why there is no answer of the API server, and where in the kubeconfig to look. A server that can't
// be trusted is no trouble of the network: the kubeconfig says whom to trust.
func (p Probe) unreached(host string, err error) check.Finding {
	f, obstacle := Server.Unreached(err)
	switch obstacle {
	case https.NoListener:
		f.What = "nothing listens at " + name(host)
	case https.NotTrusted, https.OtherName, https.OutOfDate, https.NoTLS:
		f.Class = failure.Answer
	}
	remedy := remedyFor(obstacle)
	if obstacle == https.NotTrusted && len(p.Cluster.CertificateAuthorityData) == 0 && p.Cluster.CertificateAuthority == "" {
		remedy = "give the cluster its certificate-authority-data, or have the authority trusted on this machine"
	}
	return f.Or("%s", remedy)
}

const (
	addressWords = "see whether server of the cluster is right in the kubeconfig"
	proxyWords   = "look at proxy-url of the cluster, and at HTTPS_PROXY and NO_PROXY"
)

// remedyFor is what to do about what stands in the way.
func remedyFor(o https.Obstacle) string {
	if o.OfProxy() {
		return proxyWords
	}
	return cmp.Or(map[https.Obstacle]string{
		https.NoName:     "does the cluster need a VPN? " + addressWords,
		https.NoListener: "is the cluster running? " + addressWords,
		https.NoAnswer:   "does the cluster need a VPN, or a firewall's permission? " + addressWords,
		https.NotTrusted: "the cluster was made anew, or something in the way reads along: get the kubeconfig anew from the cluster's administrator",
		https.OtherName:  "write the server's address as one of its names, or set tls-server-name of the cluster",
		https.OutOfDate:  "if this machine's clock is right, the cluster's certificates have to be renewed",
		https.NoTLS:      addressWords + "; a server that wants client certificates, or only old versions of TLS, can't be used with tokens",
		https.SignInPage: proxyWords,
	}[o], addressWords)
}
