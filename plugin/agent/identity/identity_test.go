package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
)

const (
	secret   = "eyJ0b2tlbg"
	resource = "https://management.azure.com/"
)

// A desk is a server that listens, and what was asked of it.
type desk struct {
	*testing.T
	Server
	asked atomic.Pointer[Asked]
	fails error // what it answers, if not nil
}

func open(t *testing.T) *desk {
	t.Helper()
	l, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{T: t, Server: Server{Address: l.Addr().String(), Key: NewKey(), ClientID: "client"}}
	d.Tokens = func(_ context.Context, a Asked) (cache.Token, error) {
		d.asked.Store(&a)
		now := time.Now()
		return cache.Token{Value: cache.NewSecret(secret), Obtained: now, Expires: now.Add(time.Hour)}, d.fails
	}
	s := d.HTTP()
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return d
}

// A question is a request to a desk. change makes of it what it is not to be.
type question struct {
	method, path, body string
	header             map[string]string
	host               string
}

func (d *desk) identity() question {
	return question{method: "GET", path: tokenPath + "?api-version=" + newest + "&resource=" + url.QueryEscape(resource), header: map[string]string{"X-IDENTITY-HEADER": d.Key.Reveal()}}
}

func (d *desk) oldest() question {
	return question{method: "GET", path: tokenPath + "/?api-version=" + oldest + "&resource=" + url.QueryEscape(resource), header: map[string]string{"secret": d.Key.Reveal()}}
}

func (d *desk) azd() question {
	return question{method: "POST", path: azdPath + "?api-version=" + azdVersion, body: `{"scopes":["https://management.azure.com//.default"],"tenantId":"t"}`,
		header: map[string]string{"Authorization": "Bearer " + d.Key.Reveal(), "Content-Type": "application/json"}}
}

// ask sends a question, and returns the status and the answer.
func (d *desk) ask(q question) (int, map[string]any) {
	d.Helper()
	req, err := http.NewRequestWithContext(d.Context(), q.method, "http://"+d.Address+q.path, strings.NewReader(q.body))
	if err != nil {
		d.Fatal(err)
	}
	for name, value := range q.header {
		req.Header.Set(name, value)
	}
	if q.host != "" {
		req.Host = q.host
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		d.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		d.Fatal(err)
	}
	for name := range resp.Header {
		if strings.HasPrefix(name, "Access-Control-") || name == "Location" || name == "Set-Cookie" {
			d.Errorf("%s: %s", q.path, name)
		}
	}
	if strings.Contains(string(content), d.Key.Reveal()) {
		d.Errorf("%s: the answer has the key", q.path)
	}
	var answer map[string]any
	if err := json.Unmarshal(content, &answer); err != nil && resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		d.Errorf("%s: %v in %q", q.path, err, content)
	}
	return resp.StatusCode, answer
}

// The three answers, with the time in the form that each protocol has.
func TestAnswers(t *testing.T) {
	t.Parallel()
	d := open(t)
	within := func(ends time.Time) bool { left := time.Until(ends); return left > 50*time.Minute && left <= time.Hour }
	for name, q := range map[string]question{"newest": d.identity(), "oldest": d.oldest()} {
		status, a := d.ask(q)
		if status != 200 || a["access_token"] != secret || a["resource"] != resource || a["token_type"] != "Bearer" || a["client_id"] != "client" {
			t.Errorf("%s: %d, %v", name, status, a)
		}
		on := fmt.Sprint(a["expires_on"])
		var seconds int64
		ends, err := time.Parse("01/02/2006 15:04:05 -07:00", on)
		if name == "newest" {
			_, err = fmt.Sscan(on, &seconds)
			ends = time.Unix(seconds, 0)
		}
		if err != nil || !within(ends) {
			t.Errorf("%s: it ends at %v: %v", name, on, err)
		}
		if got := *d.asked.Load(); len(got.Scopes) != 1 || got.Scopes[0] != resource+"/.default" || got.Tenant != "" || got.Identity != "" {
			t.Errorf("%s: asked for %+v", name, got)
		}
	}
	status, a := d.ask(d.azd())
	ends, err := time.Parse(time.RFC3339, fmt.Sprint(a["expiresOn"]))
	if status != 200 || a["status"] != "success" || a["token"] != secret || err != nil || !within(ends) {
		t.Errorf("azd: %d, %v, %v", status, a, err)
	}
	if got := *d.asked.Load(); len(got.Scopes) != 1 || got.Scopes[0] != resource+"/.default" || got.Tenant != "t" {
		t.Errorf("azd: asked for %+v", got)
	}
}

// Who has not the key, or comes from a page or under another name, is told nothing, whatever else is right.
func TestStrangers(t *testing.T) {
	t.Parallel()
	d := open(t)
	port := d.Address[strings.LastIndex(d.Address, ":"):]
	for name, change := range map[string]func(*question){
		"no key":           func(q *question) { q.header = map[string]string{"Content-Type": "application/json"} },
		"another key":      func(q *question) { q.wear(NewKey().Reveal()) },
		"an empty key":     func(q *question) { q.wear("") },
		"half the key":     func(q *question) { q.wear(d.Key.Reveal()[:32]) },
		"more than it":     func(q *question) { q.wear(d.Key.Reveal() + "0") },
		"a name of ours":   func(q *question) { q.host = "localhost" + port },
		"a foreign name":   func(q *question) { q.host = "evil.example" + port },
		"no port":          func(q *question) { q.host = "127.0.0.1" },
		"another loopback": func(q *question) { q.host = "127.0.0.2" + port },
		"a page":           func(q *question) { q.header["Origin"] = "https://evil.example" },
		"a page of null":   func(q *question) { q.header["Origin"] = "null" },
		"a navigation":     func(q *question) { q.header["Sec-Fetch-Mode"] = "navigate" },
		"another path":     func(q *question) { q.path = "/metadata" + q.path },
	} {
		for protocol, q := range map[string]question{"newest": d.identity(), "oldest": d.oldest(), "azd": d.azd()} {
			change(&q)
			if status, a := d.ask(q); status < 401 || status > 404 || a["access_token"] != nil || a["token"] != nil {
				t.Errorf("%s, %s: %d, %v", name, protocol, status, a)
			}
		}
	}
	if got := d.asked.Load(); got != nil {
		t.Errorf("a token was asked for: %+v", got)
	}
}

