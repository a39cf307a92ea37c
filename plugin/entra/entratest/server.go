package entratest

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// A Server is a simulated identity platform on one loopback port. Its methods may be called from several goroutines.
type Server struct {
	URL  string // "https://127.0.0.1:PORT": the origin of the authority, of Graph and of the Kubernetes-like API
	Host string // "127.0.0.1:PORT"

	ProxyURL string // with WithProxy: "http://127.0.0.1:PORT"

	Applications *Applications // that sign in as themselves

	caPEM []byte
	leaf  tls.Certificate
	http  *http.Server
	clock func() time.Time
	addr  string

	proxied bool
	proxy   *http.Server // or nil

	listeners []net.Listener

	mu       sync.Mutex // guards all below
	settings Settings
	codes    []*deviceCode // in the order of their issue
	issued   chan struct{} // closed and replaced with each new code
	auto     decision
	refresh  map[string]*refreshToken
	revoked  map[string]bool // families

	authorized map[string]*authorization // by the code
	browsers   map[string]string         // cookie -> UPN
	blocks     map[[2]string]Block       // by tenant ID and way

	proofs        map[string]string         // uti of an access token -> the claims parameter that it was asked for with
	vault         map[string]string         // secrets of the Key Vault, by name
	hosts         map[string]*http.ServeMux // by the names of hosts other than its own
	registries    map[string]*registry
	strangers     []string            // what the proxy doesn't lead to
	groups        map[string][]string // UPN -> names of groups, where they were changed
	demanded      string              // the claims that Graph and registries demand, a JSON object; or ""
	faults        []*fault
	subscriptions []Subscription
	log           []Request
	secrets       []string
}

// An Option changes how a Server starts.
type Option func(*Server)

// WithAddr makes the server listen on a fixed loopback address such as "127.0.0.1:8443" instead of a free port.
func WithAddr(addr string) Option { return func(s *Server) { s.addr = addr } }

// WithClock replaces time.Now in all that the server decides and writes, TLS excepted.
func WithClock(now func() time.Time) Option { return func(s *Server) { s.clock = now } }

// NewServer starts a Server. Like httptest.NewServer it panics where Start returns an error. The caller must close it.
func NewServer(opts ...Option) *Server {
	s, err := Start(opts...)
	if err != nil {
		panic("entratest: " + err.Error())
	}
	return s
}

// Start starts a Server. An address that is not a loopback one is an error: the server believes everybody.
func Start(opts ...Option) (*Server, error) {
	s := &Server{
		clock:      time.Now,
		addr:       "127.0.0.1:0",
		settings:   DefaultSettings(),
		issued:     make(chan struct{}),
		refresh:    map[string]*refreshToken{},
		revoked:    map[string]bool{},
		authorized: map[string]*authorization{},
		browsers:   map[string]string{},
		blocks:     map[[2]string]Block{},
		proofs:     map[string]string{},
		groups:     map[string][]string{},
		vault:      map[string]string{},
		hosts:      map[string]*http.ServeMux{},
		registries: map[string]*registry{},
	}
	s.Applications = &Applications{sim: s, all: map[string]*Application{}, owners: map[string]string{}}
	s.Applications.Get(DaemonID)
	for _, o := range opts {
		o(s)
	}
	if err := checkLoopback(s.addr); err != nil {
		return nil, err
	}
	caPEM, leaf, err := newCA()
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	ln, err := net.Listen("tcp", s.addr)
	if err != nil {
		return nil, err
	}
	s.caPEM, s.leaf, s.listeners = caPEM, leaf, []net.Listener{ln}
	s.Host = ln.Addr().String()
	s.URL = "https://" + s.Host
	s.http = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 30 * time.Second,
		MaxHeaderBytes:    256 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // refused certificates and dropped connections are what tests are about
		Protocols:         new(http.Protocols),
	}
	s.http.Protocols.SetHTTP1(true)
	if s.proxied {
		if err := s.startProxy(); err != nil {
			ln.Close()
			return nil, err
		}
	}
	go s.http.Serve(tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12}))
	return s, nil
}

func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%q is not a loopback address", addr)
	}
	return nil
}

// Close stops the server and closes its connections, also those that a fault keeps waiting.
func (s *Server) Close() {
	for _, l := range s.listeners { // a server knows its own only once it runs, which a busy machine puts off
		l.Close()
	}
	s.http.Close()
	s.Applications.closeIssuers()
	if s.proxy != nil {
		s.proxy.Close()
	}
}

// CertPEM is the certificate of the server's CA.
func (s *Server) CertPEM() []byte { return append([]byte(nil), s.caPEM...) }

// CertPool holds the server's CA alone.
func (s *Server) CertPool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.caPEM)
	return pool
}

// Client returns a new client that trusts the server's CA and nothing else, and uses no proxy.
func (s *Server) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.CertPool(), MinVersion: tls.VersionTLS12}}}
}
