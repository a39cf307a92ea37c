package git

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/https"
)

// internet is a proxy that leads to the test server of the moment, whatever host is asked for. So the
// tests ask the real addresses, and nothing leaves this machine.
type internet struct {
	mu     sync.Mutex
	server string   // address, or "" for none
	hosts  []string // that were asked for, with their ports
}

var world internet

func TestMain(m *testing.M) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// Package net/http looks at these once.
	for _, name := range []string{"NO_PROXY", "no_proxy", "https_proxy"} {
		os.Unsetenv(name)
	}
	os.Setenv("HTTPS_PROXY", "http://"+listener.Addr().String())
	go world.serve(listener)
	os.Exit(m.Run())
}

func (n *internet) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go n.connect(conn)
	}
}

// connect answers one CONNECT: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
func (n *internet) connect(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	req, err := http.ReadRequest(in)
	if err != nil || req.Method != http.MethodConnect {
		return
	}
	n.mu.Lock()
	server := n.server
	n.hosts = append(n.hosts, req.Host)
	n.mu.Unlock()
	there, err := net.Dial("tcp", server)
	if server == "" || err != nil {
		io.WriteString(conn, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
		return
	}
	defer there.Close()
	io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
	go io.Copy(there, in)
	io.Copy(conn, there)
}

// asked returns the hosts that were asked for since the last call.
func (n *internet) asked() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	hosts := n.hosts
	n.hosts = nil
	return hosts
}

// azure starts a server that is dev.azure.com and *.visualstudio.com, and returns a client's trust in it.
func azure(t *testing.T, h http.HandlerFunc) https.Options {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	cert := certificate(t, authority.DevAzure, "*.visualstudio.com")
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.StartTLS()
	world.mu.Lock()
	world.server = s.Listener.Addr().String()
	world.mu.Unlock()
	t.Cleanup(func() {
		world.mu.Lock()
		world.server = ""
		world.mu.Unlock()
		s.Close()
		world.asked()
	})
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	return https.Options{Roots: roots, Hosts: []string{"evil.example"}}
}

func certificate(t *testing.T, hosts ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: hosts,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// asks checks which hosts were asked for.
func asks(t *testing.T, hosts ...string) {
	t.Helper()
	if got := world.asked(); !slices.Equal(got, hosts) {
		t.Errorf("asked were %v, want %v", got, hosts)
	}
}
