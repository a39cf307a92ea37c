package https

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// signed makes a certificate that is valid for an hour from a time on; it signs itself where nobody does.
func signed(t *testing.T, by *tls.Certificate, name string, from time.Time, hosts ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: from, NotAfter: from.Add(time.Hour), IsCA: true, BasicConstraintsValid: true, DNSNames: hosts}
	parent := tls.Certificate{Leaf: template, PrivateKey: key}
	if by != nil {
		parent = *by
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.Leaf, &key.PublicKey, parent.PrivateKey)
	must(t, err)
	leaf, err := x509.ParseCertificate(der)
	must(t, err)
	return tls.Certificate{Certificate: append([][]byte{der}, parent.Certificate...), PrivateKey: key, Leaf: leaf}
}

// says checks an error's obstacle and that each word is in its text, or, with a "!", is not.
func says(t *testing.T, name string, err *NetworkError, obstacle Obstacle, words ...string) {
	t.Helper()
	if err.Obstacle != obstacle {
		t.Errorf("%s: the obstacle is %q, not %q: %v", name, err.Obstacle, obstacle, err)
	}
	for _, word := range words {
		word, not := strings.CutPrefix(word, "!")
		if strings.Contains(err.Error(), word) == not {
			t.Errorf("%s: %q in %v: %v", name, word, err, !not)
		}
	}
}

func TestCertificates(t *testing.T) {
	now := time.Now()
	good, past, future := now.Add(-time.Minute), now.Add(-2*time.Hour), now.Add(2*time.Hour)
	corp := signed(t, nil, "Corp Root", good)
	between := signed(t, &corp, "Corp Inspector\x1b[1m", good)
	below := signed(t, &between, "example.com", good, "example.com")
	below.Certificate = below.Certificate[:2] // as proxies send it: without the root
	const minute = "2006-01-02 15:04 UTC"
	for name, test := range map[string]struct {
		cert     tls.Certificate
		trust    bool
		obstacle Obstacle
		words    []string
	}{
		"unknown":          {signed(t, nil, "Corp CA\x1b[1m", good, "example.com"), false, NotTrusted, []string{"not trusted here", "CN=Corp CA"}},
		"unknown, a chain": {below, false, NotTrusted, []string{"not trusted here", "issuer: CN=Corp Root"}},
		"another name":     {signed(t, nil, "Corp CA", good, "portal.hotel.example"), true, OtherName, []string{"another name, portal.hotel.example", "CN=Corp CA"}},
		"no name at all":   {signed(t, nil, "Corp CA", good), true, OtherName, []string{"another name"}},
		"expired": {signed(t, nil, "Corp CA", past, "example.com"), true, OutOfDate, []string{"not valid now",
			"expired at " + past.Add(time.Hour).UTC().Format(minute), "this machine's clock says " + now.UTC().Format("2006-01-02 15:"), "CN=Corp CA"}},
		"not yet": {signed(t, nil, "Corp CA", future, "example.com"), true, OutOfDate, []string{"begins at " + future.UTC().Format(minute)}},
	} {
		s, h := serve(t, func(http.ResponseWriter, *http.Request) { t.Errorf("%s: a request got through", name) },
			func(s *httptest.Server) { s.TLS = &tls.Config{Certificates: []tls.Certificate{test.cert}} })
		h.Roots = x509.NewCertPool()
		if test.trust {
			h.Roots.AddCert(test.cert.Leaf)
		}
		h.Hosts = []string{"example.com"}
		c := h.Client()
		dialTo(c, strings.TrimPrefix(s.URL, "https://"))
		err := wants[*NetworkError](t, c, "https://example.com")
		says(t, name, err, test.obstacle, append(test.words, "example.com can't be reached")...)
	}
}

