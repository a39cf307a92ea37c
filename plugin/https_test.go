package plugin

import (
	"bytes"
	"compress/gzip"
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
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serve starts a server whose certificate the returned client trusts, and which is its only host.
func serve(t *testing.T, h http.HandlerFunc, change ...func(*httptest.Server)) (*httptest.Server, HTTPS) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	for _, f := range change {
		f(s)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s, HTTPS{Hosts: []string{strings.TrimPrefix(s.URL, "https://")}, Roots: roots}
}

func get(t *testing.T, c *http.Client, address string) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	must(t, err)
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return string(body), nil
}

// wants gets an address and checks the type of the error.
func wants[E error](t *testing.T, c *http.Client, address string) E {
	t.Helper()
	_, err := get(t, c, address)
	var want E
	if !errors.As(err, &want) || !errors.As(err, new(*url.Error)) {
		t.Fatalf("%s: got %v (%T), want a %T", address, err, err, want)
	}
	if text := want.Error(); Clean(text) != text {
		t.Errorf("raw characters: %q", text)
	}
	return want
}

func TestHTTPS(t *testing.T) {
	s, h := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) },
		func(s *httptest.Server) { s.EnableHTTP2 = true })
	if got, err := get(t, h.Client(), s.URL); got != "HTTP/1.1" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	h.Hosts = []string{"another.example", "Example.COM"}
	c := h.Client()
	to := strings.TrimPrefix(s.URL, "https://")
	dialTo(c, to)
	for _, address := range []string{"https://example.com/", "https://EXAMPLE.com/", "HTTPS://Example.Com"} {
		if _, err := get(t, c, address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestForeignHosts(t *testing.T) {
	var hits atomic.Int32
	s, h := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	h.Hosts = []string{"example.com", "example.com:8443"}
	c := h.Client()
	dialTo(c, strings.TrimPrefix(s.URL, "https://"))
	if _, err := get(t, c, "https://example.com:8443/"); err != nil || hits.Load() != 1 {
		t.Fatalf("its own host: %v", err)
	}
	for _, address := range []string{
		"http://example.com/", "http://example.com:8443/", "ftp://example.com/", "https://example.com./", "https://example.com:443/",
		"https://example.com:8444/", "https://user@example.com/", "https://user:secret@example.com/", "https://example.com@evil.example/",
		"https://example.com.evil.example/", "https://evilexample.com/", "https://evil.example/example.com", "https://evil.example?example.com",
		"https://sub.example.com/", "https://example.co/", "https://ехample.com/", "https:///example.com", "https:example.com",
		s.URL,
	} {
		err := wants[*AnswerError](t, c, address)
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if hits.Load() != 1 {
		t.Errorf("%d requests got through", hits.Load()-1)
	}
}

// dialTo leads all connections of a client to one address.
func dialTo(c *http.Client, address string) {
	base := c.Transport.(*pinned).base.(*http.Transport)
	dial := base.DialContext
	base.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) { return dial(ctx, network, address) }
}

func TestRedirects(t *testing.T) {
	var hits atomic.Int32
	target, _ := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	for _, status := range []int{300, 301, 302, 303, 304, 305, 307, 308, 399} {
		for _, to := range []string{target.URL + "/x?secret=1", "/here", "", "https://user:secret@\u202eevil.example/", "%zz"} {
			s, h := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/" {
					hits.Add(1)
				}
				w.Header().Set("Location", to)
				w.WriteHeader(status)
			})
			h.Hosts = append(h.Hosts, strings.TrimPrefix(target.URL, "https://"))
			h.Roots.AddCert(target.Certificate())
			err := wants[*RedirectError](t, h.Client(), s.URL+"/")
			if err.To != Clean(err.To) || err.Status != status || err.Host != h.Hosts[0] || strings.Contains(err.Error(), "secret") {
				t.Errorf("%d to %s: %v", status, to, err)
			}
			if strings.HasPrefix(to, target.URL) && err.To != h.Hosts[1] {
				t.Errorf("%d to %s: to %q", status, to, err.To)
			}
		}
	}
	if hits.Load() > 0 {
		t.Errorf("%d redirects were followed", hits.Load())
	}
}

func TestLargeAnswers(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	mebibyte := make([]byte, 1<<20)
	for range 64 {
		z.Write(mebibyte)
	}
	must(t, z.Close())
	for name, answer := range map[string]http.HandlerFunc{
		"64 MiB": func(w http.ResponseWriter, _ *http.Request) {
			for range 64 {
				if _, err := w.Write(mebibyte); err != nil {
					return
				}
			}
		},
		"gzip bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(packed.Bytes())
		},
		"1 MiB and 1 byte": func(w http.ResponseWriter, _ *http.Request) { w.Write(mebibyte); w.Write([]byte{1}) },
		"an error of 2 MiB": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			w.Write(mebibyte)
			w.Write(mebibyte)
		},
	} {
		s, h := serve(t, answer)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := wants[*AnswerError](t, h.Client(), s.URL)
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 || !strings.Contains(err.What, "1 MiB") {
			t.Errorf("%s: %v, with %d bytes of memory", name, err, grown)
		}
	}
	s, h := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(mebibyte) })
	if got, err := get(t, h.Client(), s.URL); len(got) != 1<<20 || err != nil {
		t.Errorf("1 MiB: %d bytes, %v", len(got), err)
	}
}

