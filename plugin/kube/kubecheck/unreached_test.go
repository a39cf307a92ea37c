package kubecheck

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// selfSigned makes a certificate for 127.0.0.1 that is valid until end.
func selfSigned(t *testing.T, end time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test\x1b[2J"}, NotBefore: end.Add(-time.Hour), NotAfter: end,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func toPEM(c tls.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
}

func otherCA(t *testing.T) []byte { return toPEM(selfSigned(t, time.Now().Add(time.Hour))) }

// closedPort is an address at which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// withTLS is a server with a TLS configuration of its own.
func withTLS(t *testing.T, config *tls.Config) *httptest.Server {
	t.Helper()
	s := quiet(http.NotFoundHandler())
	s.TLS = config
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestTLS(t *testing.T) {
	expired := selfSigned(t, time.Now().Add(-time.Minute))
	s := withTLS(t, &tls.Config{Certificates: []tls.Certificate{expired}})
	p := Probe{check.Probe{Now: time.Now}, kubeconfig.Cluster{Server: s.URL, CertificateAuthorityData: toPEM(expired)}}
	one(t, p.Check(context.Background()), want{"answer", "its certificate is not valid now: it expired at", "clock"})

	s = withTLS(t, &tls.Config{ClientAuth: tls.RequireAnyClientCert})
	one(t, probe(t, s, nil).Check(context.Background()), want{"answer", "TLS was refused: tls: certificate required", "client certificates"})

	s = withTLS(t, &tls.Config{MaxVersion: tls.VersionTLS11})
	one(t, probe(t, s, nil).Check(context.Background()), want{"answer", "TLS was refused", "old versions"})
}

// A server that is not verified gets no token, though kubectl would send it one.
func TestInsecure(t *testing.T) {
	var authorization []string
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		authorization = append(authorization, req.Header.Get("Authorization"))
		io.WriteString(w, `{"gitVersion":"v1.36.0"}`)
	}))
	defer s.Close()
	p := probe(t, s, nil)
	p.Cluster.InsecureSkipTLSVerify, p.Cluster.CertificateAuthorityData = true, nil
	found := p.Check(context.Background())
	one(t, found, want{"warning", "gets the token", "certificate-authority-data"})
	one(t, found, want{"warning", "not checked: what the API server says to the stored token", ""})
	if len(authorization) != 1 || authorization[0] != "" {
		t.Errorf("got %q", authorization)
	}
}

func TestProxy(t *testing.T) {
	s, _ := apiServer(t, answer{status: 201, body: fmt.Sprintf(whoami, "alice", "")})
	var asked []string
	allow := true
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		asked = append(asked, req.Method+" "+req.Host)
		if !allow {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		through(t, w, req.Host)
	}))
	defer proxy.Close()
	p := probe(t, s, nil)
	p.Cluster.ProxyURL = proxy.URL
	one(t, p.Check(context.Background()), want{"ok", "accepts the token: user alice", ""})
	allow = false
	one(t, p.Check(context.Background()), want{"network", "wants a user name and a password (407)", "proxy-url"})
	host := strings.TrimPrefix(s.URL, "https://")
	if strings.Join(asked, ",") != "CONNECT "+host+",CONNECT "+host {
		t.Errorf("the proxy was asked for %q", asked)
	}
}

// through connects a client with a host.
func through(t *testing.T, w http.ResponseWriter, host string) {
	there, err := net.Dial("tcp", host)
	if err != nil {
		t.Error(err)
		return
	}
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { io.Copy(there, here); there.Close() }()
	io.Copy(here, there)
	here.Close()
}

func TestNoAnswerInTime(t *testing.T) {
	ended := make(chan struct{})
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { <-ended }))
	defer s.Close()
	defer close(ended)
	p := probe(t, s, nil)
	p.HTTPS.Limit = 300 * time.Millisecond
	start := time.Now()
	one(t, p.Check(context.Background()), want{"network", "no answer within 300ms", "VPN"})
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it waited %v", took)
	}
}

// What a test on the loopback interface can't bring about.
func TestUnreached(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want want
	}{
		"DNS":           {&https.NetworkError{Host: "api.\x1bexample", Obstacle: https.NoName, Err: errors.New("the name can't be resolved")}, want{"network", "api.example can't be reached: the name can't be resolved", "VPN"}},
		"bad variable":  {&https.NetworkError{Host: "api", Obstacle: https.ProxyUnfit, Err: &https.ProxyError{Variable: "HTTPS_PROXY", What: "names no host"}}, want{"network", "HTTPS_PROXY is no address of a proxy", "HTTPS_PROXY"}},
		"anything else": {errors.New("a wire\x1b[2J was cut"), want{"answer", "a wire[2J was cut", "server of the cluster"}},
	} {
		t.Run(name, func(t *testing.T) { one(t, []check.Finding{Probe{}.unreached("api", test.err)}, test.want) })
	}
}
