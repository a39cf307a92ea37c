package https

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// password is in each proxy's address, and may be in no text.
const password = "hunter2"

// startProxy starts a proxy that leads to one server, whatever host is asked for. It returns its address, and
// a function for all that it read before the way was open, request by request.
func startProxy(t *testing.T, server, listen string) (address string, saw func() []string) {
	t.Helper()
	listener, err := net.Listen("tcp", listen)
	must(t, err)
	t.Cleanup(func() { listener.Close() })
	var mu sync.Mutex
	var all []string
	tunnel := func(here net.Conn) {
		defer here.Close()
		var raw bytes.Buffer
		in := bufio.NewReader(io.TeeReader(here, &raw))
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		mu.Lock()
		all = append(all, raw.String())
		mu.Unlock()
		there, err := net.Dial("tcp", server)
		if err != nil || req.Method != http.MethodConnect {
			return
		}
		defer there.Close()
		io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go io.Copy(there, in)
		io.Copy(here, there)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go tunnel(conn)
		}
	}()
	return listener.Addr().String(), func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

// through leads a client through a proxy, as the environment would.
func through(t *testing.T, c *http.Client, proxy string) {
	t.Helper()
	u, err := url.Parse(proxy)
	must(t, err)
	p := c.Transport.(*pinned)
	p.proxy = http.ProxyURL(u)
	p.base.(*http.Transport).Proxy = p.proxy
}

// direct keeps a client from the proxies of this machine.
func direct(c *http.Client) {
	p := c.Transport.(*pinned)
	p.proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	p.base.(*http.Transport).Proxy = p.proxy
}

// The proxy sees the host, and user name and password of its own address. It sees nothing of the request.
func TestThroughProxy(t *testing.T) {
	s, h := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Header.Get("Authorization")) })
	proxy, saw := startProxy(t, strings.TrimPrefix(s.URL, "https://"), "127.0.0.1:0")
	h.Hosts = []string{"example.com"}
	c := h.Client()
	through(t, c, "http://me:hun%40ter%232%3A%2F@"+proxy)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://example.com/path?query", strings.NewReader("refresh_token=secret"))
	must(t, err)
	req.Header.Set("Authorization", "Bearer secret")
	resp, err := c.Do(req)
	must(t, err)
	if body, _ := io.ReadAll(resp.Body); string(body) != "Bearer secret" {
		t.Errorf("the server answered %q", body)
	}
	seen := strings.Join(saw(), "")
	name, basic, _ := strings.Cut(seen, "\r\nProxy-Authorization: ")
	if !strings.HasPrefix(name, "CONNECT example.com:443 HTTP/1.1\r\n") || !strings.HasPrefix(basic, "Basic bWU6aHVuQHRlciMyOi8=\r\n") {
		t.Errorf("the proxy saw %q", seen)
	}
	for _, word := range []string{"path", "query", "secret", "refresh", "Bearer"} {
		if strings.Contains(seen, word) {
			t.Errorf("the proxy saw %q: %q", word, seen)
		}
	}
}

// What proxies answer in place of a way through. Their own words are not repeated: these echo what they got.
func TestProxyRefuses(t *testing.T) {
	basic, ntlm := "Proxy-Authenticate: Basic realm=\"hunter2\"\r\n", "Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n"
	const any Obstacle = "any" // which it is depends on when the connection ended
	for name, test := range map[string]struct {
		user, answer string
		obstacle     Obstacle
		words        string
	}{
		"407":           {"", "407 hunter2\r\n" + basic, ProxyLogin, "wants a user name and a password (407)"},
		"407, no way":   {"", "407 hunter2\r\n", ProxyLogin, "wants a user name and a password (407)"},
		"407, named":    {"me:hunter2@", "407 hunter2\r\n" + basic, ProxyLogin, "does not accept the user name and password (407)"},
		"407, NTLM":     {"me:hunter2@", "407 hunter2\r\n" + ntlm, ProxyLogin, "a sign-in that is not known here (NTLM, Negotiate; 407)"},
		"407, also":     {"me:hunter2@", "407 hunter2\r\n" + ntlm + basic, ProxyLogin, "does not accept the user name"},
		"407, odd":      {"", "407 hunter2\r\nProxy-Authenticate: hunter2\r\n", ProxyLogin, "wants a user name and a password"},
		"401":           {"me:hunter2@", "401 hunter2\r\n", ProxyLogin, "does not accept the user name and password (401)"},
		"403":           {"me:hunter2@", "403 hunter2\r\n", ProxyBars, "does not let this machine through to login.example (403)"},
		"404":           {"me:hunter2@", "404 hunter2\r\n", ProxyBars, "(404)"},
		"204":           {"me:hunter2@", "204 hunter2\r\n", ProxyBars, "(204)"},
		"500":           {"me:hunter2@", "500 hunter2\r\n", ProxyLost, "could not reach login.example (500)"},
		"502":           {"me:hunter2@", "502 hunter2\r\n", ProxyLost, "could not reach login.example (502)"},
		"302":           {"me:hunter2@", "302 hunter2\r\nLocation: https://hunter2/\r\n", SignInPage, "answered 302, as the sign-in page"},
		"511":           {"me:hunter2@", "511 hunter2\r\n", SignInPage, "answered 511, as the sign-in page"},
		"nothing":       {"me:hunter2@", "", any, "through the proxy"},
		"half a status": {"me:hunter2@", "40", any, "through the proxy"},
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
				http.ReadRequest(bufio.NewReader(conn))
				if test.answer != "" {
					fmt.Fprintf(conn, "HTTP/1.1 %s\r\n", test.answer)
				}
				conn.Close()
			}
		}()
		c := Options{Hosts: []string{"login.example"}}.Client()
		through(t, c, "http://"+test.user+listener.Addr().String())
		err2 := wants[*NetworkError](t, c, "https://login.example/")
		if test.obstacle == any {
			test.obstacle = err2.Obstacle
		}
		says(t, name, err2, test.obstacle, "login.example can't be reached: ", test.words, listener.Addr().String(), "!"+password)
	}
}

