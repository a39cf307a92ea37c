package plugin

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/https"
)

var (
	testSession = cache.SessionID{Authority: "login.microsoftonline.com", Client: "11111111-2222-3333-4444-555555555555"}
	errNobody   = &InteractionRequiredError{Err: ErrNobody}
	errDown     = &https.NetworkError{Host: "login.microsoftonline.com", Err: errors.New("503")}
	testCode    = Prompt{UserCode: "ABCD-EFGH", URL: "https://login.microsoft.com/device", Expires: time.Now().Add(15 * time.Minute)}
)

// testRequest asks for the token of a tenant, for the only account.
func testRequest(tenant string) Request {
	return Request{Key: cache.Key{SessionID: testSession, Tenant: tenant, Scopes: []string{"s"}, Kind: cache.Access}, Asker: "kubectl"}
}

type sourceFunc func(ctx context.Context, r Request, s cache.Session) (Grant, error)

func (f sourceFunc) Token(ctx context.Context, r Request, s cache.Session) (Grant, error) {
	return f(ctx, r, s)
}

type signInFunc func(ctx context.Context, r Request, ui UI) (Grant, error)

func (signInFunc) Name() string { return "test" }
func (f signInFunc) Grant(ctx context.Context, r Request, ui UI) (Grant, error) {
	return f(ctx, r, ui)
}

func remember(d time.Duration) func() (time.Duration, bool) {
	return func() (time.Duration, bool) { return d, false }
}

// bench is one process: a Cached, with what its sources do and what was asked of them.
type bench struct {
	*Cached
	silent func(ctx context.Context, r Request, s cache.Session) (Grant, error)
	signIn func(ctx context.Context, r Request, s cache.Session, show func(Prompt) error) (Grant, error)

	mu                        sync.Mutex
	silents, signIns          int
	prompts                   []Prompt
	askers                    []string
	warned, explained, mended []string
	onPrompt                  func(Prompt)
	onShow                    func(Request)
	onExplain                 func(string)
}

// newBench is a process with its cache in dir. Nobody has signed in; whoever is asked signs in as alice.
func newBench(dir string) *bench {
	b := &bench{}
	b.silent = func(context.Context, Request, cache.Session) (Grant, error) { return Grant{}, errNobody }
	b.signIn = func(_ context.Context, r Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
		return grant(r, "alice", "by sign-in"), show(testCode)
	}
	b.Cached = &Cached{
		Store: &cache.Store{Folder: cache.Folder{Dir: dir, Note: func(s string) { b.add(&b.mended, s) }}},
		Silent: sourceFunc(func(ctx context.Context, r Request, s cache.Session) (Grant, error) {
			b.count(&b.silents)
			return b.silent(ctx, r, s)
		}),
		Memory:  remember(time.Minute),
		Warn:    func(s string) { b.add(&b.warned, s) },
		Explain: b.explain,
	}
	b.SignIn, b.UI = signInFunc(func(ctx context.Context, r Request, ui UI) (Grant, error) {
		b.count(&b.signIns)
		return b.signIn(ctx, r, cache.Session{}, func(p Prompt) error { return ui.Show(r, p) })
	}), b
	return b
}

func (b *bench) add(to *[]string, s string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*to = append(*to, s)
}

func (b *bench) count(n *int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*n++
}

// Show and Count make bench a UI.
func (b *bench) Show(r Request, p Prompt) error {
	b.mu.Lock()
	b.prompts, b.askers = append(b.prompts, p), append(b.askers, r.Asker)
	on := b.onPrompt
	b.mu.Unlock()
	if b.onShow != nil {
		b.onShow(r)
	}
	if on != nil {
		on(p)
	}
	return nil
}

func (b *bench) Count(Request, Prompt) (stop func()) { return func() {} }

func (b *bench) explain(s string) {
	b.add(&b.explained, s)
	if b.onExplain != nil {
		b.onExplain(s)
	}
}

// did checks how often the sources and the person were asked.
func (b *bench) did(t *testing.T, silents, signIns, prompts, warnings int) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.silents != silents || b.signIns != signIns || len(b.prompts) != prompts || len(b.warned) != warnings {
		t.Errorf("%d silent calls, %d sign-ins, %d prompts, warnings %q; want %d, %d, %d and %d",
			b.silents, b.signIns, len(b.prompts), b.warned, silents, signIns, prompts, warnings)
	}
}

func newDir(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "cache")
}

// noPlace is a folder that can't be made: a file is in its way.
func noPlace(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, "x")
	return filepath.Join(file, "cache")
}

// sessionOf is a session in which people have had tokens of tenants: "alice:t1,t2 bob:t2".
func sessionOf(who string) cache.Session {
	var s cache.Session
	for one := range strings.FieldsSeq(who) {
		name, tenants, _ := strings.Cut(one, ":")
		for tenant := range strings.SplitSeq(tenants, ",") {
			blob := fmt.Sprintf(`{"RefreshToken":{"rt-%[1]s":{"home_account_id":"oid-%[1]s","secret":"refresh-of-%[1]s"}},
				"Account":{"%[1]s-%[2]s":{"home_account_id":"oid-%[1]s","realm":"%[2]s","username":"%[1]s@contoso.example"}}}`, name, tenant)
			more, err := cache.NewSession([]byte(blob))
			if err == nil {
				s, err = s.Merge(more)
			}
			if err != nil {
				panic(err)
			}
		}
	}
	return s
}

func grant(r Request, name, text string) Grant {
	return Grant{Token: token(text, 0, name), Session: sessionOf(name + ":" + r.Tenant)}
}

// token lives an hour, of which some has gone.
func token(text string, age time.Duration, name string) cache.Token {
	obtained := time.Now().Add(-age)
	return cache.Token{Value: cache.NewSecret(text), Kind: cache.Access, Obtained: obtained, Expires: obtained.Add(time.Hour), Account: name + "@contoso.example"}
}

// Ages of a token that lives an hour.
const (
	fresh   = time.Minute
	stale   = 57 * time.Minute
	expired = 61 * time.Minute
)

func (b *bench) keep(t *testing.T, r Request, age time.Duration, text string) {
	t.Helper()
	must(t, b.Store.KeepToken(r.Key, token(text, age, "alice")))
}

func (b *bench) keepAlice(t *testing.T) {
	t.Helper()
	must(t, b.Store.KeepSession(testSession, sessionOf("alice:t1")))
}

// gets checks that a call answers with a token.
func (b *bench) gets(t *testing.T, r Request, want string) {
	t.Helper()
	got, err := b.Token(t.Context(), r)
	if err != nil || got.Value.Reveal() != want {
		t.Errorf("got %q, %v; want %q", got.Value.Reveal(), err, want)
	}
}

// fails checks that a call ends with an error of E's type, and returns it.
func fails[E error](t *testing.T, b *bench, r Request) E {
	t.Helper()
	got, err := b.Token(t.Context(), r)
	var want E
	if !errors.As(err, &want) || !got.Value.IsZero() {
		t.Fatalf("got %q, %v (%T); want a %T", got.Value.Reveal(), err, err, want)
	}
	return want
}

func (b *bench) stored(t *testing.T, k cache.Key) string {
	t.Helper()
	got, err := b.Store.Token(k)
	if err != nil && !errors.Is(err, cache.ErrNone) {
		t.Error(err)
	}
	return got.Value.Reveal()
}
