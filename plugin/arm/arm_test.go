package arm

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

const (
	inT   = "c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
	inU   = "fab21ca0-2b3c-4d5e-9f60-7a8b9cadbecf"
	sub   = "aaaaaaaa-1111-2222-3333-444444444444"
	asked = "api-version=2022-12-01"
)

var token = cache.Token{Value: cache.NewSecret("the-token"), Tenant: inT}

// serve starts a service with this handler and returns a Client that talks to it and to nobody else. It does not sleep:
// slept holds how long it would have.
func serve(t testing.TB, handle http.HandlerFunc) (c *Client, slept *[]time.Duration) {
	t.Helper()
	s := httptest.NewTLSServer(handle)
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	c, err := New(authority.Authority{ResourceManager: s.URL, Roots: roots}, nil)
	if err != nil {
		t.Fatal(err)
	}
	slept = new([]time.Duration)
	c.Sleep = func(_ context.Context, d time.Duration) error { *slept = append(*slept, d); return nil }
	return c, slept
}

// answers are handlers that say one text after the other, the last one again and again.
func answers(status int, bodies ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		body := bodies[0]
		if len(bodies) > 1 {
			bodies = bodies[1:]
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, strings.ReplaceAll(body, "ORIGIN", "https://"+req.Host))
	}
}

// subscriptions asks, and checks what has to hold for each error.
func subscriptions(t testing.TB, c *Client) ([]cache.Subscription, error) {
	t.Helper()
	all, err := c.Subscriptions(t.Context(), token)
	if err != nil {
		if said := err.Error(); len(all) > 0 || strings.Contains(said, "the-token") || strings.ContainsAny(said, "{}<>") || text.Clean(said) != said {
			t.Errorf("beside %v, or with a secret, raw JSON or raw characters: %q", all, said)
		}
	}
	return all, err
}

