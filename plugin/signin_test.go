package plugin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/https"
)

// storm starts n processes that need the same token, and returns when all have it. The sign-in ends when
// ready is closed.
func storm(t *testing.T, n int, screen func(i int) cache.FileID, on func(*bench), ready <-chan struct{}) []*bench {
	t.Helper()
	dir, r := newDir(t), testRequest("t1")
	var all []*bench
	var wg sync.WaitGroup
	for i := range n {
		b := newBench(dir)
		b.StderrID = screen(i)
		b.signIn = func(_ context.Context, r Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
			if err := show(testCode); err != nil {
				return Grant{}, err
			}
			<-ready
			return grant(r, "alice", "of all"), nil
		}
		on(b)
		all = append(all, b)
		wg.Go(func() { b.gets(t, r, "of all") })
	}
	wg.Wait()
	signIns := 0
	for _, b := range all {
		signIns += b.signIns
		if len(b.warned) > 0 {
			t.Errorf("warned %q", b.warned)
		}
	}
	if signIns != 1 {
		t.Errorf("%d sign-ins", signIns)
	}
	return all
}

// afterwards returns a function that closes the channel when it is called for the nth time.
func afterwards(n int) (func(), <-chan struct{}) {
	done := make(chan struct{})
	var mu sync.Mutex
	return func() {
		mu.Lock()
		defer mu.Unlock()
		if n--; n == 0 {
			close(done)
		}
	}, done
}

func TestStormOnOneScreen(t *testing.T) {
	const n = 20
	said, ready := afterwards(n - 1)
	all := storm(t, n, func(int) cache.FileID { return cache.FileID{Dev: 1, Ino: 1} }, func(b *bench) {
		b.onExplain = func(s string) {
			if strings.Contains(s, "whose code stands here already") {
				said()
			}
		}
	}, ready)
	prompts := 0
	for _, b := range all {
		prompts += len(b.prompts)
	}
	if prompts != 1 {
		t.Errorf("%d prompts on one screen", prompts)
	}
}

func TestStormOnManyScreens(t *testing.T) {
	for name, screen := range map[string]func(int) cache.FileID{
		"different": func(i int) cache.FileID { return cache.FileID{Dev: 1, Ino: uint64(i + 1)} },
		"unknown":   func(int) cache.FileID { return cache.FileID{} },
	} {
		t.Run(name, func(t *testing.T) {
			const n = 10
			prompted, ready := afterwards(n)
			first := 0
			for _, b := range storm(t, n, screen, func(b *bench) { b.onPrompt = func(Prompt) { prompted() } }, ready) {
				if len(b.prompts) != 1 || b.prompts[0].UserCode != testCode.UserCode || b.prompts[0].URL != testCode.URL ||
					!b.prompts[0].Expires.Equal(testCode.Expires) {
					t.Errorf("prompts %v", b.prompts)
				}
				switch b.askers[0] {
				case "kubectl":
					first++
				case fmt.Sprintf("kubectl (process %d, for which this one waits)", os.Getpid()):
				default:
					t.Errorf("asked by %q", b.askers[0])
				}
			}
			if first != 1 {
				t.Errorf("%d processes asked for themselves", first)
			}
		})
	}
}

// A prompt that waits for tenant A delays no renewal for tenant B.
func TestPromptDelaysNobody(t *testing.T) {
	dir := newDir(t)
	a, b := newBench(dir), newBench(dir)
	shown, approved := make(chan struct{}), make(chan struct{})
	a.signIn = func(_ context.Context, r Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
		err := show(testCode)
		close(shown)
		<-approved
		return grant(r, "alice", "of a"), err
	}
	var wg sync.WaitGroup
	wg.Go(func() { a.gets(t, testRequest("a"), "of a") })
	<-shown
	b.keep(t, testRequest("b"), stale, "old")
	b.silent = func(_ context.Context, r Request, _ cache.Session) (Grant, error) {
		return grant(r, "alice", "of b"), nil
	}
	b.gets(t, testRequest("b"), "of b")
	b.did(t, 1, 0, 0, 0)
	close(approved)
	wg.Wait()
	s, err := a.Store.Session(testSession)
	must(t, err)
	if accounts, err := s.Accounts(); err != nil || len(accounts) != 1 || len(accounts[0].Tenants) != 2 {
		t.Errorf("of two sign-ins one is lost: %v, %v", accounts, err)
	}
}

