//go:build linux || darwin

package server

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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/authority"
)

const (
	tenant  = "c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
	aks     = authority.AKSServer + "/.default"
	secret  = "eyJhbGciOiJub25lIn0.secret-of-a-token"
	alice   = "alice@contoso.example"
	theHost = "login.microsoftonline.com"
)

// clock is a time that tests step.
type clock struct {
	sync.Mutex
	t      time.Time
	timers []*timer
}

type timer struct {
	at   time.Time
	f    func()
	over bool
}

func newClock() *clock { return &clock{t: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.t
}

func (c *clock) after(d time.Duration, f func()) func() bool {
	c.Lock()
	defer c.Unlock()
	one := &timer{at: c.t.Add(d), f: f}
	c.timers = append(c.timers, one)
	return func() bool {
		c.Lock()
		defer c.Unlock()
		was := one.over
		one.over = true
		return !was
	}
}

// step moves the time, and runs the timers that come up, each at its time.
func (c *clock) step(d time.Duration) {
	end := c.now().Add(d)
	for {
		c.Lock()
		var next *timer
		for _, one := range c.timers {
			if !one.over && !one.at.After(end) && (next == nil || one.at.Before(next.at)) {
				next = one
			}
		}
		if next == nil {
			c.t = end
			c.Unlock()
			return
		}
		next.over = true
		if next.at.After(c.t) {
			c.t = next.at
		}
		c.Unlock()
		next.f()
	}
}

// service has tokens as plugin.Cached has: fresh ones are kept, others cost a request.
type service struct {
	sync.Mutex
	now      func() time.Time
	life     time.Duration
	signedIn string
	fail     error
	kept     map[string]cache.Token
	calls    int // of Tokens
	requests int // renewals in silence
	waits    int // of these, for which a call waited that wanted no renewal
	signIns  int
	late     chan struct{} // a sign-in waits for it, if it is there
}

func (s *service) tokens(_ context.Context, r agent.Request, signIn bool) (cache.Key, cache.Token, error) {
	s.Lock()
	defer s.Unlock()
	s.calls++
	key := keyOf(r)
	name := key.Hash()
	if t := s.kept[name]; t.Fresh(s.now()) && !r.Renew && r.Claims == "" {
		return key, t, nil
	}
	if s.fail != nil {
		return key, cache.Token{}, s.fail
	}
	if s.signedIn == "" && signIn {
		s.signIns++
		if s.late != nil {
			s.Unlock()
			<-s.late
			s.Lock()
		}
		s.signedIn = alice
	}
	if s.signedIn == "" || r.Account != "" && r.Account != s.signedIn {
		return key, cache.Token{}, &plugin.InteractionRequiredError{Err: plugin.ErrNobody}
	}
	s.requests++
	if !r.Renew {
		s.waits++
	}
	t := cache.Token{Value: cache.NewSecret(fmt.Sprintf("%s-%d", secret, s.requests)), Kind: key.Kind, Obtained: s.now(), Expires: s.now().Add(s.life),
		Account: s.signedIn, Tenant: tenant}
	if s.kept == nil {
		s.kept = map[string]cache.Token{}
	}
	s.kept[name] = t
	return key, t, nil
}

// count reads one of the counters.
func (s *service) count(of *int) int {
	s.Lock()
	defer s.Unlock()
	return *of
}

// person answers questions.
type person struct {
	sync.Mutex
	says    func(Question) (bool, error)
	asked   []Question
	open    chan Question // gets each question before it is answered, if it is there
	answers chan bool     // has the answer, if it is there
}

func (p *person) Confirm(ctx context.Context, q Question) (bool, error) {
	p.Lock()
	p.asked = append(p.asked, q)
	says := p.says
	p.Unlock()
	if p.open != nil {
		select {
		case p.open <- q:
		case <-ctx.Done():
			return false, ctx.Err()
		}
		select {
		case yes := <-p.answers:
			return yes, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	if says == nil {
		return true, nil
	}
	return says(q)
}

func (p *person) questions() []Question {
	p.Lock()
	defer p.Unlock()
	return append([]Question(nil), p.asked...)
}

// house is an agent that serves real sockets.
type house struct {
	*Server
	settings      Settings // as they were, before the agent was made
	clock         *clock
	service       *service
	person        *person
	main, forward string // paths
	dir           string
}

func newHouse(t *testing.T, change ...func(*house)) *house {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent") // of t.TempDir() the path may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := newClock()
	h := &house{clock: c, service: &service{now: c.now, life: time.Hour, signedIn: alice}, person: &person{}, dir: dir}
	h.settings = Settings{Tokens: h.service.tokens, Confirm: h.person, Now: c.now, after: c.after, Knows: func(host string) (authority.Authority, bool) {
		known := authority.Clouds()[0]
		return known, host == known.Host
	}}
	for _, f := range change {
		f(h)
	}
	h.Server = New(h.settings)
	h.main, h.forward = h.listen(t, "agent.sock", h.Main()), h.listen(t, "forward.sock", h.Forward())
	return h
}

// listen serves one more socket, to the end of the test.
func (h *house) listen(t *testing.T, name string, handler http.Handler) string {
	t.Helper()
	path := filepath.Join(h.dir, name)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(ctx, l, handler) }()
	t.Cleanup(func() {
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return path
}

// reply is an answer.
type reply struct {
	status  int
	body    string
	waiting []string
	err     *agent.Error
	token   cache.Token
}

func (r reply) code() string {
	if r.err == nil {
		return ""
	}
	return r.err.Code
}

// request is one for AKS.
func request(change ...func(*agent.Request)) agent.Request {
	r := agent.Request{Authority: theHost, Tenant: tenant, Client: authority.AKSClient, Scopes: []string{aks}}
	for _, f := range change {
		f(&r)
	}
	return r
}

// token asks a socket for a token.
func token(t testing.TB, socket string, r agent.Request) reply {
	t.Helper()
	blob, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return post(t, socket, agent.TokenPath, string(blob))
}

func post(t testing.TB, socket, path, body string) reply {
	t.Helper()
	return raw(t, socket, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body))
}

// raw sends bytes, and reads to the end of the connection.
func raw(t testing.TB, socket, text string) reply {
	t.Helper()
	c, err := net.Dial("unix", socket)
	if err != nil {
		t.Error(err)
		return reply{}
	}
	defer c.Close()
	go io.WriteString(c, text) // it may be refused before its end
	return read(t, c)
}

func read(t testing.TB, c net.Conn) (r reply) {
	t.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return reply{body: "no answer: " + err.Error()}
	}
	blob, _ := io.ReadAll(answer.Body)
	r.status, r.body = answer.StatusCode, string(blob)
	for line := range strings.Lines(r.body) {
		var n agent.Note
		if _, got, err := cache.DecodeToken([]byte(line)); err == nil {
			r.token = got
		} else if json.Unmarshal([]byte(line), &n) == nil && n.Error != nil {
			r.err = n.Error
		} else if n.Waiting != "" {
			r.waiting = append(r.waiting, n.Waiting)
		}
	}
	return r
}

// gives wants a token of somebody.
func (r reply) gives(t testing.TB, account string) {
	t.Helper()
	if r.err != nil || r.token.Account != account || !strings.HasPrefix(r.token.Value.Reveal(), secret) || r.status != http.StatusOK {
		t.Errorf("no token of %s: %d %s", account, r.status, r.body)
	}
}

// refuses wants an error, and no token.
func (r reply) refuses(t testing.TB, code string) {
	t.Helper()
	if r.code() != code || strings.Contains(r.body, secret) {
		t.Errorf("got %d %s, want the code %s", r.status, r.body, code)
	}
}

var errSilence = errors.New("no answer")
