package plugin

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/https"
)

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, []byte(content), 0o600))
}

// sessionFile is the only file in sessions.
func sessionFile(t *testing.T, b *bench) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(b.Store.Dir, "sessions", "*"))
	must(t, err)
	if len(found) != 1 {
		t.Fatalf("found %q", found)
	}
	return found[0]
}

// snapshot is every path below a folder with its time of change and size.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		must(t, err)
		info, err := d.Info()
		must(t, err)
		all.WriteString(path + info.ModTime().String() + info.Mode().String() + "\n")
		return nil
	}))
	return all.String()
}

// A warm call needs neither locks nor a session nor a source, and writes nothing.
func TestWarm(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	b.keep(t, r, fresh, "warm")
	writeFile(t, sessionFile(t, b), "garbage")
	for _, lock := range []func() (func(), error){
		func() (func(), error) { return b.Store.LockSession(t.Context(), testSession, nil) },
		func() (func(), error) { return b.Store.LockSignIn(t.Context(), r.SignIn(), nil) },
	} {
		unlock, err := lock()
		must(t, err)
		defer unlock()
	}
	b.Silent, b.SignIn, b.UI = nil, nil, nil
	before := snapshot(t, b.Store.Dir)
	b.gets(t, r, "warm")
	if after := snapshot(t, b.Store.Dir); after != before {
		t.Errorf("something was written:\n%s%s", before, after)
	}
	b.did(t, 0, 0, 0, 0)
}

func TestStaleIsRenewedOnce(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	b.keep(t, r, stale, "old")
	b.silent = func(ctx context.Context, got Request, s cache.Session) (Grant, error) {
		errTaken := errors.New("taken")
		if _, err := b.Store.LockSession(ctx, testSession, func(cache.Holder) error { return errTaken }); !errors.Is(err, errTaken) {
			t.Errorf("the session's lock is not held: %v", err)
		}
		if !strings.Contains(string(s.Reveal()), "refresh-of-alice") || got.Tenant != "t1" {
			t.Errorf("got %s", s.Reveal())
		}
		return grant(got, "alice", "new"), nil
	}
	b.gets(t, r, "new")
	b.gets(t, r, "new")
	b.did(t, 1, 0, 0, 0)
}

// The room for the session that comes back is there before the refresh token is sent, though the room that was
// made when the session was written is gone.
func TestRenewReservesRoom(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	spares := filepath.Join(b.Store.Dir, "spare", "*")
	made, err := filepath.Glob(spares)
	must(t, err)
	for _, path := range made {
		must(t, os.Remove(path))
	}
	b.silent = func(_ context.Context, got Request, _ cache.Session) (Grant, error) {
		if found, err := filepath.Glob(spares); len(found) != 1 || err != nil {
			t.Errorf("no room was made: %q, %v", found, err)
		}
		return grant(got, "alice", "new"), nil
	}
	b.gets(t, r, "new")
	b.did(t, 1, 0, 0, 0)
}

// A token with fewer scopes than were asked for is said once, and serves the same question from then on.
func TestFewerScopesAreSaidOnce(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	b.keep(t, r, stale, "old")
	granted := []string{"s1"}
	b.silent = func(_ context.Context, got Request, _ cache.Session) (Grant, error) {
		g := grant(got, "alice", "fewer")
		g.Token.Granted = granted
		return g, nil
	}
	var said []string
	b.Warn = func(text string) { said = append(said, text) }
	b.gets(t, r, "fewer")
	b.gets(t, r, "fewer")
	b.did(t, 1, 0, 0, 0)
	r.Renew = true
	b.gets(t, r, "fewer")
	if len(said) != 1 || !strings.Contains(said[0], "fewer scopes") || !strings.Contains(said[0], ": s1") {
		t.Errorf("said %q", said)
	}
	granted = []string{"s1", "s2"}
	b.gets(t, r, "fewer")
	if len(said) != 2 {
		t.Errorf("said %q", said)
	}
	kept, err := b.Store.Token(r.Key)
	if err != nil || len(kept.Granted) != 2 {
		t.Errorf("kept %q, %v", kept.Granted, err)
	}
}

