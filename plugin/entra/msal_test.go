package entra_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	msal "github.com/AzureAD/microsoft-authentication-library-for-go/apps/cache"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The tests of this file hold what MSAL Go does by itself, over an http.Client of Go's own. Each names the
// test of the repair. When one fails with a newer MSAL, its repair may be dropped.

// box is a cache that counts.
type box struct {
	blob             []byte
	replaced, stored int
	order            []string
}

func (b *box) Replace(_ context.Context, u msal.Unmarshaler, _ msal.ReplaceHints) error {
	b.replaced++
	b.order = append(b.order, "replace")
	if b.blob == nil {
		return nil
	}
	return u.Unmarshal(b.blob)
}

func (b *box) Export(_ context.Context, m msal.Marshaler, _ msal.ExportHints) error {
	b.stored++
	b.order = append(b.order, "export")
	blob, err := m.Marshal()
	b.blob = blob
	return err
}

// bare makes a client of MSAL without anything of ours.
func bare(t *testing.T, sim *entratest.Server, b *box) public.Client {
	t.Helper()
	app, err := public.New(entratest.ClientID, public.WithAuthority(sim.URL+"/"+entratest.TenantContoso),
		public.WithInstanceDiscovery(false), public.WithHTTPClient(sim.Client()), public.WithCache(b))
	if err != nil {
		t.Fatal(err)
	}
	return app
}

var kubernetes = []string{entratest.ServerID + "/.default"}

