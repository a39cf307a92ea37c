package gitcmd

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin"
)

const (
	client = "11111111-2222-3333-4444-555555555555"
	tenant = "22222222-2222-3333-4444-555555555555"
	asked  = "protocol=https\nhost=git.example.com\n"
)

// world is a factory with a config and a cache of its own, and what it writes.
type world struct {
	*cli.Factory
	cache    string
	out, err bytes.Buffer
}

func newWorld(t *testing.T, in string, environment map[string]string) *world {
	t.Helper()
	home := t.TempDir()
	w := &world{cache: filepath.Join(home, "cache")}
	file := filepath.Join(home, "config.yaml")
	content := "client-id: " + client + "\nhosts:\n- {host: git.example.com, scope: api://x/.default, tenant-id: " + tenant + "}\n"
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	w.Factory = &cli.Factory{IO: cli.IO{In: strings.NewReader(in), Out: &w.out, Err: &term.Stderr{Out: &w.err, Env: func(string) string { return "" }, Now: time.Now}}, Now: time.Now}
	all := map[string]string{"HOME": home, "ENTRALOGIN_CONFIG": file, "ENTRALOGIN_CACHE_DIR": w.cache}
	maps.Copy(all, environment)
	w.Env = func(name string) (string, bool) { value, ok := all[name]; return value, ok }
	return w
}

// git runs a command below git.
func (w *world) git(t *testing.T, args ...string) error {
	t.Helper()
	cmd := New(w.Factory)
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	return cmd.ExecuteContext(t.Context())
}

// run runs the helper.
func (w *world) run(t *testing.T, operation string) error {
	t.Helper()
	cmd := NewCredential(w.Factory)
	cmd.SetArgs([]string{operation})
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	return cmd.ExecuteContext(t.Context())
}

// keep stores a token, which it returns with its key.
func (w *world) keep(t *testing.T) (*cache.Store, cache.Key, cache.Token) {
	t.Helper()
	st := &cache.Store{Folder: cache.Folder{Dir: w.cache}}
	key := cache.Key{SessionID: cache.SessionID{Authority: "login.microsoftonline.com", Client: client}, Tenant: tenant,
		Scopes: []string{"api://x/.default"}, Kind: cache.Access}
	token := cache.Token{Value: cache.NewSecret("head.body.signature"), Kind: cache.Access, Obtained: time.Now().Add(-10 * time.Minute),
		Expires: time.Now().Add(time.Hour), Account: "alice@contoso.example"}
	if err := st.KeepToken(key, token); err != nil {
		t.Fatal(err)
	}
	return st, key, token
}

const refused = asked + "password=head.body.signature\n\n"

// onLine calls do at a line that holds some words.
type onLine struct {
	io.Writer
	words string
	do    func()
}

func (w onLine) Write(p []byte) (int, error) {
	if strings.Contains(string(p), w.words) {
		w.do()
	}
	return w.Writer.Write(p)
}

// An erase during a renewal waits for its end, and says so.
func TestEraseWaits(t *testing.T) {
	w := newWorld(t, refused, nil)
	st, key, _ := w.keep(t)
	unlock, err := st.LockSession(t.Context(), key.SessionID, nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	w.Now = func() time.Time { now = now.Add(2 * time.Second); return now } // each look at the lock is a while
	w.Err.Out = onLine{&w.err, "waiting for", unlock}
	if err := w.run(t, "erase"); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Token(key); !errors.Is(err, cache.ErrNone) {
		t.Errorf("the token is still there: %v", err)
	}
	if !strings.Contains(w.err.String(), "waiting for") || w.out.Len() > 0 {
		t.Errorf("got %q and %q", w.err.String(), w.out.String())
	}
}

// A lock that is never let go ends the wait, not the program, and loses nothing.
func TestEraseWaitsNotForEver(t *testing.T) {
	w := newWorld(t, refused, nil)
	st, key, token := w.keep(t)
	unlock, err := st.LockSession(t.Context(), key.SessionID, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	now := time.Now()
	w.Now = func() time.Time { now = now.Add(time.Minute); return now }
	var locked *plugin.LockError
	if err := w.run(t, "erase"); !errors.As(err, &locked) || w.Explain(err).Code != 9 {
		t.Errorf("got %v", err)
	}
	if kept, err := st.Token(key); err != nil || !kept.Value.Equal(token.Value) {
		t.Errorf("the token is %v, %v", kept, err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// That git can't be told to stop says nothing of why there is no token.
func TestFailureThatCannotBeAnswered(t *testing.T) {
	w := newWorld(t, asked+"\n", map[string]string{"CI": "1"})
	w.Out = full{}
	err := w.run(t, "get")
	if err == nil {
		t.Fatal("no error")
	}
	told := w.Explain(err)
	if text := strings.Join(told.Lines, "\n"); told.Code != 4 || !strings.Contains(text, "entralogin login --tenant-id "+tenant) || strings.Contains(text, "is kept") {
		t.Errorf("got %+v", told)
	}
}

// A token that can't be passed on is kept all the same, and that is said.
func TestTokenThatCannotBeAnswered(t *testing.T) {
	w := newWorld(t, asked+"\n", map[string]string{"CI": "1"})
	w.keep(t)
	w.Out = full{}
	var output *plugin.OutputError
	if err := w.run(t, "get"); !errors.As(err, &output) || w.Explain(err).Code != 1 {
		t.Errorf("got %v", err)
	}
}

// What get and capability print, and that store and unknown operations print nothing.
func TestOperations(t *testing.T) {
	for operation, want := range map[string]string{
		"get":        "username=alice@contoso.example\npassword=head.body.signature\npassword_expiry_utc=",
		"store":      "",
		"frobnicate": "",
		"capability": "version 0\ncapability authtype\n",
	} {
		w := newWorld(t, asked+"\n", nil)
		w.keep(t)
		if err := w.run(t, operation); err != nil || !strings.HasPrefix(w.out.String(), want) || want == "" && w.out.Len() > 0 || w.err.Len() > 0 {
			t.Errorf("%s: %v, %q, %q", operation, err, w.out.String(), w.err.String())
		}
	}
}