// A proxy that has a request wait, or switches to another protocol, holds nobody up.
func TestProxyHolds(t *testing.T) {
	for name, answer := range map[string]string{"101": "HTTP/1.1 101 hunter2\r\nUpgrade: x\r\n\r\n", "100": "HTTP/1.1 100 hunter2\r\n\r\n", "103": "HTTP/1.1 103 x\r\n\r\n", "nothing": "", "no HTTP": "hunter2 hunter2\r\n\r\n"} {
		proxy := httptest.NewServer(raw(t, answer))
		defer proxy.Close()
		host := strings.TrimPrefix(proxy.URL, "http://")
		c := Options{Hosts: []string{"login.example"}}.Client()
		through(t, c, "http://me:hunter2@"+host)
		switch name {
		case "nothing":
			c.Transport.(*pinned).limit = 50 * time.Millisecond
			says(t, name, wants[*NetworkError](t, c, "https://login.example/"), NoAnswer, "no answer within 50ms", "!"+password)
		case "no HTTP":
			says(t, name, wants[*NetworkError](t, c, "https://login.example/"), "", "no HTTP that can be understood", "!"+password)
		default:
			if err := wants[*AnswerError](t, c, "https://login.example/"); !strings.Contains(err.Error(), "the proxy "+host+" has the status "+name) || strings.Contains(err.Error(), password) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestProxyThatIsNone(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	other, _ := serve(t, func(http.ResponseWriter, *http.Request) {})
	host := strings.TrimPrefix(plain.URL, "http://")
	for name, test := range map[string]struct {
		proxy string
		words []string
	}{
		"not there":        {"http://me:hunter2@127.0.0.1:1", []string{"the proxy 127.0.0.1:1 can't be reached: nothing listens there"}},
		"socks, not there": {"socks5://me:hunter2@127.0.0.1:1", []string{"the proxy 127.0.0.1:1 can't be reached: nothing listens there"}},
		"no TLS":           {"https://me:hunter2@" + host, []string{"the proxy " + host + " can't be reached: what answers there speaks no TLS"}},
		"not trusted":      {"https://me:hunter2@" + strings.TrimPrefix(other.URL, "https://"), []string{"can't be reached: its certificate is signed by", "O=Acme Co"}},
	} {
		c := Options{Hosts: []string{"login.example"}}.Client()
		through(t, c, test.proxy)
		says(t, name, wants[*NetworkError](t, c, "https://login.example/"), ProxyGone, append(test.words, "login.example can't be reached: ", "!"+password)...)
	}
	c := Options{Hosts: []string{"login.example"}}.Client()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	go func() {
		if conn, err := listener.Accept(); err == nil {
			io.WriteString(conn, "HTTP/1.1 400 hunter2\r\n\r\n")
			io.Copy(io.Discard, conn)
		}
	}()
	through(t, c, "socks5://me:hunter2@"+listener.Addr().String())
	says(t, "no socks", wants[*NetworkError](t, c, "https://login.example/"), ProxyBars,
		"the proxy "+listener.Addr().String()+" opens no way there", "!"+password)
}

// A proxy that opens TLS shows its own certificate: the words name who signed it, and the proxy.
func TestProxyThatOpensTLS(t *testing.T) {
	cert := signed(t, nil, "Corp Inspector", time.Now().Add(-time.Minute), "login.example")
	s, h := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request got through") },
		func(s *httptest.Server) { s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}} })
	h.Roots = nil
	proxy, _ := startProxy(t, strings.TrimPrefix(s.URL, "https://"), "127.0.0.1:0")
	h.Hosts = []string{"login.example"}
	c := h.Client()
	through(t, c, "http://me:hunter2@"+proxy)
	says(t, "inspector", wants[*NetworkError](t, c, "https://login.example/"), NotTrusted,
		"not trusted here (issuer: CN=Corp Inspector), through the proxy "+proxy, "!"+password)
}

