//go:build linux || darwin

package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/failure"
)

// good is the body of a request that is served.
func good() string {
	return fmt.Sprintf(`{"authority":%q,"tenant":%q,"client_id":%q,"scopes":[%q]}`, theHost, tenant, authority.AKSClient, aks)
}

// What is no request is refused on both sockets, ends that connection and nothing else, and reaches neither the tokens nor
// the person.
func TestUnfitRequests(t *testing.T) {
	t.Parallel()
	head := func(length int, more string) string {
		return fmt.Sprintf("POST /v1/token HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n", more, length)
	}
	with := func(body string) string { return head(len(body), "") + body }
	field := func(name, value string) string {
		return with(strings.Replace(good(), "{", fmt.Sprintf("{%q:%s,", name, value), 1))
	}
	instead := func(old, value string) string { return with(strings.Replace(good(), old, value, 1)) }
	for name, text := range map[string]string{
		"64 KiB and a byte":   with(good() + strings.Repeat(" ", agent.MostBytes+1-len(good()))),
		"no body":             "POST /v1/token HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"chunks":              "POST /v1/token HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(good()), good()),
		"chunks and length":   head(len(good()), "Transfer-Encoding: chunked\r\n") + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(good()), good()),
		"two lengths":         head(len(good()), "Content-Length: 3\r\n") + good(),
		"two hosts":           head(len(good()), "Host: evil.example\r\n") + good(),
		"no host":             fmt.Sprintf("POST /v1/token HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s", len(good()), good()),
		"another host":        fmt.Sprintf("POST /v1/token HTTP/1.1\r\nHost: evil.example\r\nContent-Length: %d\r\n\r\n%s", len(good()), good()),
		"a host that begins":  fmt.Sprintf("POST /v1/token HTTP/1.1\r\nHost: localhost.evil.example\r\nContent-Length: %d\r\n\r\n%s", len(good()), good()),
		"a page":              head(len(good()), "Origin: https://evil.example\r\n") + good(),
		"a page of nowhere":   head(len(good()), "Origin: null\r\n") + good(),
		"a browser":           head(len(good()), "Sec-Fetch-Site: same-origin\r\n") + good(),
		"a browser's socket":  head(len(good()), "Upgrade: websocket\r\nConnection: Upgrade\r\n") + good(),
		"a long head":         head(len(good()), "X: "+strings.Repeat("x", headerBytes+5000)+"\r\n") + good(),
		"a blank in a name":   head(len(good()), "Content-Length : 3\r\n") + good(),
		"another method":      strings.Replace(with(good()), "POST", "PUT", 1),
		"a method in lower":   strings.Replace(with(good()), "POST", "post", 1),
		"HTTP/2":              "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"no HTTP":             "\x00\x01\x02\x03\r\n\r\n",
		"TLS":                 "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
		"an unknown field":    field("device_code", `"ABCD"`),
		"a field twice":       field("tenant", `"organizations"`),
		"a field in capitals": field("TENANT", `"organizations"`),
		"an array":            with("[" + good() + "]"),
		"null":                with("null"),
		"text":                with(`"x"`),
		"something after it":  with(good() + "{}"),
		"half of it":          with(good()[:40]),
		"no UTF-8":            field("asker", "\"\xff\xfe\""),
		"a number as text":    field("least_life", `"5"`),
		"a negative life":     field("least_life", "-1"),
		"a life of a year":    field("least_life", "31536000"),
		"a huge number":       field("least_life", "1e400"),
		"no tenant":           instead(tenant, ""),
		"a path as tenant":    instead(tenant, "../x"),
		"a query as tenant":   instead(tenant, "x?y=z.example"),
		"a path as host":      instead(theHost, theHost+"/x"),
		"a user as host":      instead(theHost, "x@"+theHost),
		"no client":           instead(authority.AKSClient, "x"),
		"a blank in a scope":  instead(aks, aks+" offline_access"),
		"a quote in a scope":  instead(aks, `x\"y/.default`),
		"claims of text":      field("claims", `"x"`),
		"claims of null":      field("claims", `"null"`),
		"an unknown kind":     field("kind", `"refresh"`),
		"a bad account":       field("account", `"a b@c.example"`),
		"bidi in an account":  field("account", `"a\u202eb@c.example"`),
		"a long account":      field("account", `"`+strings.Repeat("x", mostText+1)+`"`),
		"many scopes":         instead(`["`+aks, `["`+strings.Repeat(aks+`","`, mostScopes)+aks),
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			for _, socket := range []string{h.main, h.forward} {
				got := raw(t, socket, text)
				if strings.Contains(got.body, secret) || got.status < 400 && !strings.HasPrefix(got.body, "no answer") {
					t.Errorf("%d %s", got.status, got.body)
				}
			}
			if h.service.count(&h.service.calls) != 0 || len(h.person.questions()) != 0 {
				t.Errorf("%d tokens, asked %v", h.service.calls, h.person.questions())
			}
			token(t, h.main, request()).gives(t, alice)
			token(t, h.forward, request()).gives(t, alice)
		})
	}
}