func TestSubscriptions(t *testing.T) {
	c, _ := serve(t, func(w http.ResponseWriter, req *http.Request) {
		if req.URL.RequestURI() != "/subscriptions?"+asked && req.URL.RequestURI() != "/subscriptions?"+asked+"&%24skiptoken=1" ||
			req.Header.Get("Authorization") != "Bearer the-token" || req.Header.Get("x-ms-client-request-id") == "" {
			t.Errorf("%s %v", req.URL, req.Header)
		}
		body := `{"value":[{"id":"/subscriptions/x","subscriptionId":"` + strings.ToUpper(sub) + `","tenantId":"` + inU + `","displayName":"Grö\u001b[31mße\u202e","state":"Warned",
			"managedByTenants":[{"tenantId":"` + inT + `"},{"tenantId":"x"}],"new":{}}],"nextLink":"https://` + req.Host + `/subscriptions?` + asked + `&%24skiptoken=1"}`
		if strings.Contains(req.URL.RawQuery, "skiptoken") {
			body = `{"value":[{"subscriptionId":"` + sub[:35] + `5"}],"nextLink":null}`
		}
		answers(200, body)(w, req)
	})
	got, err := subscriptions(t, c)
	want := []cache.Subscription{{ID: sub, Name: "Grö[31mße", State: "Warned", Tenant: inT, HomeTenant: inU, ManagedBy: []string{inT}},
		{ID: sub[:35] + "5", Tenant: inT, HomeTenant: inT}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTenants(t *testing.T) {
	one := `{"id":"/tenants/x","tenantId":"` + inT + `","displayName":"Con\ntoso","defaultDomain":"contoso.example"}`
	c, _ := serve(t, answers(200, `{"value":[`+one+`,{"tenantId":"`+inU+`"},`+one+`]}`))
	got, err := c.Tenants(t.Context(), token)
	if want := []Tenant{{inT, "Con toso", "contoso.example"}, {ID: inU}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// An answer that makes no sense, or leads elsewhere, is an error, and no list.
func TestNonsense(t *testing.T) {
	one := `{"subscriptionId":"` + sub + `","tenantId":"` + inT + `"}`
	for name, test := range map[string]struct{ body, want string }{
		"empty":           {``, "is no list"},
		"cut":             {`{"value":[`, "is no list"},
		"null":            {`{"value":null}`, "is no list"},
		"an object":       {`{"value":{}}`, "is no list"},
		"an error":        {`{"error":{"code":"x"}}`, "is no list"},
		"a page":          {`<html>`, "web page"},
		"of texts":        {`{"value":["x"]}`, "without an ID"},
		"no ID":           {`{"value":[{"tenantId":"` + inT + `"}]}`, "without an ID"},
		"no GUID":         {`{"value":[{"subscriptionId":"../x","tenantId":"` + inT + `"}]}`, "without an ID"},
		"no tenant":       {`{"value":[{"subscriptionId":"` + sub + `","tenantId":"contoso"}]}`, "without a tenant"},
		"link of a text":  {`{"value":[` + one + `],"nextLink":5}`, "is no list"},
		"another host":    {`{"value":[` + one + `],"nextLink":"https://evil.example/subscriptions"}`, `host "evil.example"`},
		"another port":    {`{"value":[` + one + `],"nextLink":"ORIGIN0/subscriptions"}`, "must not go"},
		"over http":       {`{"value":[` + one + `],"nextLink":"http://127.0.0.1/subscriptions"}`, "must not go"},
		"with a user":     {`{"value":[` + one + `],"nextLink":"https://user@127.0.0.1/subscriptions"}`, "must not go"},
		"no address":      {`{"value":[` + one + `],"nextLink":"https://%zz"}`, "must not go"},
		"a relative link": {`{"value":[` + one + `],"nextLink":"/subscriptions?x"}`, "must not go"},
		"to itself":       {`{"value":[` + one + `],"nextLink":"ORIGIN/subscriptions?` + asked + `"}`, "never ends"},
	} {
		c, _ := serve(t, answers(200, test.body))
		if all, err := subscriptions(t, c); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v", name, all, err)
		}
	}
}

// A list that goes on for ever comes to an end.
func TestEndlessList(t *testing.T) {
	n := 0
	c, _ := serve(t, func(w http.ResponseWriter, req *http.Request) {
		n++
		answers(200, fmt.Sprintf(`{"value":[],"nextLink":"ORIGIN/subscriptions?page=%d"}`, n))(w, req)
	})
	if _, err := subscriptions(t, c); err == nil || !strings.Contains(err.Error(), "longer than what is read") || n != maxPages {
		t.Errorf("%v, after %d pages", err, n)
	}
	large := `{"value":[],"nextLink":"ORIGIN/subscriptions?page=%d","filler":"` + strings.Repeat("x", 1<<20-200) + `"}`
	n = 0
	c, _ = serve(t, func(w http.ResponseWriter, req *http.Request) { n++; answers(200, fmt.Sprintf(large, n))(w, req) })
	if _, err := subscriptions(t, c); err == nil || !strings.Contains(err.Error(), "longer than what is read") || n > maxBytes>>20+1 {
		t.Errorf("%v, after %d pages", err, n)
	}
}

func TestRefusals(t *testing.T) {
	says := func(code, message string) string {
		return `{"error":{"code":"` + code + `","message":"` + message + `"}}`
	}
	for name, test := range map[string]struct {
		status int
		body   string
		want   []string
	}{
		"403":               {403, says("AuthorizationFailed", "No."), []string{"refused /subscriptions: 403 Forbidden, AuthorizationFailed: No; whoever manages it", "Reader", "(request ID r-1)"}},
		"401":               {401, says("ExpiredAuthenticationToken", "Old."), []string{"401 Unauthorized, ExpiredAuthenticationToken: Old; sign in again"}},
		"401, tenant":       {401, says("InvalidAuthenticationTokenTenant", "Other."), []string{"name the tenant"}},
		"400":               {400, says("MissingApiVersionParameter", "x"), []string{"400 Bad Request, MissingApiVersionParameter: x (request"}},
		"ESC, bidi":         {400, says(`Bad\u001b[31m`, `x\u202ey`), []string{"Bad[31m: xy"}},
		"JSON inside":       {409, says("Conflict", `{\"a\":1}`), []string{"409 Conflict, Conflict (request"}},
		"a page":            {404, "<html>", []string{"404 Not Found (request"}},
		"of other types":    {404, `{"error":{"code":"Real","message":5}}`, []string{"404 Not Found, Real"}},
		"an error of OAuth": {400, `{"error":"invalid"}`, []string{"400 Bad Request (request"}},
	} {
		c, slept := serve(t, func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("x-ms-request-id", "r-1")
			answers(test.status, test.body)(w, req)
		})
		_, err := subscriptions(t, c)
		refused, ok := errors.AsType[*Error](err)
		if !ok || refused.Status != test.status || failure.Of(err) != failure.Refused || len(*slept) > 0 {
			t.Errorf("%s: %v (%T), slept %v", name, err, err, *slept)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", name, err, want)
			}
		}
	}
}

// A claims challenge asks for another token.
func TestChallenge(t *testing.T) {
	const wanted = `{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}`
	c, _ := serve(t, func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="https://x", error="insufficient_claims", claims="`+base64.StdEncoding.EncodeToString([]byte(wanted))+`"`)
		answers(401, `{"error":{"code":"InvalidAuthenticationToken"}}`)(w, req)
	})
	_, err := subscriptions(t, c)
	if challenge, ok := errors.AsType[*plugin.ChallengeError](err); !ok || challenge.Claims != wanted {
		t.Errorf("%v (%T)", err, err)
	}
}

func TestNoRedirect(t *testing.T) {
	c, _ := serve(t, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, "https://evil.example/x", http.StatusFound)
	})
	_, err := subscriptions(t, c)
	if link, ok := errors.AsType[*https.ForeignLinkError](err); !ok || link.To != "evil.example" {
		t.Errorf("%v (%T)", err, err)
	}
}

func TestBusy(t *testing.T) {
	for name, test := range map[string]struct {
		times int
		after string
		slept []time.Duration
		fails string
	}{
		"once": {1, "3", []time.Duration{3 * time.Second}, ""}, "without a time": {2, "", []time.Duration{time.Second, 2 * time.Second}, ""},
		"for ever": {99, "1", []time.Duration{time.Second, time.Second, time.Second}, "429 Too Many Requests, TooMany) and asks to wait for 1s, after 4 tries"},
		"too long": {1, "61", nil, "asks to wait for 1m1s"},
	} {
		n, notes := 0, 0
		c, slept := serve(t, func(w http.ResponseWriter, req *http.Request) {
			if n++; n > test.times {
				answers(200, `{"value":[]}`)(w, req)
				return
			}
			if test.after != "" {
				w.Header().Set("Retry-After", test.after)
			}
			answers(429, `{"error":{"code":"TooMany"}}`)(w, req)
		})
		c.Note = func(string) { notes++ }
		_, err := subscriptions(t, c)
		if !slices.Equal(*slept, test.slept) || notes != len(test.slept) || (err != nil) != (test.fails != "") || err != nil && !strings.Contains(err.Error(), test.fails) {
			t.Errorf("%s: slept %v, %d notes, %v", name, *slept, notes, err)
		}
	}
}

func TestNew(t *testing.T) {
	_, err := New(authority.Authority{Host: "login.example.com"}, nil)
	if unknown, ok := errors.AsType[*UnknownError](err); !ok || unknown.Authority != "login.example.com" || failure.Of(err) != failure.Config {
		t.Errorf("%v", err)
	}
	if _, err := New(authority.Authority{ResourceManager: "https://a.example", CAFile: "/nowhere/ca.pem"}, nil); err == nil {
		t.Error("a CA file that is not there is no fault")
	}
	for _, cloud := range authority.Clouds() {
		c, err := New(cloud, nil)
		if err != nil || !strings.HasPrefix(c.Origin, "https://management.") {
			t.Errorf("%s: %v, %v", cloud.Environment, c, err)
		}
	}
}

// A signal ends the asking, and is no fault of the network.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	c, _ := serve(t, func(w http.ResponseWriter, req *http.Request) { cancel(stopped); <-req.Context().Done() })
	if _, err := c.Subscriptions(ctx, token); !errors.Is(err, stopped) {
		t.Errorf("%v (%T)", err, err)
	}
}

// Against the simulator, which checks the token and has pages.
func TestSimulator(t *testing.T) {
	s := entratest.NewServer(entratest.WithSubscriptions(entratest.Subscriptions()...))
	defer s.Close()
	s.Set(func(o *entratest.Settings) { o.ARMPage = 2 })
	daemon := s.Applications.Get(entratest.DaemonID)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {entratest.DaemonID}, "client_secret": {daemon.AddSecret(time.Hour)},
		"scope": {"https://management.core.windows.net//.default"}}
	resp, err := s.Client().PostForm(s.URL+"/"+entratest.TenantContoso+"/oauth2/v2.0/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	mine := cache.Token{Value: cache.NewSecret(answer.AccessToken), Tenant: entratest.TenantContoso}
	var paths []string
	c, err := New(authority.Authority{ResourceManager: s.URL, Roots: s.CertPool()}, func(x https.Exchange) { paths = append(paths, x.Path) })
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.AddSubscriptions(entratest.Subscriptions()...) // two of one ID more
	}
	got, err := c.Subscriptions(t.Context(), mine)
	if err != nil || len(got) != 3 || got[0].Name != "Contoso Production" || got[0].Tenant != entratest.TenantContoso || !slices.Equal(paths, []string{"/subscriptions", "/subscriptions"}) {
		t.Errorf("%+v, %v, %q", got, err, paths)
	}
	tenants, err := c.Tenants(t.Context(), mine)
	if err != nil || !slices.Equal(tenants, []Tenant{{entratest.TenantContoso, "Contoso", entratest.DomainContoso}}) {
		t.Errorf("%+v, %v", tenants, err)
	}
	s.Fault("arm", entratest.Fault{Status: 403})
	if _, err := c.Subscriptions(t.Context(), mine); failure.Of(err) != failure.Refused {
		t.Errorf("%v", err)
	}
}

// FuzzList: whatever the service says, the program goes on, and what it takes for a list has IDs and clean names.
func FuzzList(f *testing.F) {
	for _, body := range []string{``, `{}`, `{"value":[]}`, `{"value":[{"subscriptionId":"` + sub + `","tenantId":"` + inT + `","displayName":"\u202e\u0000x","managedByTenants":[{"tenantId":"` + inU + `"}]}]}`,
		`{"value":[{"subscriptionId":"` + sub + `","managedByTenants":5}]}`, `{"value":[{"tenantId":"` + inT + `","displayName":"\u001b]0;x\u0007"}],"nextLink":"https://x"}`, `[]`, `null`, `{"value":[null]}`, `{"VALUE":[{"SubscriptionID":"` + sub + `"}]}`} {
		f.Add([]byte(body))
	}
	var now []byte
	c, _ := serve(f, func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(now)
	})
	f.Fuzz(func(t *testing.T, body []byte) {
		now = body
		all, err := subscriptions(t, c)
		for _, one := range all {
			if err != nil || !authority.IsGUID(one.ID) || !authority.IsGUID(one.Tenant) || !authority.IsGUID(one.HomeTenant) || text.Clean(one.Name+one.State) != one.Name+one.State ||
				slices.ContainsFunc(one.ManagedBy, func(by string) bool { return !authority.IsGUID(by) }) {
				t.Errorf("%+v, %v", one, err)
			}
		}
		tenants, err := c.Tenants(t.Context(), token)
		for _, one := range tenants {
			if err != nil || !authority.IsGUID(one.ID) || text.Clean(one.Name+one.Domain) != one.Name+one.Domain {
				t.Errorf("%+v, %v", one, err)
			}
		}
	})
}
