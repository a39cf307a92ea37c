//go:build unix

package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/failure"
)

const secret = "eyJhbGciOiJub25lIn0.secret-of-a-token"

// request is what tests ask for, and given the token for it.
func request() plugin.Request {
	return plugin.Request{Asker: "kubectl", Key: cache.Key{SessionID: cache.SessionID{Authority: "login.microsoftonline.com", Client: "11111111-2222-3333-4444-555555555555"},
		Tenant: "c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0f", Scopes: []string{"api://a/.default"}, Kind: cache.Access}}
}

func given() cache.Token {
	now := time.Now()
	return cache.Token{Value: cache.NewSecret(secret), Kind: cache.Access, Obtained: now, Expires: now.Add(time.Hour), Account: "alice@contoso.example"}
}

// encoded is a token as an agent answers.
func encoded(t *testing.T, k cache.Key, token cache.Token) string {
	t.Helper()
	line, err := cache.EncodeToken(k, token)
	if err != nil {
		t.Fatal(err)
	}
	return line.Reveal()
}

// folder is one whose sockets have short paths.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// listen is a socket with the mode of those of agents.
func listen(t *testing.T, path string) net.Listener {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // as sshd leaves it
	t.Cleanup(func() { l.Close() })
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return l
}

// fake is an agent that a test makes.
type fake struct {
	path     string
	mu       sync.Mutex
	requests []string // "POST /v1/token"
	bodies   []Request
}

// serve answers with h, one request a connection as agents do.
func serve(t *testing.T, path string, h func(http.ResponseWriter, Request)) *fake {
	t.Helper()
	f := &fake{path: path}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body Request
		json.NewDecoder(r.Body).Decode(&body)
		f.mu.Lock()
		f.requests, f.bodies = append(f.requests, r.Method+" "+r.URL.Path), append(f.bodies, body)
		f.mu.Unlock()
		w.Header().Set("Connection", "close")
		if r.URL.Path != TokenPath || r.Host != "localhost" {
			http.NotFound(w, r)
			return
		}
		h(w, body)
	})}
	go server.Serve(listen(t, path))
	t.Cleanup(func() { server.Close() })
	return f
}

func (f *fake) heard() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.requests)
}

// asking is a client with what it said.
type asking struct {
	Client
	explained, warned []string
}

func ask(paths ...string) *asking {
	a := &asking{}
	a.UID = os.Geteuid()
	a.Places = func(yield func(Place, error) bool) {
		for _, path := range paths {
			if !yield(Place{Path: path, Origin: "a test"}, nil) {
				return
			}
		}
	}
	a.Explain = func(s string) { a.explained = append(a.explained, s) }
	a.Warn = func(s string) { a.warned = append(a.warned, s) }
	return a
}

func gives(line string) func(http.ResponseWriter, Request) {
	return func(w http.ResponseWriter, _ Request) { io.WriteString(w, line) }
}

func TestToken(t *testing.T) {
	t.Parallel()
	r := request()
	r.Account, r.Claims, r.Renew, r.Unattended = "Alice@contoso.example", `{"a":1}`, true, "CI is set"
	f := serve(t, filepath.Join(folder(t), "s"), gives(encoded(t, r.Key, given())))
	got, err := ask(f.path).Token(t.Context(), r)
	if err != nil || got.Value.Reveal() != secret {
		t.Errorf("%v", err)
	}
	want := Request{Authority: r.Authority, Tenant: r.Tenant, Client: r.Client, Account: r.Account, Scopes: r.Scopes, Claims: r.Claims, Renew: true, Asker: "kubectl", Unattended: "CI is set"}
	if len(f.bodies) != 1 || fmt.Sprint(f.bodies[0]) != fmt.Sprint(want) {
		t.Errorf("it was asked %+v", f.bodies)
	}
}

// The person at the agent may be asked where it is this process alone whose words nobody sees.
func TestUnseen(t *testing.T) {
	t.Parallel()
	r := request()
	r.Unattended, r.Unseen = "programs that run az show nothing", true
	f := serve(t, filepath.Join(folder(t), "s"), gives(encoded(t, r.Key, given())))
	if _, err := ask(f.path).Token(t.Context(), r); err != nil || len(f.bodies) != 1 || f.bodies[0].Unattended != "" {
		t.Errorf("%v, %+v", err, f.bodies)
	}
}

