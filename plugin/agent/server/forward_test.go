//go:build linux || darwin

package server

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/authority"
)

// The person says yes once, and is told who asks for what; then all that this host asks for of that resource is given.
func TestFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one := token(t, h.forward, request(func(r *agent.Request) { r.Asker = "kubectl, for the cluster https://10.0.0.1:6443/x" }))
	one.gives(t, alice)
	if len(one.waiting) != 1 {
		t.Errorf("waiting for %q", one.waiting)
	}
	two := token(t, h.forward, request())
	two.gives(t, alice)
	if len(two.waiting) != 0 {
		t.Errorf("waiting for %q", two.waiting)
	}
	asked := h.person.questions()
	if len(asked) != 1 {
		t.Fatalf("asked %+v", asked)
	}
	q := asked[0]
	if q.Resource != "Azure Kubernetes Service" || q.Tenant != tenant || q.Account != alice || q.SignIn || q.Claims != "kubectl, for the cluster 10.0.0.1:6443" || q.Host == "" {
		t.Errorf("asked %+v", q)
	}
	h.Drop()
	token(t, h.forward, request()).gives(t, alice)
	if n := len(h.person.questions()); n != 2 {
		t.Errorf("asked %d times", n)
	}
	token(t, h.forward, request(func(r *agent.Request) { r.Scopes = []string{devOps + "/.default"} })).gives(t, alice)
	if n := len(h.person.questions()); n != 3 {
		t.Errorf("asked %d times after another resource", n)
	}
	// The account that a token is of counts, and not that a request names none.
	h.service.Lock()
	h.service.signedIn, h.service.kept = "bob@contoso.example", nil
	h.service.Unlock()
	token(t, h.forward, request()).gives(t, "bob@contoso.example")
	if n := len(h.person.questions()); n != 4 {
		t.Errorf("asked %d times after another account", n)
	}
}

func TestAlwaysAndNever(t *testing.T) {
	t.Parallel()
	for policy, want := range map[Policy]int{Always: 3, Never: 0} {
		h := newHouse(t, func(h *house) { h.settings.Policy = policy })
		for range 3 {
			token(t, h.forward, request()).gives(t, alice)
		}
		if n := len(h.person.questions()); n != want {
			t.Errorf("%s: asked %d times", policy, n)
		}
	}
}

// A no ends what is asked for, for a while, whatever account is named; and many noes all that the host asks for.
func TestNo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) { h.person.says = func(Question) (bool, error) { return false, nil } })
	token(t, h.forward, request()).refuses(t, agent.NotAllowed)
	token(t, h.forward, request()).refuses(t, agent.NotAllowed)
	token(t, h.forward, request(func(r *agent.Request) { r.Account = alice })).refuses(t, agent.NotAllowed)
	if n := len(h.person.questions()); n != 1 {
		t.Errorf("asked %d times", n)
	}
	h.clock.step(memoryOfNo + time.Second)
	for _, other := range []string{"organizations", "contoso.example", "fabrikam.example", "a.example", "b.example", "c.example"} {
		token(t, h.forward, request(func(r *agent.Request) { r.Tenant = other })).refuses(t, agent.NotAllowed)
	}
	if n := len(h.person.questions()); n != 1+mostNoes {
		t.Errorf("asked %d times", n)
	}
	h.person.Lock()
	h.person.says = nil
	h.person.Unlock()
	h.clock.step(memoryOfNo + time.Second)
	token(t, h.forward, request()).gives(t, alice)
}

// Noes count for the questions, too, that the same host has opened meanwhile.
func TestNoToWhatIsOpen(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) { h.person.open, h.person.answers = make(chan Question), make(chan bool) })
	var all sync.WaitGroup
	for i := range mostOpen {
		all.Go(func() {
			token(t, h.forward, request(func(r *agent.Request) { r.Tenant = fmt.Sprintf("t%d.example", i) })).refuses(t, agent.NotAllowed)
		})
	}
	<-h.person.open
	for opened := 0; opened < mostOpen; runtime.Gosched() {
		h.questions.mu.Lock()
		opened = len(h.questions.open)
		h.questions.mu.Unlock()
	}
	h.person.answers <- false
	over := make(chan bool)
	go func() { all.Wait(); close(over) }()
	for {
		select {
		case <-h.person.open:
			h.person.answers <- false
			continue
		case <-over:
		}
		break
	}
	if n := len(h.person.questions()); n != mostNoes {
		t.Errorf("asked %d times", n)
	}
}