// Somebody signed in for another tenant while this call waited for nothing: no second prompt.
func TestSilentOnceMoreBeforeThePrompt(t *testing.T) {
	b := newBench(newDir(t))
	b.silent = func(_ context.Context, r Request, _ cache.Session) (Grant, error) {
		if b.silents < 2 {
			return Grant{}, errNobody
		}
		return grant(r, "alice", "silent"), nil
	}
	b.gets(t, testRequest("t1"), "silent")
	b.did(t, 2, 0, 0, 0)
}

func TestFailedSignIn(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	now := time.Now()
	b.Now = func() time.Time { return now }
	declined := &RefusedError{Reason: Declined, Text: "the sign-in was declined"}
	b.signIn = func(_ context.Context, _ Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
		return Grant{}, errors.Join(show(testCode), declined)
	}
	if err := fails[*RefusedError](t, b, r); err != declined {
		t.Errorf("got %v", err)
	}
	other := newBench(b.Store.Dir)
	other.Now = b.Now
	for range 2 {
		err := fails[*RefusedError](t, other, r)
		if err.Reason != Declined || err.Text != declined.Text || !err.When.Equal(now) {
			t.Errorf("remembered is %+v", err)
		}
	}
	if other.signIns > 0 || len(other.prompts) > 0 {
		t.Errorf("%d sign-ins within the memory", other.signIns)
	}
	other.gets(t, testRequest("t2"), "by sign-in") // another tenant is another matter
	now = now.Add(time.Minute + time.Second)
	other.gets(t, r, "by sign-in")
	if other.signIns != 2 {
		t.Errorf("%d sign-ins", other.signIns)
	}
}

// At a terminal a failure holds back the caller whose sign-in it was, and nobody who types a command anew; in the
// background it holds back everybody.
func TestMemoryIsOfTheCaller(t *testing.T) {
	for _, reason := range []Reason{Declined, Expired, TimedOut, Cancelled, Blocked, WrongAccount} {
		b, r := newBench(newDir(t)), testRequest("t1")
		b.Caller = "one"
		b.signIn = func(_ context.Context, _ Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
			return Grant{}, errors.Join(show(testCode), &RefusedError{Reason: reason, Text: "no"})
		}
		fails[*RefusedError](t, b, r)
		again := newBench(b.Store.Dir)
		again.Caller = "one"
		if err := fails[*RefusedError](t, again, r); err.ForAll || !err.Until.Equal(err.When.Add(time.Minute)) {
			t.Errorf("%s: the same caller is told %+v", reason, err)
		}
		background := newBench(b.Store.Dir)
		background.Memory = func() (time.Duration, bool) { return time.Hour, true }
		if err := fails[*RefusedError](t, background, r); !err.ForAll || !err.Until.Equal(err.When.Add(time.Hour)) {
			t.Errorf("%s: in the background: %+v", reason, err)
		}
		typed := newBench(b.Store.Dir)
		typed.Caller = "two"
		typed.gets(t, r, "by sign-in")
	}
}

// Whoever waits for the sign-in of another caller asks when that one is cancelled: nobody has said no here.
func TestWaiterAsksInPlaceOfAnotherCaller(t *testing.T) {
	for caller, want := range map[string]int{"one": 0, "two": 1} {
		dir, r := newDir(t), testRequest("t1")
		holder, waiter := newBench(dir), newBench(dir)
		holder.Caller, waiter.Caller = "one", caller
		ctx, cancel := context.WithCancel(t.Context())
		shown := make(chan struct{})
		holder.signIn = func(ctx context.Context, _ Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
			must(t, show(testCode))
			close(shown)
			<-ctx.Done()
			return Grant{}, context.Cause(ctx)
		}
		waiter.onPrompt = func(Prompt) { cancel() }
		var wg sync.WaitGroup
		wg.Go(func() { holder.Token(ctx, r) })
		<-shown
		_, err := waiter.Token(t.Context(), r)
		wg.Wait()
		if waiter.signIns != want || (err == nil) != (want == 1) {
			t.Errorf("%s: %d sign-ins, %v", caller, waiter.signIns, err)
		}
	}
}

