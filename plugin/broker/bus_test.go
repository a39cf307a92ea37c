//go:build dbus && linux

package broker_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/broker"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/failure"
)

// The tests of this file need Debian's dbus, whose daemon gives each a session bus of its own:
//
//	go test -tags dbus ./plugin/broker

// stand is a machine with a bus.
type stand struct {
	sim    *entratest.Server
	broker *entratest.Broker // nil if nobody is enrolled
	way    broker.Broker
	shown  []plugin.Prompt
}

func newStand(t *testing.T, enrolled ...string) *stand {
	t.Helper()
	s := &stand{sim: entratest.NewServer()}
	t.Cleanup(s.sim.Close)
	address, err := entratest.StartBus(t.Context(), t.TempDir(), nil)
	must(t, err)
	s.broker, err = s.sim.ServeBroker(address, enrolled...)
	must(t, err)
	t.Cleanup(s.broker.Close)
	s.way = broker.Broker{Service: &entra.Service{Authority: authority.Authority{Host: s.sim.Host, Roots: s.sim.CertPool()}}, Bus: address}
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *stand) request() plugin.Request {
	return plugin.Request{Key: cache.Key{SessionID: cache.SessionID{Authority: s.sim.Host, Client: entratest.ClientID},
		Tenant: entratest.TenantContoso, Scopes: []string{entratest.ServerID + "/.default"}, Kind: cache.Access}}
}

// Show and Count make stand a UI.
func (s *stand) Show(_ plugin.Request, p plugin.Prompt) error {
	s.shown = append(s.shown, p)
	return nil
}
func (s *stand) Count(plugin.Request, plugin.Prompt) func() { return func() {} }

func (s *stand) methods() string {
	var all []string
	for _, c := range s.broker.Calls() {
		all = append(all, c.Method)
	}
	return strings.Join(all, " ")
}

func isFor(t *testing.T, s *stand, token cache.Token, user string) {
	t.Helper()
	claims, err := s.sim.VerifyToken(token.Value.Reveal(), entratest.ServerID)
	if err != nil || claims["preferred_username"] != user || token.Account != user {
		t.Errorf("a token for %v (%q): %v", claims["preferred_username"], token.Account, err)
	}
}

// Whoever is enrolled needs no window: the session is there. It is renewed by the broker, and nothing that renews
// it is kept here.
func TestEnrolled(t *testing.T) {
	s := newStand(t, entratest.Alice)
	must(t, s.way.Here(t.Context()))
	g, err := s.way.Grant(t.Context(), s.request(), s)
	must(t, err)
	isFor(t, s, g.Token, entratest.Alice)
	home := entratest.HomeAccountID(entratest.Alice)
	accounts, err := g.Session.Accounts()
	if err != nil || len(accounts) != 1 || accounts[0].HomeID != home || accounts[0].Username != entratest.Alice || g.Session.Holder(home) != broker.Name {
		t.Errorf("kept %+v, held by %q: %v", accounts, g.Session.Holder(home), err)
	}
	if kept := string(g.Session.Reveal()); strings.Contains(kept, "ecret") || strings.Contains(kept, "IdToken") {
		t.Errorf("kept %s", kept)
	}
	again, err := s.way.Token(t.Context(), s.request(), g.Session)
	must(t, err)
	isFor(t, s, again.Token, entratest.Alice)
	if got := s.methods(); got != "getAccounts acquireTokenSilently getAccounts acquireTokenSilently" || len(s.shown) != 0 {
		t.Errorf("called %s, shown %d prompts", got, len(s.shown))
	}
}

// A broker has a cache of its own. What is to be replaced is named, so that it gives another one.
func TestTokenThatIsToBeReplaced(t *testing.T) {
	s := newStand(t, entratest.Alice)
	g, err := s.way.Grant(t.Context(), s.request(), s)
	must(t, err)
	same, err := s.way.Token(t.Context(), s.request(), g.Session)
	must(t, err)
	s.way.Old = func(k cache.Key) (cache.Token, error) { return g.Token, nil }
	other, err := s.way.Token(t.Context(), s.request(), g.Session)
	must(t, err)
	if !same.Token.Value.Equal(g.Token.Value) || other.Token.Value.Equal(g.Token.Value) {
		t.Error("the stand-in gives no token twice, or the old one again")
	}
}

