//go:build unix

package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// All who make requests get through a proxy that wants a password. It sees which hosts they go to, and no
// token, no path and no code.
func TestNetworkThroughProxy(t *testing.T) {
	t.Parallel()
	s := newNetStand(t)
	for host, args := range s.farCalls() {
		if host == farGit {
			args = append(slices.Clone(args), "--prompt", "auto")
		}
		code, stdout, stderr := s.far(args...)
		if code != 0 || stdout == "" {
			t.Errorf("%s: exit code %d, %s", host, code, stderr)
		}
		hosts, raw := s.connects()
		if !slices.Contains(hosts, "CONNECT "+host+":443 HTTP/1.1") {
			t.Errorf("%s: the proxy saw %q", host, hosts)
		}
		for _, line := range hosts {
			if !slices.Contains([]string{farLogin, farGraph, farGit}, strings.TrimSuffix(strings.TrimPrefix(line, "CONNECT "), ":443 HTTP/1.1")) {
				t.Errorf("%s: the proxy saw %q", host, line)
			}
		}
		for _, secret := range append(s.sim.Secrets(), "/oauth2/", "/me", "organisation", "Bearer") {
			if strings.Contains(raw, secret) {
				t.Errorf("%s: the proxy saw %q", host, secret)
			}
		}
	}
}

// What stands in the way, and what each of the three says of it: the same.
func TestNetworkFaults(t *testing.T) {
	t.Parallel()
	s := newNetStand(t)
	s.signIn()
	inspector := s.another(certificateOf(t, "Corp Inspector", time.Now(), farLogin, farGraph, farGit))
	portal := s.another(certificateOf(t, "Hotel CA", time.Now(), "portal.hotel.example"))
	old := s.another(certificateOf(t, "Far CA", time.Now().Add(-48*time.Hour), farLogin, farGraph, farGit))
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	silent := s.cuts()
	lead := func(to string) func() {
		return func() {
			for _, host := range []string{farLogin, farGraph, farGit} {
				s.lead[host+":443"] = to
			}
		}
	}
	proxy := func(value string) func() { return func() { s.set("HTTPS_PROXY", value) } }
	refuse := func(answer string) func() { return func() { s.refuse = answer } }
	for name, fault := range map[string]struct {
		seed  func()
		code  int
		words []string // HOST is the host
	}{
		"no address":         {proxy("http://me:hun#" + proxyPassword + "@" + s.proxy), 3, []string{"HTTPS_PROXY is no address of a proxy", "as %XX"}},
		"an odd scheme":      {proxy("ftp://" + proxyUser + s.proxy), 3, []string{"HTTPS_PROXY is no address of a proxy: it begins with none of"}},
		"proxy not there":    {proxy("http://" + proxyUser + "127.0.0.1:1"), 6, []string{"the proxy 127.0.0.1:1 can't be reached: nothing listens there", "Look at HTTPS_PROXY"}},
		"no password":        {proxy(s.proxy), 6, []string{"the proxy " + s.proxy + " wants a user name and a password (407)", "USER:PASSWORD"}},
		"wrong password":     {proxy("http://me:" + "hun%3A@" + s.proxy), 6, []string{"does not accept the user name and password (407)", "USER:PASSWORD"}},
		"another sign-in":    {refuse("407 x\r\nProxy-Authenticate: NTLM\r\n"), 6, []string{"not known here (NTLM; 407)", "a proxy of your own"}},
		"barred":             {refuse("403 " + proxyPassword + "\r\n"), 6, []string{"does not let this machine through to HOST (403)", "let the host through"}},
		"bad gateway":        {refuse("502 " + proxyPassword + "\r\n"), 6, []string{"could not reach HOST (502)", "in a while"}},
		"portal of a proxy":  {refuse("302 x\r\nLocation: http://portal.example/\r\n"), 6, []string{"as the sign-in page of a network does", "in a browser"}},
		"TLS that is opened": {lead(inspector), 6, []string{"not trusted here (issuer: CN=Corp Inspector), through the proxy " + s.proxy, "SSL_CERT_FILE"}},
		"another name":       {lead(portal), 6, []string{"HOST can't be reached: its certificate", "CN=Hotel CA", "browser"}},
		"no TLS":             {lead(strings.TrimPrefix(plain.URL, "http://")), 6, []string{"speaks no TLS, through the proxy", "browser"}},
		"cut":                {lead(silent), 6, []string{"through the proxy " + s.proxy, "Is the network up"}},
		"expired":            {lead(old), 6, []string{"HOST can't be reached: its certificate", "CN=Far CA"}},
		"no proxy, no way":   {func() { s.set("HTTPS_PROXY", ""); s.set("https_proxy", "http://127.0.0.1:1") }, 6, []string{"the proxy 127.0.0.1:1 can't be reached"}},
	} {
		env := slices.Clone(s.env)
		s.mu.Lock()
		fault.seed()
		s.mu.Unlock()
		for host, args := range s.farCalls() {
			s.connects()
			code, stdout, stderr := s.far(args...)
			if code != fault.code || host != farGit && stdout != "" || host == farGit && stdout != "quit=1\n\n" {
				t.Errorf("%s, %s: exit code %d, %q: %s", name, host, code, stdout, stderr)
			}
			for _, word := range append(fault.words, host+" can't be reached: ") {
				if !strings.Contains(stderr, strings.ReplaceAll(word, "HOST", host)) {
					t.Errorf("%s, %s: no %q in %s", name, host, word, stderr)
				}
			}
			_, raw := s.connects()
			if strings.Contains(name, "password") && strings.Count(raw, "CONNECT ") != 1 {
				t.Errorf("%s, %s: a password that is refused may be tried once: %q", name, host, raw)
			}
		}
		s.env = env
		s.mu.Lock()
		s.refuse = ""
		clear(s.lead)
		s.mu.Unlock()
	}
}

