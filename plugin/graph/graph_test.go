package graph

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

const megan = `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users/$entity",
	"businessPhones":["+1 412 555 0109","+1 412 555 0110"],"displayName":"Megan Bowen","givenName":"Megan",
	"jobTitle":"Auditor","mail":"MeganB@contoso.com","mobilePhone":null,"officeLocation":"12/1110",
	"preferredLanguage":"en-US","surname":"Bowen","userPrincipalName":"MeganB@contoso.com",
	"id":"48d31887-5fad-4d73-a9f5-3c356e68a038","employeeNumber":12345678901234567890}`

const miriam = `{"displayName":"Miriam Graham","jobTitle":"Director","mail":"MiriamG@contoso.com","businessPhones":[]}`

const noManager = `{"error":{"code":"Request_ResourceNotFound","message":"Resource 'manager' does not exist.",
	"innerError":{"request-id":"a56f3fe6-36c2-4f4b-8e7f-55f8d5c0ae25"}}}`

// serve starts a Graph with these handlers and returns a Query that talks to it and to nobody else. It does
// not sleep: slept holds how long it would have.
func serve(t *testing.T, mux *http.ServeMux) (m *Query, slept *[]time.Duration) {
	t.Helper()
	s := httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	slept = new([]time.Duration)
	return &Query{
		Origin: s.URL,
		Note:   func(string) {},
		Now:    time.Now,
		HTTP:   https.Options{Hosts: []string{strings.TrimPrefix(s.URL, "https://")}, Roots: roots}.Client(),
		Sleep: func(_ context.Context, d time.Duration) error {
			*slept = append(*slept, d)
			return nil
		},
	}, slept
}

// says is a handler that answers with a JSON text.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
}

// person serves /me with the body me, and /me/manager with 404.
func person(me string) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1.0/me", says(200, me))
	mux.HandleFunc("GET /v1.0/me/manager", says(404, noManager))
	return mux
}

// reply asks as cmd does, and checks what has to hold for each error.
func reply(t *testing.T, m *Query) (string, error) {
	t.Helper()
	if err := m.Check(); err != nil {
		return "", err
	}
	out, err := m.Answer(t.Context(), cache.Token{Value: cache.NewSecret("the-token")})
	if err == nil {
		return string(out), nil
	}
	if len(out) > 0 {
		t.Errorf("there is an answer beside the error %v: %q", err, out)
	}
	if content := err.Error(); strings.Contains(content, "the-token") || strings.ContainsAny(content, "{}<>") || text.Clean(content) != content {
		t.Errorf("the error shows a secret, raw JSON, a page or raw characters: %q", content)
	}
	return "", err
}

func TestAnswerAsksAsGraphExpects(t *testing.T) {
	guid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	ids := map[string]bool{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1.0/me", func(w http.ResponseWriter, req *http.Request) {
		id := req.Header.Get("client-request-id")
		if ids[id] || !guid.MatchString(id) {
			t.Errorf("client-request-id %q is used twice or no GUID", id)
		}
		ids[id] = true
		if got := req.Header.Get("Authorization"); got != "Bearer the-token" {
			t.Errorf("Authorization is %q", got)
		}
		if got := req.Header.Get("Accept"); got != "application/json" {
			t.Errorf("Accept is %q", got)
		}
		if req.URL.RawQuery != "" {
			t.Errorf("the query is %q", req.URL.RawQuery)
		}
		says(200, megan)(w, req)
	})
	m, _ := serve(t, mux)
	for range 2 {
		if _, err := reply(t, m); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCheck(t *testing.T) {
	for name, test := range map[string]struct {
		me   Query
		want string // of the error
	}{
		"fine":                 {Query{}, ""},
		"manager of me":        {Query{Path: "/beta/me?$select=id", Manager: true}, ""},
		"manager of a person":  {Query{Path: "/v1.0/users/a@b.c", Manager: true}, ""},
		"manager of a list":    {Query{Path: "/v1.0/users", Manager: true}, "/v1.0/users is no person"},
		"manager of a message": {Query{Path: "/v1.0/me/messages", Manager: true}, "/v1.0/me/messages is no person"},
	} {
		var usage *UsageError
		switch err := test.me.Check(); {
		case test.want == "" && err != nil, test.want != "" && (!errors.As(err, &usage) || !strings.HasPrefix(usage.What, test.want)):
			t.Errorf("%s: %v", name, err)
		}
	}
	if asker := (&Query{Origin: "https://graph.microsoft.com"}).Asker(); asker != "entralogin graph, for https://graph.microsoft.com" {
		t.Error(asker)
	}
}

func TestOriginAndPathAreChecked(t *testing.T) {
	for name, test := range map[string]struct{ origin, path string }{
		"http":              {"http://graph.microsoft.com", ""},
		"no host":           {"graph.microsoft.com", ""},
		"user":              {"https://me@graph.microsoft.com", ""},
		"path":              {"https://graph.microsoft.com/v1.0", ""},
		"path without /":    {"https://graph.microsoft.com", ".evil.example/me"},
		"path with a host":  {"https://graph.microsoft.com", "//evil.example/me"},
		"path is a URL":     {"https://graph.microsoft.com", "https://evil.example/me"},
		"path with an ESC":  {"https://graph.microsoft.com", "/me\x1b"},
		"path with a %zz":   {"https://graph.microsoft.com", "/me%zz"},
		"path with a space": {"https://graph.microsoft.com\t", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := &Query{Origin: test.origin, Path: test.path} // without HTTP: a request would panic
			var usage *UsageError
			if _, err := m.Answer(t.Context(), cache.Token{}); !errors.As(err, &usage) {
				t.Errorf("got %v, want a *UsageError", err)
			}
		})
	}
}

func TestAnswerEndsWithTheContext(t *testing.T) {
	signal := errors.New("SIGINT")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1.0/me", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "50")
		w.WriteHeader(429)
	})
	mux.HandleFunc("GET /v1.0/slow", func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() })
	for _, path := range []string{"/v1.0/me", "/v1.0/slow"} {
		m, _ := serve(t, mux)
		m.Path, m.Sleep = path, nil
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(50*time.Millisecond, func() { cancel(signal) })
		start := time.Now()
		if _, err := m.Answer(ctx, cache.Token{}); err != signal {
			t.Errorf("%s: got %v (%T), want the cause", path, err, err)
		}
		if took := time.Since(start); took > 40*time.Second { // the service says 50
			t.Errorf("%s: it took %v", path, took)
		}
	}
}
