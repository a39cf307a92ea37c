package client_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/broker"
	"github.com/entralogin/entralogin/plugin/client"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// declarations are the lines of go doc that are code, without comments: what callers compile against.
func declarations(doc string) string {
	var b strings.Builder
	inside := false
	for line := range strings.Lines(doc) {
		code, _, _ := strings.Cut(line, "//")
		code = strings.TrimRight(code, " \t\n")
		starts := strings.HasPrefix(line, "func ") || strings.HasPrefix(line, "type ") || strings.HasPrefix(line, "package ") ||
			strings.HasPrefix(line, "const ") || strings.HasPrefix(line, "var ")
		inside = inside && code != "}" && code != ")" || starts && (strings.HasSuffix(code, "{") || strings.HasSuffix(code, "("))
		if code != "" && (starts || inside || code == "}" || code == ")") {
			b.WriteString(code + "\n")
		}
	}
	return b.String()
}

// newClient is a client of the simulator whose person is alice, with a count of the prompts.
func newClient(t *testing.T, change func(*client.Options)) (*entratest.Server, *client.Client, *atomic.Int32) {
	t.Helper()
	sim := entratest.NewServer()
	t.Cleanup(sim.Close)
	sim.AutoApprove(entratest.Alice, 0)
	sim.Set(func(o *entratest.Settings) { o.Interval = time.Second })
	dir, file := house(sim)
	t.Cleanup(func() { os.RemoveAll(dir) })
	prompts := new(atomic.Int32)
	o := client.Options{ConfigFile: file, CacheDir: filepath.Join(dir, "cache"), Asker: "a test",
		Prompt: func(plugin.Request, plugin.Prompt) error { prompts.Add(1); return nil }}
	if change != nil {
		change(&o)
	}
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return sim, c, prompts
}

// Sixteen goroutines at once ask one person once, and all get a token; so does a second resource.
func TestOneSignIn(t *testing.T) {
	_, c, prompts := newClient(t, nil)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			token, err := c.Token(t.Context(), client.Request{Scopes: []string{[]string{"User.Read", entratest.ServerID + "/.default"}[i%2]}})
			if err != nil || token.Value.IsZero() || token.Account != entratest.Alice {
				t.Errorf("got %+v, %v", token, err)
			}
		})
	}
	all.Wait()
	if n := prompts.Load(); n != 1 {
		t.Errorf("%d prompts", n)
	}
}

// What a program may do with accounts: see them, and sign them out. Nobody is asked where no prompt is shown.
func TestAccountsAndLogout(t *testing.T) {
	sim, c, _ := newClient(t, nil)
	if accounts, err := c.Accounts(); err != nil || len(accounts) != 0 {
		t.Errorf("before: %v, %v", accounts, err)
	}
	if _, err := c.Token(t.Context(), client.Request{IDToken: true}); err != nil {
		t.Fatal(err)
	}
	accounts, err := c.Accounts()
	if err != nil || len(accounts) != 1 || accounts[0].Name != entratest.Alice {
		t.Errorf("after: %v, %v", accounts, err)
	}
	before := sim.Requests("devicecode")
	for range 2 {
		if err := c.Logout(t.Context(), entratest.Alice); err != nil {
			t.Error(err)
		}
	}
	if accounts, err := c.Accounts(); err != nil || len(accounts) != 0 {
		t.Errorf("signed out: %v, %v", accounts, err)
	}
	if n := sim.Requests("devicecode"); n != before {
		t.Errorf("%d requests for a code", n-before)
	}
}

func TestNobodyIsAsked(t *testing.T) {
	sim, c, _ := newClient(t, func(o *client.Options) { o.Prompt = nil })
	var unattended *plugin.UnattendedError
	if _, err := c.Token(t.Context(), client.Request{Scopes: []string{"User.Read"}}); !errors.As(err, &unattended) {
		t.Errorf("got %v", err)
	}
	if n := sim.Requests("devicecode"); n != 0 {
		t.Errorf("%d requests for a code", n)
	}
}