func TestIDToken(t *testing.T) {
	s := newStand(t, entratest.Alice)
	r := s.request()
	r.Kind, r.Scopes = cache.ID, nil
	g, err := s.way.Grant(t.Context(), r, s)
	must(t, err)
	if _, err := s.sim.VerifyToken(g.Token.Value.Reveal(), entratest.ClientID); err != nil {
		t.Error(err)
	}
}

// Where the broker has no session, its window is waited for.
func TestWindow(t *testing.T) {
	for _, test := range []struct {
		name, account, person, hint string
		reason                      plugin.Reason
	}{
		{"anybody", "", entratest.Alice, "", ""},
		{"named", entratest.Alice, entratest.Alice, entratest.Alice, ""},
		{"closed", "", "", "", plugin.Declined},
		{"somebody else", entratest.Alice, entratest.Bob, entratest.Alice, plugin.WrongAccount},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStand(t)
			r := s.request()
			r.Account = test.account
			hints := make(chan string, 1)
			go func() {
				hint, _ := s.broker.WaitForWindow(t.Context())
				s.broker.SignIn(test.person)
				hints <- hint
			}()
			g, err := s.way.Grant(t.Context(), r, s)
			if hint := <-hints; hint != test.hint {
				t.Errorf("the window hints at %q", hint)
			}
			if len(s.shown) != 1 || s.shown[0].Method != broker.Name || s.shown[0].URL != "" || time.Until(s.shown[0].Expires) < 14*time.Minute {
				t.Errorf("shown %+v", s.shown)
			}
			if test.reason == "" {
				must(t, err)
				isFor(t, s, g.Token, test.person)
				return
			}
			if refused := (*plugin.RefusedError)(nil); !errors.As(err, &refused) || refused.Reason != test.reason || !g.Token.Value.IsZero() {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Of several accounts that a broker has, a name says which; without one, the window asks.
func TestSeveralAccounts(t *testing.T) {
	s := newStand(t, entratest.Alice, entratest.Bob)
	r := s.request()
	r.Account = "bob"
	g, err := s.way.Grant(t.Context(), r, s)
	must(t, err)
	isFor(t, s, g.Token, entratest.Bob)
	go func() {
		s.broker.WaitForWindow(t.Context())
		s.broker.SignIn(entratest.Alice)
	}()
	g, err = s.way.Grant(t.Context(), s.request(), s)
	must(t, err)
	isFor(t, s, g.Token, entratest.Alice)
}

// Whoever ends the call ends the window, too; so does the end of its time.
func TestWindowThatIsLeft(t *testing.T) {
	t.Run("ended", func(t *testing.T) {
		s := newStand(t)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			s.broker.WaitForWindow(t.Context())
			cancel()
		}()
		if _, err := s.way.Grant(ctx, s.request(), s); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		waitFor(t, s, "cancelInteractiveFlow")
	})
	t.Run("too late", func(t *testing.T) {
		s := newStand(t)
		r := s.request()
		r.PromptTimeout = 50 * time.Millisecond
		_, err := s.way.Grant(t.Context(), r, s)
		if refused := (*plugin.RefusedError)(nil); !errors.As(err, &refused) || refused.Reason != plugin.TimedOut {
			t.Errorf("got %v", err)
		}
		waitFor(t, s, "cancelInteractiveFlow")
	})
}

// waitFor waits until the broker was called, and wants the correlation ID to be that of the window's call.
func waitFor(t *testing.T, s *stand, method string) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		calls := s.broker.Calls()
		if last := calls[len(calls)-1]; last.Method == method {
			if first := calls[0]; first.Correlation != last.Correlation {
				t.Errorf("%s is of another correlation", method)
			}
			return
		}
		if time.Now().After(end) {
			t.Fatalf("only %s was called", s.methods())
		}
	}
}

