package entra_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/https"
)

var noSession cache.Session

// polls lists the error of each poll, "" for success.
func polls(sim *entratest.Server) []string {
	var list []string
	for _, r := range sim.RequestLog() {
		if r.Grant == "device_code" {
			list = append(list, r.Error)
		}
	}
	return list
}

// long is more than anything here takes, on however busy a machine, and less than the 30 seconds after which a
// request ends by itself.
const long = 25 * time.Second

func TestPacing(t *testing.T) {
	t.Parallel()
	sim, s, c, _ := startFast(t)
	sim.Set(func(o *entratest.Settings) { o.EnforceInterval = true })
	for _, after := range []time.Duration{0, time.Second, 4900 * time.Millisecond, 12 * time.Second, 61 * time.Second} {
		sim.ResetRequests()
		sim.AutoApprove(entratest.Alice, after)
		start := c.now()
		if _, err := deviceCode(t, s, request(sim)); err != nil {
			t.Fatalf("approved after %v: %v", after, err)
		}
		if late := c.now().Sub(start) - after; late > 7*time.Second {
			t.Errorf("approved after %v, the token came %v later", after, late)
		}
		for _, e := range polls(sim) {
			if e == "slow_down" {
				t.Errorf("approved after %v: provoked slow_down", after)
			}
		}
	}
}