// A token that another process renews between the first look and the lock is taken.
func TestAnotherProcessRenews(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keep(t, r, stale, "old")
	looked := false
	b.Now = func() time.Time {
		if !looked {
			looked = true
			b.keep(t, r, 0, "of the other")
		}
		return time.Now()
	}
	b.gets(t, r, "of the other")
	b.did(t, 0, 0, 0, 0)
}

func TestNobodySignedIn(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.gets(t, r, "by sign-in")
	if b.signIns != 1 || len(b.prompts) != 1 || b.prompts[0] != testCode || b.askers[0] != "kubectl" {
		t.Errorf("%d sign-ins, prompts %v for %q", b.signIns, b.prompts, b.askers)
	}
	silents := b.silents
	b.gets(t, r, "by sign-in")
	b.did(t, silents, 1, 1, 0)
	s, err := b.Store.Session(testSession)
	if err != nil || !strings.Contains(string(s.Reveal()), "refresh-of-alice") {
		t.Errorf("the session is not kept: %v", err)
	}
	if _, ok := b.Store.SignIn(r.SignIn()); ok {
		t.Error("the record of the sign-in stays")
	}
}

func TestUnattended(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	r.Unattended = "CI is set"
	err := fails[*UnattendedError](t, b, r)
	if !strings.Contains(err.Error(), "CI is set") || !errors.Is(err, ErrNobody) || err.Request.Tenant != "t1" {
		t.Errorf("got %v", err)
	}
	b.did(t, 1, 0, 0, 0)
	if _, err := b.Login(t.Context(), r); !errors.As(err, new(*UnattendedError)) {
		t.Errorf("login: %v", err)
	}
	b.did(t, 1, 0, 0, 0)
	b.keepAlice(t)
	b.silent = func(_ context.Context, r Request, _ cache.Session) (Grant, error) {
		return grant(r, "alice", "new"), nil
	}
	b.gets(t, r, "new")
}

func TestTokenThatStillServes(t *testing.T) {
	accounts := &AccountsError{Accounts: []string{"a", "b"}}
	for name, test := range map[string]struct {
		age    time.Duration
		claims string
		err    error
		serves bool
	}{
		"network":              {stale, "", errDown, true},
		"person needed":        {stale, "", errNobody, true},
		"answer":               {stale, "", &https.AnswerError{}, true},
		"several accounts":     {stale, "", accounts, false},
		"claims are asked for": {stale, "{}", errDown, false},
		"expired":              {expired, "", errDown, false},
	} {
		t.Run(name, func(t *testing.T) {
			b, r := newBench(newDir(t)), testRequest("t1")
			r.Claims = test.claims
			b.keep(t, r, test.age, "old")
			b.silent = func(context.Context, Request, cache.Session) (Grant, error) { return Grant{}, test.err }
			got, err := b.Token(t.Context(), r)
			if test.serves {
				if err != nil || got.Value.Reveal() != "old" {
					t.Errorf("got %v", err)
				}
				b.did(t, 1, 0, 0, 1)
				return
			}
			if !errors.Is(err, test.err) || !got.Value.IsZero() {
				t.Errorf("got %q, %v", got.Value.Reveal(), err)
			}
			b.did(t, 1, 0, 0, 0)
		})
	}
}

// Whoever ends the call wants no token any more, be it valid.
func TestEndedCall(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keep(t, r, stale, "old")
	signal := errors.New("ended by a signal")
	ctx, cancel := context.WithCancelCause(t.Context())
	b.silent = func(context.Context, Request, cache.Session) (Grant, error) {
		cancel(signal)
		return Grant{}, context.Cause(ctx)
	}
	if got, err := b.Token(ctx, r); !errors.Is(err, signal) || !got.Value.IsZero() {
		t.Errorf("got %q, %v", got.Value.Reveal(), err)
	}
	b.did(t, 1, 0, 0, 0)
}

