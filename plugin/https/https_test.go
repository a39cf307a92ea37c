package https

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/text"
)

// serve starts a server whose certificate the returned client trusts, and which is its only host.
func serve(t *testing.T, h http.HandlerFunc, change ...func(*httptest.Server)) (*httptest.Server, Options) {
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
	return s, Options{Hosts: []string{strings.TrimPrefix(s.URL, "https://")}, Roots: roots}
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
	if content := want.Error(); text.Clean(content) != content {
		t.Errorf("raw characters: %q", content)
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
			if err.To != text.Clean(err.To) || err.Status != status || err.Host != h.Hosts[0] || strings.Contains(err.Error(), "secret") {
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

// raw answers the first line of a request with a text, and keeps the connection open until the test ends.
func raw(t *testing.T, answer string) http.HandlerFunc {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			io.WriteString(conn, answer)
			<-release
			conn.Close()
		}
	}
}

// A status below 200 ends nothing. What follows a 101 would be another protocol, for as long as anybody likes.
func TestSwitchedProtocols(t *testing.T) {
	for name, answer := range map[string]string{
		"101":             "HTTP/1.1 101 hunter2\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhunter2",
		"101, no upgrade": "HTTP/1.1 101\r\n\r\n",
		"100, then 101":   "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 x\r\n\r\n",
	} {
		s, h := serve(t, raw(t, answer))
		if err := wants[*AnswerError](t, h.Client(), s.URL); !strings.Contains(err.Error(), "has the status 101") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, answer := range []string{"HTTP/1.1 100 x\r\n\r\n", "HTTP/1.1 103 x\r\nLink: x\r\n\r\n"} {
		s, h := serve(t, raw(t, strings.Repeat(answer, 3)))
		c := h.Client()
		c.Transport.(*pinned).limit = 50 * time.Millisecond
		wants[*NetworkError](t, c, s.URL)
	}
}

// What a body is made of does not count: it ends with the request's context.
func TestBodyEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	signal := errors.New("ended by a signal")
	body := &deaf{ended: make(chan struct{}), read: func() { cancel(signal) }}
	_, h := serve(t, func(http.ResponseWriter, *http.Request) {})
	c := h.Client()
	c.Transport.(*pinned).base = roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: body}, nil
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+h.Hosts[0], nil)
	must(t, err)
	if _, err := c.Do(req); !errors.Is(err, signal) {
		t.Error(err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// deaf is a body that nothing but Close ends.
type deaf struct {
	ended chan struct{}
	once  sync.Once
	read  func()
}

func (d *deaf) Read([]byte) (int, error) { d.read(); <-d.ended; return 0, io.ErrClosedPipe }
func (d *deaf) Close() error             { d.once.Do(func() { close(d.ended) }); return nil }

// What is no HTTP may be a secret that was sent, or foreign text: none of it is shown.
func TestNoHTTP(t *testing.T) {
	for name, answer := range map[string]string{
		"no version":       "hunter2\r\n\r\n",
		"odd version":      "HTTP/hunter2 200 OK\r\n\r\n",
		"no status":        "HTTP/1.1 hunter2\r\n\r\n",
		"a short status":   "HTTP/1.1 2 hunter2\r\n\r\n",
		"no header":        "HTTP/1.1 200 OK\r\nhunter2\r\n\r\n",
		"two lengths":      "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: hunter2\r\n\r\n",
		"no length":        "HTTP/1.1 200 OK\r\nContent-Length: hunter2\r\n\r\n",
		"another encoding": "HTTP/1.1 200 OK\r\nTransfer-Encoding: hunter2\r\n\r\n",
		"two encodings":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: hunter2\r\nTransfer-Encoding: chunked\r\n\r\n",
	} {
		s, h := serve(t, raw(t, answer))
		if err := wants[*NetworkError](t, h.Client(), s.URL); strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "no HTTP that can be understood") {
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

// What is near speaks http, and answers in a few words; no proxy is asked for it, and no other host.
func TestNear(t *testing.T) {
	size := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, size)) }))
	defer s.Close()
	var seen []Exchange
	o := Options{Hosts: []string{strings.TrimPrefix(s.URL, "http://")}, Near: true, Trace: func(x Exchange) { seen = append(seen, x) },
		Proxy: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}}
	c := o.Client()
	size = maxNearBody
	if got, err := get(t, c, s.URL); err != nil || len(got) != size || !seen[0].Plain {
		t.Errorf("%d bytes, %v, %+v", len(got), err, seen)
	}
	size++
	if e := wants[*AnswerError](t, c, s.URL); !strings.Contains(e.Error(), "64 KiB") {
		t.Error(e)
	}
	wants[*AnswerError](t, c, "http://127.0.0.1:1/")
	o.Near = false
	wants[*AnswerError](t, o.Client(), s.URL)
}