// What our own client sends is served: it waits for "100 Continue" as a sign of life.
func TestFitRequests(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, host := range []string{"localhost", "agent", "127.0.0.1:4711"} {
		c, err := net.Dial("unix", h.forward)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "POST /v1/token HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", host, len(good()), good())
		blob, _ := io.ReadAll(c)
		if !strings.HasPrefix(string(blob), "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n") || !strings.Contains(string(blob), secret) {
			t.Errorf("%s: %s", host, blob)
		}
		c.Close()
	}
	// A second request of one connection is not read.
	if got := raw(t, h.forward, strings.Repeat(fmt.Sprintf("POST /v1/token HTTP/1.1\r\nHost: agent\r\nContent-Length: %d\r\n\r\n%s", len(good()), good()), 2)); strings.Count(got.body, secret) != 1 {
		t.Errorf("got %s", got.body)
	}
}

// Whoever neither goes on nor reads holds up nobody, and is gone after a while.
func TestSlowOnes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, text := range []string{"", "POST /v1/to", "POST /v1/token HTTP/1.1\r\nHost: agent\r\nContent-Length: 500\r\n\r\n{", "POST /v1/token HTTP/1.1\r\nHost: agent\r\nContent-Length: " + fmt.Sprint(len(good())) + "\r\n\r\n" + good()} {
		c, err := net.Dial("unix", h.forward)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, text)
	}
	token(t, h.forward, request()).gives(t, alice)
	h = newHouse(t, func(h *house) { h.settings.headTime = time.Millisecond })
	c, err := net.Dial("unix", h.forward)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "POST /v1/token HTTP/1.1\r\nHo")
	c.SetReadDeadline(time.Now().Add(agent.Attended))
	if _, err := io.ReadAll(c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("it is still waited for")
	}
}

// A body that does not come to its end holds no connection, whether or not somebody reads it.
func TestEndlessBodies(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) { h.settings.bodyTime = time.Millisecond })
	for _, head := range []string{"POST /v1/token HTTP/1.1\r\nHost: agent\r\n", "POST /nothing HTTP/1.1\r\nHost: agent\r\n", "POST /v1/token HTTP/1.1\r\nHost: evil.example\r\n"} {
		c, err := net.Dial("unix", h.forward)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, head+"Content-Length: 500\r\n\r\n{")
		c.SetReadDeadline(time.Now().Add(agent.Attended))
		if _, err := io.ReadAll(c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%q: its connection is still open", head)
		}
	}
}

// One process does not take all connections: another one is served.
func TestOneTakesAll(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := &ownListener{s: h.Server, of: map[int]int{}}
	ours, err := net.Dial("unix", h.forward)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	socket := ours.(*net.UnixConn)
	var pid int
	for range mostOfOne {
		if pid, err = l.admit(socket); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.admit(socket); err == nil {
		t.Error("one process has all the connections that it wants")
	}
	l.leave(pid)
	if _, err := l.admit(socket); err != nil {
		t.Errorf("with one less: %v", err)
	}
	for range mostOfOne {
		l.leave(pid)
	}
	if len(l.of) != 0 {
		t.Errorf("it is counted still: %v", l.of)
	}
}

// A failure within ends one request, and shows nothing of what it was about.
func TestPanics(t *testing.T) {
	t.Parallel()
	var tokens Tokens
	h := newHouse(t, func(h *house) {
		tokens = h.service.tokens
		h.settings.Tokens = func(ctx context.Context, r agent.Request, signIn bool) (cache.Key, cache.Token, error) {
			if r.Asker == "panic" {
				panic(secret)
			}
			return tokens(ctx, r, signIn)
		}
		h.settings.Keys = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(secret) })
		h.person.says = func(q Question) (bool, error) {
			if q.Resource == "Azure DevOps" {
				panic(secret)
			}
			return true, nil
		}
	})
	for _, socket := range []string{h.main, h.forward} {
		token(t, socket, request(func(r *agent.Request) { r.Asker = "panic" })).refuses(t, agent.Failed)
		token(t, socket, request()).gives(t, alice)
	}
	token(t, h.forward, request(func(r *agent.Request) { r.Scopes = []string{devOps + "/.default"} })).refuses(t, agent.NotHere)
	raw(t, h.main, "GET "+agent.KeyPath+"x HTTP/1.1\r\nHost: agent\r\n\r\n").refuses(t, agent.Failed)
	token(t, h.forward, request()).gives(t, alice)
}

