package entratest_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const registryResource = "https://containerregistry.azure.net"

// A registryClient asks a registry of Contoso through the proxy.
type registryClient struct {
	*testing.T
	sim  *entratest.Server
	http *http.Client
}

func newRegistryClient(t *testing.T, r entratest.Registry, opts ...entratest.Option) *registryClient {
	t.Helper()
	sim := newServer(t, append(opts, entratest.WithProxy())...)
	r.Host = entratest.RegistryHost
	sim.AddRegistry(r)
	sim.AutoApprove(entratest.Alice, 0)
	proxy, err := url.Parse(sim.ProxyURL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: sim.CertPool()}}
	t.Cleanup(transport.CloseIdleConnections)
	return &registryClient{t, sim, &http.Client{Transport: transport}}
}

func (c *registryClient) url(path string) string {
	return "https://" + entratest.RegistryHost + path
}

// token is one of Entra.
func (c *registryClient) token(tenant, resource string) string {
	c.Helper()
	return signIn(c.T, c.sim.Client(), c.sim.URL, tenant, resource+"/.default")["access_token"].(string)
}

func exchangeForm(token string) url.Values {
	return url.Values{"grant_type": {"access_token"}, "service": {entratest.RegistryHost}, "access_token": {token}}
}

// exchange returns a refresh token of the registry.
func (c *registryClient) exchange(token string) string {
	c.Helper()
	status, answer := post(c.T, c.http, c.url("/oauth2/exchange"), exchangeForm(token))
	if status != http.StatusOK {
		c.Fatalf("exchange: %d %v", status, answer)
	}
	return answer["refresh_token"].(string)
}

// access returns an access token for a refresh token.
func (c *registryClient) access(refresh, scope string) (status int, token string) {
	c.Helper()
	status, answer := post(c.T, c.http, c.url("/oauth2/token"), url.Values{
		"grant_type": {"refresh_token"}, "service": {entratest.RegistryHost}, "scope": {scope}, "refresh_token": {refresh}})
	token, _ = answer["access_token"].(string)
	return status, token
}

func (c *registryClient) wantStatus(path, token string, want int) {
	c.Helper()
	if status, answer := get(c.T, c.http, c.url(path), token); status != want {
		c.Errorf("%s: %d %v, want %d", path, status, answer, want)
	}
}

func TestRegistry(t *testing.T) {
	var asked []string
	c := newRegistryClient(t, entratest.Registry{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		asked = append(asked, req.URL.Path)
		fmt.Fprint(w, `{"tags":[]}`)
	})})
	resp, err := c.http.Get(c.url("/v2/"))
	if err != nil {
		t.Fatal(err)
	}
	_, answer := read(t, resp)
	want := `Bearer realm="https://contoso.azurecr.io/oauth2/token",service="contoso.azurecr.io"`
	if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != 401 || got != want || !strings.Contains(fmt.Sprint(answer), "UNAUTHORIZED") {
		t.Errorf("%s, %s, %v", resp.Status, got, answer)
	}
	before := time.Now().Truncate(time.Second)
	refresh := c.exchange(c.token(entratest.TenantContoso, registryResource))
	var claims map[string]any
	decode(t, strings.Split(refresh, ".")[1], &claims)
	life := time.Unix(int64(claims["exp"].(float64)), 0).Sub(before)
	if claims["sub"] != entratest.Alice || claims["tenant"] != entratest.TenantContoso || claims["grant_type"] != "refresh_token" || life < 3*time.Hour || life > 4*time.Hour {
		t.Errorf("%v, lives %v", claims, life)
	}
	_, access := c.access(refresh, "repository:app:pull")
	c.wantStatus("/v2/", access, 200)
	c.wantStatus("/v2/app/tags/list", access, 200)
	c.wantStatus("/v2/other/tags/list", access, 401)
	c.wantStatus("/v2/app/tags/list", "", 401)
	c.wantStatus("/v2/app/tags/list", refresh, 401)
	if _, err := c.sim.VerifyToken(refresh, ""); err == nil {
		t.Error("a token of the registry is taken for one of Entra")
	}
	for _, secret := range []string{refresh, access} {
		if !slices.Contains(c.sim.Secrets(), secret) {
			t.Error("a token is no secret")
		}
	}
	if !slices.Equal(asked, []string{"/v2/", "/v2/app/tags/list"}) {
		t.Errorf("the registry behind it was asked for %q", asked)
	}
	for name, want := range map[string]int{"registry": 2, "repository": 4, "exchange": 1, "registry-token": 1} {
		if got := c.sim.Requests(name); got != want {
			t.Errorf("%d requests of %s, want %d", got, name, want)
		}
	}
}