// TestPacingInRealTime is TestPacing without a clock of its own.
func TestPacingInRealTime(t *testing.T) {
	t.Parallel()
	sim, s, _ := start(t)
	sim.Set(func(o *entratest.Settings) { o.EnforceInterval, o.Interval = true, 2*time.Second })
	sim.AutoApprove(entratest.Alice, time.Second)
	begun := time.Now()
	if _, err := deviceCode(t, s, request(sim)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took < 2*time.Second {
		t.Errorf("the token came after %v", took)
	}
	if got := polls(sim); len(got) != 1 || got[0] != "" {
		t.Errorf("polls: %q", got)
	}
}

func TestSlowDownIsForGood(t *testing.T) {
	t.Parallel()
	sim, s, c, _ := startFast(t)
	slow := &entratest.OAuthError{Error: "slow_down"}
	sim.Fault("token", entratest.Fault{Times: 2, Error: slow})
	sim.AutoApprove(entratest.Alice, 40*time.Second)
	if _, err := deviceCode(t, s, request(sim)); err != nil {
		t.Fatal(err)
	}
	want := []time.Duration{5, 10, 15, 15}
	got := c.slept()
	if len(got) != len(want) {
		t.Fatalf("waits: %v", got)
	}
	for i, d := range got {
		if d.Round(time.Second) != want[i]*time.Second || d < want[i]*time.Second {
			t.Errorf("waits: %v, want %v s", got, want)
			break
		}
	}
}

func TestInterval(t *testing.T) {
	t.Parallel()
	sim, s, c, _ := startFast(t)
	sim.AutoApprove(entratest.Alice, 0)
	for _, tt := range []struct {
		interval any
		want     time.Duration
	}{
		{0, time.Second}, {-7, time.Second}, {nil, 5 * time.Second}, {"x", 5 * time.Second}, {"3", 3 * time.Second},
		{1e9, time.Minute}, {7, 7 * time.Second},
	} {
		begun := len(c.slept())
		sim.Fault("devicecode", entratest.Fault{Times: 1, Rewrite: func(o map[string]any) {
			if o["interval"] = tt.interval; tt.interval == nil {
				delete(o, "interval")
			}
		}})
		if _, err := deviceCode(t, s, request(sim)); err != nil {
			t.Fatalf("interval %v: %v", tt.interval, err)
		}
		if got := c.slept()[begun]; got < tt.want || got > tt.want+time.Second/2 {
			t.Errorf("interval %v: waited %v, want %v", tt.interval, got, tt.want)
		}
	}
}

// TestTroubleWhilePolling: what fails for the moment is outlived.
func TestTroubleWhilePolling(t *testing.T) {
	t.Parallel()
	sim, s, c, _ := startFast(t)
	sim.AutoApprove(entratest.Alice, 0)
	for name, f := range map[string]entratest.Fault{
		"500":             {Status: 500},
		"503":             {Status: 503},
		"503 with HTML":   {Status: 503, Body: "<html>down</html>"},
		"408":             {Status: 408, Body: "{}"},
		"429":             {Status: 429, RetryAfter: "7"},
		"429, 1e9":        {Status: 429, RetryAfter: "1000000000"},
		"dropped":         {Drop: true},
		"truncated":       {Truncate: true, Status: 400},
		"AADSTS90033":     {Error: &entratest.OAuthError{Error: "invalid_request", AADSTS: 90033}},
		"server_error":    {Error: &entratest.OAuthError{Error: "server_error"}},
		"temporarily not": {Error: &entratest.OAuthError{Error: "temporarily_unavailable"}},
	} {
		t.Run(name, func(t *testing.T) {
			begun := len(c.slept())
			f.Times = 4
			sim.ClearFaults()
			sim.Fault("token", f)
			if _, err := deviceCode(t, s, request(sim)); err != nil {
				t.Fatal(err)
			}
			waits := c.slept()[begun:]
			for _, d := range waits {
				if d > time.Minute+time.Second || d < 5*time.Second {
					t.Errorf("waited %v", d)
				}
			}
			if len(waits) != 5 {
				t.Errorf("%d polls", len(waits))
			}
		})
	}
}

// TestEnds: each end of a sign-in without a token is an error of its own.
func TestEnds(t *testing.T) {
	t.Parallel()
	blocked := func(code string, aadsts int) func(*entratest.Server) {
		return func(sim *entratest.Server) {
			sim.Fault("token", entratest.Fault{Error: &entratest.OAuthError{Error: code, AADSTS: aadsts, Description: "No."}})
		}
	}
	slow := entratest.Fault{Error: &entratest.OAuthError{Error: "slow_down"}}
	for name, tt := range map[string]struct {
		set     func(*entratest.Server)
		timeout time.Duration
		account string
		want    plugin.Reason
		text    string
		scopes  bool // it is about these alone
	}{
		"declined":          {set: func(sim *entratest.Server) { sim.AutoDecline(0) }, want: plugin.Declined, text: "declined"},
		"access_denied":     {set: blocked("access_denied", 0), want: plugin.Declined},
		"expired":           {want: plugin.Expired, text: "the code ended before anybody used it"},
		"expired_token":     {set: blocked("expired_token", 70020), want: plugin.Expired, text: "the code ended before anybody used it"},
		"slow_down, always": {set: func(sim *entratest.Server) { sim.Fault("token", slow) }, want: plugin.Expired},
		"503, always": {set: func(sim *entratest.Server) { sim.Fault("token", entratest.Fault{Status: 503}) },
			want: plugin.Expired, text: "had not been answering"},
		"timed out":      {timeout: 42 * time.Second, want: plugin.TimedOut, text: "nobody signed in within 42s"},
		"short time-out": {timeout: time.Second, want: plugin.TimedOut},
		"long time-out":  {timeout: time.Hour, want: plugin.Expired},
		"stranger": {set: func(sim *entratest.Server) { sim.AutoApprove(entratest.Bob, 0) }, account: entratest.Alice,
			want: plugin.WrongAccount, text: "signed in as bob@contoso.example, but alice@contoso.example was asked for"},
		"guest unknown": {set: func(sim *entratest.Server) { sim.AutoApprove(entratest.Erin, 0) }, want: plugin.Blocked, text: "AADSTS50020"},
		"policy":        {set: blocked("access_denied", 53003), want: plugin.Blocked, text: "AADSTS53003: No"},
		"65001":         {set: blocked("invalid_grant", 65001), want: plugin.Blocked, scopes: true},
		"500011":        {set: blocked("invalid_resource", 500011), want: plugin.Blocked, scopes: true},
		"bad scope":     {set: blocked("invalid_scope", 0), want: plugin.Blocked, scopes: true},
		"no public app": {set: blocked("invalid_client", 7000218), want: plugin.Blocked, text: "AADSTS7000218"},
		"unknown code":  {set: blocked("bad_verification_code", 0), want: plugin.Blocked},
	} {
		t.Run(name, func(t *testing.T) {
			sim, s, _, _ := startFast(t)
			if tt.set != nil {
				tt.set(sim)
			}
			r := request(sim)
			r.PromptTimeout, r.Account = tt.timeout, tt.account
			g, err := deviceCode(t, s, r)
			var refused *plugin.RefusedError
			if !errors.As(err, &refused) || refused.Reason != tt.want || !strings.Contains(refused.Text, tt.text) {
				t.Fatalf("error %T %v, want reason %v with %q", err, err, tt.want, tt.text)
			}
			if refused.OfScopes != tt.scopes {
				t.Errorf("about these scopes alone: %v", refused.OfScopes)
			}
			if !g.Token.Value.IsZero() {
				t.Error("a token came with the error")
			}
			if tt.want == plugin.WrongAccount == g.Session.IsZero() {
				t.Error("only a stranger's session is kept")
			}
			var refusal *entra.Error
			if tt.want == plugin.Blocked && (!errors.As(err, &refusal) || refusal.Code == "") {
				t.Error("the service's error is lost")
			}
			if errors.Is(err, context.DeadlineExceeded) {
				t.Error("a deadline shows through")
			}
			if strings.HasSuffix(err.Error(), ".") {
				t.Errorf("a full stop ends %q", err)
			}
		})
	}
}

// A refusal that may be one of device codes says so, and for how long that is believed, whether it comes when a code is
// asked for or when somebody has entered it.
func TestRefusesDeviceCodes(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, endpoint := range []string{"devicecode", "token"} {
		for aadsts, want := range map[int]time.Duration{53003: day, 53000: day, 50097: 7 * day, 50127: 7 * day, 7000218: 7 * day, 65001: 0, 700016: 0} {
			t.Run(fmt.Sprint(endpoint, aadsts), func(t *testing.T) {
				sim, s, _, _ := startFast(t)
				sim.Fault(endpoint, entratest.Fault{Error: &entratest.OAuthError{Error: "access_denied", AADSTS: aadsts, Description: "No."}})
				_, err := deviceCode(t, s, request(sim))
				refused, ok := errors.AsType[*plugin.RefusedError](err)
				if ok && (refused.Believed != want || (refused.OfMethod == plugin.DeviceCode) != (want > 0)) || !ok && want > 0 {
					t.Errorf("got %v, %+v", err, refused)
				}
			})
		}
	}
}

// TestCancel: a call that is cancelled between two polls, or in one, ends.
func TestCancel(t *testing.T) {
	t.Parallel()
	reason := errors.New("the caller went away")
	for _, polling := range []bool{false, true} {
		t.Run(map[bool]string{false: "waiting", true: "in a poll"}[polling], func(t *testing.T) {
			t.Parallel()
			sim, s, _ := start(t)
			sim.Fault("token", entratest.Fault{Delay: 2 * long})
			ctx, cancel := context.WithCancelCause(t.Context())
			var shown atomic.Bool
			ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) {
				if shown.Load() {
					cancel(reason)
				}
			}})
			show := func(plugin.Prompt) error {
				shown.Store(true)
				if !polling {
					time.AfterFunc(300*time.Millisecond, func() { cancel(reason) }) // the poll would come after a second
				}
				return nil
			}
			begun := time.Now()
			_, err := byDevice(s, show).Token(ctx, request(sim), noSession)
			if !errors.Is(err, reason) || time.Since(begun) >= long {
				t.Errorf("error %v after %v", err, time.Since(begun))
			}
		})
	}
}

