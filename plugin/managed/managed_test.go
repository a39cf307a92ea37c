package managed

import (
	"context"
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
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
)

const arm = "https://management.azure.com"

// heard is what a source says besides its answer.
type heard struct {
	said   []string
	waited []time.Duration
}

// source is one in an environment of "NAME=value", which waits for nothing.
func source(env []string, h *heard) Source {
	return Source{
		Getenv: func(name string) string {
			for _, pair := range slices.Backward(env) {
				if value, ok := strings.CutPrefix(pair, name+"="); ok {
					return value
				}
			}
			return ""
		},
		Explain: func(line string) { h.said = append(h.said, line) },
		Trace:   func(x https.Exchange) { h.said = append(h.said, fmt.Sprintf("%+v", x)) },
		sleep: func(ctx context.Context, d time.Duration) error {
			h.waited = append(h.waited, d)
			return ctx.Err()
		},
		imds:  "http://127.0.0.1:1",
		agent: agent{program: "/nowhere", keys: "/nowhere"},
	}
}

func request(identity string, scopes ...string) plugin.Request {
	if scopes == nil {
		scopes = []string{arm + "/.default"}
	}
	return plugin.Request{Key: cache.Key{Kind: cache.Access, Credential: "msi", Identity: identity, Scopes: scopes}}
}

// stands start each stand-in of a place with managed identities.
func stands(t *testing.T, s *entratest.Server) map[string]*entratest.Machine {
	t.Helper()
	all := map[string]*entratest.Machine{}
	for name, start := range map[string]func(*entratest.Server) (*entratest.Machine, error){
		"imds":          func(s *entratest.Server) (*entratest.Machine, error) { return entratest.StartIMDS(s, "") },
		"appservice":    entratest.StartAppService,
		"azureml":       entratest.StartAzureML,
		"servicefabric": entratest.StartServiceFabric,
		"cloudshell": func(s *entratest.Server) (*entratest.Machine, error) {
			return entratest.StartCloudShell(s, entratest.Bob)
		},
	} {
		m, err := start(s)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(m.Close)
		all[name] = m
	}
	return all
}

// in is a source on a machine.
func in(m *entratest.Machine, h *heard) Source {
	s := source(m.Env, h)
	s.imds = strings.TrimSuffix(m.URL, metadataPath)
	return s
}

