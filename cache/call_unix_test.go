//go:build unix

package cache_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
)

// world is a token service with strict rotation that real processes share: a refresh token is a file, and whoever
// deletes it has used it. What happens is written line by line.
type world struct{ dir string }

func newWorld(t *testing.T) world {
	t.Helper()
	return world{t.TempDir()}
}

func (w world) path(name string) string { return filepath.Join(w.dir, name) }

// log adds a line to what happened.
func (w world) log(what string) error {
	f, err := os.OpenFile(w.path("log"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(what + "\n")
	return errors.Join(err, f.Close())
}

// happened counts the lines of what happened by their first word, and shows those of problems.
func (w world) happened(t *testing.T) map[string]int {
	t.Helper()
	blob, err := os.ReadFile(w.path("log"))
	must(t, err)
	n := map[string]int{}
	for line := range strings.Lines(string(blob)) {
		what, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		n[what]++
		if (what == "failed" || what == "warned") && n[what] <= 5 {
			t.Log(strings.TrimSpace(line))
		}
	}
	return n
}

func (w world) grant(life time.Duration) (plugin.Grant, error) {
	refresh := rand.Text()
	if err := os.WriteFile(w.path(refresh), nil, 0o600); err != nil {
		return plugin.Grant{}, err
	}
	session, err := cache.NewSession(fmt.Appendf(nil, `{"RefreshToken":{"rt-alice":{"home_account_id":"oid-alice","secret":"%s"}},
		"Account":{"alice":{"home_account_id":"oid-alice","realm":"t","username":"alice@contoso.example"}}}`, refresh))
	now := time.Now()
	return plugin.Grant{Session: session, Token: cache.Token{Value: cache.NewSecret(rand.Text()), Kind: cache.Access,
		Obtained: now, Expires: now.Add(life), Account: "alice@contoso.example"}}, err
}

// call is what a process does: some calls, each with one of the storages in turn.
type call struct {
	World    string
	Dir      string
	Runtime  string
	Storages []cache.Storage
	First    int // the one of Storages that comes first
	Calls    int
	Life     time.Duration // of a token
	Scopes   int           // how many tokens are asked for, one after the other
	Alone    bool          // nobody can be asked
}

func (c call) start(t *testing.T) *exec.Cmd {
	t.Helper()
	blob, err := json.Marshal(c)
	must(t, err)
	return cache.Startable(t, "call", string(blob))
}

func childCall(args []string) {
	var c call
	cache.Check(json.Unmarshal([]byte(args[0]), &c))
	w := world{c.World}
	for n := range c.Calls {
		want := c.Storages[(c.First+n)%len(c.Storages)]
		if err := c.once(w, n, want); err != nil {
			cache.Check(w.log(fmt.Sprintf("failed with storage %q: %v", want, err)))
		}
		cache.Check(w.log("called"))
	}
}

// once is one call, as a process of its own makes it.
func (c call) once(w world, n int, want cache.Storage) error {
	store := &cache.Store{Folder: cache.Folder{Dir: c.Dir}, Runtime: c.Runtime}
	if want == cache.Memory {
		if err := store.OpenMemory(); err != nil {
			return err
		}
	}
	cached := &plugin.Cached{Store: store, Storage: want, UI: nobody{}, Memory: func() (time.Duration, bool) { return 0, false },
		Warn: func(text string) { w.log("warned " + text) },
		Silent: sourceFunc(func(_ context.Context, _ plugin.Request, session cache.Session) (plugin.Grant, error) {
			refresh := refreshTokens(session)["alice"]
			if refresh == "" {
				return plugin.Grant{}, &plugin.InteractionRequiredError{Err: plugin.ErrNobody}
			}
			if err := os.Remove(w.path(refresh)); err != nil {
				w.log("reused")
				return plugin.Grant{}, &plugin.InteractionRequiredError{Err: errors.New("the refresh token was used before")}
			}
			w.log("refreshed")
			return w.grant(c.Life)
		}),
		SignIn: signInFunc(func(_ context.Context, r plugin.Request, ui plugin.UI) (plugin.Grant, error) {
			if err := ui.Show(r, plugin.Prompt{UserCode: "ABCD", Expires: time.Now().Add(time.Minute)}); err != nil {
				return plugin.Grant{}, err
			}
			w.log("asked")
			time.Sleep(100 * time.Millisecond) // a person takes a while
			return w.grant(c.Life)
		})}
	r := faultRequest("")
	r.Scopes = []string{fmt.Sprint("scope-", n%max(c.Scopes, 1))}
	if c.Alone {
		r.Unattended = "this is a test"
	}
	_, err := cached.Token(context.Background(), r)
	return err
}

// together starts all calls at once and waits for their end.
func together(t *testing.T, cmds ...*exec.Cmd) {
	t.Helper()
	for _, cmd := range cmds {
		must(t, cmd.Start())
	}
	for _, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}