// bareSignIn signs user in with MSAL alone.
func bareSignIn(t *testing.T, sim *entratest.Server, app public.Client, user string) public.AuthResult {
	t.Helper()
	sim.AutoApprove(user, 0)
	code, err := app.AcquireTokenByDeviceCode(t.Context(), kubernetes)
	if err != nil {
		t.Fatal(err)
	}
	result, err := code.AuthenticationResult(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// Repaired: TestPacing, TestSlowDownIsForGood, TestInterval.
func TestMSALIgnoresTheInterval(t *testing.T) {
	t.Parallel()
	sim := entratest.NewServer()
	defer sim.Close()
	sim.Set(func(o *entratest.Settings) { o.EnforceInterval = true })
	code, err := bare(t, sim, &box{}).AcquireTokenByDeviceCode(t.Context(), kubernetes)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	slow := func() (n int) {
		for _, e := range polls(sim) {
			if e == "slow_down" {
				n++
			}
		}
		return n
	}
	go func() {
		for slow() < 2 && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	_, err = code.AuthenticationResult(ctx)
	// Repaired: TestEnds, TestCancel.
	if !errors.Is(err, context.Canceled) || slow() < 2 {
		t.Errorf("error %v, polls %q", err, polls(sim))
	}
}

// Repaired: TestTroubleWhilePolling.
func TestMSALEndsWithOne503(t *testing.T) {
	t.Parallel()
	sim := entratest.NewServer()
	defer sim.Close()
	sim.AutoApprove(entratest.Alice, 0)
	sim.Fault("token", entratest.Fault{Times: 1, Status: 503})
	code, err := bare(t, sim, &box{}).AcquireTokenByDeviceCode(t.Context(), kubernetes)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := code.AuthenticationResult(t.Context()); err == nil {
		t.Error("MSAL outlives a 503")
	}
}

// Repaired: TestBadTokenAnswers.
func TestMSALShowsWholeAnswers(t *testing.T) {
	t.Parallel()
	sim := entratest.NewServer()
	defer sim.Close()
	sim.AutoApprove(entratest.Alice, 0)
	sim.Fault("token", entratest.Fault{Body: with("expires_in", `"soon"`)})
	code, err := bare(t, sim, &box{}).AcquireTokenByDeviceCode(t.Context(), kubernetes)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := code.AuthenticationResult(t.Context()); err == nil || !strings.Contains(err.Error(), leak) {
		t.Errorf("error %v", err)
	}
}

// Repaired: TestBadDeviceAnswers.
func TestMSALTakesEmptyCodes(t *testing.T) {
	t.Parallel()
	sim := entratest.NewServer()
	defer sim.Close()
	sim.Fault("devicecode", entratest.Fault{Times: 1, Body: "{}"})
	app := bare(t, sim, &box{})
	if code, err := app.AcquireTokenByDeviceCode(t.Context(), kubernetes); err != nil || code.Result.UserCode != "" {
		t.Errorf("error %v", err)
	}
	sim.Fault("devicecode", entratest.Fault{Times: 1, Rewrite: func(o map[string]any) {
		o["message"], o["verification_uri"] = "\x1b]0;x\x07", "http://evil.example"
	}})
	code, err := app.AcquireTokenByDeviceCode(t.Context(), kubernetes)
	if err != nil || code.Result.Message != "\x1b]0;x\x07" || code.Result.VerificationURL != "http://evil.example" {
		t.Errorf("error %v, %q", err, code.Result.Message)
	}
}

// Repaired: TestDeclinedScopes, TestOddButFineTokenAnswers.
func TestMSALLosesTheRefreshTokenWithDeclinedScopes(t *testing.T) {
	t.Parallel()
	sim := entratest.NewServer()
	defer sim.Close()
	b := &box{}
	app := bare(t, sim, b)
	result := bareSignIn(t, sim, app, entratest.Alice)
	b.dropAccessTokens(t)
	b.stored = 0
	sim.Fault("token", entratest.Fault{Rewrite: func(o map[string]any) { o["scope"] = entratest.ServerID + "/user.read" }})
	_, err := app.AcquireTokenSilent(t.Context(), kubernetes, public.WithSilentAccount(result.Account))
	if err == nil || b.stored != 0 {
		t.Errorf("error %v, stored %d times", err, b.stored)
	}
}

func (b *box) dropAccessTokens(t *testing.T) {
	t.Helper()
	s, err := cache.NewSession(b.blob)
	if err != nil {
		t.Fatal(err)
	}
	b.blob = s.Reveal()
}

// Repaired: TestStrictRotation.
func TestMSALFilesUnderNobody(t *testing.T) {
	t.Parallel()
	sim := entratest.NewServer()
	defer sim.Close()
	b := &box{}
	app := bare(t, sim, b)
	result := bareSignIn(t, sim, app, entratest.Alice)
	b.dropAccessTokens(t)
	sim.Set(func(o *entratest.Settings) { o.OmitClientInfo, o.OmitIDToken = true, true })
	if _, err := app.AcquireTokenSilent(t.Context(), kubernetes, public.WithSilentAccount(result.Account)); err != nil {
		t.Fatal(err)
	}
	var blob struct{ RefreshToken map[string]any }
	if err := json.Unmarshal(b.blob, &blob); err != nil || len(blob.RefreshToken) != 2 {
		t.Errorf("%d refresh tokens", len(blob.RefreshToken))
	}
	for key := range blob.RefreshToken {
		if strings.HasPrefix(key, "-") {
			return
		}
	}
	t.Error("no refresh token is filed under nobody")
}

// Repaired: TestSilentChoosesNeverGuesses.
func TestMSALListsAccountsInAnyOrder(t *testing.T) {
	t.Parallel()
	sim := entratest.NewServer()
	defer sim.Close()
	app := bare(t, sim, &box{})
	for _, user := range []string{entratest.Alice, entratest.Bob, entratest.Dana} {
		bareSignIn(t, sim, app, user)
	}
	first := map[string]bool{}
	for range 200 {
		accounts, err := app.Accounts(t.Context())
		if err != nil || len(accounts) != 3 {
			t.Fatal(err, len(accounts))
		}
		first[accounts[0].PreferredUsername] = true
	}
	if len(first) < 2 {
		t.Error("always the same account first")
	}
}

// Repaired: the token of a Grant is the answer's, see "short life" in TestOddButFineTokenAnswers.
func TestMSALKeepsNoShortLivedTokens(t *testing.T) {
	t.Parallel()
	sim := entratest.NewServer()
	defer sim.Close()
	sim.Set(func(o *entratest.Settings) { o.TokenLife = 299 * time.Second })
	b := &box{}
	bareSignIn(t, sim, bare(t, sim, b), entratest.Alice)
	if bytes.Contains(b.blob, []byte(`"credential_type":"AccessToken"`)) {
		t.Error("kept")
	}
}

// Repaired: TestBadFrames.
func TestMSALFollowsRedirectsWithTheToken(t *testing.T) {
	t.Parallel()
	sim := entratest.NewServer()
	defer sim.Close()
	b := &box{}
	app := bare(t, sim, b)
	result := bareSignIn(t, sim, app, entratest.Alice)
	b.dropAccessTokens(t)
	var got string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { got = req.PostFormValue("refresh_token") }))
	defer other.Close()
	sim.Fault("token", entratest.Fault{Redirect: other.URL, Status: http.StatusTemporaryRedirect})
	_, _ = app.AcquireTokenSilent(t.Context(), kubernetes, public.WithSilentAccount(result.Account))
	if got == "" {
		t.Error("the refresh token stayed")
	}
}

// Repaired: TestEndpointsElsewhere.
func TestMSALSendsTheTokenAnywhere(t *testing.T) {
	t.Parallel()
	sim := entratest.NewServer()
	defer sim.Close()
	b := &box{}
	result := bareSignIn(t, sim, bare(t, sim, b), entratest.Alice)
	b.dropAccessTokens(t)
	var got string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { got = req.PostFormValue("refresh_token") }))
	defer other.Close()
	sim.Fault("openid-configuration", entratest.Fault{Rewrite: func(o map[string]any) { o["token_endpoint"] = other.URL + "/token" }})
	_, _ = bare(t, sim, b).AcquireTokenSilent(t.Context(), kubernetes, public.WithSilentAccount(result.Account))
	if got == "" {
		t.Error("the refresh token stayed")
	}
}