// A rotated refresh token is kept though the call fails, and a token that comes with an error is used.
func TestGrantWithError(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	rotated, err := cache.NewSession([]byte(`{"RefreshToken":{"rt-alice":{"secret":"rotated"}}}`))
	must(t, err)
	b.silent = func(context.Context, Request, cache.Session) (Grant, error) { return Grant{Session: rotated}, errDown }
	fails[*https.NetworkError](t, b, r)
	s, err := b.Store.Session(testSession)
	if text := string(s.Reveal()); err != nil || !strings.Contains(text, "rotated") || !strings.Contains(text, "alice@contoso.example") || strings.Contains(text, "refresh-of") {
		t.Errorf("kept is %s, %v", text, err)
	}
	b.silent = func(context.Context, Request, cache.Session) (Grant, error) {
		return Grant{Token: token("still valid", stale, "alice")}, errDown
	}
	b.gets(t, r, "still valid")
	b.did(t, 2, 0, 0, 1)
	if b.stored(t, r.Key) != "still valid" {
		t.Error("it is not kept")
	}
}

func TestCacheThatCannotBeWritten(t *testing.T) {
	for name, dir := range map[string]string{"no place": "", "a file in its way": noPlace(t)} {
		b, r := newBench(dir), testRequest("t1")
		b.gets(t, r, "by sign-in")
		if b.signIns != 1 || len(b.prompts) != 1 || len(b.warned) != 1 {
			t.Errorf("%s: %d sign-ins, %d prompts, warnings %q", name, b.signIns, len(b.prompts), b.warned)
		}
		b.silent = func(_ context.Context, r Request, _ cache.Session) (Grant, error) {
			return grant(r, "alice", "silent"), nil
		}
		b.gets(t, r, "silent")
		if len(b.warned) != 1 {
			t.Errorf("%s: silent: warnings %q", name, b.warned)
		}
		if _, err := b.Login(t.Context(), r); err != nil || len(b.warned) != 1 {
			t.Errorf("%s: login: %v, %q", name, err, b.warned)
		}
	}
}

// What can't be kept of one kind does not keep the other from being kept.
func TestCacheThatIsHalfBroken(t *testing.T) {
	for _, broken := range []string{"tokens", "sessions", "pending", "locks"} {
		b, r := newBench(newDir(t)), testRequest("t1")
		writeFile(t, filepath.Join(b.Store.Dir, broken), "a file in the folder's place")
		b.gets(t, r, "by sign-in")
		if b.signIns != 1 || len(b.prompts) != 1 || len(b.warned) != 1 {
			t.Errorf("%s: %d sign-ins, %d prompts, %q", broken, b.signIns, len(b.prompts), b.warned)
		}
		// Before there is an answer nothing is said of one.
		if right, early := strings.HasPrefix(b.warned[0], "the answer is right"), broken == "pending" || broken == "locks"; right == early {
			t.Errorf("%s: %q", broken, b.warned)
		}
		s, err := b.Store.Session(testSession)
		if err != nil || s.IsZero() != (broken == "sessions") {
			t.Errorf("%s: the session: %v", broken, err)
		}
		if got := b.stored(t, r.Key); (got == "") != (broken == "tokens") {
			t.Errorf("%s: the token is %q", broken, got)
		}
	}
}

