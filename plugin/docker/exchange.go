package docker

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/https"
)

// Client asks one registry. What it does is described at
// https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
type Client struct {
	Host string       // of a Registry that is ours
	HTTP *http.Client // made by https.Options for Host alone: a request carries the token
	Note func(string) // shows the person a sentence: a wait; may be nil
	Now  func() time.Time

	// Stubbable for testing; nil means the real one.
	Sleep func(context.Context, time.Duration) error
}

// mostAnswer bounds an answer, in bytes.
const mostAnswer = 256 << 10

// New makes a client for a host. Of o its Hosts, JSON and Most are set here.
func New(host string, o https.Options) *Client {
	o.Hosts, o.JSON, o.Most = []string{host}, true, mostAnswer
	return &Client{Host: host, HTTP: o.Client(), Now: time.Now}
}

// Challenge asks the registry, without a credential, who gives out its tokens. It has to be the registry itself, under
// the very name that is asked: a token of Entra goes to nobody else.
//
//	WWW-Authenticate: Bearer realm="https://HOST/oauth2/token",service="HOST"
//
// Errors are *Error where the registry refuses, *https.NetworkError, *https.AnswerError, and *https.ForeignLinkError for a
// redirect, which is not followed.
func (c *Client) Challenge(ctx context.Context) error {
	resp, body, err := c.patiently(ctx, http.MethodGet, "/v2/", nil)
	switch {
	case err != nil:
		return err
	case resp.StatusCode == http.StatusOK:
		return c.nonsense("asks for no sign-in")
	case resp.StatusCode != http.StatusUnauthorized:
		return c.refusal("/v2/", resp, body)
	}
	named := false
	for _, one := range https.Challenges(resp.Header.Values("WWW-Authenticate")) {
		if !one.Is("Bearer") {
			continue
		}
		named = true
		realm, err := url.Parse(one.Params["realm"])
		if err == nil && realm.Scheme == "https" && realm.User == nil && c.isItself(realm.Host) && c.isItself(one.Params["service"]) {
			return nil
		}
	}
	if named {
		return c.nonsense("says that another host gives out its tokens: a token of Entra would go there")
	}
	return c.nonsense("has no Bearer challenge: it is no container registry of Azure")
}

// isItself reports whether a host that the registry names is the registry.
func (c *Client) isItself(host string) bool {
	return strings.TrimSuffix(strings.ToLower(host), ":443") == c.Host
}

// Exchange gives the registry a token of Entra, t, and returns the refresh token that it gives out for that, which docker
// uses as a password: of the same account, with the end that stands in it. Without one it has no life, and may be
// handed out once. tenant is that of the registry, or "" if it is not known.
//
// Errors are *plugin.ChallengeError where the registry wants another token, and those of Challenge.
func (c *Client) Exchange(ctx context.Context, tenant string, t cache.Token) (cache.Token, error) {
	const path = "/oauth2/exchange"
	form := url.Values{"grant_type": {"access_token"}, "service": {c.Host}, "access_token": {t.Value.Reveal()}}
	if tenant != "" {
		form.Set("tenant", tenant)
	}
	resp, body, err := c.patiently(ctx, http.MethodPost, path, form)
	if err != nil {
		return cache.Token{}, err
	}
	if resp.StatusCode != http.StatusOK {
		return cache.Token{}, c.refusal(path, resp, body)
	}
	var answer struct {
		RefreshToken string `json:"refresh_token"`
	}
	if json.Unmarshal(body, &answer) != nil || !claims.IsPassable(answer.RefreshToken, claims.MostPassedOn) {
		return cache.Token{}, c.nonsense("holds no token")
	}
	got := cache.Token{Value: cache.NewSecret(answer.RefreshToken), Kind: cache.Access, Obtained: c.Now(), Account: t.Account, Tenant: t.Tenant}
	if said, err := claims.Read(got.Value); err == nil {
		got.Expires = said.Expires
	}
	return got, nil
}

// patiently makes one request. It waits and tries again where the registry is busy.
func (c *Client) patiently(ctx context.Context, method, path string, form url.Values) (*http.Response, []byte, error) {
	patience := https.Patience{Now: c.Now, Sleep: c.Sleep, Note: c.Note}
	for try := 1; ; try++ {
		resp, body, err := c.once(ctx, method, path, form)
		if err != nil || !https.IsBusy(resp.StatusCode) {
			return resp, body, err
		}
		if err := patience.Wait(ctx, readRefusal(c.Host, path, resp, body), resp.Header, try); err != nil {
			return nil, nil, err
		}
	}
}

// once makes one request. form is its body, nil for none.
func (c *Client) once(ctx context.Context, method, path string, form url.Values) (*http.Response, []byte, error) {
	u := &url.URL{Scheme: "https", Host: c.Host, Path: path}
	var content io.Reader
	if form != nil {
		content = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), content)
	if err != nil {
		return nil, nil, c.nonsense("can't be asked for: it has no address") // Find knows better
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept", "application/json")
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, nil, https.WithoutAddress(u, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body) // it has been read, within its bounds
	return resp, body, err
}

func (c *Client) nonsense(what string) error { return &https.AnswerError{Host: c.Host, What: what} }