// Repaired: scopes; see TestIDToken.
func TestMSALWantsAScope(t *testing.T) {
	t.Parallel()
	sim := entratest.NewServer()
	defer sim.Close()
	app := bare(t, sim, &box{})
	if _, err := app.AcquireTokenByDeviceCode(t.Context(), nil); err == nil {
		t.Error("MSAL takes no scopes at all")
	}
}

// memory counts on it: MSAL loads its cache before it reads, and again before it writes what an answer
// brought.
func TestMSALLoadsBeforeItWrites(t *testing.T) {
	t.Parallel()
	sim := entratest.NewServer()
	defer sim.Close()
	b := &box{}
	app := bare(t, sim, b)
	result := bareSignIn(t, sim, app, entratest.Alice)
	b.dropAccessTokens(t)
	b.order = nil
	if _, err := app.AcquireTokenSilent(t.Context(), kubernetes, public.WithSilentAccount(result.Account)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(b.order, " "); got != "replace replace export" {
		t.Error(got)
	}
}

// tokenTenant serves a tenant whose name contains "token", and lists the paths of requests.
func tokenTenant(t *testing.T) (host string, client *httptest.Server, paths *[]string) {
	t.Helper()
	paths = new([]string)
	var origin string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		*paths = append(*paths, req.URL.Path)
		base := origin + "/tokens.example/"
		if strings.HasSuffix(req.URL.Path, "/openid-configuration") {
			json.NewEncoder(w).Encode(map[string]string{"issuer": base + "v2.0", "authorization_endpoint": base + "oauth2/v2.0/authorize",
				"token_endpoint": base + "oauth2/v2.0/token", "device_authorization_endpoint": base + "oauth2/v2.0/devicecode"})
			return
		}
		json.NewEncoder(w).Encode(map[string]any{"user_code": "ABCD1234", "device_code": "d", "verification_uri": origin + "/x", "expires_in": 900})
	}))
	t.Cleanup(server.Close)
	origin = server.URL
	return strings.TrimPrefix(server.URL, "https://"), server, paths
}

func TestMSALDerivesTheDeviceEndpointFromAnyToken(t *testing.T) {
	t.Parallel()
	host, server, paths := tokenTenant(t)
	app, err := public.New(entratest.ClientID, public.WithAuthority("https://"+host+"/tokens.example"),
		public.WithInstanceDiscovery(false), public.WithHTTPClient(server.Client()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = app.AcquireTokenByDeviceCode(t.Context(), kubernetes); err != nil {
		t.Fatal(err)
	}
	if got := (*paths)[len(*paths)-1]; got != "/devicecodes.example/oauth2/v2.0/devicecode" {
		t.Errorf("MSAL asked %s", got)
	}
}

func TestTenantNamedToken(t *testing.T) {
	t.Parallel()
	host, server, paths := tokenTenant(t)
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	s := &entra.Service{Authority: authority.Authority{Host: host, Roots: roots}}
	done := errors.New("seen enough")
	r := plugin.Request{Key: cache.Key{SessionID: cache.SessionID{Authority: host, Client: entratest.ClientID},
		Tenant: "Tokens.example", Scopes: kubernetes, Kind: cache.Access}}
	if _, err := byDevice(s, func(plugin.Prompt) error { return done }).Token(t.Context(), r, noSession); !errors.Is(err, done) {
		t.Fatal(err)
	}
	if got := (*paths)[len(*paths)-1]; got != "/tokens.example/oauth2/v2.0/devicecode" {
		t.Errorf("asked %s", got)
	}
}