// another is a server with a certificate of its own, which nobody may talk to.
func (s *netStand) another(cert tls.Certificate) string {
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { s.t.Error("a request got through") }))
	web.Config.ErrorLog = s.web.Config.ErrorLog
	web.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	web.StartTLS()
	s.t.Cleanup(web.Close)
	return web.Listener.Addr().String()
}

// cuts is a server that closes each connection.
func (s *netStand) cuts() string {
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
			bufio.NewReader(conn).ReadByte()
			conn.Close()
		}
	}()
	return listener.Addr().String()
}

// A call that makes no request looks at no proxy.
func TestNetworkUntouchedWhileWarm(t *testing.T) {
	t.Parallel()
	s := newNetStand(t)
	warm := s.farCalls()[farLogin]
	if code, _, stderr := s.far(warm...); code != 0 {
		t.Fatal(code, stderr)
	}
	for _, value := range []string{"http://me:hun#ter2@x", "ftp://x", "http://127.0.0.1:1"} {
		s.set("HTTPS_PROXY", value)
		s.set("SSL_CERT_FILE", "/nowhere")
		if code, stdout, stderr := s.far(warm...); code != 0 || stdout == "" || strings.Contains(stderr, "PROXY") {
			t.Errorf("%s: %d, %s", value, code, stderr)
		}
	}
}

// Each place for a CA is enough by itself. A file in SSL_CERT_FILE that can't be used is named.
func TestNetworkCAs(t *testing.T) {
	t.Parallel()
	s := newNetStand(t)
	bare := "  - host: " + farLogin + "\n    graph: https://" + farGraph + "\n"
	file := filepath.Join(s.home, "far.pem")
	folder := filepath.Join(s.home, "certs")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	s.write("certs/far.pem", []byte(readDoc(t, file)))
	s.write("empty.pem", []byte("nothing"))
	empty := filepath.Join(s.home, "empty.pem")
	for name, test := range map[string]struct {
		authority, file, folder string
		code                    int
		words                   string
	}{
		"ca-file":       {bare + "    ca-file: ../../far.pem\n", "", "", 0, ""},
		"SSL_CERT_FILE": {bare, file, "", 0, ""},
		"SSL_CERT_DIR":  {bare, "", folder, 0, ""},
		"none":          {bare, "", "", 6, "(issuer: CN=Far CA), through the proxy"},
		"no such file":  {bare, file + "x", "", 6, "SSL_CERT_FILE names " + file + "x, which can't be read"},
		"no PEM":        {bare, empty, "", 6, "SSL_CERT_FILE names " + empty + ", which holds no certificate"},
	} {
		s.config(test.authority)
		s.set("SSL_CERT_FILE", test.file)
		s.set("SSL_CERT_DIR", test.folder)
		for _, host := range []string{farLogin, farGraph} {
			if err := os.RemoveAll(s.cache()); err != nil {
				t.Fatal(err)
			}
			code, _, stderr := s.far(s.farCalls()[host]...)
			if code != test.code || !strings.Contains(stderr, test.words) {
				t.Errorf("%s, %s: exit code %d: %s", name, host, code, stderr)
			}
		}
	}
}

