package entra_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/https"
)

// merge keeps a Grant's session as the store does.
func merge(t *testing.T, old cache.Session, g plugin.Grant) cache.Session {
	t.Helper()
	s, err := old.Merge(g.Session)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// personNeeded checks that err asks for a person.
func personNeeded(t *testing.T, err error) *plugin.InteractionRequiredError {
	t.Helper()
	var person *plugin.InteractionRequiredError
	if !errors.As(err, &person) {
		t.Fatalf("error %T %v, want *plugin.InteractionRequiredError", err, err)
	}
	return person
}

func TestSilentWithoutAnybody(t *testing.T) {
	t.Parallel()
	sim, s, _ := start(t)
	_, err := s.Silent().Token(t.Context(), request(sim), noSession)
	if person := personNeeded(t, err); !errors.Is(person, plugin.ErrNobody) {
		t.Errorf("error %v", err)
	}
	if n := sim.Requests("*"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestSilentChoosesNeverGuesses(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	r := request(sim)
	session := signIn(t, sim, s, r, entratest.Bob)
	session = merge(t, session, plugin.Grant{Session: signIn(t, sim, s, r, entratest.Alice)})
	sim.ResetRequests()
	for range 20 {
		_, err := s.Silent().Token(t.Context(), r, session)
		var several *plugin.AccountsError
		if !errors.As(err, &several) || !slices.Equal(several.Accounts, []string{entratest.Alice, entratest.Bob}) {
			t.Fatalf("error %T %v", err, err)
		}
	}
	if r.Account = "nobody@contoso.example"; true {
		_, err := s.Silent().Token(t.Context(), r, session)
		if person := personNeeded(t, err); !strings.Contains(person.Error(), "nobody@contoso.example has not signed in yet") {
			t.Errorf("error %v", err)
		}
	}
	if n := sim.Requests("*"); n != 0 {
		t.Errorf("%d requests", n)
	}
	for _, name := range []string{entratest.Bob, strings.ToUpper(entratest.Bob), entratest.HomeAccountID(entratest.Bob)} {
		r.Account = name
		g, err := s.Silent().Token(t.Context(), r, session)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if g.Token.Account != entratest.Bob {
			t.Errorf("%s: token of %s", name, g.Token.Account)
		}
		session = merge(t, session, g)
	}
}

// TestAnotherTenantAndResource: one sign-in serves every tenant and resource of its account.
func TestAnotherTenantAndResource(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	r := request(sim)
	session := signIn(t, sim, s, r, entratest.Carol)
	for _, other := range []struct {
		tenant, answered string
		scopes           []string
	}{
		{entratest.TenantFabrikam, entratest.TenantFabrikam, r.Scopes},
		{entratest.DomainFabrikam, entratest.TenantFabrikam, r.Scopes},
		{"organizations", entratest.TenantFabrikam, r.Scopes},
		{entratest.TenantContoso, entratest.TenantContoso, []string{"User.Read"}},
		{strings.ToUpper(entratest.TenantContoso), entratest.TenantContoso, []string{"https://graph.microsoft.com/User.Read", "https://graph.microsoft.com/User.ReadBasic.All"}},
	} {
		r.Tenant, r.Scopes = other.tenant, other.scopes
		sim.ResetRequests()
		g, err := s.Silent().Token(t.Context(), r, session)
		if err != nil {
			t.Fatalf("%v: %v", other, err)
		}
		if g.Token.Tenant != other.answered {
			t.Errorf("%v: tenant %s", other, g.Token.Tenant)
		}
		session = merge(t, session, g)
		if accounts, _ := session.Accounts(); len(accounts) != 1 {
			t.Errorf("%v: accounts %v", other, accounts)
		}
	}
	if n := strings.Count(string(session.Reveal()), `"credential_type":"RefreshToken"`); n != 1 {
		t.Errorf("%d refresh tokens", n)
	}
}

func TestAccountNotInTenant(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	r := request(sim)
	session := signIn(t, sim, s, r, entratest.Alice)
	r.Tenant = entratest.TenantFabrikam
	_, err := s.Silent().Token(t.Context(), r, session)
	var refusal *entra.Error
	if personNeeded(t, err); !errors.As(err, &refusal) || refusal.AADSTS != 50020 {
		t.Errorf("error %v", err)
	}
}

// TestStrictRotation: each new refresh token is kept, for every shape of the answer.
func TestStrictRotation(t *testing.T) {
	t.Parallel()
	all := func(o *entratest.Settings) { o.RotateStrict, o.OmitClientInfo, o.OmitIDToken = true, true, true }
	for name, set := range map[string]func(*entratest.Settings){
		"whole answers":                   func(o *entratest.Settings) { o.RotateStrict = true },
		"no client_info":                  func(o *entratest.Settings) { o.RotateStrict, o.OmitClientInfo = true, true },
		"no ID token":                     func(o *entratest.Settings) { o.RotateStrict, o.OmitIDToken = true, true },
		"neither client_info nor a token": all,
	} {
		t.Run(name, func(t *testing.T) {
			sim, s, _, _ := startFast(t)
			r := request(sim)
			session := signIn(t, sim, s, r, entratest.Alice)
			sim.Set(set)
			for i := range 4 {
				g, err := s.Silent().Token(t.Context(), r, session)
				if err != nil {
					t.Fatalf("refresh %d: %v", i, err)
				}
				if g.Token.Account != entratest.Alice || g.Token.Tenant != entratest.TenantContoso {
					t.Errorf("refresh %d: %q in %q", i, g.Token.Account, g.Token.Tenant)
				}
				session = merge(t, session, g)
			}
			if accounts, _ := session.Accounts(); len(accounts) != 1 || accounts[0].HomeID != entratest.HomeAccountID(entratest.Alice) {
				t.Errorf("accounts %v", accounts)
			}
		})
	}
}

// TestSignInWithoutClientInfo: the ID token says who it is as well.
func TestSignInWithoutClientInfo(t *testing.T) {
	t.Parallel()
	sim, s, _, said := startFast(t)
	sim.Set(func(o *entratest.Settings) { o.OmitClientInfo, o.RotateStrict = true, true })
	session := signIn(t, sim, s, request(sim), entratest.Alice)
	for range 2 {
		g, err := s.Silent().Token(t.Context(), request(sim), session)
		if err != nil {
			t.Fatal(err)
		}
		session = merge(t, session, g)
	}
	sim.Set(func(o *entratest.Settings) { o.OmitIDToken = true })
	sim.AutoApprove(entratest.Alice, 0)
	g, err := deviceCode(t, s, request(sim))
	if err != nil || g.Token.Value.IsZero() || !g.Session.IsZero() {
		t.Errorf("nobody knows who it is for: error %v, session %v", err, !g.Session.IsZero())
	}
	if said := said.list(); len(said) != 1 || !strings.Contains(said[0], "can't be kept") {
		t.Errorf("notes %q", said)
	}
}

func TestNoNewRefreshToken(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	r := request(sim)
	session := signIn(t, sim, s, r, entratest.Alice)
	sim.Set(func(o *entratest.Settings) { o.OmitRefreshToken = true })
	for range 3 {
		g, err := s.Silent().Token(t.Context(), r, session)
		if err != nil {
			t.Fatal(err)
		}
		session = merge(t, session, g)
	}
}

// TestNoRefreshToken: an account whose refresh token is gone needs its person, and no request.
func TestNoRefreshToken(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	sim.Set(func(o *entratest.Settings) { o.OmitRefreshToken = true })
	session := signIn(t, sim, s, request(sim), entratest.Alice)
	sim.ResetRequests()
	_, err := s.Silent().Token(t.Context(), request(sim), session)
	if person := personNeeded(t, err); !strings.Contains(person.Error(), "no refresh token of alice@contoso.example") {
		t.Errorf("error %v", err)
	}
	if n := sim.Requests("*"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestDamagedSession(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	session := signIn(t, sim, s, request(sim), entratest.Alice)
	blob := strings.Replace(string(session.Reveal()), `"RefreshToken":{`, `"RefreshToken":{"x":7,`, 1)
	damaged, err := cache.NewSession([]byte(blob))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Silent().Token(t.Context(), request(sim), damaged)
	if err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("error %v", err)
	}
}

// TestServiceWantsThePerson: what a refresh token can't mend asks for a person, with the claims.
func TestServiceWantsThePerson(t *testing.T) {
	t.Parallel()
	const challenge = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	sim, s, _, _ := startFast(t)
	session := signIn(t, sim, s, request(sim), entratest.Alice)
	for code, aadsts := range map[string]int{
		"invalid_grant": 50173, "interaction_required": 50076, "consent_required": 65001, "login_required": 50058,
	} {
		sim.ClearFaults()
		sim.Fault("token", entratest.Fault{Error: &entratest.OAuthError{
			Error: code, AADSTS: aadsts, Suberror: "basic_action", Claims: challenge, Description: "Why.\x1b[31m\u202e"}})
		sim.ResetRequests()
		g, err := s.Silent().Token(t.Context(), request(sim), session)
		person := personNeeded(t, err)
		var refusal *entra.Error
		if !errors.As(err, &refusal) || refusal.AADSTS != aadsts || refusal.Code != code || refusal.Suberror != "basic_action" {
			t.Errorf("%s: %+v", code, refusal)
		}
		if refusal != nil && refusal.EndsSession() != (aadsts == 50173) {
			t.Errorf("%s: it ends the session: %v", code, refusal.EndsSession())
		}
		if person.Claims != challenge || !g.Session.IsZero() {
			t.Errorf("%s: claims %s", code, person.Claims)
		}
		if strings.ContainsAny(err.Error(), "\x1b\u202e") {
			t.Errorf("%s: %q", code, err)
		}
		if n := sim.Requests("token"); n != 1 {
			t.Errorf("%s: %d requests", code, n)
		}
	}
}

func TestConfigurationErrors(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	session := signIn(t, sim, s, request(sim), entratest.Alice)
	for code, aadsts := range map[string]int{
		"unauthorized_client": 700016, "invalid_client": 7000218, "invalid_scope": 70011, "invalid_resource": 500011,
	} {
		sim.ClearFaults()
		sim.Fault("token", entratest.Fault{Error: &entratest.OAuthError{Error: code, AADSTS: aadsts}})
		_, err := s.Silent().Token(t.Context(), request(sim), session)
		if refusal, ok := err.(*entra.Error); !ok || refusal.AADSTS != aadsts {
			t.Errorf("%s: %T %v", code, err, err)
		}
	}
}

// TestClaims: a claims challenge is sent with a refresh and with a sign-in.
func TestClaims(t *testing.T) {
	t.Parallel()
	const challenge = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	sim, s, _, _ := startFast(t)
	r := request(sim)
	session := signIn(t, sim, s, r, entratest.Alice)
	r.Claims = challenge
	sim.RequireClaims(challenge)
	sim.Set(func(o *entratest.Settings) { o.ClaimsNeedPerson = true })
	_, err := s.Silent().Token(t.Context(), r, session)
	if person := personNeeded(t, err); person.Claims == "" {
		t.Error("the service's claims are lost")
	}
	sim.AutoApprove(entratest.Alice, 0)
	g, err := deviceCode(t, s, r)
	if err != nil {
		t.Fatal(err)
	}
	if payload := jwtPayload(t, g.Token.Value.Reveal()); !strings.Contains(payload, `"c1"`) {
		t.Errorf("the token lacks the claim: %s", payload)
	}
}

// TestUnavailable: a service in trouble is asked three times at most, and is no reason for a prompt.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	sim, s, c, _ := startFast(t)
	session := signIn(t, sim, s, request(sim), entratest.Alice)
	for name, tt := range map[string]struct {
		fault entratest.Fault
		tries int
		after time.Duration // RetryAfter of the error
	}{
		"503":                {entratest.Fault{Status: 503}, 3, 0},
		"500 with HTML":      {entratest.Fault{Status: 500, Body: "<html>"}, 3, 0},
		"408":                {entratest.Fault{Status: 408, Body: "{}"}, 3, 0},
		"429":                {entratest.Fault{Status: 429, RetryAfter: "3"}, 3, 3 * time.Second},
		"429 for ages":       {entratest.Fault{Status: 429, RetryAfter: "1000000000"}, 1, 24 * time.Hour},
		"dropped":            {entratest.Fault{Drop: true}, 3, 0},
		"truncated":          {entratest.Fault{Truncate: true}, 3, 0},
		"503, invalid_grant": {entratest.Fault{Status: 503, Error: &entratest.OAuthError{Error: "invalid_grant"}}, 3, 0},
	} {
		t.Run(name, func(t *testing.T) {
			sim.ClearFaults()
			sim.Fault("token", tt.fault)
			sim.ResetRequests()
			begun := c.now()
			_, err := s.Silent().Token(t.Context(), request(sim), session)
			var network *https.NetworkError
			if !errors.As(err, &network) {
				t.Fatalf("error %T %v", err, err)
			}
			if n := sim.Requests("token"); n != tt.tries {
				t.Errorf("%d tries, want %d", n, tt.tries)
			}
			var refusal *entra.Error
			if errors.As(err, &refusal); tt.after > 0 && (refusal == nil || refusal.RetryAfter != tt.after) {
				t.Errorf("%+v", refusal)
			}
			if took := c.now().Sub(begun); took > 20*time.Second {
				t.Errorf("waited %v", took)
			}
			if strings.Contains(err.Error(), "<html>") {
				t.Errorf("error %v", err)
			}
		})
		t.Run(name+", twice", func(t *testing.T) {
			if tt.tries < 3 {
				return // what is not repeated has no second time
			}
			sim.ClearFaults()
			tt.fault.Times = 2
			sim.Fault("token", tt.fault)
			if _, err := s.Silent().Token(t.Context(), request(sim), session); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestDroppedAfterGrant: the answer is lost, the request is repeated, and the refresh token still serves.
func TestDroppedAfterGrant(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	session := signIn(t, sim, s, request(sim), entratest.Alice)
	sim.Fault("token", entratest.Fault{Times: 1, DropAfterGrant: true})
	g, err := s.Silent().Token(t.Context(), request(sim), session)
	if err != nil || g.Token.Value.IsZero() {
		t.Error(err)
	}
	// With strict rotation the lost answer held the only token that served: the person is asked.
	sim.Set(func(o *entratest.Settings) { o.RotateStrict = true })
	session = merge(t, session, g)
	sim.Fault("token", entratest.Fault{Times: 1, DropAfterGrant: true})
	_, err = s.Silent().Token(t.Context(), request(sim), session)
	personNeeded(t, err)
}

func TestRequestIsChecked(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	session := signIn(t, sim, s, request(sim), entratest.Alice)
	sim.ResetRequests()
	for name, spoil := range map[string]func(*plugin.Request){
		"authority": func(r *plugin.Request) { r.Authority = "login.microsoftonline.com" },
		"tenant":    func(r *plugin.Request) { r.Tenant = "../x" },
		"no tenant": func(r *plugin.Request) { r.Tenant = "" },
		"adfs":      func(r *plugin.Request) { r.Tenant = "adfs" },
		"client":    func(r *plugin.Request) { r.Client = "x" },
		"no scopes": func(r *plugin.Request) { r.Scopes = nil },
		"scope":     func(r *plugin.Request) { r.Scopes = []string{"a b"} },
		"empty":     func(r *plugin.Request) { r.Scopes = []string{""} },
		"kind":      func(r *plugin.Request) { r.Kind = "refresh" },
	} {
		r := request(sim)
		spoil(&r)
		for _, source := range []plugin.Source{s.Silent(), byDevice(s, quiet)} {
			if _, err := source.Token(t.Context(), r, session); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	}
	if n := sim.Requests("*"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestDeclinedScopes: a token that serves none of the scopes is no token, but its session is kept.
func TestDeclinedScopes(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	sim.Set(func(o *entratest.Settings) { o.RotateStrict = true })
	r := request(sim)
	r.Scopes = []string{"User.Read"}
	session := signIn(t, sim, s, r, entratest.Alice)
	decline := entratest.Fault{Times: 1, Rewrite: func(o map[string]any) { o["scope"] = "openid profile Mail.Read" }}
	sim.Fault("token", decline)
	g, err := s.Silent().Token(t.Context(), r, session)
	var declined *entra.ScopesError
	if personNeeded(t, err); !errors.As(err, &declined) || g.Session.IsZero() || !g.Token.Value.IsZero() {
		t.Fatalf("error %v", err)
	}
	session = merge(t, session, g)
	if g, err = s.Silent().Token(t.Context(), r, session); err != nil {
		t.Fatalf("the rotated refresh token is lost: %v", err)
	}
	sim.Fault("token", decline)
	sim.AutoApprove(entratest.Alice, 0)
	_, err = deviceCode(t, s, r)
	var refused *plugin.RefusedError
	if !errors.As(err, &refused) || refused.Reason != plugin.Blocked || !errors.As(err, &declined) {
		t.Errorf("error %v", err)
	}
}

// TestDiscoveryMemory: what is remembered is checked like what was just fetched.
func TestDiscoveryMemory(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	r := request(sim)
	session := signIn(t, sim, s, r, entratest.Alice)
	docs := s.Discovery.(*documents)
	if len(docs.docs) != 1 {
		t.Fatalf("remembered: %d", len(docs.docs))
	}
	for name := range docs.docs {
		if want := sim.URL + "/" + entratest.TenantContoso; name != want {
			t.Errorf("name %q, want %q", name, want)
		}
		for _, bad := range []string{
			"", "null", "{}", "<html>",
			strings.ReplaceAll(string(docs.docs[name]), sim.Host, "evil.example"),
			strings.ReplaceAll(string(docs.docs[name]), "https:", "http:"),
		} {
			docs.docs[name] = []byte(bad)
			sim.ResetRequests()
			g, err := s.Silent().Token(t.Context(), r, session)
			if err != nil {
				t.Fatalf("%q: %v", bad, err)
			}
			session = merge(t, session, g)
			if n := sim.Requests("*"); n != 2 {
				t.Errorf("%q: %d requests, want 2", bad, n)
			}
		}
	}
	s.Discovery = nil
	if _, err := s.Silent().Token(t.Context(), r, session); err != nil {
		t.Error(err)
	}
}

// TestEndpointsElsewhere: no endpoint on another host is used, and nothing of the kind remembered.
func TestEndpointsElsewhere(t *testing.T) {
	t.Parallel()
	var got int
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got++ }))
	defer other.Close()
	for _, field := range []string{"issuer", "token_endpoint", "device_authorization_endpoint", "authorization_endpoint"} {
		for _, address := range []string{other.URL + "/x/token", "http://HOST/x/token", "https://HOST@" + other.Listener.Addr().String() + "/token", "//HOST/x", "https://u:p@HOST/token", "\x1b"} {
			sim, s, _, _ := startFast(t)
			sim.Fault("openid-configuration", entratest.Fault{Rewrite: func(o map[string]any) {
				o[field] = strings.ReplaceAll(address, "HOST", sim.Host)
			}})
			_, err := deviceCode(t, s, request(sim))
			var answer *https.AnswerError
			if !errors.As(err, &answer) {
				t.Errorf("%s %s: %T %v", field, address, err, err)
			}
			if len(s.Discovery.(*documents).docs) != 0 || sim.Requests("devicecode")+sim.Requests("token") != 0 {
				t.Errorf("%s %s: used", field, address)
			}
		}
	}
	if got != 0 {
		t.Errorf("the other host got %d requests", got)
	}
}

func TestTrace(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	var seen []string
	s.Trace = func(x https.Exchange) { seen = append(seen, fmt.Sprint(x.Method, " ", x.Path, " ", x.Status)) }
	signIn(t, sim, s, request(sim), entratest.Alice)
	base := "/" + entratest.TenantContoso
	want := []string{"GET " + base + "/v2.0/.well-known/openid-configuration 200",
		"POST " + base + "/oauth2/v2.0/devicecode 200", "POST " + base + "/oauth2/v2.0/token 200"}
	if !slices.Equal(seen, want) {
		t.Errorf("seen %q", seen)
	}
}

// TestSessionHoldsNewEntriesAlone: what another process stored meanwhile is not overwritten with older
// entries of other accounts.
func TestSessionHoldsNewEntriesAlone(t *testing.T) {
	t.Parallel()
	sim, s, _, _ := startFast(t)
	r := request(sim)
	session := signIn(t, sim, s, r, entratest.Bob)
	session = merge(t, session, plugin.Grant{Session: signIn(t, sim, s, r, entratest.Alice)})
	r.Account = entratest.Alice
	g, err := s.Silent().Token(t.Context(), r, session)
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := g.Session.Accounts()
	if err != nil || len(accounts) != 1 || accounts[0].Username != entratest.Alice {
		t.Errorf("accounts %v, error %v", accounts, err)
	}
	if bytes.Contains(g.Session.Reveal(), []byte(entratest.HomeAccountID(entratest.Bob))) {
		t.Error("an entry of another account came along")
	}
	if bytes.Contains(g.Session.Reveal(), []byte("AccessToken")) {
		t.Error("an access token is in the session")
	}
}