// Each place gives a token of the identity that is meant, in its own words, or the call is refused before anything is sent.
func TestPlaces(t *testing.T) {
	s := entratest.NewServer()
	defer s.Close()
	deploy, other := entratest.AssignedIdentity("deploy"), entratest.AssignedIdentity("other")
	ids := map[string]string{"system": "system@0123456789ab", "client": "client:" + deploy.ClientID, "object": "object:" + deploy.ObjectID + "@0123456789ab",
		"resource": "resource:" + deploy.ResourceID, "stranger": "client:" + other.ClientID}
	const refused, config = failure.Refused, failure.Config
	for place, m := range stands(t, s) {
		want := map[string]map[string]failure.Class{
			"imds": {"stranger": refused}, "appservice": {"stranger": refused},
			"azureml":       {"object": config, "resource": config, "stranger": refused},
			"servicefabric": {"client": config, "object": config, "resource": config, "stranger": config},
			"cloudshell":    {"client": config, "object": config, "resource": config, "stranger": config},
		}[place]
		for kind, name := range ids {
			t.Run(place+" "+kind, func(t *testing.T) {
				var h heard
				before := s.Requests(place)
				g, err := in(m, &h).Token(t.Context(), request(name), cache.Session{})
				if class, bad := want[kind]; bad {
					if e, ok := errors.AsType[*Error](err); !ok || e.Class() != class || e.Advice == "" || class == config && strings.Contains(e.Advice, "AZURE_CLIENT_ID") == (place == "azureml") {
						t.Errorf("got %v", err)
					}
					if n := s.Requests(place) - before; class == config && n > 0 {
						t.Errorf("%d requests", n)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				claims, err := s.VerifyToken(g.Token.Value.Reveal(), arm)
				of := deploy
				if kind == "system" {
					of = entratest.SystemIdentity()
				}
				if err != nil || place != "cloudshell" && claims["oid"] != of.ObjectID || place == "cloudshell" && claims["preferred_username"] != entratest.Bob {
					t.Errorf("a token of %v, %v", claims, err)
				}
				life := 24 * time.Hour
				if place == "cloudshell" {
					life = time.Hour
				}
				if left := time.Until(g.Token.Expires); left < life-time.Minute || left > life+time.Minute || !g.Token.Fresh(time.Now().Add(life-6*time.Minute)) {
					t.Errorf("it ends in %v", left)
				}
				if !strings.Contains(strings.Join(h.said, "\n"), "since") {
					t.Errorf("%q does not say which place it was", h.said)
				}
			})
		}
	}
}

// stand is an App Service of a test's own.
func stand(t *testing.T, answer http.HandlerFunc) []string {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return []string{"IDENTITY_ENDPOINT=" + s.URL + "/msi/token", "IDENTITY_HEADER=" + secret}
}

const secret = "x-the-secret-of-the-header-x"

// said is an answer of a service, with the class of failure that it makes.
type said struct {
	status int
	body   string
	want   failure.Class
}

func answers() map[string]said {
	soon := fmt.Sprint(time.Now().Add(time.Hour).Unix())
	const answer, refused, network = failure.Answer, failure.Refused, failure.Network
	return map[string]said{
		"numbers":           {200, `{"access_token":"a.b.c","expires_in":3600,"token_type":"bearer"}`, ""},
		"text":              {200, `{"access_token":"a.b.c","expires_in":"3600","expires_on":"` + soon + `"}`, ""},
		"the earlier end":   {200, `{"access_token":"a.b.c","expires_in":"3600","expires_on":"` + fmt.Sprint(time.Now().Add(20*time.Hour).Unix()) + `"}`, ""},
		"expires_on":        {200, `{"access_token":"a.b.c","expires_on":` + soon + `}`, ""},
		"a date":            {200, `{"access_token":"a.b.c","expires_on":"` + time.Now().UTC().Add(time.Hour).Format("1/2/2006 3:04:05 PM -07:00") + `"}`, ""},
		"ended":             {200, `{"access_token":"a.b.c","expires_in":3600,"expires_on":"1000"}`, answer},
		"no end":            {200, `{"access_token":"a.b.c"}`, answer},
		"a bad end":         {200, `{"access_token":"a.b.c","expires_in":"soon"}`, answer},
		"negative":          {200, `{"access_token":"a.b.c","expires_in":-1}`, answer},
		"huge":              {200, `{"access_token":"a.b.c","expires_in":1e99}`, answer},
		"infinite":          {200, `{"access_token":"a.b.c","expires_in":"Inf"}`, answer},
		"a newline":         {200, `{"access_token":"a.b.c\n` + secret + `","expires_in":3600}`, answer},
		"no token":          {200, `{"expires_in":3600}`, answer},
		"a number":          {200, `{"access_token":1,"expires_in":3600}`, answer},
		"a token bound":     {200, `{"access_token":"a.b.c","expires_in":3600,"token_type":"pop"}`, answer},
		"twice":             {200, `{"access_token":"a.b.c","access_token":"d.e.f","expires_in":3600}`, answer},
		"a page":            {200, `<html>` + secret, answer},
		"empty":             {200, ``, answer},
		"null":              {200, `null`, answer},
		"a list":            {200, `[]`, answer},
		"another identity":  {200, `{"access_token":"a.b.c","expires_in":3600,"client_id":"22222222-2222-2222-2222-222222222222"}`, answer},
		"too large":         {200, `{"access_token":"` + strings.Repeat("a", 64<<10) + `","expires_in":3600}`, answer},
		"not assigned":      {400, `{"statusCode":400,"message":"` + secret + `"}`, refused},
		"no such resource":  {400, `{"message":"AADSTS500011: ` + secret + `"}`, refused},
		"a wrong secret":    {401, secret, refused},
		"forbidden":         {403, secret, refused},
		"nothing there":     {404, secret, refused},
		"moved":             {302, secret, answer},
		"busy":              {429, secret, network},
		"down":              {503, secret, network},
		"odd":               {418, secret, answer},
		"without a content": {204, "", answer},
	}
}

// What makes no sense is refused, and nothing of an answer or of a secret is repeated, whatever the status is.
func TestAnswers(t *testing.T) {
	for name, test := range answers() {
		t.Run(name, func(t *testing.T) {
			var h heard
			s := source(stand(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "http://127.0.0.1:1/"+secret)
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
			}), &h)
			r := request("client:" + entratest.ClientID)
			g, err := s.Token(t.Context(), r, cache.Session{})
			if test.want == "" {
				if left := time.Until(g.Token.Expires); err != nil || g.Token.Value.Reveal() != "a.b.c" || left < 59*time.Minute || left > time.Hour {
					t.Errorf("%v until %v, %v", g.Token.Value, g.Token.Expires, err)
				}
				return
			}
			if failure.Of(err) != test.want || !g.Token.Value.IsZero() {
				t.Errorf("got %v (%T)", err, err)
			}
			_, redirect := errors.AsType[*https.RedirectError](err)
			if e, ok := errors.AsType[*Error](err); !redirect && name != "too large" && name != "a page" && (!ok || e.Advice == "") {
				t.Errorf("no next step: %v (%T)", err, err)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				h.said = append(h.said, fmt.Sprintf("%v %+v", e, e))
			}
			if all := strings.Join(h.said, "\n"); strings.Contains(all, secret) || strings.Contains(all, "a.b.c") {
				t.Errorf("it repeats what is secret: %s", all)
			}
		})
	}
}

