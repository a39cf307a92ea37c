package cache_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
)

var faultSession = cache.SessionID{Authority: "login.microsoftonline.com", Client: "11111111-2222-3333-4444-555555555555"}

func faultRequest(account string) plugin.Request {
	return plugin.Request{Key: cache.Key{SessionID: faultSession, Tenant: "t", Account: account, Scopes: []string{"s"}, Kind: cache.Access}}
}

// service is a token service with a person in front of it. With strict rotation a refresh token is good
// once, and the next one is in the answer.
type service struct {
	strict bool
	person string
	issued map[string][]string // refresh tokens of a person, oldest first
	grants int
	asked  int
}

func newService(strict bool) *service {
	return &service{strict: strict, person: "alice", issued: map[string][]string{}}
}

func (s *service) grant(name string) (plugin.Grant, error) {
	s.grants++
	refresh := fmt.Sprintf("rt-of-%s-%d", name, s.grants)
	s.issued[name] = append(s.issued[name], refresh)
	session, err := cache.NewSession(fmt.Appendf(nil, `{"RefreshToken":{"rt-%[1]s":{"home_account_id":"oid-%[1]s","secret":"%[2]s"}},
		"Account":{"%[1]s":{"home_account_id":"oid-%[1]s","realm":"t","username":"%[1]s@contoso.example"}}}`, name, refresh))
	now := time.Now()
	return plugin.Grant{Session: session, Token: cache.Token{Value: cache.NewSecret(fmt.Sprint("at-", s.grants)), Kind: cache.Access,
		Obtained: now, Expires: now.Add(time.Hour), Account: name + "@contoso.example"}}, err
}

// silent is the refresh token grant.
func (s *service) silent(_ context.Context, r plugin.Request, session cache.Session) (plugin.Grant, error) {
	account, err := plugin.ChooseAccount(session, r.Account, r.Tenant)
	if errors.Is(err, plugin.ErrNobody) {
		return plugin.Grant{}, &plugin.InteractionRequiredError{Err: err}
	}
	if err != nil {
		return plugin.Grant{}, err
	}
	name := strings.TrimPrefix(account.HomeID, "oid-")
	if !s.serves(name, refreshTokens(session)[name]) {
		return plugin.Grant{}, &plugin.InteractionRequiredError{Err: errors.New("the refresh token was used before")}
	}
	return s.grant(name)
}

// serves reports whether a refresh token is still good.
func (s *service) serves(name, refresh string) bool {
	all := s.issued[name]
	for i, one := range all {
		if one == refresh {
			return !s.strict || i == len(all)-1
		}
	}
	return false
}

// refreshTokens are those of a session, by person.
func refreshTokens(session cache.Session) map[string]string {
	var maps struct {
		RefreshToken map[string]struct{ Secret string }
	}
	found := map[string]string{}
	if json.Unmarshal(session.Reveal(), &maps) == nil {
		for key, entry := range maps.RefreshToken {
			found[strings.TrimPrefix(key, "rt-")] = entry.Secret
		}
	}
	return found
}

type sourceFunc func(context.Context, plugin.Request, cache.Session) (plugin.Grant, error)

func (f sourceFunc) Token(ctx context.Context, r plugin.Request, s cache.Session) (plugin.Grant, error) {
	return f(ctx, r, s)
}

type signInFunc func(context.Context, plugin.Request, plugin.UI) (plugin.Grant, error)

func (signInFunc) Name() string { return "test" }
func (f signInFunc) Grant(ctx context.Context, r plugin.Request, ui plugin.UI) (plugin.Grant, error) {
	return f(ctx, r, ui)
}

// nobody is a plugin.UI that shows nothing.
type nobody struct{}

func (nobody) Show(plugin.Request, plugin.Prompt) error          { return nil }
func (nobody) Count(plugin.Request, plugin.Prompt) (stop func()) { return func() {} }