func TestMemoryAndTheClock(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	must(t, b.Store.KeepSignIn(r.SignIn(), cache.SignIn{Failed: string(Declined), When: time.Now().Add(time.Hour)}))
	b.gets(t, r, "by sign-in") // a failure of the future: the clock was turned back
	b = newBench(newDir(t))
	b.Memory = remember(0)
	must(t, b.Store.KeepSignIn(r.SignIn(), cache.SignIn{Failed: string(Declined), When: time.Now()}))
	b.gets(t, r, "by sign-in")
}

// A stored token that is valid serves while a failure is remembered, and a silent renewal ends the matter.
func TestMemoryDelaysNoRenewal(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	must(t, b.Store.KeepSignIn(r.SignIn(), cache.SignIn{Failed: string(Declined), When: time.Now()}))
	b.silent = func(_ context.Context, r Request, _ cache.Session) (Grant, error) {
		return grant(r, "alice", "new"), nil
	}
	b.gets(t, r, "new")
}

func TestLogin(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	b.keep(t, r, fresh, "old")
	must(t, b.Store.KeepSignIn(r.SignIn(), cache.SignIn{Failed: string(Declined), When: time.Now()}))
	b.silent = func(context.Context, Request, cache.Session) (Grant, error) {
		t.Error("login asked in silence")
		return Grant{}, errDown
	}
	got, err := b.Login(t.Context(), r)
	if err != nil || got.Value.Reveal() != "by sign-in" || b.stored(t, r.Key) != "by sign-in" {
		t.Errorf("got %q, %v", got.Value.Reveal(), err)
	}
	b.did(t, 0, 1, 1, 0)
}

// A cancelled prompt is remembered; a call that was cancelled before anything was shown is not.
func TestCancelledSignIn(t *testing.T) {
	for name, shows := range map[string]bool{"shown": true, "not shown": false} {
		b, r := newBench(newDir(t)), testRequest("t1")
		signal := errors.New("ended by a signal")
		ctx, cancel := context.WithCancelCause(t.Context())
		b.signIn = func(ctx context.Context, _ Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
			if shows {
				must(t, show(testCode))
			}
			cancel(signal)
			return Grant{}, context.Cause(ctx)
		}
		if _, err := b.Token(ctx, r); !errors.Is(err, signal) {
			t.Errorf("%s: %v", name, err)
		}
		next := newBench(b.Store.Dir)
		if !shows {
			next.gets(t, r, "by sign-in")
			continue
		}
		if err := fails[*RefusedError](t, next, r); err.Reason != Cancelled {
			t.Errorf("remembered is %+v", err)
		}
		if next.signIns > 0 {
			t.Error("a person was asked again")
		}
	}
}

// A network that is down is not remembered: the next call tries again.
func TestNetworkErrorIsNotRemembered(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.signIn = func(_ context.Context, _ Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
		return Grant{}, errors.Join(show(testCode), errDown)
	}
	fails[*https.NetworkError](t, b, r)
	newBench(b.Store.Dir).gets(t, r, "by sign-in")
}

func TestWaiterGetsTheFailure(t *testing.T) {
	dir, r := newDir(t), testRequest("t1")
	holder, waiter := newBench(dir), newBench(dir)
	waiter.Memory = remember(0)
	waits, shown := make(chan struct{}), make(chan struct{})
	declined := &RefusedError{Reason: Declined, Text: "the sign-in was declined"}
	holder.signIn = func(_ context.Context, _ Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
		must(t, show(testCode))
		close(shown)
		<-waits
		return Grant{}, declined
	}
	waiter.onPrompt = func(Prompt) { close(waits) }
	var wg sync.WaitGroup
	wg.Go(func() { fails[*RefusedError](t, holder, r) })
	<-shown
	if err := fails[*RefusedError](t, waiter, r); err.Reason != Declined || err.When.IsZero() {
		t.Errorf("got %+v", err)
	}
	wg.Wait()
	if waiter.signIns > 0 {
		t.Error("the waiter asked again")
	}
}