// Behind the proxy nothing answers: nothing but the limit can end the request.
func TestProxyToNowhere(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel takes a connection, and nobody reads what comes
	must(t, err)
	defer silent.Close()
	proxy, _ := startProxy(t, silent.Addr().String(), "127.0.0.1:0")
	c := Options{Hosts: []string{"login.example"}}.Client()
	through(t, c, "http://me:hunter2@"+proxy)
	c.Transport.(*pinned).limit = 50 * time.Millisecond
	says(t, "too slow", wants[*NetworkError](t, c, "https://login.example/"), NoAnswer, "no answer within 50ms, through the proxy "+proxy, "!"+password)
}

// ways lists values of HTTPS_PROXY, and what is wrong with each, "" if nothing is.
func proxyValues() map[string]string {
	return map[string]string{
		"proxy.example:3128": "", "http://proxy.example:3128": "", "http://proxy.example": "", "https://proxy.example/": "",
		"socks5://proxy.example": "", "socks5h://proxy.example:1080": "", "http://[::1]:3128": "", "[::1]:3128": "", "127.0.0.1:3128": "", "none": "",
		"http://me:hunter2@proxy.example:3128": "", "me:hunter2@proxy.example:3128": "", "http://CORP%5Cme:hunter2%23@proxy.example": "",
		"http://me:@hunter2@proxy.example": "", // the last @ counts

		"http://me:hun#ter2@proxy.example":   "taken apart", // the host would be "me:hun"
		"http://me:hun/ter2@proxy.example":   "taken apart",
		"http://me:12/hunter2@proxy.example": "more in it",
		"http://me:1?hunter2@proxy.example":  "more in it",
		"http://CORP\\me:hunter2@proxy":      "taken apart",
		"http://me:hunter2%@proxy.example":   "taken apart",
		"http://me:hun ter2@proxy.example":   "taken apart",
		"http://":                            "names no host",
		"http://:3128":                       "names no host",
		"http://me:hunter2@":                 "names no host",
		"http://me:hunter2@proxy:99999":      "port",
		"http://me:hunter2@proxy:0":          "port",
		"http://me:hunter2@proxy:":           "port",
		"http://me:hunter2@proxy:abc":        "taken apart",
		"ftp://me:hunter2@proxy":             "begins with none of",
		"HTTPS//me:hunter2@proxy":            "more in it",
		"http:/me:hunter2@proxy":             "more in it",
		"'http://me:hunter2@proxy'":          "taken apart",
		" http://me:hunter2@proxy":           "taken apart",
		"http://me:hunter2@proxy\n":          "taken apart",
		"http://me:hunter2@proxy/path":       "more in it",
		"http://me:hunter2@\x1b[1mproxy":     "taken apart",
	}
}

// A value that can't be used is an error, and no request is made; package net/http would go past the proxy.
func TestProxyFault(t *testing.T) {
	for value, want := range proxyValues() {
		got := proxyFault(value)
		if (got == "") != (want == "") || !strings.Contains(got, want) || strings.Contains(got, password) {
			t.Errorf("%q: %q", value, got)
		}
		for _, variable := range []string{"HTTPS_PROXY", "https_proxy"} {
			decided := decide(t, []string{variable + "=" + value}, "https://login.example")
			switch {
			case want == "" && !strings.HasPrefix(decided, "through "):
				t.Errorf("%s=%q: %s", variable, value, decided)
			case want != "" && (!strings.HasPrefix(decided, "*https.ProxyError: "+variable+" is no address of a proxy: it ") || strings.Contains(decided, password)):
				t.Errorf("%s=%q: %s", variable, value, decided)
			}
		}
	}
}