// What breaks off is an error of the request, not of a later reading.
func TestAnswerThatBreaksOff(t *testing.T) {
	s, h := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "secret")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	if err := wants[*NetworkError](t, h.Client(), s.URL); !strings.Contains(err.Error(), "broke off") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestOldTLS(t *testing.T) {
	for version, accepted := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		s, h := serve(t, func(http.ResponseWriter, *http.Request) {}, func(s *httptest.Server) {
			s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version}
		})
		if accepted {
			if _, err := get(t, h.Client(), s.URL); err != nil {
				t.Errorf("%s: %v", tls.VersionName(version), err)
			}
			continue
		}
		wants[*NetworkError](t, h.Client(), s.URL)
	}
}

// certificate is for 127.0.0.1, signed by itself.
func certificate(t *testing.T, name string, until time.Time, hosts ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: until.Add(-time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, DNSNames: hosts}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	leaf, err := x509.ParseCertificate(der)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func TestCertificates(t *testing.T) {
	soon, past := time.Now().Add(time.Minute), time.Now().Add(-time.Minute)
	for name, test := range map[string]struct {
		cert  tls.Certificate
		trust bool
		words []string
	}{
		"unknown":        {certificate(t, "Corp Inspector\x1b[1m", soon, "example.com"), false, []string{"not trusted here", "Corp Inspector"}},
		"expired":        {certificate(t, "Corp CA", past, "example.com"), true, []string{"not valid now", "expired", "Corp CA"}},
		"another name":   {certificate(t, "Corp CA", soon, "other.example"), true, []string{"another name", "Corp CA"}},
		"no name at all": {certificate(t, "Corp CA", soon), true, []string{"another name"}},
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
		for _, word := range test.words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: no %q in %v", name, word, err)
			}
		}
	}
}

func TestSlowAnswers(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	for name, answer := range map[string]http.HandlerFunc{
		"no answer": func(http.ResponseWriter, *http.Request) { <-release },
		"half an answer": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			<-release
		},
	} {
		s, h := serve(t, answer)
		c := h.Client()
		if got := c.Transport.(*pinned).limit; got != 30*time.Second {
			t.Errorf("the limit is %v", got)
		}
		c.Transport.(*pinned).limit = 50 * time.Millisecond
		if err := wants[*NetworkError](t, c, s.URL); !strings.Contains(err.Error(), "no answer within 50ms") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The caller's cancellation comes through as it is, with its cause: it is no fault of the network.
func TestCancelledRequest(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	signal := errors.New("ended by a signal")
	for name, early := range map[string]bool{"before the answer": true, "in the answer": false} {
		ctx, cancel := context.WithCancelCause(t.Context())
		s, h := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if !early {
				io.WriteString(w, "half")
				w.(http.Flusher).Flush()
			}
			cancel(signal)
			<-release
		})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
		must(t, err)
		_, err = h.Client().Do(req)
		if !errors.Is(err, signal) || errors.As(err, new(*NetworkError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTrace(t *testing.T) {
	var all []Exchange
	s, h := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			w.Header().Set("Location", "/")
			w.WriteHeader(http.StatusFound)
			return
		}
		w.WriteHeader(http.StatusTeapot)
	})
	h.Trace = func(x Exchange) { all = append(all, x) }
	c := h.Client()
	_, err := get(t, c, s.URL+"/a%1b/b?code=secret#secret")
	must(t, err)
	wants[*RedirectError](t, c, s.URL+"/gone")
	wants[*AnswerError](t, c, "https://evil.example/") // was never asked
	if len(all) != 2 {
		t.Fatalf("traced %+v", all)
	}
	x := all[0]
	if x.Method != "GET" || x.Host != h.Hosts[0] || x.Path != "/a/b" || x.Status != http.StatusTeapot || x.Took <= 0 || x.Err != nil {
		t.Errorf("traced %+v", x)
	}
	if all[1].Status != 0 || all[1].Err == nil {
		t.Errorf("traced %+v", all[1])
	}
}

// net/http reads the environment's proxy once in a process, hence a process for each.
func TestProxy(t *testing.T) {
	var seen atomic.Value
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.Method + " " + r.Host + " " + r.Header.Get("Proxy-Authorization"))
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer refusing.Close()
	host := strings.TrimPrefix(refusing.URL, "http://")
	for name, test := range map[string]struct{ proxy, want string }{
		"refuses":          {"http://me:hunter2@" + host, "Proxy Authentication Required"},
		"is not there":     {"http://me:hunter2@127.0.0.1:1", "the proxy can't be reached"},
		"no TLS":           {"https://me:hunter2@" + host, "the proxy can't be reached"},
		"odd scheme":       {"gopher://me:hunter2@" + host, ""},
		"socks, not there": {"socks5://me:hunter2@127.0.0.1:1", "refused"},
	} {
		cmd := startable(t, "get", "https://login.example/path")
		for _, v := range cmd.Env {
			name, _, _ := strings.Cut(v, "=")
			if n := strings.ToUpper(name); strings.HasSuffix(n, "_PROXY") {
				cmd.Env = append(cmd.Env, name+"=")
			}
		}
		cmd.Env = append(cmd.Env, "HTTPS_PROXY="+test.proxy)
		out, err := cmd.Output()
		if got := string(out); err != nil || !strings.HasPrefix(got, "*plugin.NetworkError") || !strings.Contains(got, test.want) || strings.Contains(got, "hunter2") ||
			!strings.Contains(got, "login.example can't be reached") {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	if got := seen.Load(); got != "CONNECT login.example:443 Basic bWU6aHVudGVyMg==" {
		t.Errorf("the proxy saw %v", got)
	}
}

func childGet(args []string) {
	resp, err := HTTPS{Hosts: []string{"login.example"}}.Client().Get(args[0])
	var down *NetworkError
	if !errors.As(err, &down) {
		os.Stdout.WriteString("no network error: ")
	}
	if err == nil {
		resp.Body.Close()
		return
	}
	os.Stdout.WriteString("*plugin.NetworkError: " + err.Error())
}
