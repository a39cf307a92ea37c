package plugin

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
)

// house keeps a session, "alice:t1 bob:t1", and fresh tokens for calls without a name: of alice in t1 and t2.
func house(t *testing.T, who string) *bench {
	t.Helper()
	b := newBench(newDir(t))
	must(t, b.Store.KeepSession(testSession, sessionOf(who)))
	for _, tenant := range []string{"t1", "t2"} {
		must(t, b.Store.KeepToken(testRequest(tenant).Key, token("of alice in "+tenant, 0, "alice")))
	}
	named := testRequest("t1")
	named.Account = "alice@contoso.example"
	must(t, b.Store.KeepToken(named.Key, token("of alice by name", 0, "alice")))
	return b
}

func TestExplainAccount(t *testing.T) {
	two := sessionOf("alice:t1 bob:t2")
	for name, test := range map[string]struct {
		session         cache.Session
		account, tenant string
		want            string
		why             Why
	}{
		"named":                     {two, "bob@contoso.example", "t1", "bob", WhyNamed},
		"named, though chosen":      {two.Choose("", "oid-alice"), "bob@contoso.example", "t1", "bob", WhyNamed},
		"chosen":                    {two.Choose("", "oid-alice"), "", "t9", "alice", WhyChosen},
		"chosen, though not of it":  {two.Choose("", "oid-alice"), "", "t2", "alice", WhyChosen},
		"chosen for the tenant":     {two.Choose("", "oid-alice").Choose("t9", "oid-bob"), "", "T9", "bob", WhyChosenHere},
		"chosen for another tenant": {two.Choose("t9", "oid-bob"), "", "t1", "alice", WhyOnlyOfTenant},
		"chosen, but gone":          {two.Choose("", "oid-carol"), "", "t1", "alice", WhyOnlyOfTenant},
		"the only one":              {sessionOf("alice:t1"), "", "t9", "alice", WhyOnly},
		"the only one of it":        {two, "", "t2", "bob", WhyOnlyOfTenant},
	} {
		got, why, err := ExplainAccount(test.session, test.account, test.tenant)
		if err != nil || got.HomeID != "oid-"+test.want || why != test.why {
			t.Errorf("%s: got %s, %q, %v", name, got.Username, why, err)
		}
	}
}

// Tokens of others that calls without a name would get go, and no others do.
func TestChooseAccountForGood(t *testing.T) {
	for name, test := range map[string]struct {
		tenant string
		t1, t2 string // what is left for calls without a name
	}{
		"for all":        {"", "", ""},
		"for one tenant": {"T2", "of alice in t1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := house(t, "alice:t1,t2 bob:t2")
			got, changes, err := b.Choose(t.Context(), testSession, "BOB@contoso.example", test.tenant)
			if err != nil || got.HomeID != "oid-bob" {
				t.Fatalf("got %v, %v", got, err)
			}
			one, two := testRequest("t1"), testRequest("t2")
			if x, y := b.stored(t, one.Key), b.stored(t, two.Key); x != test.t1 || y != test.t2 {
				t.Errorf("left are %q and %q", x, y)
			}
			one.Account = "alice@contoso.example"
			if b.stored(t, one.Key) == "" {
				t.Error("a token that was asked for by name is gone")
			}
			if want := map[bool]int{true: 2, false: 1}[test.tenant == ""]; len(changes) != want || changes[want-1] != (Change{"t2", "bob@contoso.example", ""}) {
				t.Errorf("changes: %v", changes)
			}
			b.silent = func(_ context.Context, r Request, s cache.Session) (Grant, error) {
				chosen, err := ChooseAccount(s, r.Account, r.Tenant)
				must(t, err)
				name, _, _ := strings.Cut(chosen.Username, "@")
				return Grant{Token: token("of "+name, 0, name)}, nil
			}
			b.gets(t, two, "of bob")
			b.gets(t, two, "of bob")
			b.did(t, 1, 0, 0, 0)
			if _, _, err := b.Choose(t.Context(), testSession, "", ""); err != nil {
				t.Error(err)
			}
			if b.stored(t, two.Key) != "" {
				t.Error("a token for no account stays, though several fit again")
			}
		})
	}
}

func TestChooseInVain(t *testing.T) {
	several := (*AccountsError)(nil)
	b := house(t, "alice:t1 bob:t1")
	before := snapshot(t, b.Store.Dir+"/tokens") + snapshot(t, b.Store.Dir+"/sessions")
	if _, _, err := b.Choose(t.Context(), testSession, "eve@contoso.example", ""); !errors.Is(err, ErrNobody) {
		t.Errorf("a stranger: %v", err)
	}
	other := cache.SessionID{Authority: testSession.Authority, Client: "another"}
	for _, name := range []string{"alice@contoso.example", ""} {
		if _, _, err := b.Choose(t.Context(), other, name, ""); !errors.Is(err, ErrNobody) {
			t.Errorf("%q of another session: %v", name, err)
		}
	}
	if after := snapshot(t, b.Store.Dir+"/tokens") + snapshot(t, b.Store.Dir+"/sessions"); after != before {
		t.Errorf("something has changed:\n%s%s", before, after)
	}
	same, err := cache.NewSession([]byte(`{"Account":{
		"1":{"home_account_id":"oid1.home","realm":"t1","username":"same@contoso.example"},
		"2":{"home_account_id":"oid2.home","realm":"t2","username":"same@contoso.example"}}}`))
	must(t, err)
	must(t, b.Store.KeepSession(other, same))
	if _, _, err := b.Choose(t.Context(), other, "same@contoso.example", "t1"); !errors.As(err, &several) {
		t.Errorf("two that are called the same: %v", err)
	}
}