// The sign-in page of a network stands in for the service: at each step of a sign-in, and for Graph. Nothing
// of it is shown or kept, and once it is gone all is as before.
func TestNetworkSignInPage(t *testing.T) {
	t.Parallel()
	pages := map[string]func(http.ResponseWriter) bool{
		"a page": func(w http.ResponseWriter) bool {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html><title>Hotel Wi-Fi \x1b[1m</title>")
			return true
		},
		"a page that is called JSON": func(w http.ResponseWriter) bool {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, "\n<!doctype html>")
			return true
		},
		"a redirect": func(w http.ResponseWriter) bool {
			w.Header().Set("Location", "https://portal.hotel.example/?next=hidden")
			w.WriteHeader(http.StatusFound)
			return true
		},
		"511": func(w http.ResponseWriter) bool {
			w.WriteHeader(http.StatusNetworkAuthenticationRequired)
			io.WriteString(w, "<html>")
			return true
		},
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newNetStand(t).showsPage(name, page)
		})
	}
}

// showsPage has the page stand in for one endpoint after the other.
func (s *netStand) showsPage(name string, page func(http.ResponseWriter) bool) {
	calls := s.farCalls()
	for endpoint, args := range map[string][]string{
		"/openid-configuration": calls[farLogin], "/devicecode": calls[farLogin], "/token": calls[farLogin], "/me": calls[farGraph],
	} {
		if err := os.RemoveAll(s.cache()); err != nil {
			s.t.Fatal(err)
		}
		s.meet(page, endpoint)
		code, stdout, stderr := s.far(args...)
		want := 7
		if endpoint == "/me" && name == "a redirect" {
			want = 5
		}
		if code != want || stdout != "" || !strings.Contains(stderr, "like the sign-in page of a network") || !strings.Contains(stderr, "Open any page in a browser") ||
			strings.Contains(stderr, "Hotel") || strings.Contains(stderr, "hidden") {
			s.t.Errorf("%s for %s: exit code %d, %q: %s", name, endpoint, code, stdout, stderr)
		}
		s.meet(nil, "")
		if endpoint == "/devicecode" || endpoint == "/openid-configuration" {
			continue
		}
		if code, _, stderr := s.far(args...); code != 0 {
			s.t.Errorf("%s for %s, afterwards: exit code %d: %s", name, endpoint, code, stderr)
		}
	}
}

func (s *netStand) meet(answer func(http.ResponseWriter) bool, endpoint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer, s.endpoint = answer, endpoint
}

// An authority and a Graph with an address of IP version 6.
func TestNetworkIPv6(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6: ", err)
	}
	listener.Close()
	sim := entratest.NewServer(entratest.WithAddr("[::1]:0"))
	defer sim.Close()
	sim.Set(func(o *entratest.Settings) { o.Interval = time.Second })
	sim.AutoApprove(entratest.Alice, 0)
	h := newHouse(t, "HTTPS_PROXY=http://127.0.0.1:1") // of no use to this machine itself
	config := filepath.Join(h.home, ".config", "entralogin")
	text := fmt.Sprintf("authorities:\n  - host: '%s'\n    ca-file: six.pem\n    graph: %s\ntenant-id: %s\nclient-id: %s\n",
		sim.Host, sim.URL, entratest.TenantContoso, entratest.ClientID)
	if err := os.WriteFile(filepath.Join(config, "config.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(config, "six.pem"), sim.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"get-token", "--server-id", entratest.ServerID}, {"graph", "me"}, {"get-token", "--server-id", entratest.ServerID}} {
		r := h.call(append([]string{"entralogin", "--authority-host", sim.URL}, args...)...)
		if r.cmd.ProcessState.ExitCode() != 0 || !strings.HasPrefix(sim.Host, "[::1]:") {
			t.Errorf("%q at %s: %s", args, sim.Host, r.err.Bytes())
		}
	}
	if got := sim.Requests("devicecode"); got != 1 {
		t.Errorf("%d sign-ins", got)
	}
}