// What package net says is turned into words, and by what it is rather than by how it is written.
func TestConnectionWords(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	system := func(n syscall.Errno) error { return dial(os.NewSyscallError("connect", n)) }
	for name, test := range map[string]struct {
		err      error
		obstacle Obstacle
		words    string
	}{
		"no such host":        {dial(&net.DNSError{Err: "no such host", Name: "example.com\x1b", IsNotFound: true}), NoName, "the name example.com can't be resolved (no such host)"},
		"silent name server":  {dial(&net.DNSError{Err: "i/o timeout", Name: "example.com", Server: "192.0.2.1:53", IsTimeout: true}), NoName, "no name server answers in time"},
		"broken name server":  {dial(&net.DNSError{Err: "server misbehaving", Name: "example.com"}), NoName, "give no address"},
		"refused":             {system(syscall.ECONNREFUSED), NoListener, "nothing listens there (connection refused)"},
		"refused, on Windows": {system(10061), NoListener, "nothing listens there (connection refused)"},
		"no route":            {system(syscall.ENETUNREACH), NoAnswer, "no way leads there"},
		"no route to host":    {system(syscall.EHOSTUNREACH), NoAnswer, "no way leads there"},
		"no route, Windows":   {system(10065), NoAnswer, "no way leads there"},
		"timed out":           {system(syscall.ETIMEDOUT), NoAnswer, "nothing answered in time"},
		"dialled too long":    {dial(os.ErrDeadlineExceeded), NoAnswer, "nothing answered in time"},
		"reset":               {system(syscall.ECONNRESET), NoAnswer, "cut (reset)"},
		"forbidden":           {system(syscall.EACCES), NoAnswer, "firewall"},
		"closed":              {io.EOF, NoAnswer, "closed without an answer"},
		"system's roots":      {x509.SystemRootsError{Err: errors.New("x")}, NotTrusted, "can't be read"},
		"something else":      {errors.New("odd\x1b eyJhbGciOiJSUzI1NiJ9.x.y"), "", "odd [redacted]"},
	} {
		c := Options{Hosts: []string{"example.com"}}.Client()
		c.Transport.(*pinned).base.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, test.err }
		direct(c)
		says(t, name, wants[*NetworkError](t, c, "https://example.com/"), test.obstacle, "example.com can't be reached: ", test.words, "!proxy")
	}
}

// What really happens on a socket is recognised, too.
func TestRealConnections(t *testing.T) {
	for name, test := range map[string]struct {
		meet  func(net.Conn)
		words string
		tls   bool
	}{
		"closed": {func(c net.Conn) { c.Read(make([]byte, 1)); c.(*net.TCPConn).CloseWrite(); io.Copy(io.Discard, c) }, "closed without an answer", false},
		"reset":  {func(c net.Conn) { c.Read(make([]byte, 1)); c.(*net.TCPConn).SetLinger(0) }, "cut (reset)", false},
		"HTTP":   {func(c net.Conn) { c.Read(make([]byte, 1)); io.WriteString(c, "HTTP/1.1 302 Found\r\n\r\n") }, "speaks no TLS", true},
		"alert":  {func(c net.Conn) { tls.Server(c, &tls.Config{MaxVersion: tls.VersionTLS11}).Handshake() }, "TLS", true},
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer listener.Close()
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				test.meet(conn)
				conn.Close()
			}
		}()
		host := listener.Addr().String()
		obstacle := NoAnswer
		if test.tls {
			obstacle = NoTLS
		}
		says(t, name, wants[*NetworkError](t, Options{Hosts: []string{host}}.Client(), "https://"+host), obstacle, test.words)
	}
	says(t, "nobody", wants[*NetworkError](t, Options{Hosts: []string{"127.0.0.1:1"}}.Client(), "https://127.0.0.1:1/"), NoListener, "nothing listens there")
}

// An address of IP version 6 is a host like any other.
func TestIPv6(t *testing.T) {
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6: ", err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Listener.Close()
	s.Listener = listener
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	h := Options{Hosts: []string{listener.Addr().String()}, Roots: x509.NewCertPool()}
	says(t, "IPv6", wants[*NetworkError](t, h.Client(), s.URL), NotTrusted, "[::1]:")
	h.Roots.AddCert(s.Certificate())
	_, err = get(t, h.Client(), s.URL)
	must(t, err)
	proxy, saw := startProxy(t, listener.Addr().String(), "[::1]:0")
	h.Hosts = []string{"example.com"}
	c := h.Client()
	through(t, c, "http://"+proxy)
	_, err = get(t, c, "https://example.com/")
	must(t, err)
	if got := saw(); len(got) != 1 || !strings.HasPrefix(got[0], "CONNECT example.com:443 ") {
		t.Errorf("the proxy saw %q", got)
	}
	through(t, c, "http://user:hunter2@[::1]:1")
	says(t, "proxy", wants[*NetworkError](t, c, "https://example.com/"), ProxyGone, "the proxy [::1]:1 can't be reached: nothing listens there", "!hunter2")
}

func TestLasting(t *testing.T) {
	lasting := map[Obstacle]bool{"": false, NoName: false, NoListener: false, NoAnswer: false, NoTLS: false, ProxyGone: false, ProxyLost: false,
		NotTrusted: true, OtherName: true, OutOfDate: true, SignInPage: true, ProxyUnfit: true, ProxyLogin: true, ProxyBars: true}
	for o, want := range lasting {
		if o.Lasting() != want {
			t.Errorf("%q: %v", o, !want)
		}
	}
}
