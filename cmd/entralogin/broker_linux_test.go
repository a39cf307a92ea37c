//go:build dbus

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Real programs on a session bus of their own with a broker that stands in for Microsoft's. Needs Debian's dbus:
//
//	go test -tags dbus -run Broker ./cmd/entralogin

type brokerHouse struct {
	*house
	broker  *entratest.Broker
	address string
}

func newBrokerHouse(t *testing.T, enrolled ...string) *brokerHouse {
	t.Helper()
	address, err := entratest.StartBus(t.Context(), t.TempDir(), nil)
	if err != nil {
		t.Fatal("dbus-daemon is needed: ", err)
	}
	h := &brokerHouse{house: newHouse(t, "DBUS_SESSION_BUS_ADDRESS="+address), address: address}
	if h.broker, err = h.sim.ServeBroker(address, enrolled...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.broker.Close)
	return h
}

// ends runs entralogin and wants an exit code and words, of which those with "!" may not be there.
func (h *brokerHouse) ends(code int, args []string, words ...string) *run {
	h.t.Helper()
	r := h.call(append([]string{built(h.t)}, args...)...)
	h.check(r, code, words...)
	return r
}

func (h *brokerHouse) check(r *run, code int, words ...string) {
	h.t.Helper()
	all := string(r.out.Bytes()) + string(r.err.Bytes())
	if got := r.cmd.ProcessState.ExitCode(); got != code {
		h.t.Errorf("%v ends with %d, not %d", r.cmd.Args[1:], got, code)
	}
	for _, word := range words {
		rest, unwanted := strings.CutPrefix(word, "!")
		if strings.Contains(all, rest) == unwanted {
			h.t.Errorf("%v: want %q in\n%s", r.cmd.Args[1:], word, jwt.ReplaceAllString(all, "..."))
		}
	}
	for line := range strings.Lines(string(r.err.Bytes())) {
		if !strings.HasPrefix(line, "entralogin: ") {
			h.t.Errorf("%v says %q", r.cmd.Args[1:], line)
		}
	}
}

func (h *brokerHouse) calls(method string) (n int) {
	for _, c := range h.broker.Calls() {
		if c.Method == method || method == "" {
			n++
		}
	}
	return n
}

var (
	byBroker      = []string{"login", "--login", "broker"}
	tokenByBroker = []string{"get-token", "--server-id", entratest.ServerID}
)