const claimsOfPolicy = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`

// A session that the service or the broker ended needs a person, who then signs in at the window.
func TestSessionThatEnded(t *testing.T) {
	for name, end := range map[string]func(*stand){
		"revoked": func(s *stand) { s.sim.RevokeSessions(entratest.Alice) },
		"gone": func(s *stand) {
			must(t, s.way.Remove(t.Context(), s.request().SessionID, cache.Account{HomeID: entratest.HomeAccountID(entratest.Alice)}))
		},
		"claims are wanted": func(s *stand) {
			s.sim.Set(func(o *entratest.Settings) { o.ClaimsNeedPerson = true })
			s.sim.RequireClaims(claimsOfPolicy)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, entratest.Alice)
			g, err := s.way.Grant(t.Context(), s.request(), s)
			must(t, err)
			s.way.Old = func(cache.Key) (cache.Token, error) { return g.Token, nil }
			end(s)
			r := s.request()
			if name == "claims are wanted" {
				r.Claims = claimsOfPolicy
			}
			_, err = s.way.Token(t.Context(), r, g.Session)
			needed := (*plugin.InteractionRequiredError)(nil)
			if !errors.As(err, &needed) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Every way in which a broker can fail ends within five seconds, in words, and with a class.
func TestNoBroker(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		spoil func(t *testing.T, s *stand)
		words string
		class failure.Class
	}{
		{"no address", func(t *testing.T, s *stand) { s.way.Bus = "" }, "DBUS_SESSION_BUS_ADDRESS is not set", failure.Config},
		{"another machine", func(t *testing.T, s *stand) { s.way.Bus = "tcp:host=localhost,port=1" }, "names no socket of this machine", failure.Config},
		{"a program", func(t *testing.T, s *stand) { s.way.Bus = "unixexec:path=/bin/true" }, "names no socket of this machine", failure.Config},
		{"no bus", func(t *testing.T, s *stand) { s.way.Bus = "unix:path=" + filepath.Join(t.TempDir(), "bus") }, "can't be reached", failure.Config},
		{"nobody has the name", func(t *testing.T, s *stand) { s.broker.Close() }, "there is none on this machine", failure.Config},
		{"mute bus", muteBus, "did not answer within 5s", failure.Network},
		{"mute broker", func(t *testing.T, s *stand) { s.broker.Mute("getAccounts") }, "did not answer within 5s", failure.Network},
		{"broken JSON", func(t *testing.T, s *stand) { s.broker.Say("getAccounts", `{"accounts":[`) }, "no JSON object", failure.Answer},
		{"JSON of another kind", func(t *testing.T, s *stand) { s.broker.Say("getAccounts", `{"accounts":7}`) }, "make no sense", failure.Answer},
		{"a name twice", func(t *testing.T, s *stand) { s.broker.Say("acquireTokenSilently", `{"a":1,"a":2}`) }, "no JSON object", failure.Answer},
		{"no token", func(t *testing.T, s *stand) { s.broker.Say("acquireTokenSilently", `{}`) }, "without a token", failure.Answer},
		{"an error", func(t *testing.T, s *stand) { s.broker.Say("acquireTokenSilently", `{"error":"out of order"}`) }, "refuses: out of order", failure.Refused},
		{"starts never", startsNever, "it does not start", failure.Config},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStand(t, entratest.Alice)
			test.spoil(t, s)
			start := time.Now()
			_, err := s.way.Grant(t.Context(), s.request(), s)
			if err == nil || !strings.Contains(err.Error(), test.words) || failure.Of(err) != test.class || !strings.HasPrefix(err.Error(), "the identity broker ") {
				t.Errorf("got %v (%s)", err, failure.Of(err))
			}
			if took := time.Since(start); took > time.Minute { // five seconds, and a busy machine
				t.Errorf("it took %v", took)
			}
			if len(s.shown) != 0 {
				t.Errorf("shown %+v", s.shown)
			}
		})
	}
}

// muteBus is a socket at which nobody answers.
func muteBus(t *testing.T, s *stand) {
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	must(t, err)
	t.Cleanup(func() { l.Close() })
	s.way.Bus = "unix:path=" + path
}

// startsNever is a bus that would start a broker which does not start.
func startsNever(t *testing.T, s *stand) {
	address, err := entratest.StartBus(t.Context(), t.TempDir(), map[string]string{entratest.BrokerName: "/bin/false"})
	must(t, err)
	s.way.Bus = address
	must(t, s.way.Here(t.Context())) // which starts nothing
}

// A broker that the bus knows to start is started by the first call. This one is of another machine's simulator, and says
// so: it was asked.
func TestBrokerIsStarted(t *testing.T) {
	s := newStand(t)
	exe, err := os.Executable()
	must(t, err)
	s.way.Bus, err = entratest.StartBus(t.Context(), t.TempDir(), map[string]string{entratest.BrokerName: "/usr/bin/env " + childVariable + "=started " + exe})
	must(t, err)
	must(t, s.way.Here(t.Context()))
	if _, err := s.way.Grant(t.Context(), s.request(), s); err == nil || !strings.Contains(err.Error(), "the authority is not trusted") {
		t.Errorf("got %v", err)
	}
}

// A broker or a bus of another user is not asked. The test is root's, who alone can be others.
func TestStrangers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can run a program as somebody else")
	}
	t.Run("broker", func(t *testing.T) {
		s := newStand(t, entratest.Alice)
		s.broker.Close()
		dir := filepath.Dir(strings.TrimPrefix(strings.Split(s.way.Bus, ",")[0], "unix:path="))
		must(t, os.Chmod(dir, 0o755))
		must(t, os.Chmod(filepath.Dir(dir), 0o755))
		asNobody(t, "own", s.way.Bus)
		_, err := s.way.Grant(t.Context(), s.request(), s)
		if err == nil || !strings.Contains(err.Error(), "belongs to the user 65534") || failure.Of(err) != failure.Answer {
			t.Errorf("got %v", err)
		}
		if err := s.way.Here(t.Context()); err == nil || !strings.Contains(err.Error(), "can't be trusted") {
			t.Errorf("here: %v", err)
		}
	})
	t.Run("bus", func(t *testing.T) {
		s := newStand(t, entratest.Alice)
		dir, err := os.MkdirTemp("", "strange-bus")
		must(t, err)
		t.Cleanup(func() { os.RemoveAll(dir) })
		must(t, os.Chmod(dir, 0o777))
		s.way.Bus = "unix:path=" + filepath.Join(dir, "bus")
		asNobody(t, "listen", s.way.Bus)
		_, err = s.way.Grant(t.Context(), s.request(), s)
		if err == nil || !strings.Contains(err.Error(), "the session bus belongs to the user 65534") || failure.Of(err) != failure.Answer {
			t.Errorf("got %v", err)
		}
	})
}

// asNobody runs a copy of the test binary as the user nobody until the test ends, and waits until it is ready.
func asNobody(t *testing.T, what, address string) {
	t.Helper()
	exe, err := os.ReadFile("/proc/self/exe") // which nobody can't read where it is
	must(t, err)
	dir, err := os.MkdirTemp("", "nobody")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	path := filepath.Join(dir, "program")
	must(t, errors.Join(entratest.WriteProgram(path, string(exe)), os.Chmod(path, 0o755)))
	cmd := exec.CommandContext(t.Context(), path)
	cmd.Env, cmd.Dir, cmd.Stderr = []string{childVariable + "=" + what, "BUS=" + address}, "/", os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	var ready string
	if _, err := fmt.Fscanln(out, &ready); err != nil {
		t.Fatal(err)
	}
}

const childVariable = "ENTRALOGIN_TEST_CHILD"

func TestMain(m *testing.M) {
	address := os.Getenv("BUS")
	switch os.Getenv(childVariable) {
	case "":
		os.Exit(m.Run())
	case "own":
		sim := entratest.NewServer()
		if _, err := sim.ServeBroker(address, entratest.Alice); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "started":
		b, err := entratest.NewServer().ServeBroker(os.Getenv("DBUS_STARTER_ADDRESS"), entratest.Alice)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		b.Wait()
		return
	case "listen":
		if _, err := net.Listen("unix", strings.TrimPrefix(address, "unix:path=")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	fmt.Println("ready")
	os.Stdin.Read(make([]byte, 1)) // until the test ends
}
