package plugin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
)

// testWay is a way to sign in, and how it ends.
type testWay struct {
	name string
	did  func(context.Context, Request, UI) error
}

func (w testWay) Name() string { return w.name }
func (w testWay) Grant(ctx context.Context, r Request, ui UI) (Grant, error) {
	if err := w.did(ctx, r, ui); err != nil {
		return Grant{}, err
	}
	return grant(r, "alice", "by "+w.name), nil
}

// blocked is a refusal of device codes that is believed for a day.
type blocked struct{}

func (blocked) Error() string { return "the policy blocks it" }
func (blocked) Name() string  { return "AADSTS53003" }

func refuseCodes(context.Context, Request, UI) error {
	return &RefusedError{Reason: Blocked, Text: "AADSTS53003: no", Err: blocked{}, OfMethod: DeviceCode, Believed: 24 * time.Hour}
}

func takes(context.Context, Request, UI) error { return nil }

// autos are processes that sign in by Auto, and the ways that they went.
type autos struct {
	dir  string
	late time.Duration // so much later it is
	code func(context.Context, Request, UI) error
	goOn func(context.Context, *RefusedError, Method) bool
	only bool // the device code alone is wanted

	mu   sync.Mutex
	went []string
}

func (a *autos) log(s string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.went = append(a.went, s)
}

func (a *autos) next() *bench {
	b := newBench(a.dir)
	b.Now = func() time.Time { return time.Now().Add(a.late) }
	b.Store.Now = b.Now
	logged := func(name string, did func(context.Context, Request, UI) error) Method {
		return testWay{name, func(ctx context.Context, r Request, ui UI) error {
			a.log(name)
			return did(ctx, r, ui)
		}}
	}
	auto := Auto{DeviceCode: logged(DeviceCode, a.code), Store: b.Store, GoOn: a.goOn, Now: b.Now,
		Skip: func(_ Request, w cache.RefusedWay, next Method) { a.log(w.Why + ", so " + next.Name()) }}
	if !a.only {
		auto.Next = func(context.Context) Method { return logged("browser", takes) }
	}
	b.SignIn = auto
	return b
}

func (a *autos) did(t *testing.T, when string, want ...string) {
	t.Helper()
	if !slices.Equal(a.went, want) {
		t.Errorf("%s: went %q, not %q", when, a.went, want)
	}
	a.went = nil
}

func (a *autos) refused(t *testing.T, r Request) *RefusedError {
	t.Helper()
	_, err := a.next().Token(t.Context(), r)
	var e *RefusedError
	if !errors.As(err, &e) {
		t.Fatalf("not refused: %v", err)
	}
	return e
}

func newAutos(t *testing.T) *autos {
	return &autos{dir: newDir(t), code: refuseCodes}
}

const known = "AADSTS53003, so browser"

// After a refusal the next call goes the next way at once, for as long as it is believed; and no other tenant, no other
// client, and nobody who asks for the sign-in itself is spared the device code.
func TestAuto(t *testing.T) {
	a, r := newAutos(t), testRequest("t1")
	if e := a.refused(t, r); e.Next != "browser" || e.OfMethod != DeviceCode || !e.When.IsZero() {
		t.Errorf("%+v", e)
	}
	a.did(t, "first call", DeviceCode)
	a.next().gets(t, r, "by browser")
	a.did(t, "second call", known, "browser")

	client := testRequest("t1")
	client.Client = "22222222-2222-3333-4444-555555555555"
	for _, other := range []Request{testRequest("t2"), client} {
		a.refused(t, other)
		a.did(t, "another tenant or client", DeviceCode)
	}
	if _, err := a.next().Login(t.Context(), r); err == nil {
		t.Error("no device code was asked for")
	}
	a.did(t, "login", DeviceCode)
	r.Renew = true
	a.next().gets(t, r, "by browser")
	a.did(t, "after login", known, "browser")

	a.late = 24 * time.Hour
	a.refused(t, r)
	a.did(t, "a day later", DeviceCode)
	a.code = takes
	_, err := a.next().Login(t.Context(), r)
	must(t, err)
	a.next().gets(t, r, "by "+DeviceCode)
	a.did(t, "after a device code was taken", DeviceCode, DeviceCode)
}

// A refusal that is no matter of device codes is remembered as any, and so is one where there is no other way.
func TestAutoOtherRefusal(t *testing.T) {
	for name, set := range map[string]func(*autos){
		"other matter": func(a *autos) {
			a.code = func(context.Context, Request, UI) error { return &RefusedError{Reason: Blocked, Text: "no"} }
		},
		"device code wanted": func(a *autos) { a.only = true },
	} {
		a, r := newAutos(t), testRequest("t1")
		set(a)
		if e := a.refused(t, r); e.Next != "" {
			t.Errorf("%s: %+v", name, e)
		}
		if e := a.refused(t, r); e.When.IsZero() {
			t.Errorf("%s: asked anew", name)
		}
		a.did(t, name, DeviceCode)
	}
	a, r := newAutos(t), testRequest("t1")
	a.refused(t, r)
	a.went, a.only, a.late = nil, true, time.Hour
	a.refused(t, r)
	a.did(t, "device code wanted, though the tenant refused one", DeviceCode)
}

// On a terminal the sign-in goes on after a yes.
func TestAutoGoesOn(t *testing.T) {
	for yes, want := range map[bool][]string{true: {DeviceCode, "browser?", "browser"}, false: {DeviceCode, "browser?"}} {
		a, r := newAutos(t), testRequest("t1")
		a.goOn = func(_ context.Context, e *RefusedError, next Method) bool {
			if e.Request.Tenant != "t1" {
				t.Errorf("of %+v", e.Request)
			}
			a.log(next.Name() + "?")
			return yes
		}
		if yes {
			a.next().gets(t, r, "by browser")
		} else {
			a.refused(t, r)
		}
		a.did(t, "asked", want...)
	}
}

// Of many processes one asks for a device code; all that waited for it end with its refusal, and no browser opens for
// them. The next processes go the next way, once for all.
func TestAutoStorm(t *testing.T) {
	const n = 20
	a, r := newAutos(t), testRequest("t1")
	shown, ready := afterwards(n)
	ends := func(err error) func(context.Context, Request, UI) error {
		return func(_ context.Context, r Request, ui UI) error {
			if err := ui.Show(r, testCode); err != nil {
				return err
			}
			<-ready
			return err
		}
	}
	a.code = ends(refuseCodes(t.Context(), r, nil))
	var wg sync.WaitGroup
	for range n {
		b := a.next()
		b.onPrompt = func(Prompt) { shown() }
		wg.Go(func() {
			_, err := b.Token(t.Context(), r)
			if e, ok := errors.AsType[*RefusedError](err); !ok || e.Next != "browser" || !strings.Contains(e.Text, "AADSTS53003") {
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
	a.did(t, "first round", DeviceCode)
	for range n {
		wg.Go(func() { a.next().gets(t, r, "by browser") })
	}
	wg.Wait()
	a.did(t, "second round", known, "browser")
}