// A prompt names the end that comes first: the code's, or that of the process that shows it, which a waiter has, too.
func TestPromptNamesTheEarlierEnd(t *testing.T) {
	dir, r := newDir(t), testRequest("t1")
	holder, waiter := newBench(dir), newBench(dir)
	now := time.Now()
	holder.Now, waiter.Now = func() time.Time { return now }, func() time.Time { return now }
	shown, waits := make(chan struct{}), make(chan struct{})
	holder.signIn = func(_ context.Context, r Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
		must(t, show(testCode))
		close(shown)
		<-waits
		return grant(r, "alice", "of the holder"), nil
	}
	waiter.onPrompt = func(Prompt) { close(waits) }
	var wg sync.WaitGroup
	wg.Go(func() {
		r := r
		r.PromptTimeout = time.Minute
		holder.gets(t, r, "of the holder")
	})
	<-shown
	r.PromptTimeout = 3 * time.Second
	waiter.gets(t, r, "of the holder")
	wg.Wait()
	if got := holder.prompts[0].Expires; !got.Equal(now.Add(time.Minute)) {
		t.Errorf("the holder's prompt ends at %v, not %v", got, now.Add(time.Minute))
	}
	if got := waiter.prompts[0].Expires; !got.Equal(now.Add(3 * time.Second)) {
		t.Errorf("the waiter's prompt ends at %v, not %v", got, now.Add(3*time.Second))
	}
}

// A process that waits is served as soon as the token is there, whoever holds the lock how long.
func TestServedWhileTheLockIsHeld(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	unlock, err := b.Store.LockSignIn(t.Context(), r.SignIn(), nil)
	must(t, err)
	defer unlock()
	must(t, b.Store.KeepSignIn(r.SignIn(), cache.SignIn{UserCode: cache.NewSecret("X"), Expires: time.Now().Add(time.Hour)}))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	b.onPrompt = func(Prompt) { b.keep(t, r, 0, "of the other") }
	if got, err := b.Token(ctx, r); err != nil || got.Value.Reveal() != "of the other" {
		t.Errorf("got %v", err)
	}
}

// What a person granted is kept though the call is cancelled at that moment, and another process renews.
func TestCancelAfterTheGrant(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	ctx, cancel := context.WithCancel(t.Context())
	unlock, looks := func() {}, 0
	b.Now = func() time.Time {
		if looks++; looks == 2 { // first when the wait begins, then when the lock is taken
			unlock()
		}
		return time.Now()
	}
	b.signIn = func(_ context.Context, r Request, _ cache.Session, _ func(Prompt) error) (Grant, error) {
		var err error
		unlock, err = b.Store.LockSession(t.Context(), testSession, nil)
		must(t, err)
		looks = 0
		cancel()
		return grant(r, "alice", "new"), nil
	}
	if got, err := b.Token(ctx, r); err != nil || got.Value.Reveal() != "new" {
		t.Errorf("got %v", err)
	}
	s, err := b.Store.Session(testSession)
	if err != nil || s.IsZero() || b.stored(t, r.Key) != "new" || len(b.warned) > 0 {
		t.Errorf("the session is lost: %v, warned %q", err, b.warned)
	}
}

func TestCancelledWait(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	unlock, err := b.Store.LockSignIn(t.Context(), r.SignIn(), nil)
	must(t, err)
	defer unlock()
	must(t, b.Store.KeepSignIn(r.SignIn(), cache.SignIn{UserCode: cache.NewSecret("X"), Expires: time.Now().Add(time.Hour)}))
	signal := errors.New("ended by a signal")
	ctx, cancel := context.WithCancelCause(t.Context())
	b.onPrompt = func(Prompt) { cancel(signal) }
	if _, err := b.Token(ctx, r); !errors.Is(err, signal) {
		t.Errorf("got %v", err)
	}
	if b.signIns > 0 {
		t.Error("a person was asked")
	}
}

// A record that is not the holder's, or whose code has ended, is not shown.
func TestStaleRecordIsNotShown(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	w := &waiter{c: b.Cached, r: r, id: r.SignIn(), started: time.Now()}
	here := cache.Holder{PID: os.Getpid()}
	look := func(name string, h cache.Holder, s cache.SignIn, prompts int) {
		t.Helper()
		must(t, b.Store.KeepSignIn(r.SignIn(), s))
		w.looked = time.Time{}
		must(t, w.look(h))
		if len(b.prompts) != prompts {
			t.Errorf("%s: %d prompts", name, len(b.prompts))
		}
	}
	code := cache.SignIn{UserCode: cache.NewSecret("X"), Expires: time.Now().Add(time.Hour)}
	ended := cache.SignIn{UserCode: cache.NewSecret("X"), Expires: time.Now().Add(-time.Second)}
	second := cache.SignIn{UserCode: cache.NewSecret("Y"), Expires: time.Now().Add(time.Hour)}
	look("of a process that was killed", cache.Holder{PID: os.Getpid() + 1}, code, 0)
	look("of an ended code", here, ended, 0)
	look("without a code", here, cache.SignIn{Expires: time.Now().Add(time.Hour)}, 0)
	look("a code", here, code, 1)
	look("the same code", here, code, 1)
	look("another code", here, second, 2)
	must(t, b.Store.RemoveSignIn(r.SignIn()))
	must(t, w.show(code, true)) // it was read before
	if len(b.prompts) != 2 {
		t.Errorf("the code of a sign-in that was over by the time that it could be claimed: %d prompts", len(b.prompts))
	}
}