// The service's own clock says how long a token lives.
func TestClock(t *testing.T) {
	var h heard
	s := source(stand(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Unix(1_000_000, 0).UTC().Format(http.TimeFormat))
		fmt.Fprint(w, `{"access_token":"a.b.c","expires_on":"1003600"}`)
	}), &h)
	g, err := s.Token(t.Context(), request("system"), cache.Session{})
	if life := g.Token.Expires.Sub(g.Token.Obtained); err != nil || life != time.Hour {
		t.Errorf("%v, %v", life, err)
	}
}

// What is asked for is written as a resource: version 1's word for what has scopes.
func TestResource(t *testing.T) {
	asked := ""
	env := stand(t, func(w http.ResponseWriter, r *http.Request) { asked = r.URL.Query().Get("resource") })
	for want, scopes := range map[string][]string{
		arm:                                    {arm + "/.default"},
		arm + "/":                              {arm + "//.default"},
		"https://vault.azure.net":              {"https://vault.azure.net/.default"},
		"6dae42f8-4368-4678-94ff-3960e28e3630": {"6dae42f8-4368-4678-94ff-3960e28e3630/.default"},
		"api://" + entratest.ServerID:          {"api://" + entratest.ServerID + "/.default"},
		"https://graph.microsoft.com":          {"https://graph.microsoft.com/User.Read", "https://graph.microsoft.com/Mail.Read"},
	} {
		source(env, new(heard)).Token(t.Context(), request("system", scopes...), cache.Session{})
		if asked != want {
			t.Errorf("%q: asked for %q, want %q", scopes, asked, want)
		}
	}
}

// What a managed identity has not is refused before anything is sent.
func TestUnable(t *testing.T) {
	asked := 0
	env := stand(t, func(http.ResponseWriter, *http.Request) { asked++ })
	id, bound, nothing := request("system"), request("system"), request("system", "openid")
	id.Kind, bound.KeyID = cache.ID, "thumbprint"
	for name, r := range map[string]plugin.Request{"an ID token": id, "a bound token": bound, "no resource": nothing} {
		if _, err := source(env, new(heard)).Token(t.Context(), r, cache.Session{}); failure.Of(err) != failure.Config || asked > 0 {
			t.Errorf("%s: %v, %d requests", name, err, asked)
		}
	}
}

