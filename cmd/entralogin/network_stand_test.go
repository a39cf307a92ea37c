//go:build unix

package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The hosts behind the proxies of these tests. Package net/http uses no proxy for a loopback address.
const (
	farLogin = "login.contoso.example"
	farGraph = "graph.microsoft.com"
	farGit   = "dev.azure.com"
)

// proxyPassword has each character that an address gives a meaning to.
const (
	proxyPassword = "hun:t@r/2#?%"
	proxyUser     = "me:hun%3At%40r%2F2%23%3F%25@"
)

// netStand is a house whose programs reach the sign-in service, Graph and Azure DevOps through a proxy alone.
type netStand struct {
	*house
	web   *httptest.Server // is all three hosts
	proxy string           // address
	count int              // of organisations that were asked for

	mu       sync.Mutex
	refuse   string                         // what the proxy answers in place of opening a way
	open     bool                           // the proxy wants no password
	lead     map[string]string              // host:port -> address, where it is not web
	answer   func(http.ResponseWriter) bool // answers in place of the hosts
	endpoint string                         // of the path for which it does, "" for all
	seen     []string                       // by the proxy: each request, whole
}

func newNetStand(t *testing.T) *netStand {
	t.Helper()
	s := &netStand{house: newHouse(t), lead: map[string]string{}}
	s.sim.AutoApprove(entratest.Alice, 0)
	s.web = httptest.NewUnstartedServer(s.front())
	s.web.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.web.TLS = &tls.Config{Certificates: []tls.Certificate{certificateOf(t, "Far CA", time.Now(), farLogin, farGraph, farGit)}}
	s.web.StartTLS()
	t.Cleanup(s.web.Close)
	s.write("far.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.web.Certificate().Raw}))
	s.config("  - host: " + farLogin + "\n    ca-file: ../../far.pem\n    graph: https://" + farGraph + "\n")
	s.proxy = s.listen()
	s.set("SSL_CERT_FILE", filepath.Join(s.home, "far.pem"))
	s.set("HTTPS_PROXY", "http://"+proxyUser+s.proxy)
	return s
}

// config writes the config file; authority is what stands below authorities.
func (s *netStand) config(authority string) {
	s.t.Helper()
	text := "authorities:\n" + authority + "authority-host: https://" + farLogin + "\nclient-id: " + entratest.ClientID + "\n"
	s.write(".config/entralogin/config.yaml", []byte(text))
}

func (s *netStand) write(name string, text []byte) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.home, name), text, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *netStand) set(name, value string) {
	s.env = slices.DeleteFunc(s.env, func(v string) bool { return strings.HasPrefix(v, name+"=") })
	if value != "" {
		s.env = append(s.env, name+"="+value)
	}
}

// certificateOf signs itself and is valid for an hour from a time on.
func certificateOf(t *testing.T, name string, from time.Time, hosts ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: hosts,
		NotBefore: from.Add(-time.Minute), NotAfter: from.Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// front is the three hosts: Azure DevOps with its challenge, and the simulator under other names.
func (s *netStand) front() http.Handler {
	target, err := url.Parse(s.sim.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	back := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Header.Del("Accept-Encoding") },
		Transport: s.sim.Client().Transport,
		ModifyResponse: func(resp *http.Response) error {
			body, err := io.ReadAll(resp.Body)
			body = bytes.ReplaceAll(body, []byte(s.sim.URL), []byte("https://"+farLogin))
			resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
			return err
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		answer, endpoint := s.answer, s.endpoint
		s.mu.Unlock()
		switch {
		case answer != nil && strings.HasSuffix(r.URL.Path, endpoint) && answer(w):
		case r.Host == farGit:
			w.Header().Set("WWW-Authenticate", "Bearer authorization_uri=https://login.microsoftonline.com/"+entratest.TenantContoso)
			w.WriteHeader(http.StatusUnauthorized)
		default:
			back.ServeHTTP(w, r)
		}
	})
}

// listen starts the proxy: CONNECT alone, and only with user name and password.
func (s *netStand) listen() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.connect(conn)
		}
	}()
	return listener.Addr().String()
}

func (s *netStand) connect(here net.Conn) {
	defer here.Close()
	var raw bytes.Buffer
	in := bufio.NewReader(io.TeeReader(here, &raw))
	req, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.seen = append(s.seen, raw.String())
	refuse, to, open := s.refuse, s.lead[req.Host], s.open
	s.mu.Unlock()
	if to == "" {
		to = s.web.Listener.Addr().String()
	}
	basic := &http.Request{Header: http.Header{"Authorization": req.Header["Proxy-Authorization"]}}
	user, word, _ := basic.BasicAuth()
	switch {
	case refuse != "":
	case !open && (user != "me" || word != proxyPassword):
		refuse = "407 No " + proxyPassword + "\r\nProxy-Authenticate: Basic realm=x\r\n"
	case req.Method != http.MethodConnect:
		refuse = "405 No\r\n"
	}
	there, err := net.Dial("tcp", to)
	if refuse != "" || err != nil {
		fmt.Fprintf(here, "HTTP/1.1 %s\r\n", refuse)
		return
	}
	defer there.Close()
	io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go io.Copy(there, in)
	io.Copy(here, there)
}

// connects are the hosts that the proxy was asked for since the last call, each once.
func (s *netStand) connects() (hosts []string, raw string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, request := range s.seen {
		line, _, _ := strings.Cut(request, "\r\n")
		hosts = append(hosts, line)
	}
	raw, s.seen = strings.Join(s.seen, ""), nil
	slices.Sort(hosts)
	return slices.Compact(hosts), raw
}

// farCalls are those who make requests, each with its host. Graph has its token in the cache.
func (s *netStand) farCalls() map[string][]string {
	return map[string][]string{
		farLogin: {"get-token", "--server-id", entratest.ServerID, "-t", entratest.TenantContoso},
		farGraph: {"graph", "me", "-t", entratest.TenantContoso},
		farGit:   {"git-credential", "get"},
	}
}

// far runs a program with -vv to its end. No secret and no password of a proxy may be in what it says.
func (s *netStand) far(args ...string) (code int, stdout, stderr string) {
	s.t.Helper()
	s.count++
	cmd := exec.Command("entralogin", append(args, "-v", "-v")...)
	cmd.Dir, cmd.Env = s.work, s.env
	cmd.Stdin = strings.NewReader(fmt.Sprintf("protocol=https\nhost=%s\npath=organisation%d/project/_git/repository\n\n", farGit, s.count))
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	cmd.Run()
	stdout, stderr = out.String(), said.String()
	var h haystack
	h.add("standard error", said.Bytes())
	for _, secret := range append(s.sim.Secrets(), proxyPassword, strings.TrimSuffix(proxyUser[3:], "@")) {
		if len(secret) >= len(piece{}) && h.holds(secret) != "" || strings.Contains(stderr, secret) || secret == proxyPassword && strings.Contains(stdout, secret) {
			s.t.Errorf("%q: a secret in %q", args, stderr)
		}
	}
	for line := range strings.Lines(stderr) {
		if !strings.HasPrefix(line, term.Prefix) {
			s.t.Errorf("%q: a line without its prefix: %q", args, line)
		}
	}
	return cmd.ProcessState.ExitCode(), stdout, stderr
}

// signIn fills the cache with a session and Graph's token.
func (s *netStand) signIn() {
	s.t.Helper()
	if code, _, stderr := s.far(s.farCalls()[farGraph]...); code != 0 {
		s.t.Fatalf("exit code %d: %s", code, stderr)
	}
}
