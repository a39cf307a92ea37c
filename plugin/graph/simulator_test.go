package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/https"
)

// deviceCode is a plugin.TokenSource that signs in anew for each token.
type deviceCode struct {
	s      *entratest.Server
	scopes string
	asked  int
}

func (d *deviceCode) Token(ctx context.Context, r plugin.Request) (cache.Token, error) {
	d.asked++
	form := url.Values{"client_id": {entratest.ClientID}, "scope": {d.scopes}}
	if r.Claims != "" {
		form.Set("claims", r.Claims)
	}
	code, err := d.post(ctx, "devicecode", form)
	if err != nil {
		return cache.Token{}, err
	}
	form.Set("grant_type", "urn:ietf:params:oauth:grant-type:device_code")
	form.Set("device_code", fmt.Sprint(code["device_code"]))
	answer, err := d.post(ctx, "token", form)
	return cache.Token{Value: cache.NewSecret(fmt.Sprint(answer["access_token"]))}, err
}

func (d *deviceCode) post(ctx context.Context, endpoint string, form url.Values) (map[string]any, error) {
	address := d.s.URL + "/" + entratest.TenantContoso + "/oauth2/v2.0/" + endpoint
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := d.s.Client().Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %v", endpoint, answer["error"])
	}
	return answer, nil
}

// simulator is a Graph that checks its tokens, with a person who signs in at once.
func simulator(t *testing.T, user, scopes string) (*entratest.Server, *Query, *deviceCode) {
	t.Helper()
	s := entratest.NewServer()
	t.Cleanup(s.Close)
	s.AutoApprove(user, 0)
	m := &Query{
		Origin: s.URL,
		HTTP:   https.Options{Hosts: []string{s.Host}, Roots: s.CertPool()}.Client(),
		Note:   func(string) {},
		Now:    time.Now,
		Sleep:  func(context.Context, time.Duration) error { return nil },
	}
	return s, m, &deviceCode{s: s, scopes: scopes}
}

const graphScope = "https://graph.microsoft.com/"

func TestSimulator(t *testing.T) {
	for name, test := range map[string]struct {
		user, scopes, path string
		manager            bool
		fault              string // endpoint
		with               entratest.Fault
		want               []string // in the table
	}{
		"me": {user: entratest.Alice, scopes: graphScope + "User.Read",
			want: []string{"\nMail                 alice@contoso.example\n", "\nObject ID            " + entratest.UserID(entratest.Alice, entratest.TenantContoso)}},
		"manager": {user: entratest.Alice, scopes: graphScope + "User.Read", manager: true,
			want: []string{"\nManager ", "\nManager's mail                 bob@contoso.example\n"}},
		"no manager": {user: entratest.Bob, scopes: graphScope + "User.Read", manager: true,
			want: []string{"\nManager              no manager\n"}},
		"list in pages": {user: entratest.Alice, scopes: graphScope + "User.ReadBasic.All", path: "/v1.0/users?$top=1",
			want: []string{"Name ", entratest.Alice, entratest.Bob, entratest.Dana}},
		"429, then the answer": {user: entratest.Alice, scopes: graphScope + "User.Read", fault: "me",
			with: entratest.Fault{Times: 2, Status: 429, RetryAfter: "5"}, want: []string{"alice@contoso.example"}},
		"OSC in the name": {user: entratest.Alice, scopes: graphScope + "User.Read", fault: "me",
			with: entratest.Fault{Rewrite: func(o map[string]any) { o["displayName"] = "\x1b]0;x\a\u202eAlice" }},
			want: []string{"Name                 ]0;xAlice\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, m, tokens := simulator(t, test.user, test.scopes)
			m.Path, m.Manager = test.path, test.manager
			if test.fault != "" {
				s.Fault(test.fault, test.with)
			}
			answer, err := m.Ask(t.Context(), tokens, plugin.Request{})
			if err != nil {
				t.Fatal(err)
			}
			out := bytes.NewBuffer(answer)
			for _, want := range test.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("got\n%swithout %q", out.String(), want)
				}
			}
			checkNothingUnsafe(t, out.String())
		})
	}
}

func TestSimulatorRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		scopes, path, fault string
		with                entratest.Fault
		check               func(error) bool
	}{
		"403": {scopes: graphScope + "User.Read", path: "/v1.0/users", check: func(err error) bool {
			var refused *Error
			return errors.As(err, &refused) && refused.Status == 403 && strings.Contains(err.Error(), "User.ReadBasic.All") && refused.RequestID != ""
		}},
		"401, another resource": {scopes: entratest.ServerID + "/.default", check: func(err error) bool {
			var refused *Error
			return errors.As(err, &refused) && refused.Status == 401
		}},
		"redirect": {scopes: graphScope + "User.Read", fault: "me", with: entratest.Fault{Redirect: "https://evil.example/"}, check: func(err error) bool {
			var link *https.ForeignLinkError
			return errors.As(err, &link) && link.To == "evil.example"
		}},
		"nextLink": {scopes: graphScope + "User.ReadBasic.All", path: "/v1.0/users", fault: "users",
			with: entratest.Fault{Rewrite: func(o map[string]any) { o["@odata.nextLink"] = "https://evil.example/" }}, check: func(err error) bool {
				var link *https.ForeignLinkError
				return errors.As(err, &link) && link.To == "evil.example"
			}},
		"a page": {scopes: graphScope + "User.Read", fault: "me", with: entratest.Fault{Body: "<html>"}, check: func(err error) bool {
			var answer *https.AnswerError
			return errors.As(err, &answer)
		}},
		"cut": {scopes: graphScope + "User.Read", fault: "me", with: entratest.Fault{Truncate: true}, check: func(err error) bool {
			var network *https.NetworkError
			return errors.As(err, &network)
		}},
		"64 MiB in gzip": {scopes: graphScope + "User.Read", fault: "me", with: entratest.Fault{Stream: 64 << 20, Gzip: true}, check: func(err error) bool {
			var answer *https.AnswerError
			return errors.As(err, &answer)
		}},
		"429 with Retry-After 1e9": {scopes: graphScope + "User.Read", fault: "me", with: entratest.Fault{Status: 429, RetryAfter: "1000000000"}, check: func(err error) bool {
			var network *https.NetworkError
			return errors.As(err, &network)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s, m, tokens := simulator(t, entratest.Alice, test.scopes)
			m.Path = test.path
			if test.fault != "" {
				s.Fault(test.fault, test.with)
			}
			out, err := m.Ask(t.Context(), tokens, plugin.Request{})
			if !test.check(err) || len(out) > 0 {
				t.Errorf("got %v (%T) and %q", err, err, out)
			}
			if tokens.asked != 1 {
				t.Errorf("%d tokens were asked for", tokens.asked)
			}
		})
	}
}

// A claims challenge leads to one more token, and to no third one.
func TestSimulatorDemandsClaims(t *testing.T) {
	s, m, tokens := simulator(t, entratest.Alice, graphScope+"User.Read")
	s.RequireClaims(`{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`)
	m.Manager = true
	if _, err := m.Ask(t.Context(), tokens, plugin.Request{}); err != nil || tokens.asked != 2 {
		t.Errorf("got %v after %d tokens", err, tokens.asked)
	}

	s, m, tokens = simulator(t, entratest.Alice, graphScope+"User.Read")
	claims := "eyJhIjp7fX0=" // {"a":{}}
	s.Fault("me", entratest.Fault{Status: 401, Header: map[string]string{"WWW-Authenticate": `Bearer claims="` + claims + `"`}})
	var refused *Error
	if out, err := m.Ask(t.Context(), tokens, plugin.Request{}); len(out) > 0 || !errors.As(err, &refused) || tokens.asked != 2 {
		t.Errorf("a challenge for ever: got %v after %d tokens", err, tokens.asked)
	}
}