// What makes no sense is an error of the answer, and never a token.
func TestAnswersThatMakeNoSense(t *testing.T) {
	t.Parallel()
	with := func(change func(*cache.Key, *cache.Token)) string {
		k, token := request().Key, given()
		change(&k, &token)
		return encoded(t, k, token)
	}
	other := "99999999-2222-3333-4444-555555555555"
	for name, answer := range map[string]string{
		"empty line": "\n", "HTML": "<html><body>login</body></html>\n", "null": "null\n", "list": "[1]\n", "number": "7\n",
		"half a token": encoded(t, request().Key, given())[:60], "no version": `{"token":"x"}` + "\n", "newer": `{"version":9,"token":"x"}` + "\n",
		"empty token": `{"version":1,"token":""}` + "\n", "too long": strings.Repeat(" ", 3*MostBytes),
		"long line":     with(func(_ *cache.Key, t *cache.Token) { t.Value = cache.NewSecret(strings.Repeat("a", MostBytes)) }),
		"waits for all": strings.Repeat(`{"waiting":"the person"}`+"\n", 3*MostBytes/25),
		"authority":     with(func(k *cache.Key, _ *cache.Token) { k.Authority = "login.evil.example" }),
		"client":        with(func(k *cache.Key, _ *cache.Token) { k.Client = other }),
		"tenant":        with(func(k *cache.Key, _ *cache.Token) { k.Tenant = other }),
		"issuer":        with(func(_ *cache.Key, t *cache.Token) { t.Tenant = other }),
		"scope":         with(func(k *cache.Key, _ *cache.Token) { k.Scopes = []string{"api://b/.default"} }),
		"kind":          with(func(k *cache.Key, _ *cache.Token) { k.Kind = cache.ID }),
		"machine":       with(func(k *cache.Key, _ *cache.Token) { k.Credential = "msi" }),
		"bound":         with(func(k *cache.Key, _ *cache.Token) { k.KeyID = "x" }),
		"account":       with(func(_ *cache.Key, t *cache.Token) { t.Account = "mallory@contoso.example" }),
		"header":        with(func(_ *cache.Key, t *cache.Token) { t.Value = cache.NewSecret(secret + "\r\nX: y") }),
		"expired":       with(func(_ *cache.Key, t *cache.Token) { t.Expires = time.Now().Add(-time.Minute) }),
		"no expiry":     with(func(_ *cache.Key, t *cache.Token) { t.Expires = time.Time{} }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request()
			r.Account = "alice@contoso.example"
			f := serve(t, filepath.Join(folder(t), "s"), gives(answer))
			got, err := ask(f.path).Token(t.Context(), r)
			wrong, ok := errors.AsType[*CallError](err)
			if !ok || wrong.Kind != failure.Answer || len(wrong.Advice) == 0 || !got.Value.IsZero() || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v", err)
			}
		})
	}
}

// What an agent says becomes a class of failure with advice, or has the call go on.
func TestErrorsOfAgents(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		e    Error
		own  bool
		kind failure.Class
		none bool
	}{
		{Error{Code: PersonNeeded}, true, "", true},
		{Error{Code: NotHere, Advice: []string{"At the machine of the agent: entralogin login"}}, false, failure.SignIn, false},
		{Error{Code: Locked}, true, failure.SignIn, false}, {Error{Code: NotAllowed}, false, failure.Refused, false},
		{Error{Code: Failed, Class: failure.Network}, true, failure.Network, false},
		{Error{Code: Failed, Class: failure.Storage}, true, "", true}, {Error{Code: Failed, Class: failure.Storage}, false, failure.Storage, false},
		{Error{Code: "unheard of", Class: "made up"}, false, failure.Other, false},
	} {
		t.Run(fmt.Sprintf("%s %s %v", c.e.Code, c.e.Class, c.own), func(t *testing.T) {
			t.Parallel()
			c.e.Message = "no \x1b[31mred words\n" + secret
			line, err := json.Marshal(Note{Error: &c.e})
			if err != nil {
				t.Fatal(err)
			}
			f := serve(t, filepath.Join(folder(t), "s"), func(w http.ResponseWriter, _ Request) {
				w.WriteHeader(http.StatusForbidden)
				fmt.Fprintf(w, "%s\n", line)
			})
			a := ask(f.path)
			a.Places = func(yield func(Place, error) bool) { yield(Place{Path: f.path, Own: c.own}, nil) }
			_, err = a.Token(t.Context(), request())
			said, ok := errors.AsType[*CallError](err)
			if c.none != errors.Is(err, plugin.ErrNoAgent) || c.none == ok || ok && (said.Kind != c.kind || !slices.Equal(said.Advice, c.e.Advice)) {
				t.Errorf("%v: %+v", err, said)
			}
			if all := fmt.Sprint(err, a.explained); strings.ContainsAny(all, "\x1b\n") || strings.Contains(all, "secret") {
				t.Errorf("it is said %q", all)
			}
		})
	}
}

// While a person is asked that is said, each thing once.
func TestWaiting(t *testing.T) {
	t.Parallel()
	line := encoded(t, request().Key, given())
	f := serve(t, filepath.Join(folder(t), "s"), func(w http.ResponseWriter, _ Request) {
		for _, whom := range []string{"the person", "the person", "the sign-in", "the person", "3", "4"} {
			fmt.Fprintf(w, "{\"waiting\":%q}\n", whom)
			http.NewResponseController(w).Flush()
		}
		io.WriteString(w, line)
	})
	a := ask(f.path)
	if _, err := a.Token(t.Context(), request()); err != nil || len(a.warned) != mostNotes || !strings.Contains(a.warned[1], "waiting for the sign-in") {
		t.Errorf("%v, %q", err, a.warned)
	}
}