// The person's own programs are signed in by nobody here: they are told to do it, or to choose.
func TestOwnPrograms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err   error
		code  string
		class failure.Class
	}{
		{&plugin.InteractionRequiredError{Err: plugin.ErrNobody}, agent.PersonNeeded, failure.SignIn},
		{&plugin.UnattendedError{Err: plugin.ErrNobody}, agent.PersonNeeded, failure.SignIn},
		{&plugin.AccountsError{Accounts: []string{"a", "b"}}, agent.PersonNeeded, failure.Config},
		{&plugin.RefusedError{Text: "refused with " + secret}, agent.Failed, failure.Refused},
		{context.DeadlineExceeded, agent.Failed, failure.Network},
		{errors.New("all else\n\x1b[31m"), agent.Failed, failure.Other},
	} {
		h := newHouse(t, func(h *house) { h.service.fail = test.err })
		got := token(t, h.main, request())
		got.refuses(t, test.code)
		if got.err.Class != test.class || strings.ContainsAny(got.err.Message, "\n\x1b") || len(h.person.questions()) != 0 {
			t.Errorf("%v: %+v", test.err, got.err)
		}
	}
	h := newHouse(t)
	token(t, h.main, request(func(r *agent.Request) { r.Authority = "login.other.example" })).refuses(t, agent.PersonNeeded)
	token(t, h.main, request(func(r *agent.Request) { r.Scopes = []string{"https://graph.microsoft.com/.default"} })).gives(t, alice)
	got := token(t, h.main, request(func(r *agent.Request) { r.Kind = "id" }))
	got.gives(t, alice)
	if got.token.Kind != cache.ID || len(h.person.questions()) != 0 {
		t.Errorf("%s, asked %v", got.body, h.person.questions())
	}
}

// The log is bounded, and the same of an hour is one line.
func TestLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 5 {
		token(t, h.forward, request()).gives(t, alice)
		h.clock.step(time.Minute)
	}
	log := h.Log()
	if len(log) != 1 || log[0].Times != 5 || !log[0].Last.Equal(log[0].Time.Add(4*time.Minute)) || log[0].Account != alice || log[0].Outcome != gave || log[0].Resource != authority.AKSServer {
		t.Errorf("the log: %+v", log)
	}
	for i := range 2 * agent.MostEntries {
		h.log.note(agent.Entry{Host: fmt.Sprint(i), Resource: "x"})
	}
	if log := h.Log(); len(log) != agent.MostEntries || log[agent.MostEntries-1].Host != fmt.Sprint(2*agent.MostEntries-1) {
		t.Errorf("%d lines", len(log))
	}
}

// FuzzRequest holds what everybody further down relies on, whatever comes: a request that is taken names what can be a part
// of an address and of a request, and is read in one way.
func FuzzRequest(f *testing.F) {
	f.Add(good())
	f.Add(strings.Replace(good(), "{", `{"asker":"x\u202e","least_life":5,"claims":"{\"a\":1}","kind":"id","account":"a@b.example",`, 1))
	f.Add(strings.Replace(good(), "{", `{"tenant":"x",`, 1))
	f.Add("{}")
	f.Fuzz(func(t *testing.T, body string) {
		r, wrong := parseRequest([]byte(body))
		if wrong != nil {
			if wrong.Code != agent.Failed || wrong.Class != failure.Usage || strings.ContainsAny(wrong.Message, "\n\r\x1b") {
				t.Errorf("%q: %+v", body, wrong)
			}
			return
		}
		if !authority.IsTenant(r.Tenant) || !authority.IsClientID(r.Client) || strings.ContainsAny(r.Authority+r.Tenant+r.Client, "/?#@ \\\n") || len(r.Scopes) > mostScopes {
			t.Errorf("%q became %+v", body, r)
		}
		if resource, err := ResourceOf(r.Scopes); err == nil {
			for _, scope := range r.Scopes {
				if !strings.EqualFold(authority.Resource([]string{scope}), resource) || authority.OfSignIn(scope) {
					t.Errorf("%q: %q is of %q", body, scope, resource)
				}
			}
		}
		if claim := Claim(r.Asker); len([]rune(claim)) > longestClaim || strings.ContainsAny(claim, "/<>\n\x1b") {
			t.Errorf("%q became the claim %q", r.Asker, claim)
		}
	})
}