// Which requests go through a proxy. Each line is a process, for net/http reads the environment once.
func TestProxyOfTheEnvironment(t *testing.T) {
	const login, v4, v6 = "https://login.example", "https://192.0.2.7:8443", "https://[2001:db8::7]"
	one := "HTTPS_PROXY=http://me:hunter2@one:3128"
	bad := "HTTPS_PROXY=http://me:hunter2@one:x"
	for _, test := range []struct {
		env     []string
		address string
		want    string
	}{
		{nil, login, "direct"},
		{[]string{one}, login, "through one:3128 as me:hunter2"},
		{[]string{"https_proxy=two"}, login, "through two"},
		{[]string{one, "https_proxy=two"}, login, "through one:3128 as me:hunter2"},
		{[]string{"HTTPS_PROXY=", "https_proxy=two"}, login, "through two"},
		{[]string{"HTTP_PROXY=http://no", "http_proxy=http://no", "ALL_PROXY=http://no", "all_proxy=http://no"}, login, "direct"},
		{[]string{"HTTPS_PROXY=http://[::1]:3128"}, login, "through [::1]:3128"},
		{[]string{"HTTPS_PROXY=me:h%40%23%2F%3A@one"}, login, "through one as me:h@#/:"},

		{[]string{one, "NO_PROXY=login.example"}, login, "direct"},
		{[]string{one, "no_proxy=.example"}, login, "direct"},
		{[]string{one, "NO_PROXY=example"}, login, "direct"},
		{[]string{one, "NO_PROXY=other.example, in.example"}, login, "through one:3128 as me:hunter2"},
		{[]string{one, "NO_PROXY=login.example:8443"}, login, "through one:3128 as me:hunter2"},
		{[]string{one, "NO_PROXY=192.0.2.0/24"}, v4, "direct"},
		{[]string{one, "NO_PROXY=192.0.2.7:8443"}, v4, "direct"},
		{[]string{one, "NO_PROXY=192.0.3.0/24"}, v4, "through one:3128 as me:hunter2"},
		{[]string{one, "NO_PROXY=10.0.0.0/8,2001:db8::/32"}, v6, "direct"},
		{[]string{one, "NO_PROXY=2001:db9::/32"}, v6, "through one:3128 as me:hunter2"},
		{[]string{one, "NO_PROXY=a, *"}, login, "direct"},

		{[]string{one}, "https://localhost:8443", "direct"},
		{[]string{one}, "https://127.0.0.1:8443", "direct"},
		{[]string{one}, "https://[::1]:8443", "direct"},
		{[]string{bad}, "https://[::1]:8443", "direct"},
		{[]string{bad}, "https://127.0.0.1:8443", "direct"},
		{[]string{bad, "NO_PROXY=*"}, login, "direct"},
		{[]string{bad, "no_proxy=a,*"}, login, "direct"},
	} {
		if got := decide(t, test.env, test.address); got != test.want {
			t.Errorf("%q, %s: %s, not %s", test.env, test.address, got, test.want)
		}
	}
}

// decide asks a process which way it would take.
func decide(t *testing.T, env []string, address string) string {
	t.Helper()
	cmd := startable(t, "proxy", address)
	cmd.Env = append(withoutProxies(cmd.Env), env...)
	out, err := cmd.Output()
	must(t, err)
	return string(out)
}

func withoutProxies(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool {
		name, _, _ := strings.Cut(strings.ToUpper(v), "=")
		return strings.HasSuffix(name, "_PROXY")
	})
}

// childProxy makes no request.
func childProxy(args []string) {
	req, err := http.NewRequest(http.MethodGet, args[0], nil)
	check(err)
	u, err := environmentProxy(req)
	var unfit *ProxyError
	switch {
	case errors.As(err, &unfit):
		fmt.Fprintf(os.Stdout, "%T: %v", err, err)
	case err != nil:
		check(err)
	case u == nil:
		fmt.Fprint(os.Stdout, "direct")
	case u.User == nil:
		fmt.Fprint(os.Stdout, "through ", u.Host)
	default:
		word, _ := u.User.Password()
		fmt.Fprint(os.Stdout, "through ", u.Host, " as ", u.User.Username(), ":", word)
	}
}

// A client takes the proxy of the environment, and tells a value that it can't use from a proxy that is gone.
func TestProxy(t *testing.T) {
	for proxy, want := range map[string]string{
		"http://me:hunter2@127.0.0.1:1":   "can't be reached: the proxy 127.0.0.1:1 can't be reached: nothing listens there",
		"socks5://me:hunter2@127.0.0.1:1": "can't be reached: the proxy 127.0.0.1:1 can't be reached: nothing listens there",
		"http://me:hun#ter2@127.0.0.1:1":  "can't be reached: HTTPS_PROXY is no address of a proxy: it can't be taken apart",
	} {
		cmd := startable(t, "get", "https://login.example/path")
		cmd.Env = append(withoutProxies(cmd.Env), "HTTPS_PROXY="+proxy)
		out, err := cmd.Output()
		if got := string(out); err != nil || !strings.HasPrefix(got, "*https.NetworkError") || !strings.Contains(got, "login.example "+want) || strings.Contains(got, "ter2") {
			t.Errorf("%s: got %q, %v", proxy, got, err)
		}
	}
}

func childGet(args []string) {
	resp, err := Options{Hosts: []string{"login.example"}}.Client().Get(args[0])
	var down *NetworkError
	if !errors.As(err, &down) {
		os.Stdout.WriteString("no network error: ")
	}
	if err == nil {
		resp.Body.Close()
		return
	}
	os.Stdout.WriteString("*https.NetworkError: " + err.Error())
}
