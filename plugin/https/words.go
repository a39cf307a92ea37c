package https

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/entralogin/entralogin/plugin/text"
)

// Obstacle is what stands between this machine and a host.
type Obstacle string

// The obstacles. The empty one is none that is known: a service that is out of order, for instance.
const (
	NoName     Obstacle = "name"             // the host's name can't be resolved
	NoListener Obstacle = "port"             // the host is there, and nothing listens
	NoAnswer   Obstacle = "connection"       // without a way, cut, or silent
	NoTLS      Obstacle = "tls"              // what answers there speaks no TLS, or none that is good enough
	NotTrusted Obstacle = "issuer"           // the certificate is signed by an authority that is not trusted here
	OtherName  Obstacle = "certificate name" // the certificate is for another name
	OutOfDate  Obstacle = "certificate date" // the certificate is not valid now
	SignInPage Obstacle = "sign-in page"     // of a network
	ProxyUnfit Obstacle = "proxy variable"   // Err is a *ProxyError
	ProxyGone  Obstacle = "proxy"            // it can't be reached
	ProxyLogin Obstacle = "proxy sign-in"    // it wants a user name and password, or others
	ProxyBars  Obstacle = "proxy refusal"    // it lets nobody through to the host
	ProxyLost  Obstacle = "behind the proxy" // it can't reach the host itself
)

// Lasting reports whether the same request would fail in a moment as it did now, and a second try with a
// password that a proxy refused may do harm.
func (o Obstacle) Lasting() bool {
	switch o {
	case NotTrusted, OtherName, OutOfDate, SignInPage, ProxyUnfit, ProxyLogin, ProxyBars:
		return true
	}
	return false
}

// OfProxy reports whether it is the proxy, or what names it.
func (o Obstacle) OfProxy() bool {
	switch o {
	case ProxyUnfit, ProxyGone, ProxyLogin, ProxyBars, ProxyLost:
		return true
	}
	return false
}

// errBrokeOff stands around what went wrong while an answer was read.
var errBrokeOff = errors.New("the answer broke off")

// way is how a request goes.
type way struct {
	host  string
	proxy *url.URL // or nil
	now   time.Time
}

// failure says in plain words what failed below HTTP.
func (w way) failure(err error) *NetworkError {
	e := &NetworkError{Host: w.host}
	var words string
	var unfit *ProxyError
	var refused *proxyRefusal
	var op *net.OpError
	switch {
	case errors.As(err, &unfit):
		return &NetworkError{Host: w.host, Obstacle: ProxyUnfit, Err: unfit}
	case errors.As(err, &refused):
		e.Obstacle, words = refused.words(w.proxyName(), text.Short(w.host, 100))
	case errors.As(err, &op) && op.Op == "proxyconnect":
		_, why := w.words(op.Err)
		e.Obstacle, words = ProxyGone, fmt.Sprintf("the proxy %s can't be reached: %s", w.proxyName(), why)
	case errors.As(err, &op) && op.Op == "socks connect":
		e.Obstacle, words = ProxyBars, fmt.Sprintf("the proxy %s opens no way there: %s", w.proxyName(), text.Redact(op.Err.Error(), 100))
	default:
		if e.Obstacle, words = w.words(err); w.proxy != nil {
			words += ", through the proxy " + w.proxyName()
		}
	}
	e.Err = errors.New(words)
	return e
}

// proxyName is the proxy's host without user name and password.
func (w way) proxyName() string {
	if w.proxy == nil {
		return "in between"
	}
	return text.Short(w.proxy.Host, 100)
}

func (w way) words(err error) (Obstacle, string) {
	for _, explain := range []func(error) (Obstacle, string){w.certificateWords, tlsWords, connectionWords} {
		if obstacle, words := explain(err); words != "" {
			return obstacle, words
		}
	}
	return "", protocolWords(err)
}

// protocolWords is a reason that is not known here, without what the other side wrote: net/http quotes it, or puts
// it behind a colon.
func protocolWords(err error) string {
	words := err.Error()
	for _, mark := range []string{"malformed", "transport connection broken", "transfer encoding", "Content-Length", "1xx"} {
		if strings.Contains(words, mark) {
			return "what answers there speaks no HTTP that can be understood"
		}
	}
	words, _, _ = strings.Cut(words, `"`)
	return text.Redact(strings.TrimRight(words, " :"), 200)
}