// Docker's older way: the refresh token is the password of Basic, in a GET.
func TestRegistryBasic(t *testing.T) {
	c := newRegistryClient(t, entratest.Registry{})
	refresh := c.exchange(c.token(entratest.TenantContoso, registryResource))
	req, err := http.NewRequest("GET", c.url("/oauth2/token?service="+entratest.RegistryHost+"&scope=repository:app:pull,push"), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("00000000-0000-0000-0000-000000000000", refresh)
	resp, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, answer := read(t, resp)
	c.wantStatus("/v2/app/tags/list", answer["access_token"].(string), 200)
	c.wantStatus("/v2/app/manifests/latest", answer["access_token"].(string), 404)
}

func TestRegistryRefusals(t *testing.T) {
	c := newRegistryClient(t, entratest.Registry{RefusesARM: true})
	c.sim.AutoApprove(entratest.Carol, 0) // in both tenants
	good := c.token(entratest.TenantContoso, registryResource)
	for name, form := range map[string]url.Values{
		"ARM":            exchangeForm(c.token(entratest.TenantContoso, "https://management.azure.com")),
		"Graph":          exchangeForm(c.token(entratest.TenantContoso, "https://graph.microsoft.com")),
		"another tenant": exchangeForm(c.token(entratest.TenantFabrikam, registryResource)),
		"no token":       exchangeForm("x"),
		"spoilt":         exchangeForm(good[:len(good)-4] + "AAAA"),
		"its own":        exchangeForm(c.exchange(good)),
	} {
		if status, answer := post(t, c.http, c.url("/oauth2/exchange"), form); status != 401 || !strings.Contains(fmt.Sprint(answer), "UNAUTHORIZED") {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	for name, value := range map[string]string{"tenant": entratest.TenantFabrikam, "service": "other.azurecr.io", "grant_type": "password"} {
		form := exchangeForm(good)
		form.Set(name, value)
		if status, answer := post(t, c.http, c.url("/oauth2/exchange"), form); status == 200 || answer["refresh_token"] != nil {
			t.Errorf("%s %s: %d %v", name, value, status, answer)
		}
	}
	form := exchangeForm(good)
	form.Set("tenant", entratest.DomainContoso)
	if status, answer := post(t, c.http, c.url("/oauth2/exchange"), form); status != 200 {
		t.Errorf("the tenant by its domain: %d %v", status, answer)
	}
	if status, _ := c.access("x", "repository:app:pull"); status != 401 {
		t.Errorf("an access token for nothing: %d", status)
	}
}

func TestRegistryTakesARM(t *testing.T) {
	c := newRegistryClient(t, entratest.Registry{})
	c.exchange(c.token(entratest.TenantContoso, "https://management.azure.com"))
}

func TestRegistryEnds(t *testing.T) {
	now := time.Now()
	c := newRegistryClient(t, entratest.Registry{ReadOnly: []string{entratest.Alice}}, entratest.WithClock(func() time.Time { return now }))
	refresh := c.exchange(c.token(entratest.TenantContoso, registryResource))
	_, access := c.access(refresh, "repository:app:pull,push")
	c.wantStatus("/v2/app/tags/list", access, 200)
	if status, _ := post(t, c.http, c.url("/v2/app/blobs/uploads/"), nil); status != 401 {
		t.Errorf("%d for a push", status)
	}
	now = now.Add(2 * time.Hour)
	c.wantStatus("/v2/app/tags/list", access, 401)
	_, access = c.access(refresh, "repository:app:pull")
	c.wantStatus("/v2/app/tags/list", access, 200)
	c.sim.RevokeRegistry(entratest.RegistryHost)
	c.wantStatus("/v2/app/tags/list", access, 401)
	if status, _ := c.access(refresh, "repository:app:pull"); status != 401 {
		t.Errorf("%d with a token that was revoked", status)
	}
	refresh = c.exchange(c.token(entratest.TenantContoso, registryResource))
	now = now.Add(4 * time.Hour)
	if status, _ := c.access(refresh, "repository:app:pull"); status != 401 {
		t.Errorf("%d with a token that has ended", status)
	}
}

// A registry may want claims that a token lacks.
func TestRegistryClaims(t *testing.T) {
	c := newRegistryClient(t, entratest.Registry{})
	token := c.token(entratest.TenantContoso, registryResource)
	c.sim.RequireClaims(`{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`)
	resp, err := c.http.PostForm(c.url("/oauth2/exchange"), exchangeForm(token))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != 401 || !strings.Contains(got, `error="insufficient_claims", claims="eyJ`) {
		t.Errorf("%s, %s", resp.Status, got)
	}
}

// The proxy leads to the registries that there are, and notes down the rest.
func TestRegistryStrangers(t *testing.T) {
	c := newRegistryClient(t, entratest.Registry{})
	strange := []string{"https://contoso.azurecr.io.example.com", "https://other.azurecr.io", "https://contoso.azurecr.io:8443", "http://contoso.azurecr.io"}
	for _, address := range strange {
		if resp, err := c.http.Get(address + "/v2/"); err == nil {
			resp.Body.Close()
			if resp.StatusCode != http.StatusForbidden {
				t.Errorf("%s: %s", address, resp.Status)
			}
		}
	}
	want := []string{"contoso.azurecr.io.example.com:443", "other.azurecr.io:443", "contoso.azurecr.io:8443", "http://contoso.azurecr.io"}
	if got := c.sim.Strangers(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if n := c.sim.Requests("*"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// A registry may have the server's own address, beside all else that is there.
func TestRegistryAtItsAddress(t *testing.T) {
	s := newServer(t)
	s.AddRegistry(entratest.Registry{Host: s.Host})
	if status, _ := get(t, s.Client(), s.URL+"/v2/", ""); status != 401 {
		t.Errorf("/v2/: %d", status)
	}
	if status, answer := get(t, s.Client(), s.URL+"/"+entratest.TenantContoso+"/v2.0/.well-known/openid-configuration", ""); status != 200 {
		t.Errorf("%d %v", status, answer)
	}
}