// A choice waits for a renewal that is under way, and the other way round: who renews after it gets the token
// of the chosen one, whoever's was asked for before.
func TestChooseUnderTheLock(t *testing.T) {
	b := house(t, "alice:t1 bob:t1")
	stale := testRequest("t1")
	must(t, b.Store.KeepToken(stale.Key, token("old", time.Hour, "alice")))
	choosing := make(chan error, 1)
	var once sync.Once
	b.silent = func(_ context.Context, r Request, s cache.Session) (Grant, error) {
		once.Do(func() {
			other := newBench(b.Store.Dir)
			go func() {
				_, _, err := other.Choose(t.Context(), testSession, "bob@contoso.example", "")
				choosing <- err
			}()
			select {
			case err := <-choosing:
				t.Errorf("a choice was made while the session was renewed: %v", err)
				choosing <- err
			case <-time.After(150 * time.Millisecond):
			}
		})
		return grant(r, "alice", "late"), nil
	}
	r := stale
	r.Renew = true
	b.gets(t, r, "late")
	must(t, <-choosing)
	if got := b.stored(t, stale.Key); got != "" {
		t.Errorf("for no account there is %q, after bob was chosen", got)
	}
	s, err := b.Store.Session(testSession)
	must(t, err)
	if id, _ := s.Chosen("t1"); id != "oid-bob" {
		t.Errorf("chosen is %q", id)
	}
}

// Who signs in though another one is chosen is told so, and serves this call alone.
func TestSignInOfAnother(t *testing.T) {
	b := newBench(newDir(t))
	must(t, b.Store.KeepSession(testSession, sessionOf("bob:t1").Choose("", "oid-bob")))
	r := testRequest("t1")
	b.gets(t, r, "by sign-in")
	if len(b.warned) != 1 || !strings.Contains(b.warned[0], "alice@contoso.example") || !strings.Contains(b.warned[0], "bob@contoso.example") {
		t.Errorf("warned %q", b.warned)
	}
	if got := b.stored(t, r.Key); got != "" {
		t.Errorf("for no account there is %q", got)
	}
	s, err := b.Store.Session(testSession)
	must(t, err)
	if age := time.Since(s.SignedIn("oid-alice")); age < 0 || age > time.Minute {
		t.Errorf("alice signed in %v ago", age)
	}
	if !s.SignedIn("oid-bob").IsZero() {
		t.Error("bob has not signed in again")
	}
}

// A short name means the one account that has it before its "@", and never one of several.
func TestCompleteAccount(t *testing.T) {
	account := func(names ...string) cache.Account {
		return cache.Account{HomeID: "oid." + names[0], Username: names[0], Aliases: names}
	}
	all := []cache.Account{account("alice@contoso.example"), account("carol@fabrikam.example", "carol_f@contoso.example"),
		account("bob@contoso.example"), account("bob@fabrikam.example"), account("dana@contoso.example"), account("dana@contoso.example")}
	for name, want := range map[string]string{
		"alice": "alice@contoso.example", "ALICE": "alice@contoso.example", "carol_f": "carol@fabrikam.example",
		"dana":                "dana@contoso.example", // whose token it is, is decided where both are told apart
		"Bob@contoso.example": "Bob@contoso.example", "oid.bob@contoso.example": "oid.bob@contoso.example",
		"ali": "ali", "alice@": "alice@", "alice@fabrikam.example": "alice@fabrikam.example", "": "",
	} {
		if got, err := CompleteAccount(all, name); err != nil || got != want {
			t.Errorf("%q: got %q, %v", name, got, err)
		}
	}
	// Where nobody typed it, a short name is no name: a sign-in would not help.
	_, err := ChooseAccount(sessionOf("alice:t1"), "alice", "t1")
	if short, ok := errors.AsType[*ShortNameError](err); !ok || errors.Is(err, ErrNobody) || strings.Join(short.Fits, " ") != "alice@contoso.example" {
		t.Errorf("got %v", err)
	}
	_, err = CompleteAccount(all, "bob")
	if short, ok := errors.AsType[*ShortNameError](err); !ok || strings.Join(short.Fits, " ") != "bob@contoso.example bob@fabrikam.example" {
		t.Errorf("got %v", err)
	}
}