// wear puts another key into a question.
func (q *question) wear(key string) {
	for _, name := range []string{"X-IDENTITY-HEADER", "secret"} {
		if _, ok := q.header[name]; ok {
			q.header[name] = key
		}
	}
	if _, ok := q.header["Authorization"]; ok {
		q.header["Authorization"] = "Bearer " + key
	}
}

// What can't be understood is a 400, which nobody tries again, or the word of the protocol for it.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	d := open(t)
	for name, c := range map[string]struct {
		q      question
		change func(*question)
		status int
	}{
		"POST":             {d.identity(), func(q *question) { q.method = "POST" }, 405},
		"no version":       {d.identity(), func(q *question) { q.path = strings.Replace(q.path, "api-version", "version", 1) }, 400},
		"an old version":   {d.identity(), func(q *question) { q.path = strings.Replace(q.path, newest, "2018-02-01", 1) }, 400},
		"no resource":      {d.identity(), func(q *question) { q.path = strings.Replace(q.path, "resource", "scope", 1) }, 400},
		"a bad query":      {d.identity(), func(q *question) { q.path += "&%zz" }, 400},
		"a long query":     {d.identity(), func(q *question) { q.path += "&x=" + strings.Repeat("x", 64<<10) }, 431},
		"azd, GET":         {d.azd(), func(q *question) { q.method = "GET" }, 400},
		"azd, a form":      {d.azd(), func(q *question) { q.header["Content-Type"] = "text/plain" }, 400},
		"azd, no version":  {d.azd(), func(q *question) { q.path = azdPath }, 400},
		"azd, no scopes":   {d.azd(), func(q *question) { q.body = `{"scopes":[]}` }, 400},
		"azd, no JSON":     {d.azd(), func(q *question) { q.body = "scopes" }, 400},
		"azd, a long body": {d.azd(), func(q *question) { q.body = `{"scopes":["` + strings.Repeat("x", 1<<20) + `"]}` }, 400},
	} {
		c.change(&c.q)
		status, a := d.ask(c.q)
		if status != c.status || a["access_token"] != nil || a["token"] != nil {
			t.Errorf("%s: %d, %v", name, status, a)
		}
	}
	if got := d.asked.Load(); got != nil {
		t.Errorf("a token was asked for: %+v", got)
	}
}

// An error has the status that SDKs try again after, or not, and azd's own word for nobody having signed in. What is no
// *Error stays here.
func TestErrors(t *testing.T) {
	t.Parallel()
	d := open(t)
	for want, err := range map[int]error{400: &Error{Message: "sign in", Person: true}, 503: fmt.Errorf("as it is: %w", &Error{Message: "no network", Again: true})} {
		d.fails = err
		if status, a := d.ask(d.identity()); status != want || a["statusCode"] != float64(want) || !strings.Contains(err.Error(), strings.TrimPrefix(fmt.Sprint(a["message"]), "entralogin: ")) {
			t.Errorf("%v: %d, %v", err, status, a)
		}
		code := map[int]string{400: notSignedIn, 503: getToken}[want]
		if status, a := d.ask(d.azd()); status != 200 || a["status"] != "error" || a["code"] != code {
			t.Errorf("azd, %v: %d, %v", err, status, a)
		}
	}
	d.fails = errors.New("of " + secret)
	if status, a := d.ask(d.identity()); status != 400 || strings.Contains(fmt.Sprint(a), secret) {
		t.Errorf("%d, %v", status, a)
	}
}

// Programs name a managed identity in several words.
func TestNamedIdentity(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, name := range []string{"client_id", "principal_id", "mi_res_id", "clientid"} {
		q := d.identity()
		q.path += "&" + name + "=mine"
		if status, _ := d.ask(q); status != 200 || d.asked.Load().Identity != "mine" {
			t.Errorf("%s: %d, %+v", name, status, d.asked.Load())
		}
	}
}

// A key has 256 bits, and is another each time; the port is one of 127.0.0.1 alone.
func TestKeyAndPlace(t *testing.T) {
	t.Parallel()
	one, other := NewKey().Reveal(), NewKey().Reveal()
	if len(one) != 64 || one == other {
		t.Errorf("%d and %d letters, the same: %v", len(one), len(other), one == other)
	}
	if d := open(t); !strings.HasPrefix(d.Address, "127.0.0.1:") {
		t.Error(d.Address)
	}
	for _, variable := range (&Server{Address: "127.0.0.1:1", Key: cache.NewSecret("k")}).Variables() {
		if name, value, ok := strings.Cut(variable, "="); !ok || name == "" || value == "" || strings.ContainsAny(variable, " \n") {
			t.Errorf("%q", variable)
		}
	}
}