// A way to sign in that is not to be had is not taken for another.
func TestNoBroker(t *testing.T) {
	t.Setenv("ENTRALOGIN_LOGIN", "broker")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	sim, c, _ := newClient(t, nil)
	var none *broker.Error
	if _, err := c.Token(t.Context(), client.Request{Scopes: []string{"User.Read"}}); !errors.As(err, &none) {
		t.Errorf("got %v", err)
	}
	if n := sim.Requests("devicecode"); n != 0 {
		t.Errorf("%d requests for a code", n)
	}
}

func TestBadOptions(t *testing.T) {
	_, c, _ := newClient(t, nil)
	var wrong *config.Error
	for _, scopes := range [][]string{nil, {"a b"}, {"https://one.example/x", "https://two.example/y"}} {
		if _, err := c.Token(t.Context(), client.Request{Scopes: scopes}); !errors.As(err, &wrong) {
			t.Errorf("%q: %v", scopes, err)
		}
	}
	for name, o := range map[string]client.Options{"tenant": {Tenant: "../x"}, "client": {ClientID: "x", Tenant: "a.example"},
		"authority": {AuthorityHost: "https://evil.example"}} {
		o.ConfigFile = filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(o.ConfigFile, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := client.New(o); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// visitor is a Prompt whose person opens the page that is shown.
func visitor(t *testing.T, sim **entratest.Server, prompts *atomic.Int32) func(plugin.Request, plugin.Prompt) error {
	return func(_ plugin.Request, p plugin.Prompt) error {
		prompts.Add(1)
		if p.Method != "browser" {
			return nil
		}
		if p.UserCode != "" || !strings.HasPrefix(p.URL, "http://localhost:") {
			t.Errorf("shown: %+v", p)
		}
		go func() {
			if page, err := (*sim).Visit(t.Context(), p.URL, entratest.Alice); err != nil || page != "" && !strings.Contains(page, "Signed in") {
				t.Errorf("%s, %v", page, err)
			}
		}()
		return nil
	}
}

// Where the settings name a browser the program's Prompt gets an address, once for all goroutines, and nothing is opened.
func TestBrowser(t *testing.T) {
	opened := filepath.Join(t.TempDir(), "opened")
	t.Setenv("BROWSER", "touch "+opened)
	t.Setenv("ENTRALOGIN_LOGIN", "interactive")
	var sim *entratest.Server
	var prompts atomic.Int32
	sim, c, _ := newClient(t, func(o *client.Options) { o.Prompt = visitor(t, &sim, &prompts) })
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			token, err := c.Token(t.Context(), client.Request{Scopes: []string{"User.Read"}})
			if err != nil || token.Account != entratest.Alice {
				t.Errorf("got %+v, %v", token, err)
			}
		})
	}
	all.Wait()
	if n := prompts.Load(); n != 1 || sim.Requests("devicecode") != 0 {
		t.Errorf("%d prompts, %d requests for a code", n, sim.Requests("devicecode"))
	}
	if _, err := os.Stat(opened); err == nil {
		t.Error("a browser was opened")
	}
}

// A tenant that refuses device codes is asked for one once: the next call has an address.
func TestCodesRefused(t *testing.T) {
	var sim *entratest.Server
	var prompts atomic.Int32
	sim, c, _ := newClient(t, func(o *client.Options) { o.Prompt = visitor(t, &sim, &prompts) })
	if err := sim.Block(entratest.Block{Way: entratest.ByDeviceCode, AADSTS: 53003}); err != nil {
		t.Fatal(err)
	}
	ask := func() error {
		_, err := c.Token(t.Context(), client.Request{Scopes: []string{"User.Read"}})
		return err
	}
	var refused *plugin.RefusedError
	if err := ask(); !errors.As(err, &refused) || refused.Next != "browser" {
		t.Errorf("first: %v", err)
	}
	if err := ask(); err != nil || prompts.Load() != 2 || sim.Requests("devicecode") != 1 {
		t.Errorf("then: %v, %d prompts, %d requests for a code", err, prompts.Load(), sim.Requests("devicecode"))
	}
	t.Setenv("ENTRALOGIN_LOGIN", "devicecode")
	sim, c, _ = newClient(t, func(o *client.Options) { o.Prompt = visitor(t, &sim, &prompts) })
	if err := ask(); err != nil || sim.Requests("devicecode") != 1 {
		t.Errorf("a code that was asked for: %v", err)
	}
}