// process is a new process that uses the cache in dir.
func (s *service) process(dir string) (c *plugin.Cached, warned *int) {
	warned = new(int)
	return &plugin.Cached{
		Store:  &cache.Store{Folder: cache.Folder{Dir: dir}},
		Silent: sourceFunc(s.silent),
		SignIn: signInFunc(func(ctx context.Context, r plugin.Request, ui plugin.UI) (plugin.Grant, error) {
			s.asked++
			if err := ui.Show(r, plugin.Prompt{UserCode: "ABCD", Expires: time.Now().Add(time.Minute)}); err != nil {
				return plugin.Grant{}, err
			}
			return s.grant(s.person)
		}),
		UI:     nobody{},
		Memory: func() (time.Duration, bool) { return 0, false },
		Warn:   func(string) { *warned++ },
	}, warned
}

// work is something that people do.
type work struct {
	begin func(t *testing.T, s *service, dir string)
	do    func(c *plugin.Cached) (cache.Token, error)
	safe  []string // whose refresh tokens must be there afterwards, the old one or the new one
}

func works() map[string]work {
	asAlice := func(t *testing.T, s *service, dir string) {
		c, _ := s.process(dir)
		_, err := c.Token(t.Context(), faultRequest(""))
		must(t, err)
	}
	token := func(c *plugin.Cached) (cache.Token, error) { return c.Token(context.Background(), faultRequest("")) }
	return map[string]work{
		"sign-in": {begin: func(*testing.T, *service, string) {}, do: token},
		"refresh": {safe: []string{"alice"}, do: token, begin: func(t *testing.T, s *service, dir string) {
			asAlice(t, s, dir)
			long := time.Now().Add(-2 * time.Hour)
			must(t, (&cache.Store{Folder: cache.Folder{Dir: dir}}).KeepToken(faultRequest("").Key, cache.Token{Value: cache.NewSecret("at-old"), Kind: cache.Access,
				Obtained: long, Expires: long.Add(time.Hour), Account: "alice@contoso.example"}))
		}},
		"account change": {safe: []string{"alice"}, begin: func(t *testing.T, s *service, dir string) {
			asAlice(t, s, dir)
			s.person = "bob"
		}, do: func(c *plugin.Cached) (cache.Token, error) { return c.Login(context.Background(), faultRequest("")) }},
		"logout": {begin: asAlice, do: func(c *plugin.Cached) (cache.Token, error) {
			_, err := c.Store.Forget(context.Background(), faultSession, "")
			return cache.Token{}, err
		}},
	}
}

// fault spoils the nth call of a process, or all from the nth on, or ends the process there.
type fault struct {
	n    int
	kind string // "once", "from then on", "death"

	mu    sync.Mutex // a process looks at the session while it asks
	calls int
	hit   bool
}

func (f *fault) step(op, path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kind != "death" || f.hit || cache.Changes(op, path) {
		f.calls++
	}
	if f.calls < f.n || f.kind == "once" && f.calls > f.n {
		return nil
	}
	f.hit = true
	if f.kind == "death" {
		runtime.Goexit() // as does every other goroutine at its next step
	}
	errno := syscall.EIO
	if f.kind == "from then on" {
		errno = syscall.ENOSPC
	}
	return &fs.PathError{Op: op, Path: path, Err: errno}
}

// run does the work with the fault.
func (f *fault) run(c *plugin.Cached, w work) (cache.Token, error) {
	t, dead, err := f.attempt(c, w)
	if dead {
		// The files of the dead are closed, and so their locks freed, once their stack is gone.
		runtime.GC()
	}
	return t, err
}

func (f *fault) attempt(c *plugin.Cached, w work) (t cache.Token, dead bool, err error) {
	c.Store.SetStep(f.step)
	ended := make(chan struct{})
	dead = true
	go func() {
		defer close(ended)
		t, err = w.do(c)
		dead = false
	}()
	<-ended
	return t, dead, err
}

// Each call of the file system fails in turn: once, or with all that follow; or the process dies there.
// The service rotates refresh tokens strictly, or lets the old one serve as Entra does.
func TestEachCallFails(t *testing.T) {
	for name, w := range works() {
		for _, kind := range []string{"once", "from then on", "death"} {
			for _, strict := range []bool{true, false} {
				if !strict && name != "refresh" {
					continue // these don't use a refresh token
				}
				t.Run(fmt.Sprintf("%s, %s, strict=%v", name, kind, strict), func(t *testing.T) {
					t.Parallel()
					n := 1
					for spoilt(t, w, &fault{n: n, kind: kind}, newService(strict)) && !t.Failed() {
						n++
					}
					if n < 10 {
						t.Errorf("the work makes %d calls only", n-1)
					}
					t.Logf("%d calls failed in turn", n-1)
				})
			}
		}
	}
}