// A call that is ended waits for nobody.
func TestEnded(t *testing.T) {
	t.Parallel()
	ended, over := errors.New("a signal"), make(chan struct{})
	defer close(over)
	f := serve(t, filepath.Join(folder(t), "s"), func(w http.ResponseWriter, _ Request) {
		io.WriteString(w, `{"waiting":"the person"}`+"\n")
		http.NewResponseController(w).Flush()
		<-over
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	a := ask(f.path)
	a.Warn = func(string) { cancel(ended) }
	if _, err := a.Token(ctx, request()); !errors.Is(err, ended) {
		t.Error(err)
	}
}

// An agent that shows no sign of life holds nobody up where another one serves, which is asked for a token once it is the one.
func TestSilentAgent(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	listen(t, filepath.Join(dir, "mute")) // the kernel accepts, and nobody else
	good := serve(t, filepath.Join(dir, "good"), gives(encoded(t, request().Key, given())))
	if _, err := ask(filepath.Join(dir, "mute"), good.path).Token(t.Context(), request()); err != nil {
		t.Error(err)
	}
	if got := good.heard(); !slices.Equal(got, []string{"GET " + HelloPath, "POST " + TokenPath}) {
		t.Errorf("it was asked %q", got)
	}
}

// Where nobody else serves, the person hears for what the call waited, not just with -v; of others it is passed over in silence.
func TestSilenceIsTold(t *testing.T) {
	t.Parallel()
	a := ask()
	a.passOver(Place{Path: "/run/x.sock", Origin: Variable}, broken(&net.OpError{Err: os.ErrDeadlineExceeded}))
	if len(a.explained) > 0 || len(a.warned) != 1 || !strings.Contains(a.warned[0], "/run/x.sock (ENTRALOGIN_AGENT) does not answer") {
		t.Errorf("explained %q, warned %q", a.explained, a.warned)
	}
	a.passOver(Place{Path: "/run/x.sock", Origin: Variable}, broken(io.EOF))
	if len(a.explained) != 1 || len(a.warned) != 1 {
		t.Errorf("explained %q, warned %q", a.explained, a.warned)
	}
}

// An agent that goes away while it answers is passed over for the next one.
func TestAgentThatGoesAway(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	gone := serve(t, filepath.Join(dir, "gone"), func(w http.ResponseWriter, _ Request) {
		io.WriteString(w, `{"waiting":"the person"}`+"\n")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	good := serve(t, filepath.Join(dir, "good"), gives(encoded(t, request().Key, given())))
	a := ask(gone.path, good.path)
	if _, err := a.Token(t.Context(), request()); err != nil || len(a.explained) != 1 || !strings.Contains(a.explained[0], "went away") {
		t.Errorf("%v, %q", err, a.explained)
	}
	if _, err := ask(gone.path).Token(t.Context(), request()); !errors.Is(err, plugin.ErrNoAgent) {
		t.Error(err)
	}
}

// An agent that was slow is asked again where the one that was faster comes to nothing.
func TestSlowAgentIsAskedAgain(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	begun := make(chan struct{})
	slow := serve(t, filepath.Join(dir, "slow"), gives(encoded(t, request().Key, given())))
	hold := listen(t, filepath.Join(dir, "hold")) // in front of slow: nothing gets through before the faster one is gone
	go func() {
		for {
			conn, err := hold.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				<-begun
				there, err := net.Dial("unix", slow.path)
				if err != nil {
					return
				}
				defer there.Close()
				go io.Copy(there, conn)
				io.Copy(conn, there)
			}()
		}
	}()
	fast := listen(t, filepath.Join(dir, "fast"))
	go func() { // it shows a sign of life, and is gone
		conn, err := fast.Accept()
		if err != nil {
			return
		}
		fast.Close()
		http.ReadRequest(bufio.NewReader(conn))
		io.WriteString(conn, "HTTP/1.1 404 Not Found\r\n\r\n")
		conn.Close()
		close(begun)
	}()
	if got, err := ask(filepath.Join(dir, "hold"), filepath.Join(dir, "fast")).Token(t.Context(), request()); err != nil || got.Value.Reveal() != secret {
		t.Error(err)
	}
}

// What an agent says that was given up is not heard: its connection is closed, and its place is looked at anew.
func TestGivenUpIsNotHeard(t *testing.T) {
	t.Parallel()
	path, heard := filepath.Join(folder(t), "s"), make(chan struct{})
	l := listen(t, path)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		http.ReadRequest(bufio.NewReader(conn))
		<-heard
		io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
	}()
	client, place := &ask(path).Client, Place{Path: path, Origin: "a test"}
	one := &look{client: client, ctx: t.Context(), heard: make(chan *attempt), again: []Place{place}, places: func() (Place, error, bool) { return Place{}, nil, false }}
	before := newAttempt(place, nil, true)
	go func() {
		one.heard <- before
		close(heard)
	}()
	got, err := one.first()
	if err != nil {
		t.Fatal(err)
	}
	if got == before {
		t.Fatal("it is taken for the one that answers")
	}
	got.close()
}