// A session with the broker: signed in by its window, warm, renewed in silence though no call names the broker, told
// of, and left.
func TestBroker(t *testing.T) {
	t.Parallel()
	h := newBrokerHouse(t)
	in := h.start(append([]string{built(t)}, byBroker...)...)
	if _, err := h.broker.WaitForWindow(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.broker.SignIn(entratest.Alice)
	in.cmd.Wait()
	h.check(in, 0, "Signed in as alice@contoso.example.", "entralogin: To sign in, use the window that opens on this machine.", "!code")
	h.ends(0, tokenByBroker, "!sign-in")
	before, requests := h.calls(""), len(h.sim.RequestLog())
	h.ends(0, tokenByBroker, "!entralogin: ")
	if h.calls("") != before || len(h.sim.RequestLog()) != requests {
		t.Error("a warm call asks somebody")
	}
	h.ends(0, append(tokenByBroker, "--force-refresh"), "!entralogin: ")
	if h.calls("acquireTokenSilently") != 2 || h.calls("acquireTokenInteractively") != 1 {
		t.Errorf("called %+v", h.broker.Calls())
	}
	h.ends(0, []string{"whoami"}, "alice@contoso.example", "kept by the identity broker of this machine")
	h.ends(0, []string{"account", "show"}, "kept by the identity broker")
	h.ends(0, []string{"account", "list", "-o", "json"}, `"keptBy": "broker"`)
	h.ends(0, []string{"status"}, "silent until")
	h.ends(0, []string{"doctor", "network", "--all"}, "the identity broker of this machine can be asked")
	h.holdsNoSecret("refresh_token", `"RefreshToken"`)
	h.ends(0, []string{"logout"}, "Signed out alice@contoso.example.", "!entralogin: ")
	if h.calls("removeAccount") != 1 {
		t.Error("the broker was not told")
	}
	h.ends(4, append(tokenByBroker, "--prompt", "never", "--login", "broker"), "a sign-in is needed")
}

// holdsNoSecret wants some words in no file of the session.
func (h *brokerHouse) holdsNoSecret(words ...string) {
	h.t.Helper()
	found, err := filepath.Glob(filepath.Join(h.cache(), "sessions", "*"))
	if err != nil || len(found) != 1 {
		h.t.Fatalf("sessions %q: %v", found, err)
	}
	content, err := os.ReadFile(found[0])
	if err != nil || !strings.Contains(string(content), `"holder"`) {
		h.t.Errorf("%s, %v", content, err)
	}
	for _, word := range words {
		if strings.Contains(string(content), word) {
			h.t.Errorf("the session holds %s", word)
		}
	}
}

// The call's tokens pass from the broker to standard output and the cache, and to no other place.
func TestBrokerLeaksNothing(t *testing.T) {
	t.Parallel()
	h := newBrokerHouse(t, entratest.Alice)
	h.ends(0, append(byBroker, "-vv"))
	h.ends(0, append(tokenByBroker, "-vv"))
	r := h.ends(0, append(tokenByBroker, "-vv", "--force-refresh"))
	for _, secret := range h.sim.Secrets() {
		if strings.Contains(string(r.err.Bytes()), secret) {
			t.Error("standard error holds a secret")
		}
	}
	var answer struct {
		Status struct{ Token string }
	}
	if err := json.Unmarshal(r.out.Bytes(), &answer); err != nil || answer.Status.Token == "" {
		t.Errorf("%v", err)
	}
}

// 20 processes with an empty cache, and one window.
func TestBrokerStorm(t *testing.T) {
	t.Parallel()
	h := newBrokerHouse(t)
	var all []*run
	for range 20 {
		all = append(all, h.start(append([]string{built(t)}, append(tokenByBroker, "--login", "broker")...)...))
	}
	if _, err := h.broker.WaitForWindow(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.broker.SignIn(entratest.Alice)
	for _, r := range all {
		r.cmd.Wait()
		h.check(r, 0, "ExecCredential")
	}
	if n := h.calls("acquireTokenInteractively"); n != 1 {
		t.Errorf("%d windows", n)
	}
}

// What goes wrong is said with whose turn it is, nothing is lost of what is stored, and the end comes soon.
func TestBrokerRefusals(t *testing.T) {
	t.Parallel()
	const way = "entralogin: To sign in with a device code: entralogin login --scope " + entratest.ServerID + "/.default --login devicecode"
	for name, test := range map[string]struct {
		spoil func(h *brokerHouse)
		code  int
		words []string
	}{
		"no bus": {func(h *brokerHouse) { h.env = append(h.env, "DBUS_SESSION_BUS_ADDRESS=") }, 3,
			[]string{"there is no session bus (DBUS_SESSION_BUS_ADDRESS is not set)", way}},
		"no broker":   {func(h *brokerHouse) { h.broker.Close() }, 3, []string{"there is none on this machine", way}},
		"mute broker": {func(h *brokerHouse) { h.broker.Mute("getAccounts") }, 6, []string{"did not answer within 5s. Nothing is lost", way}},
		"broken JSON": {func(h *brokerHouse) { h.broker.Say("getAccounts", "{") }, 7, []string{"answers with something that is no JSON object", way}},
		"token of somebody else": {func(h *brokerHouse) {
			h.broker.Say("acquireTokenSilently", fmt.Sprintf(`{"brokerTokenResponse":{"accessToken":"x","expiresOn":%d,"clientInfo":"eyJ1aWQiOiJhIiwidXRpZCI6ImIifQ"}}`,
				time.Now().Add(time.Hour).UnixMilli()))
		}, 7, []string{"the answer of the identity broker is for another account"}},
		"redirect URI": {func(h *brokerHouse) {
			h.broker.Say("acquireTokenSilently", `{"brokerTokenResponse":{"error":{"context":"no redirect URI","status":9}}}`)
		}, 5, []string{"https://login.microsoftonline.com/common/oauth2/nativeclient?"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newBrokerHouse(t, entratest.Alice)
			h.ends(0, byBroker)
			h.house.t = t
			test.spoil(h)
			start := time.Now()
			h.ends(test.code, append(tokenByBroker, "--force-refresh", "--login", "broker"), test.words...)
			if took := time.Since(start); took > patience { // five seconds, and a busy machine
				t.Errorf("it took %v", took)
			}
			h.ends(0, []string{"account", "list"}, "alice@contoso.example")
			h.ends(0, []string{"logout"}, "Signed out alice@contoso.example.")
			h.ends(0, []string{"account", "list"}, "Nobody has signed in.")
		})
	}
}

// Whoever takes another way after that is with the service again, whatever became of the broker.
func TestBrokerIsGivenUp(t *testing.T) {
	t.Parallel()
	h := newBrokerHouse(t, entratest.Alice)
	h.ends(0, byBroker)
	h.broker.Close()
	said := h.ends(3, append(tokenByBroker, "--force-refresh"), "there is none on this machine")
	commands := commandsIn(string(said.err.Bytes()))
	if len(commands) != 2 {
		t.Fatalf("commands %q", commands)
	}
	h.sim.AutoApprove(entratest.Alice, 0)
	h.check(h.call("sh", "-c", commands[0]), 0, "Signed in as alice@contoso.example.")
	h.ends(0, append(tokenByBroker, "--force-refresh"), "!entralogin: ")
	h.ends(0, []string{"whoami"}, "!kept by")
}

// Whoever ends the command ends the window.
func TestBrokerWindowIsLeft(t *testing.T) {
	t.Parallel()
	h := newBrokerHouse(t)
	r := h.start(append([]string{built(t)}, byBroker...)...)
	if _, err := h.broker.WaitForWindow(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.cmd.Process.Signal(os.Interrupt)
	r.cmd.Wait()
	h.check(r, 130)
	if !until(func() bool { return h.calls("cancelInteractiveFlow") == 1 }) {
		t.Error("the window stays open")
	}
}

// A person who closes the window has declined, and who signs in as somebody else is told.
func TestBrokerDeclined(t *testing.T) {
	t.Parallel()
	h := newBrokerHouse(t)
	for person, words := range map[string]string{"": "the sign-in was declined: the window of the identity broker was closed.", entratest.Bob: "signed in as bob@contoso.example, but alice@contoso.example was asked for."} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			if _, err := h.broker.WaitForWindow(ctx); err == nil {
				h.broker.SignIn(person)
			}
		}()
		h.ends(5, append(byBroker, "--account", entratest.Alice), words)
		cancel()
	}
}

// Where the tenant takes no device codes the broker comes next, and where it can't serve, as on a machine that is not
// enrolled, the browser; by ssh at once, since nobody sees the broker's window.
func TestBrokerIsNextAfterTheDeviceCode(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env   string
		spoil func(h *brokerHouse)
		words []string
	}{
		"serves": {"BROWSER=true", func(*brokerHouse) {}, []string{"signing in by the broker of this machine", "!web browser"}},
		"fails": {"BROWSER=true", func(h *brokerHouse) { h.broker.Say("getAccounts", "{") },
			[]string{"the identity broker answers with something that is no JSON object; signing in with the browser"}},
		"ssh": {"SSH_CONNECTION=x", func(*brokerHouse) {}, []string{"ssh -L", "!broker"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newBrokerHouse(t, entratest.Alice)
			h.env, h.visits = append(h.env, test.env), entratest.Alice
			if err := h.sim.Block(entratest.Block{Way: entratest.ByDeviceCode, AADSTS: 53003, At: "request"}); err != nil {
				t.Fatal(err)
			}
			h.ends(5, tokenByBroker)
			test.spoil(h)
			h.house.t = t
			h.ends(0, tokenByBroker, test.words...)
		})
	}
}