// Whoever is busy is asked again, within bounds, and after the pause that it asks for.
func TestBusy(t *testing.T) {
	s := entratest.NewServer()
	defer s.Close()
	all := stands(t, s)
	for name, test := range map[string]struct {
		place  string
		fault  entratest.Fault
		waited []time.Duration
		want   failure.Class
	}{
		"gone":        {"imds", entratest.Fault{Skip: 1, Times: 2, Status: 410}, []time.Duration{time.Second, 2 * time.Second}, ""},
		"not there":   {"imds", entratest.Fault{Skip: 1, Times: 1, Status: 404}, []time.Duration{time.Second}, ""},
		"asks":        {"imds", entratest.Fault{Skip: 1, Times: 1, Status: 429, RetryAfter: "7"}, []time.Duration{7 * time.Second}, ""},
		"too long":    {"imds", entratest.Fault{Skip: 1, Status: 429, RetryAfter: "999999999999"}, nil, failure.Network},
		"for ever":    {"imds", entratest.Fault{Skip: 1, Status: 500}, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}, failure.Network},
		"drops":       {"imds", entratest.Fault{Skip: 1, Drop: true}, []time.Duration{time.Second}, failure.Network},
		"app service": {"appservice", entratest.Fault{Times: 1, Status: 503}, []time.Duration{time.Second}, ""},
		"is down":     {"appservice", entratest.Fault{Status: 503}, []time.Duration{time.Second}, failure.Network},
		"drops once":  {"appservice", entratest.Fault{Times: 1, Drop: true}, []time.Duration{time.Second}, ""},
		"large":       {"appservice", entratest.Fault{Stream: 64 << 20}, nil, failure.Answer},
		"a bomb":      {"appservice", entratest.Fault{Stream: 64 << 20, Gzip: true}, nil, failure.Answer},
		"docker":      {"imds", entratest.Fault{Status: 403, Body: "connecting to 169.254.169.254:80: connect: network is unreachable"}, nil, failure.Network},
		"forbids":     {"imds", entratest.Fault{Skip: 1, Status: 403}, nil, failure.Refused},
		"redirects":   {"imds", entratest.Fault{Redirect: "http://127.0.0.1:1/"}, nil, failure.Answer},
		"portal":      {"imds", entratest.Fault{Status: 200, Body: "<html>sign in</html>"}, nil, failure.Answer},
	} {
		t.Run(name, func(t *testing.T) {
			s.ClearFaults()
			s.Fault(test.place, test.fault)
			var h heard
			_, err := in(all[test.place], &h).Token(t.Context(), request("system"), cache.Session{})
			if failure.Of(err) != test.want || (err == nil) != (test.want == "") || !slices.Equal(h.waited, test.waited) {
				t.Errorf("waited %v: %v", h.waited, err)
			}
			_, down := errors.AsType[*https.NetworkError](err)
			if nowhere := err != nil && strings.Contains(err.Error(), "no managed identity here"); down != (test.want == failure.Network) || nowhere != (name == "docker") {
				t.Errorf("%v", err)
			}
		})
	}
}

// Where nothing listens at the metadata service's address there is no managed identity, and that is known at once. A
// caller who gives up is no fault of the network.
func TestNowhere(t *testing.T) {
	var h heard
	_, err := source(nil, &h).Token(t.Context(), request("system"), cache.Session{})
	if failure.Of(err) != failure.Network || !strings.Contains(err.Error(), "no managed identity here") || h.waited != nil {
		t.Errorf("%v after %v", err, h.waited)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = source(nil, &h).Token(ctx, request("system"), cache.Session{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A variable sends no secret away from this machine in the clear, and no request to what is no address.
func TestAddresses(t *testing.T) {
	for address, good := range map[string]bool{
		"http://127.0.0.1:41222/msi/token": true, "http://localhost:42356/msi/token?a=b": true, "http://169.254.130.2:8081/msi/token": true, "http://[::1]:1/": true,
		"http://172.16.1.1/": true, "https://identity.example/x": true,
		"http://identity.example/": false, "http://8.8.8.8/": false, "http://localhost.evil.example/": false, "http://user:pw@localhost/": false,
		"ftp://localhost/": false, "localhost:42356": false, "http:///msi": false, "http://localhost/#x": false, "http://localhost/\x1b": false, "http://[::ffff:8.8.8.8]/": false,
	} {
		p, err := source([]string{"IDENTITY_ENDPOINT=" + address, "IDENTITY_HEADER=" + secret}, new(heard)).place()
		if good != (err == nil) || good && p.endpoint.String() != address || !good && failure.Of(err) != failure.Config {
			t.Errorf("%q: %v", address, err)
		}
	}
	for name, env := range map[string][]string{
		"a header that is none": {"IDENTITY_ENDPOINT=http://localhost/", "IDENTITY_HEADER=" + secret + "\nX: y"},
		"Service Fabric, plain": {"IDENTITY_ENDPOINT=http://localhost/", "IDENTITY_HEADER=" + secret, "IDENTITY_SERVER_THUMBPRINT=" + strings.Repeat("ab", 20)},
		"no thumbprint":         {"IDENTITY_ENDPOINT=https://localhost/", "IDENTITY_HEADER=" + secret, "IDENTITY_SERVER_THUMBPRINT=ab"},
	} {
		if _, err := source(env, new(heard)).place(); failure.Of(err) != failure.Config || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Another certificate than the one of the thumbprint gets no secret to see.
func TestThumbprint(t *testing.T) {
	s := entratest.NewServer()
	defer s.Close()
	m := stands(t, s)["servicefabric"]
	m.Env = append(m.Env, "IDENTITY_SERVER_THUMBPRINT="+strings.Repeat("AB ", 20))
	_, err := in(m, new(heard)).Token(t.Context(), request("system"), cache.Session{})
	if failure.Of(err) != failure.Answer || s.Requests("servicefabric") > 0 {
		t.Errorf("%v, %d requests", err, s.Requests("servicefabric"))
	}
}