// A process is killed while it asks: the one that waited shows the first code, then asks for itself.
func TestKilledAsker(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	cmd := startable(t, "ask", b.Store.Dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	defer cmd.Wait()
	defer cmd.Process.Kill()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "shown\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	b.onPrompt = func(c Prompt) {
		if c.UserCode == "OF-CHILD" {
			must(t, cmd.Process.Kill())
		}
	}
	b.gets(t, r, "by sign-in")
	if len(b.prompts) != 2 || b.prompts[0].UserCode != "OF-CHILD" || b.prompts[1] != testCode || b.signIns != 1 {
		t.Errorf("%d sign-ins, prompts %v", b.signIns, b.prompts)
	}
	if !strings.Contains(b.askers[0], fmt.Sprintf("child (process %d", cmd.Process.Pid)) || b.askers[1] != "kubectl" {
		t.Errorf("asked by %q", b.askers)
	}
}

// childAsk asks for ever.
func childAsk(args []string) {
	b, r := newBench(args[0]), testRequest("t1")
	r.Asker = "child"
	b.signIn = func(ctx context.Context, _ Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
		code := testCode
		code.UserCode = "OF-CHILD"
		check(show(code))
		fmt.Println("shown")
		<-ctx.Done()
		return Grant{}, ctx.Err()
	}
	_, err := b.Token(context.Background(), r)
	check(err)
}

// Processes, not goroutines: one of them asks, and all answer.
func TestStormOfProcesses(t *testing.T) {
	const n = 5
	dir := newDir(t)
	var wg sync.WaitGroup
	answers, asked := make([]string, n), make([]int, n)
	for i := range n {
		cmd := startable(t, "token", dir)
		wg.Go(func() {
			out, err := cmd.Output()
			if err != nil {
				t.Error(err)
			}
			fmt.Sscan(string(out), &answers[i], &asked[i])
		})
	}
	wg.Wait()
	total := 0
	for i := range n {
		total += asked[i]
		if answers[i] == "" || answers[i] != answers[0] {
			t.Errorf("got %q", answers)
		}
	}
	if total != 1 {
		t.Errorf("%d of %d processes asked", total, n)
	}
}

func childToken(args []string) {
	b, r := newBench(args[0]), testRequest("t1")
	b.signIn = func(_ context.Context, r Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
		return grant(r, "alice", fmt.Sprintf("of-%d", os.Getpid())), show(testCode)
	}
	got, err := b.Token(context.Background(), r)
	check(err)
	fmt.Println(got.Value.Reveal(), b.signIns)
}

// What forbids a prompt is asked for only when a person is needed: never on the way of a warm call or of
// a renewal.
func TestForbiddenPrompt(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	asked := 0
	b.Forbidden = func(context.Context) string { asked++; return "credential.interactive forbids it" }
	b.keepAlice(t)
	b.keep(t, r, fresh, "warm")
	b.gets(t, r, "warm")
	b.keep(t, r, stale, "old")
	b.silent = func(_ context.Context, got Request, _ cache.Session) (Grant, error) {
		return grant(got, "alice", "new"), nil
	}
	b.gets(t, r, "new")
	if asked != 0 {
		t.Errorf("asked %d times", asked)
	}
	b.silent = func(context.Context, Request, cache.Session) (Grant, error) {
		return Grant{}, &InteractionRequiredError{Err: errors.New("the refresh token has ended")}
	}
	r.Renew = true
	var unattended *UnattendedError
	if _, err := b.Token(t.Context(), r); !errors.As(err, &unattended) || unattended.Request.Unattended != "credential.interactive forbids it" {
		t.Errorf("got %v", err)
	}
	b.did(t, 2, 0, 0, 0)
}