// quickFolder is a folder in memory where there is one: what comes here is thousands of files, each flushed to
// the disk.
func quickFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "entralogin-test-")
	if err != nil {
		return t.TempDir()
	}
	return dir
}

// spoilt does the work with a fault, and reports whether the work went so far.
func spoilt(t *testing.T, w work, f *fault, s *service) bool {
	t.Helper()
	folder := quickFolder(t)
	defer os.RemoveAll(folder)
	dir := filepath.Join(folder, "home", "entralogin")
	w.begin(t, s, dir)
	grants, before := s.grants, storedTokens(t, dir)
	c, warned := s.process(dir)
	got, err := f.run(c, w)
	where := fmt.Sprintf("call %d", f.n)
	if f.kind != "death" && s.grants > grants && (err != nil || got.Value.Reveal() != fmt.Sprint("at-", s.grants)) {
		t.Errorf("%s: the service granted a token, and it was not delivered: %v", where, err)
	}
	if *warned > 1 {
		t.Errorf("%s: %d warnings", where, *warned)
	}
	after := storedTokens(t, dir)
	for who, refresh := range after {
		if refresh != before[who] && !s.serves(who, refresh) {
			t.Errorf("%s: %s has %s, which is neither the old nor the new one", where, who, refresh)
		}
	}
	for _, who := range w.safe {
		if after[who] == "" {
			t.Errorf("%s: %s has no refresh token any more", where, who)
		}
	}
	// A strict service has made the old one useless when it answered. What dies, or has no disk, between its
	// answer and the renaming of the file loses the session; one failure that passes does not.
	if f.kind == "once" && s.grants > grants && !s.serves(s.person, after[s.person]) {
		t.Errorf("%s: the new refresh token of %s was not kept", where, s.person)
	}
	if f.kind == "from then on" && s.grants > grants && !s.serves(s.person, after[s.person]) && *warned == 0 {
		t.Errorf("%s: the session is lost without a word", where)
	}
	healed(t, where, dir, s)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hit
}

// healed checks that the next calls work: whoever has a refresh token that serves is asked nothing, and no
// temporary file stays.
func healed(t *testing.T, where, dir string, s *service) {
	t.Helper()
	for who, refresh := range storedTokens(t, dir) {
		good, asked := s.serves(who, refresh), s.asked
		c, _ := s.process(dir)
		r := faultRequest(who + "@contoso.example")
		r.Scopes = []string{"another"}
		if !good {
			r.Unattended = "this is a test"
		}
		if _, err := c.Token(t.Context(), r); good && err != nil || s.asked != asked {
			t.Errorf("%s: the next call of %s: %v, asked %d times", where, who, err, s.asked-asked)
		}
	}
	long := time.Now().Add(-time.Hour)
	for _, temp := range temporary(t, dir) {
		must(t, os.Chtimes(temp, long, long))
	}
	c, _ := s.process(dir)
	s.person = "alice"
	_, err := c.Login(t.Context(), faultRequest(""))
	must(t, err)
	if left := temporary(t, dir); len(left) > 0 {
		t.Errorf("%s: after the next sign-in there are still %q", where, left)
	}
	if info, err := os.Stat(filepath.Join(dir, "CACHEDIR.TAG")); err != nil || info.Size() == 0 {
		t.Errorf("%s: the cache has no tag: %v", where, err)
	}
	if _, err := c.Store.Forget(t.Context(), faultSession, ""); err != nil || len(storedTokens(t, dir)) > 0 {
		t.Errorf("%s: the next logout: %v", where, err)
	}
}

// storedTokens are the refresh tokens on the disk, by person. The file must be whole.
func storedTokens(t *testing.T, dir string) map[string]string {
	t.Helper()
	session, err := (&cache.Store{Folder: cache.Folder{Dir: dir}}).Session(faultSession)
	must(t, err)
	return refreshTokens(session)
}

func temporary(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && cache.IsTemp(d.Name()) {
			found = append(found, path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}))
	return found
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