// TestHungPoll: a poll that hangs does not outlast the code.
func TestHungPoll(t *testing.T) {
	t.Parallel()
	sim, s, _ := start(t)
	sim.Fault("token", entratest.Fault{Delay: 2 * long})
	r := request(sim)
	r.PromptTimeout = 2 * time.Second
	begun := time.Now()
	_, err := deviceCode(t, s, r)
	var refused *plugin.RefusedError
	if !errors.As(err, &refused) || refused.Reason != plugin.TimedOut {
		t.Errorf("error %v", err)
	}
	if took := time.Since(begun); took >= long {
		t.Errorf("took %v", took)
	}
}

func TestShowFails(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	broken := errors.New("stderr is closed")
	_, err := byDevice(s, func(plugin.Prompt) error { return broken }).Token(t.Context(), request(sim), noSession)
	if !errors.Is(err, broken) || len(polls(sim)) != 0 {
		t.Errorf("error %v, polls %q", err, polls(sim))
	}
}

func TestDeviceCodeRequestFails(t *testing.T) {
	t.Parallel()
	t.Run("refused", func(t *testing.T) {
		sim, s, _, _ := startFast(t)
		r := request(sim)
		r.Client = "11111111-2222-3333-4444-555555555555"
		_, err := deviceCode(t, s, r)
		var refused *plugin.RefusedError
		var refusal *entra.Error
		if !errors.As(err, &refused) || refused.Reason != plugin.Blocked || !strings.Contains(refused.Text, "AADSTS700016") {
			t.Fatalf("error %T %v is not one to remember", err, err)
		}
		if !errors.As(err, &refusal) || refusal.AADSTS != 700016 || refusal.Code != "unauthorized_client" || refusal.CorrelationID == "" || refusal.TraceID == "" {
			t.Fatalf("error %T %v", err, err)
		}
		if strings.Contains(refusal.Description, "Trace ID") || refusal.When.IsZero() {
			t.Errorf("%+v", refusal)
		}
	})
	t.Run("no such tenant", func(t *testing.T) {
		sim, s, _, _ := startFast(t)
		r := request(sim)
		r.Tenant = "nobody.example"
		_, err := deviceCode(t, s, r)
		var refused *plugin.RefusedError
		if !errors.As(err, &refused) || refused.Reason != plugin.Blocked || !strings.Contains(refused.Text, "AADSTS90002") {
			t.Fatalf("error %T %v", err, err)
		}
	})
	t.Run("no such scope", func(t *testing.T) { // another call asks for other scopes: nothing to remember
		sim, s, _, _ := startFast(t)
		sim.Fault("devicecode", entratest.Fault{Error: &entratest.OAuthError{Error: "invalid_scope", AADSTS: 70011}})
		_, err := deviceCode(t, s, request(sim))
		if refusal, ok := err.(*entra.Error); !ok || refusal.AADSTS != 70011 {
			t.Fatalf("error %T %v", err, err)
		}
	})
	t.Run("network down", func(t *testing.T) {
		sim, s, _, _ := startFast(t)
		sim.Close()
		_, err := deviceCode(t, s, request(sim))
		var network *https.NetworkError
		if !errors.As(err, &network) {
			t.Fatalf("error %T %v", err, err)
		}
	})
	t.Run("once only", func(t *testing.T) {
		sim, s, _, _ := startFast(t)
		sim.AutoApprove(entratest.Alice, 0)
		sim.Fault("devicecode", entratest.Fault{Times: 2, Drop: true})
		if _, err := deviceCode(t, s, request(sim)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestIDToken(t *testing.T) {
	t.Parallel()
	sim, s, _, said := startFast(t)
	for _, scopes := range [][]string{nil, {"openid"}, {"profile"}, {entratest.ServerID + "/.default"}} {
		sim.AutoApprove(entratest.Alice, 0)
		r := request(sim)
		r.Kind, r.Scopes = cache.ID, scopes
		g, err := deviceCode(t, s, r)
		if err != nil {
			t.Fatalf("scopes %q: %v", scopes, err)
		}
		silent, err := s.Silent().Token(t.Context(), r, g.Session)
		if err != nil {
			t.Fatalf("scopes %q, silent: %v", scopes, err)
		}
		for _, token := range []cache.Token{g.Token, silent.Token} {
			if strings.Count(token.Value.Reveal(), ".") != 2 || token.Kind != cache.ID || token.Account != entratest.Alice {
				t.Errorf("scopes %q: %+v", scopes, token)
			}
			if left := token.Expires.Sub(s.Now()); left < 50*time.Minute || left > time.Hour {
				t.Errorf("scopes %q: ends in %v", scopes, left)
			}
		}
	}
	if said := said.list(); len(said) != 0 {
		t.Errorf("notes %q", said)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	for skew, want := range map[time.Duration]string{
		-24 * time.Hour: "this machine's clock is 24h0m0s ahead of that of 127.0.0.1",
		24 * time.Hour:  "this machine's clock is 24h0m0s behind that of 127.0.0.1",
		time.Minute:     "",
	} {
		sim, s, _, said := startFast(t)
		sim.Set(func(o *entratest.Settings) { o.Skew = skew })
		sim.AutoApprove(entratest.Alice, 12*time.Second)
		r := request(sim)
		r.Kind = cache.ID
		g, err := deviceCode(t, s, r)
		if err != nil || g.Token.Value.IsZero() {
			t.Fatalf("skew %v: %v", skew, err)
		}
		notes := said.list()
		switch {
		case want == "" && len(notes) != 0,
			want != "" && (len(notes) == 0 || !strings.HasPrefix(notes[0], want) || strings.Count(strings.Join(notes, "\n"), want) != 1):
			t.Errorf("skew %v: notes %q", skew, notes)
		}
		if ended := strings.Contains(strings.Join(notes, "\n"), "has already ended"); ended != (skew < 0) {
			t.Errorf("skew %v: notes %q", skew, notes)
		}
	}
}

// TestCodeEndsInRealTime: MSAL's own deadline, which is that of the code, does not get in the way.
func TestCodeEndsInRealTime(t *testing.T) {
	t.Parallel()
	sim, s, _ := start(t)
	sim.Set(func(o *entratest.Settings) { o.CodeLife = 2 * time.Second })
	_, err := deviceCode(t, s, request(sim))
	var refused *plugin.RefusedError
	if !errors.As(err, &refused) || refused.Reason != plugin.Expired {
		t.Errorf("error %T %v", err, err)
	}
}

// TestLongCode: a code that would live for a year is waited for an hour.
func TestLongCode(t *testing.T) {
	t.Parallel()
	sim, s, c, _ := startFast(t)
	sim.Set(func(o *entratest.Settings) { o.CodeLife = 365 * 24 * time.Hour })
	begun := c.now()
	_, err := deviceCode(t, s, request(sim))
	var refused *plugin.RefusedError
	if !errors.As(err, &refused) || refused.Reason != plugin.Expired {
		t.Errorf("error %T %v", err, err)
	}
	if took := c.now().Sub(begun); took != time.Hour {
		t.Errorf("waited %v", took)
	}
}

// TestDroppedAfterSignIn: the token was on its way when the connection broke off. Nobody refused anything.
func TestDroppedAfterSignIn(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	sim.AutoApprove(entratest.Alice, 0)
	sim.Fault("token", entratest.Fault{Times: 1, DropAfterGrant: true})
	_, err := deviceCode(t, s, request(sim))
	var network *https.NetworkError
	var refused *plugin.RefusedError
	if !errors.As(err, &network) || errors.As(err, &refused) || !strings.Contains(err.Error(), "was lost") {
		t.Errorf("error %T %v", err, err)
	}
}