// A refusal that is about what the token is for keeps nobody from asking for something else; one that is about the
// sign-in does.
func TestRefusalOfScopes(t *testing.T) {
	for ofScopes, again := range map[bool]int{true: 2, false: 1} {
		b, r := newBench(newDir(t)), testRequest("t1")
		b.signIn = func(_ context.Context, r Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
			if r.Scopes[0] == "s" {
				return Grant{}, errors.Join(show(testCode), &RefusedError{Reason: Blocked, Text: "no consent", OfScopes: ofScopes})
			}
			return grant(r, "alice", "by sign-in"), show(testCode)
		}
		fails[*RefusedError](t, b, r)
		fails[*RefusedError](t, b, r) // it is remembered
		other := r
		other.Scopes = []string{"other"}
		_, err := b.Token(t.Context(), other)
		if b.signIns != again || (err == nil) != ofScopes {
			t.Errorf("of scopes %v: %d sign-ins, %v", ofScopes, b.signIns, err)
		}
	}
}

// Two names of one tenant are two sign-ins. Who still asks when the other one is done ends with its session, and
// the second code is left alone.
func TestSignInByAnotherName(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("contoso.example")
	b.watch = 10 * time.Millisecond
	asking := make(chan struct{})
	b.signIn = func(ctx context.Context, _ Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
		err := show(testCode)
		close(asking)
		<-ctx.Done() // nobody enters this code
		return Grant{}, errors.Join(err, context.Cause(ctx))
	}
	b.silent = func(_ context.Context, r Request, s cache.Session) (Grant, error) {
		if s.IsZero() {
			return Grant{}, errNobody
		}
		return grant(r, "alice", "in silence"), nil
	}
	other := newBench(b.Store.Dir)
	done := make(chan error, 1)
	go func() {
		<-asking
		_, err := other.Token(context.Background(), testRequest("organizations"))
		done <- err
	}()
	got, err := b.Token(t.Context(), r)
	if err := errors.Join(err, <-done); err != nil || got.Value.Reveal() != "in silence" {
		t.Errorf("got %q, %v", got.Value.Reveal(), err)
	}
	if _, ok := b.Store.SignIn(r.SignIn()); ok {
		t.Error("the sign-in is still under way")
	}
}

// A process that asked and was stopped, whose code is over, or that has none, holds nobody up: one of those that
// wait asks in its place, and all of them end with its token. Their own time limits them in any case.
func TestAbandonedSignIn(t *testing.T) {
	now := time.Now()
	over := cache.SignIn{UserCode: cache.NewSecret("OLD"), Expires: now.Add(-time.Minute)}
	for name, test := range map[string]struct {
		record cache.SignIn
		later  time.Duration // that the clock of those who wait is ahead
	}{
		"code is over":  {over, 0},
		"shown no code": {cache.SignIn{}, codeWait},
	} {
		dir := newDir(t)
		holder := newBench(dir)
		r := testRequest("t1")
		unlock, err := holder.Store.LockSignIn(t.Context(), r.SignIn(), nil)
		must(t, err)
		must(t, holder.Store.KeepSignIn(r.SignIn(), test.record))
		var all sync.WaitGroup
		var signIns atomic.Int32
		for range 4 {
			b := newBench(dir)
			start := time.Now()
			b.Now = func() time.Time { return time.Now().Add(time.Since(start) * time.Duration(1+test.later/time.Second)) }
			all.Go(func() {
				_, err := b.Token(t.Context(), r)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				signIns.Add(int32(b.signIns))
			})
		}
		all.Wait()
		unlock()
		if n := signIns.Load(); n != 1 {
			t.Errorf("%s: %d sign-ins", name, n)
		}
	}
}

// Who gives a time for the prompt is not held up longer by somebody else's.
func TestWaiterHasItsOwnTime(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	unlock, err := b.Store.LockSignIn(t.Context(), r.SignIn(), nil)
	must(t, err)
	defer unlock()
	r.PromptTimeout = 300 * time.Millisecond
	if refused := fails[*RefusedError](t, b, r); refused.Reason != TimedOut {
		t.Errorf("got %v", refused)
	}
	b.did(t, 1, 0, 0, 0)
}