// No answer counts for longer, and is no no: somebody has to come to the agent.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) { h.person.says = func(Question) (bool, error) { return false, errSilence } })
	token(t, h.forward, request()).refuses(t, agent.NotHere)
	h.clock.step(memoryOfNobody - time.Second)
	token(t, h.forward, request()).refuses(t, agent.NotHere)
	if n := len(h.person.questions()); n != 1 {
		t.Errorf("asked %d times", n)
	}
	h.clock.step(2 * time.Second)
	token(t, h.forward, request()).refuses(t, agent.NotHere)
	if n := len(h.person.questions()); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

// Where nobody can be asked nothing is obtained, and the answer says what to do there.
func TestNobodyToAsk(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*house){
		"no way": func(h *house) { h.settings.Confirm = nil },
		"none works": func(h *house) {
			h.person.says = func(Question) (bool, error) { return false, fmt.Errorf("x: %w", ErrCantAsk) }
		},
		"a CI system": func(h *house) {},
	} {
		h := newHouse(t, change)
		got := token(t, h.forward, request(func(r *agent.Request) {
			if name == "a CI system" {
				r.Unattended = "CI is set"
			}
		}))
		got.refuses(t, agent.NotHere)
		if got.err == nil || !strings.Contains(strings.Join(got.err.Advice, ""), "entralogin agent") {
			t.Errorf("%s: %s", name, got.body)
		}
		if strings.Contains(got.body, "SSH_ASKPASS") != (name != "a CI system") {
			t.Errorf("%s: advice that does not help: %s", name, got.body)
		}
		if n := h.service.count(&h.service.calls); name != "none works" && n != 0 {
			t.Errorf("%s: %d tokens were obtained", name, n)
		}
	}
}

// 200 processes on three hosts, where nobody has signed in: one sign-in, and one question a host.
func TestManyAskOnce(t *testing.T) {
	t.Parallel()
	const hosts, each = 3, 200
	h := newHouse(t, func(h *house) {
		h.service.signedIn = ""
		h.settings.Describe = func(c net.Conn) (Peer, error) { return Peer{Host: filepath.Base(c.LocalAddr().String())}, nil }
	})
	var sockets []string
	for i := range hosts {
		sockets = append(sockets, h.listen(t, fmt.Sprintf("build%d", i), h.Forward()))
	}
	var all sync.WaitGroup
	for i := range hosts * each {
		all.Go(func() { token(t, sockets[i%hosts], request()).gives(t, alice) })
	}
	all.Wait()
	asked := map[string]int{}
	for _, q := range h.person.questions() {
		asked[q.Host]++
	}
	if len(asked) != hosts || asked["build0"] != 1 || asked["build1"] != 1 || asked["build2"] != 1 {
		t.Errorf("asked %v", asked)
	}
	if n := h.service.count(&h.service.signIns); n != 1 {
		t.Errorf("%d sign-ins", n)
	}
}

// 200 processes of a host that get a no: one question.
func TestManyAreToldNo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) { h.person.says = func(Question) (bool, error) { return false, nil } })
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() { token(t, h.forward, request()).refuses(t, agent.NotAllowed) })
	}
	all.Wait()
	if n := len(h.person.questions()); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// While the person is asked, whoever waits is told so; whoever has gone leaves the question, whose answer counts for the