// Whoever has signed in with another client, or in another cloud, is named.
func TestNobodyButWithAnotherClient(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	r.Unattended = "CI is set"
	b.silent = func(_ context.Context, r Request, s cache.Session) (Grant, error) {
		_, err := ChooseAccount(s, r.Account, r.Tenant)
		return Grant{}, &InteractionRequiredError{Err: err}
	}
	for name, test := range map[string]struct {
		client, authority, account, want string
	}{
		"another client":            {"other", r.Authority, "", "nobody has signed in yet with the client other; alice@contoso.example signed in with the client " + r.Client},
		"another cloud":             {r.Client, "login.microsoftonline.us", "", "nobody has signed in yet at login.microsoftonline.us; alice@contoso.example signed in at " + r.Authority},
		"the account that is named": {"other", r.Authority, "Alice@contoso.example", "Alice@contoso.example has not signed in yet with the client other; alice@contoso.example signed in with"},
		"another account":           {"other", r.Authority, "eve@contoso.example", "eve@contoso.example has not signed in yet)"},
	} {
		r := r
		r.Client, r.Authority, r.Account = test.client, test.authority, test.account
		err := fails[*UnattendedError](t, b, r)
		if !strings.Contains(err.Error(), "("+test.want) || !errors.Is(err, ErrNobody) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b = newBench(newDir(t))
	if err := fails[*UnattendedError](t, b, r); !strings.Contains(err.Error(), "(nobody has signed in yet)") {
		t.Errorf("nobody at all: %v", err)
	}
}

func TestDescribeTenant(t *testing.T) {
	for tenant, want := range map[string]string{"contoso.example": "the tenant contoso.example", "organizations": "any tenant", "Common": "any tenant", "consumers": "personal accounts"} {
		if got := DescribeTenant(tenant); got != want {
			t.Errorf("%s: %q", tenant, got)
		}
	}
}

func TestDamagedCache(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	b.keep(t, r, fresh, "old")
	writeFile(t, sessionFile(t, b), `{"version":1,"msal":{"RefreshTok`)
	writeFile(t, filepath.Join(b.Store.Dir, "tokens", r.Hash()), "")
	b.silent = func(_ context.Context, _ Request, s cache.Session) (Grant, error) {
		if !s.IsZero() {
			t.Errorf("got %s", s.Reveal())
		}
		return Grant{}, errNobody
	}
	b.gets(t, r, "by sign-in")
	if len(b.mended) != 2 || len(b.warned) != 0 || b.signIns != 1 {
		t.Errorf("mended %q, warned %q, %d sign-ins", b.mended, b.warned, b.signIns)
	}
	s, err := b.Store.Session(testSession)
	if err != nil || s.IsZero() || b.stored(t, r.Key) != "by sign-in" {
		t.Errorf("what is new is not kept: %v", err)
	}
}

// A cache of a newer version is left as it is, whichever way leads to it.
func TestNewerCache(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	newer := `{"version":2,"other":true}`
	writeFile(t, sessionFile(t, b), newer)
	fails[*cache.Error](t, b, r)
	b.did(t, 0, 0, 0, 0)
	if got, err := b.Login(t.Context(), r); err != nil || got.Value.Reveal() != "by sign-in" {
		t.Errorf("login: %v", err)
	}
	b.did(t, 0, 1, 1, 1)
	path := filepath.Join(b.Store.Dir, "tokens", r.Hash())
	writeFile(t, path, newer)
	if place := fails[*cache.Error](t, b, r); place.Path != path {
		t.Errorf("got %v", place)
	}
	for _, file := range []string{sessionFile(t, b), path} {
		if blob, err := os.ReadFile(file); string(blob) != newer || err != nil {
			t.Errorf("%s was overwritten: %s", file, blob)
		}
	}
}

func TestClaims(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	b.keep(t, r, fresh, "without")
	r.Claims = `{"access_token":{}}`
	b.silent = func(_ context.Context, got Request, _ cache.Session) (Grant, error) {
		if got.Claims != r.Claims {
			t.Errorf("got claims %q", got.Claims)
		}
		return grant(got, "alice", "with"), nil
	}
	b.gets(t, r, "with")
	b.did(t, 1, 0, 0, 0)
	r.Claims = ""
	b.gets(t, r, "with")
	b.did(t, 1, 0, 0, 0)
}

// What the service demands of the next sign-in reaches it; what the request demands goes first.
func TestClaimsOfTheService(t *testing.T) {
	for asked, want := range map[string]string{"": "of the service", "of the request": "of the request"} {
		b, r := newBench(newDir(t)), testRequest("t1")
		r.Claims = asked
		b.silent = func(context.Context, Request, cache.Session) (Grant, error) {
			return Grant{}, &InteractionRequiredError{Err: errors.New("MFA"), Claims: "of the service"}
		}
		b.signIn = func(_ context.Context, got Request, _ cache.Session, _ func(Prompt) error) (Grant, error) {
			if got.Claims != want {
				t.Errorf("got claims %q, want %q", got.Claims, want)
			}
			return grant(got, "alice", "new"), nil
		}
		b.gets(t, r, "new")
	}
}

// A renewal by another process is waited for: a moment with a valid token at hand, a while without.
func TestLockIsHeldForTooLong(t *testing.T) {
	for name, test := range map[string]struct {
		age, step time.Duration
		served    bool
	}{"stale": {stale, time.Second, true}, "expired": {expired, 25 * time.Second, false}} {
		t.Run(name, func(t *testing.T) {
			b, r := newBench(newDir(t)), testRequest("t1")
			b.keep(t, r, test.age, "old")
			unlock, err := b.Store.LockSession(t.Context(), testSession, nil)
			must(t, err)
			defer unlock()
			start := time.Now()
			now := start
			b.Now = func() time.Time { now = now.Add(test.step); return now }
			got, err := b.Token(t.Context(), r)
			if test.served {
				if now.Sub(start) > 10*patience {
					t.Errorf("waited %v with a valid token at hand", now.Sub(start))
				}
				if err != nil || got.Value.Reveal() != "old" || !strings.Contains(strings.Join(b.warned, "\n"), "has been renewing") {
					t.Errorf("got %v, warned %q", err, b.warned)
				}
			} else if busy := (*LockError)(nil); !errors.As(err, &busy) || busy.Holder.PID != os.Getpid() || busy.Waited <= sessionWait || len(b.warned) != 1 {
				t.Errorf("got %v, warned %q", err, b.warned)
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.silents+b.signIns > 0 {
				t.Error("a source was asked without the lock")
			}
		})
	}
}

func TestKeepToken(t *testing.T) {
	for name, test := range map[string]struct {
		session, asked, account string
		kept                    string // the account of the key that it is kept under
		unnamed                 string // what is left of an older token for no account
	}{
		"the only account":               {"alice:t1", "", "alice", "", "new"},
		"the only one, in capitals":      {"alice:t1", "", "ALICE", "", "new"},
		"the only one of this tenant":    {"alice:t1 bob:t2", "", "alice", "", "new"},
		"two of this tenant":             {"alice:t1 bob:t1", "", "bob", "bob@contoso.example", ""},
		"another than would be chosen":   {"alice:t1 bob:t2", "", "bob", "bob@contoso.example", "old"},
		"asked for by name":              {"alice:t1 bob:t1", "bob@contoso.example", "bob", "bob@contoso.example", ""},
		"asked for by name, others here": {"alice:t2 bob:t1", "alice@contoso.example", "alice", "alice@contoso.example", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b, unnamed := newBench(newDir(t)), testRequest("t1")
			b.keep(t, unnamed, stale, "old")
			elsewhere := testRequest("t9")
			b.keep(t, elsewhere, fresh, "of another tenant")
			must(t, b.Store.KeepSession(testSession, sessionOf(test.session)))
			r := unnamed
			r.Account, r.Tenant = test.asked, strings.ToUpper(r.Tenant)
			b.silent = func(context.Context, Request, cache.Session) (Grant, error) {
				return Grant{Token: token("new", 0, test.account)}, nil
			}
			b.gets(t, r, "new")
			r.Account = test.kept
			if got := b.stored(t, r.Key); got != "new" {
				t.Errorf("under %q is %q", test.kept, got)
			}
			if got := b.stored(t, unnamed.Key); got != test.unnamed {
				t.Errorf("for no account there is %q", got)
			}
			if b.stored(t, elsewhere.Key) == "" {
				t.Error("a token of another tenant is gone")
			}
		})
	}
}

// What watches for signals is set up before the first wait and not for a warm call.
func TestBeforeWait(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	type key struct{}
	begun, ended := 0, 0
	b.BeforeWait = func(ctx context.Context) (context.Context, func()) {
		begun++
		return context.WithValue(ctx, key{}, "watched"), func() { ended++ }
	}
	b.silent = func(ctx context.Context, _ Request, _ cache.Session) (Grant, error) {
		if ctx.Value(key{}) == nil || ended > 0 {
			t.Error("a silent request is not watched")
		}
		return Grant{}, errNobody
	}
	ask := b.signIn
	b.signIn = func(ctx context.Context, r Request, s cache.Session, show func(Prompt) error) (Grant, error) {
		if ctx.Value(key{}) == nil || ended >= begun {
			t.Error("a sign-in is not watched")
		}
		return ask(ctx, r, s, show)
	}
	for i, call := range []func(context.Context, Request) (cache.Token, error){b.Token, b.Token, b.Login} {
		if got, err := call(t.Context(), r); err != nil || got.Value.Reveal() != "by sign-in" {
			t.Error(err)
		}
		if want := max(i, 1); begun != want || ended != want { // the second call is warm
			t.Errorf("call %d: begun %d times, ended %d times", i, begun, ended)
		}
	}
}

// The token of a guest, who has another name here, belongs to the account that would be chosen.
func TestKeepTokenOfAGuest(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("fabrikam")
	guest, err := cache.NewSession([]byte(`{"Account":{
		"1":{"home_account_id":"oid.home","realm":"home","username":"alice@contoso.example"},
		"2":{"home_account_id":"oid.home","realm":"fabrikam","username":"alice#ext@fabrikam.example"}}}`))
	must(t, err)
	must(t, b.Store.KeepSession(testSession, guest))
	b.silent = func(context.Context, Request, cache.Session) (Grant, error) {
		g := Grant{Token: token("of the guest", 0, "")}
		g.Token.Account = "alice#ext@fabrikam.example"
		return g, nil
	}
	b.gets(t, r, "of the guest")
	if got := b.stored(t, r.Key); got != "of the guest" {
		t.Errorf("stored is %q", got)
	}
}

func TestAccountsThatLookAlike(t *testing.T) {
	s, err := cache.NewSession([]byte(`{"Account":{
		"1":{"home_account_id":"oid1.home","realm":"t","username":"same@contoso.example"},
		"2":{"home_account_id":"oid2.home","realm":"t","username":"Same@contoso.example"},
		"3":{"home_account_id":"oid3.home","realm":"t"}}}`))
	must(t, err)
	several := (*AccountsError)(nil)
	if _, err := ChooseAccount(s, "", "t"); !errors.As(err, &several) ||
		strings.Join(several.Accounts, ", ") != "Same@contoso.example oid2.home, oid3.home, same@contoso.example oid1.home" {
		t.Errorf("got %v", err)
	}
	if _, err := ChooseAccount(s, "same@contoso.example", "t"); !errors.As(err, &several) || len(several.Accounts) != 2 {
		t.Errorf("got %v", err)
	}
	if got, err := ChooseAccount(s, "oid2.home", "t"); err != nil || got.HomeID != "oid2.home" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestChooseAccount(t *testing.T) {
	for name, test := range map[string]struct{ session, account, tenant, want, several string }{
		"the only one":                 {"alice:t1", "", "t1", "alice", ""},
		"the only one, another tenant": {"alice:t1", "", "t9", "alice", ""},
		"by tenant":                    {"alice:t1 bob:t2", "", "t2", "bob", ""},
		"by tenant in capitals":        {"alice:t1 bob:t2", "", "T2", "bob", ""},
		"two of the tenant":            {"bob:t1 alice:t1 carol:t2", "", "t1", "", "alice bob carol"},
		"none of the tenant":           {"bob:t1 alice:t2", "", "t9", "", "alice bob"},
		"asked for":                    {"alice:t1 bob:t1", "bob@contoso.example", "t1", "bob", ""},
		"asked for in capitals":        {"alice:t1 bob:t1", "BOB@contoso.example", "t1", "bob", ""},
		"asked for by home ID":         {"alice:t1 bob:t1", "oid-bob", "t1", "bob", ""},
		"asked for, of another tenant": {"alice:t1 bob:t2", "bob@contoso.example", "t1", "bob", ""},
		"asked for, unknown":           {"alice:t1", "eve@contoso.example", "t1", "", ""},
		"nobody":                       {"", "", "t1", "", ""},
		"nobody, asked for":            {"", "alice@contoso.example", "t1", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ChooseAccount(sessionOf(test.session), test.account, test.tenant)
			several := (*AccountsError)(nil)
			switch {
			case test.want != "":
				if err != nil || got.Username != test.want+"@contoso.example" || got.HomeID != "oid-"+test.want {
					t.Errorf("got %v, %v", got, err)
				}
			case test.several != "":
				if !errors.As(err, &several) || strings.ReplaceAll(strings.Join(several.Accounts, " "), "@contoso.example", "") != test.several {
					t.Errorf("got %v, %v", got, err)
				}
			case !errors.Is(err, ErrNobody) || test.account != "" && !strings.Contains(err.Error(), test.account):
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}