func connectionWords(err error) (Obstacle, string) {
	var dns *net.DNSError
	var timeout net.Error
	is := func(errno ...syscall.Errno) bool {
		return slices.ContainsFunc(errno, func(n syscall.Errno) bool { return errors.Is(err, n) })
	}
	// The second numbers are those of Windows Sockets, which package syscall has no names for.
	switch {
	case errors.Is(err, errBrokeOff):
		return NoAnswer, errBrokeOff.Error()
	case errors.As(err, &dns):
		return NoName, dnsWords(dns)
	case is(syscall.ECONNREFUSED, 10061):
		return NoListener, "nothing listens there (connection refused)"
	case is(syscall.ENETUNREACH, 10051, syscall.EHOSTUNREACH, 10065, syscall.ENETDOWN, 10050):
		return NoAnswer, "no way leads there (the network is down, or has no route)"
	case is(syscall.ECONNRESET, 10054, syscall.ECONNABORTED, 10053, syscall.EPIPE):
		return NoAnswer, "the connection was cut (reset)"
	case is(syscall.EACCES, syscall.EPERM, 10013):
		return NoAnswer, "this machine does not let the program connect (a firewall?)"
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return NoAnswer, "nothing answered in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return NoAnswer, "the connection was closed without an answer"
	}
	return "", ""
}

func dnsWords(err *net.DNSError) string {
	why := "the name servers give no address"
	switch {
	case err.IsNotFound:
		why = "no such host"
	case err.IsTimeout:
		why = "no name server answers in time"
	}
	return fmt.Sprintf("the name %s can't be resolved (%s)", text.Short(err.Name, 100), why)
}

func tlsWords(err error) (Obstacle, string) {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var op *net.OpError
	switch {
	case errors.As(err, &record):
		return NoTLS, "what answers there speaks no TLS"
	case errors.As(err, &alert):
		return NoTLS, "TLS failed: " + text.Redact(alert.Error(), 100)
	case errors.As(err, &op) && op.Op == "remote error":
		return NoTLS, "TLS was refused: " + text.Redact(op.Err.Error(), 100)
	}
	return "", ""
}

// certificateWords names who signed the certificate that was met: that tells a proxy that reads along from
// the service.
func (w way) certificateWords(err error) (Obstacle, string) {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var system x509.SystemRootsError
	switch {
	case errors.As(err, &unknown):
		return NotTrusted, "its certificate is signed by an authority that is not trusted here" + issuer(unknown.Cert)
	case errors.As(err, &name):
		return OtherName, "its certificate is for another name" + namesOf(name.Certificate) + issuer(name.Certificate)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		return OutOfDate, "its certificate is not valid now: it " + w.dates(invalid.Cert) + issuer(invalid.Cert)
	case errors.As(err, &invalid):
		return NotTrusted, fmt.Sprintf("its certificate is not good (%s)%s", text.Short(invalid.Error(), 100), issuer(invalid.Cert))
	case errors.As(err, &system):
		return NotTrusted, "the certificates that this system trusts can't be read"
	}
	return "", ""
}

func (w way) dates(cert *x509.Certificate) string {
	const minutes = "2006-01-02 15:04 MST"
	what, at := "expired at", cert.NotAfter
	if w.now.Before(cert.NotBefore) {
		what, at = "begins at", cert.NotBefore
	}
	return fmt.Sprintf("%s %s, this machine's clock says %s", what, at.UTC().Format(minutes), w.now.UTC().Format(minutes))
}

func issuer(cert *x509.Certificate) string {
	if cert == nil {
		return ""
	}
	return fmt.Sprintf(" (issuer: %s)", text.Short(cert.Issuer.String(), 100))
}

func namesOf(cert *x509.Certificate) string {
	if cert == nil || len(cert.DNSNames)+len(cert.IPAddresses) == 0 {
		return ""
	}
	names := slices.Clone(cert.DNSNames)
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	return ", " + text.Short(strings.Join(names, ", "), 60)
}
