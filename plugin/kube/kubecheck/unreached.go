package kubecheck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/text"
)

// unreached says why there is no answer of the API server.
func (p Probe) unreached(server *url.URL, proxied bool, err error) check.Finding {
	if err == errTooLarge {
		return Server.Fail(check.Answer, "the answer of %s %v: that is no API server", name(server.Host), err).Or(addressWords)
	}
	if f, ok := p.untrusted(server, err); ok {
		return f
	}
	host := name(server.Host)
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case strings.Contains(err.Error(), "invalid proxy address"): // with a password in it, maybe
		return Server.Fail(check.Network, "the variable HTTPS_PROXY is no address of a proxy").Or("write it as http://HOST:PORT")
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return Server.Fail(check.Network, "the proxy on the way to %s can't be used: %s", host, reason(err)).
			Or(proxyWords)
	case errors.As(err, &dns):
		return Server.Fail(check.Network, "the name %s can't be resolved", name(dns.Name)).Or("does the cluster need a VPN? " + addressWords)
	case errors.Is(err, syscall.ECONNREFUSED):
		return Server.Fail(check.Network, "nothing listens at %s", host).Or("is the cluster running? " + addressWords)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return Server.Fail(check.Network, "%s gave no answer in time", host).Or("does the cluster need a VPN, or a firewall's permission? " + addressWords)
	}
	if proxied { // net/http has no type for what a proxy answers
		return Server.Fail(check.Network, "%s can't be reached through the proxy: %s", host, reason(err)).Or(proxyWords)
	}
	return Server.Fail(check.Network, "%s can't be reached: %s", host, reason(err)).Or(addressWords)
}

const proxyWords = "look at proxy-url of the cluster, and at HTTPS_PROXY and NO_PROXY"

const addressWords = "see whether server of the cluster is right in the kubeconfig"

// untrusted says what is wrong below HTTP that no network mends.
func (p Probe) untrusted(server *url.URL, err error) (check.Finding, bool) {
	host := name(server.Host)
	var unknown x509.UnknownAuthorityError
	var names x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &unknown):
		return Server.Fail(check.Answer, "the certificate of %s is signed by an authority that the kubeconfig does not trust (issuer: %s)", host, issuer(unknown.Cert)).
			Or("%s", p.caWords()), true
	case errors.As(err, &names):
		return Server.Fail(check.Answer, "the certificate of %s is for other names: %s", host, namesOf(names.Certificate)).
			Or("write the server's address as one of them, or set tls-server-name of the cluster"), true
	case errors.As(err, &invalid):
		return Server.Fail(check.Answer, "the certificate of %s is not valid: %s (issuer: %s)", host, name(invalid.Error()), issuer(invalid.Cert)).
			Or("if this machine's clock is right, the cluster's certificates have to be renewed"), true
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return Server.Fail(check.Answer, "%s speaks no TLS", host).Or(addressWords), true
	case errors.As(err, &alert), strings.Contains(err.Error(), "remote error: tls:"):
		return Server.Fail(check.Answer, "%s ended the TLS handshake: %s", host, reason(err)).
			Or("a server that wants client certificates, or only old versions of TLS, can't be used with tokens"), true
	}
	return check.Finding{}, false
}

func (p Probe) caWords() string {
	if len(p.Cluster.CAData) == 0 && p.Cluster.CAFile == "" {
		return "give the cluster its certificate-authority-data, or have the authority trusted on this machine"
	}
	return "the cluster was made anew, or something in the way reads along: get the kubeconfig anew from the cluster's administrator"
}

func issuer(cert *x509.Certificate) string {
	if cert == nil {
		return "unknown"
	}
	return name(cert.Issuer.String())
}

func namesOf(cert *x509.Certificate) string {
	if cert == nil {
		return "none"
	}
	all := cert.DNSNames
	for _, ip := range cert.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		return "none"
	}
	return text.Redact(strings.Join(all, ", "), 200)
}

// reason is the last part of an error, which no address with a password stands in.
func reason(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return text.Redact(err.Error(), 200)
}