// next one.
func TestWaiting(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) { h.person.open, h.person.answers = make(chan Question), make(chan bool) })
	gone, err := net.Dial("unix", h.forward)
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"authority":%q,"tenant":%q,"client_id":%q,"scopes":[%q]}`, theHost, tenant, authority.AKSClient, aks)
	fmt.Fprintf(gone, "POST /v1/token HTTP/1.1\r\nHost: agent\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	<-h.person.open
	part := make([]byte, 1000)
	for said := ""; !strings.Contains(said, `"waiting"`); {
		n, err := gone.Read(part)
		if said += string(part[:n]); err != nil {
			t.Fatalf("%q: %v", said, err)
		}
	}
	gone.Close()
	later := make(chan reply)
	go func() { later <- token(t, h.forward, request()) }()
	h.person.answers <- true
	(<-later).gives(t, alice)
	if n := len(h.person.questions()); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// A sign-in is begun after a yes alone, whatever was granted before, and one that fails is not begun again at once.
func TestSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) { h.settings.Policy, h.service.signedIn = Never, "" })
	got := token(t, h.forward, request())
	got.gives(t, alice)
	if asked := h.person.questions(); len(asked) != 1 || !asked[0].SignIn || len(got.waiting) != 2 {
		t.Errorf("asked %+v, waited %q", asked, got.waiting)
	}
	h.service.Lock()
	h.service.signedIn, h.service.kept = "", nil
	h.service.Unlock()
	h.clock.step(agent.Attended + time.Second)
	h.person.Lock()
	h.person.says = func(Question) (bool, error) { return false, nil }
	h.person.Unlock()
	token(t, h.forward, request()).refuses(t, agent.NotAllowed)
	if n := h.service.count(&h.service.signIns); n != 1 {
		t.Errorf("%d sign-ins", n)
	}
	h.questions.confirm = nil
	h.clock.step(memoryOfNobody)
	if got := token(t, h.forward, request()); got.code() != agent.NotHere || !strings.Contains(got.body, "entralogin login --tenant-id "+tenant) {
		t.Errorf("got %s", got.body)
	}
}

func TestFailedSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) { h.service.fail = &plugin.InteractionRequiredError{Err: plugin.ErrNobody} })
	token(t, h.forward, request()).refuses(t, agent.Failed)
	token(t, h.forward, request()).refuses(t, agent.NotAllowed)
	if n := len(h.person.questions()); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// What no yes has forward.sock give out is refused before anything is obtained and before the person is asked.
func TestForwardRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*agent.Request){
		"an authority":           func(r *agent.Request) { r.Authority = "login.evil.example" },
		"an authority with port": func(r *agent.Request) { r.Authority = theHost + ":8443" },
		"another client":         func(r *agent.Request) { r.Client = "d3590ed6-52b3-4102-aeff-aad2292ab01c" },
		"an ID token":            func(r *agent.Request) { r.Kind = "id" },
		"Graph":                  func(r *agent.Request) { r.Scopes = []string{"https://graph.microsoft.com/.default"} },
		"Graph by a bare scope":  func(r *agent.Request) { r.Scopes = []string{"User.Read"} },
		"Graph besides":          func(r *agent.Request) { r.Scopes = []string{aks, "https://graph.microsoft.com/Mail.Read"} },
		"a vault":                func(r *agent.Request) { r.Scopes = []string{"https://vault.azure.net/.default"} },
		"a refresh token":        func(r *agent.Request) { r.Scopes = []string{aks, "offline_access"} },
		"a refresh token alone":  func(r *agent.Request) { r.Scopes = []string{"offline_access"} },
		"of the resource":        func(r *agent.Request) { r.Scopes = []string{authority.AKSServer + "/OFFLINE_ACCESS"} },
		"an ID token by scope":   func(r *agent.Request) { r.Scopes = []string{authority.AKSServer + "/openid", aks} },
		"nothing":                func(r *agent.Request) { r.Scopes = nil },
		"two readings":           func(r *agent.Request) { r.Scopes = []string{arm + "/https://graph.microsoft.com/.default"} },
		"a user in the address": func(r *agent.Request) {
			r.Scopes = []string{"https://management.azure.com@graph.microsoft.com/.default"}
		},
		"a path":         func(r *agent.Request) { r.Scopes = []string{"https://management.azure.com/x/.default"} },
		"another tenant": func(r *agent.Request) { r.Tenant = "fabrikam.example" },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(h *house) { h.settings.Allow.Tenants = []string{tenant} })
			got := token(t, h.forward, request(change))
			got.refuses(t, agent.NotAllowed)
			if got.status != http.StatusForbidden || h.service.count(&h.service.calls) != 0 || len(h.person.questions()) != 0 {
				t.Errorf("%d, %d tokens, asked %v", got.status, h.service.calls, h.person.questions())
			}
			token(t, h.forward, request()).gives(t, alice)
		})
	}
}

// The way to allow it is said, and works.
func TestForwardSaysWhatAllowsIt(t *testing.T) {
	t.Parallel()
	vault := func(r *agent.Request) { r.Scopes = []string{"https://vault.azure.net/.default"} }
	h := newHouse(t)
	if got := token(t, h.forward, request(vault)); !strings.Contains(got.body, "--allow https://vault.azure.net") {
		t.Errorf("got %s", got.body)
	}
	h = newHouse(t, func(h *house) { h.settings.Allow, _ = ParseAllow([]string{"https://vault.azure.net"}, nil) })
	token(t, h.forward, request(vault)).gives(t, alice)
	token(t, h.forward, request()).refuses(t, agent.NotAllowed)
	own := "0c11e470-3c4d-4e5f-8a6b-1c2d3e4f5a6b"
	h = newHouse(t, func(h *house) { h.settings.SignedIn = func(client string) bool { return client == own } })
	token(t, h.forward, request(func(r *agent.Request) { r.Client = own })).gives(t, alice)
}

// forward.sock has tokens, and nothing else; agent.sock has the rest.
func TestForwardGivesTokensAlone(t *testing.T) {
	t.Parallel()
	stopped := make(chan bool, 1)
	h := newHouse(t, func(h *house) {
		h.settings.Stop = func() { stopped <- true }
		h.settings.Keys = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "the key "+r.URL.Path) })
	})
	keyed := h.listen(t, "keyed", h.Keyed("a host", cache.NewSecret("k")))
	id := agent.KeyPath + strings.Repeat("0a", 16)
	for _, path := range []string{agent.LockPath, agent.UnlockPath, agent.LogPath, agent.StatusPath, agent.StopPath, id, "/", "/v1/", "/v1/accounts", "/v1/hello", "//v1/token", "/v1/token/", "/v1/token?x", "/v1/../v1/token", "/v1%2Ftoken", "http://localhost/v1/token", "*"} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE"} {
			for _, socket := range []string{h.forward, keyed} {
				if got := raw(t, socket, method+" "+path+" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"); got.status < 400 && !strings.HasPrefix(got.body, "no answer") {
					t.Errorf("%s %s: %d %s", method, path, got.status, got.body)
				}
			}
		}
	}
	if h.Status().Locked || len(stopped) > 0 {
		t.Error("it did as it was told")
	}
	get := func(path string) reply { return raw(t, h.main, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\n\r\n") }
	if got := get(id); got.body != "the key "+id {
		t.Errorf("the key: %s", got.body)
	}
	if got := get(agent.StatusPath); !strings.Contains(got.body, `"locked":false`) {
		t.Errorf("the status: %s", got.body)
	}
	post(t, h.main, agent.LockPath, "")
	for _, got := range []reply{get(id), token(t, h.main, request()), token(t, h.forward, request())} {
		got.refuses(t, agent.Locked)
	}
	post(t, h.main, agent.UnlockPath, "")
	token(t, h.main, request()).gives(t, alice)
	token(t, h.forward, request()).gives(t, alice)
	if got := get(agent.LogPath); !strings.Contains(got.body, `"a token"`) || strings.Contains(got.body, secret) || !strings.Contains(got.body, "locked") {
		t.Errorf("the log: %s", got.body)
	}
	if got := post(t, h.main, agent.StopPath, ""); got.status != http.StatusNoContent || !<-stopped {
		t.Errorf("stop: %d", got.status)
	}
}

// A lock withdraws the question that is open, and so does Drop: a yes that comes then is to nothing.
func TestQuestionsAreWithdrawn(t *testing.T) {
	t.Parallel()
	for name, withdraw := range map[string]func(*house){"lock": func(h *house) { h.Lock() }, "drop": func(h *house) { h.Drop() }} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(h *house) { h.person.open, h.person.answers = make(chan Question), make(chan bool) })
			got := make(chan reply)
			go func() { got <- token(t, h.forward, request()) }()
			<-h.person.open
			withdraw(h)
			(<-got).refuses(t, agent.NotHere)
			if h.Status().Grants != 0 {
				t.Error("it is granted")
			}
		})
	}
}

// Another host hears neither who has signed in here nor where things lie.
func TestForwardTellsNothingOfThisMachine(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"accounts": &plugin.AccountsError{Accounts: []string{"x@secret.example"}},
		"a path":   fmt.Errorf("open /home/secret.example/x: %w", net.ErrClosed),
	} {
		h := newHouse(t, func(h *house) { h.service.fail = err })
		got := token(t, h.forward, request())
		got.refuses(t, agent.Failed)
		if strings.Contains(got.body, "secret.example") {
			t.Errorf("%s: %s", name, got.body)
		}
		if log := h.Log(); name == "a path" && !strings.Contains(log[len(log)-1].Outcome, "/home/secret.example/x") {
			t.Errorf("the log does not say why: %v", log) // it is what the one who asks is told to look at
		}
	}
}

// Some of what a foreign machine's words could do to a person.
func TestClaim(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"kubectl, for the cluster https://10.0.0.1:6443": "kubectl, for the cluster 10.0.0.1:6443",
		"git, for https://dev.azure.com/contoso/x":       "git, for dev.azure.com",
		"a\nb\x1b[31m\u202ec\u200bd":                     "a b31mcd",
		"enter ABCD1234E at https://evil.example/login":  "enter [...] at evil.example",
		"enter FX7-QK9LM at www.evil.example":            "enter [...] at [...]",
		"microsoft.com/devicelogin":                      "microsoft.com",
		"<b>yes</b> $(x) `y` me@evil.example":            "byes x y me",
		"":                                               "",
	} {
		if got := Claim(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for _, bad := range []string{strings.Repeat("x ", 5000), strings.Repeat("https://", 50), secret} {
		if got := Claim(bad); len(got) > longestClaim || strings.Contains(got, "://") || strings.Contains(got, "eyJ") {
			t.Errorf("%q", got)
		}
	}
}

// A token that was obtained anew for a challenge is of the same account, and asks for no second yes.
func TestAnew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one := token(t, h.forward, request(func(r *agent.Request) { r.Renew = true }))
	two := token(t, h.forward, request(func(r *agent.Request) { r.Claims = `{"access_token":{"nbf":{"essential":true}}}` }))
	one.gives(t, alice)
	two.gives(t, alice)
	if one.token.Value.Equal(two.token.Value) || len(h.person.questions()) != 1 {
		t.Errorf("asked %d times", len(h.person.questions()))
	}
}

// A yes is to tokens, not to any number of requests to the sign-in service.
func TestBudget(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fail  error
		first int // requests to the service besides those that count
		cost  func(*agent.Request, int)
	}{
		"renewals":   {nil, 1, func(r *agent.Request, _ int) { r.Renew = true }},
		"challenges": {nil, 1, func(r *agent.Request, i int) { r.Claims = fmt.Sprintf(`{"access_token":{"nbf":{"value":"%d"}}}`, i) }},
		"tenants":    {errSilence, 0, func(r *agent.Request, i int) { r.Tenant = fmt.Sprintf("c0170500-1a2b-4c3d-8e4f-%012d", i) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, func(h *house) { h.service.fail = test.fail })
			var last reply
			for i := range mostSpent + 5 {
				last = token(t, h.forward, request(func(r *agent.Request) { test.cost(r, i) }))
			}
			last.refuses(t, agent.Failed)
			calls := h.service.count(&h.service.calls)
			if !strings.Contains(last.body, "asked 20 times") || !strings.Contains(last.body, "ask again in 1m0s") || test.fail != nil && calls != mostSpent {
				t.Errorf("%d calls: %s", calls, last.body)
			}
			if n := h.service.count(&h.service.requests); test.fail == nil && n != mostSpent+test.first {
				t.Errorf("%d requests", n)
			}
			if test.fail == nil { // what costs nothing is given all the same
				token(t, h.forward, request()).gives(t, alice)
			}
			h.clock.step(spentFor)
			again := token(t, h.forward, request(func(r *agent.Request) { test.cost(r, 100) }))
			if test.fail != nil && strings.Contains(again.body, "asked") || test.fail == nil && again.err != nil {
				t.Errorf("a minute later: %s", again.body)
			}
		})
	}
}

func TestKeyed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go h.Serve(t.Context(), l, h.Keyed("build1 (ssh)", cache.NewSecret("the-key")))
	ask := func(header string) reply {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		body := fmt.Sprintf(`{"authority":%q,"tenant":%q,"client_id":%q,"scopes":[%q]}`, theHost, tenant, authority.AKSClient, aks)
		fmt.Fprintf(c, "POST /v1/token HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %d\r\n\r\n%s", l.Addr(), header, len(body), body)
		return read(t, c)
	}
	ask("Authorization: Bearer the-key\r\n").gives(t, alice)
	for _, header := range []string{"", "Authorization: Bearer\r\n", "Authorization: Bearer the-ke\r\n", "Authorization: the-key\r\n", "Authorization: Bearer the-key\r\nAuthorization: Bearer the-key\r\n", "Authorization: Bearer the-key\r\nOrigin: http://127.0.0.1\r\n"} {
		ask(header).refuses(t, agent.Failed)
	}
	if asked := h.person.questions(); len(asked) != 1 || asked[0].Host != "build1 (ssh)" {
		t.Errorf("asked %+v", asked)
	}
}

func TestAllow(t *testing.T) {
	t.Parallel()
	public, gov := authority.Clouds()[0], authority.Clouds()[1]
	for resource, want := range map[string]string{
		authority.AKSServer: "aks", "api://" + authority.AKSServer: "aks", strings.ToUpper(authority.AKSServer): "aks",
		devOps: "devops", "https://app.vssps.visualstudio.com": "devops", "https://management.azure.com": "arm", "https://management.azure.com/": "arm",
		"https://management.core.windows.net/": "arm", "https://management.usgovcloudapi.net": "arm", "https://management.core.chinacloudapi.cn": "arm", arm: "arm",
		"https://containerregistry.azure.net": "acr", acr: "acr", "https://contoso.azurecr.io": "",
		"https://graph.microsoft.com": "graph", "https://graph.microsoft.us": "graph", "": "graph", graph: "graph",
		"https://x.vault.azure.net": "", "https://contoso.visualstudio.com": "", "https://management.azure.com.evil.example": "", "http://management.azure.com": "",
		"management.azure.com": "", "https://management.azure.com/x": "", "https://management.azure.com?x": "", "https://management.azure.com:": "",
	} {
		for _, known := range []authority.Authority{public, gov} {
			for _, word := range []string{"aks", "devops", "arm", "acr", "graph"} {
				if got := (Allow{Resources: []string{word}}).Resource(known, resource); got != (word == want) {
					t.Errorf("%q is %s: %v", resource, word, got)
				}
			}
		}
	}
	for _, wrong := range []string{"", "ask", "management", "a b", "https://", "://x", "/.default"} {
		if a, err := ParseAllow([]string{wrong}, nil); err == nil {
			t.Errorf("%q: %v", wrong, a)
		}
	}
	if _, err := ParseAllow(nil, []string{"a b"}); err == nil {
		t.Error("a tenant with a blank")
	}
	a, err := ParseAllow([]string{"AKS", "https://x.example/.default", "api://x/y/", arm}, []string{"contoso.example"})
	if err != nil || !slices.Equal(a.Resources, []string{"aks", "https://x.example", "api://x/y", arm}) {
		t.Errorf("%v, %v", a, err)
	}
	if !a.Resource(public, "api://X/y") || a.Resource(public, "api://x/y/z") || !a.Resource(public, "https://management.azure.com") || !a.Tenant("CONTOSO.example") || a.Tenant(tenant) {
		t.Errorf("%v", a)
	}
}
