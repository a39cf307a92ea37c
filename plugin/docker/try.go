package docker

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/https"
)

// Try asks the registry for an access token without any scope, as "docker login" does, with t, a token that Exchange
// returned. Nothing of the answer is kept. Errors are those of Exchange.
//
// https://distribution.github.io/distribution/spec/auth/token/
func (c *Client) Try(ctx context.Context, t cache.Token) error {
	const path = "/oauth2/token"
	u := &url.URL{Scheme: "https", Host: c.Host, Path: path, RawQuery: url.Values{"service": {c.Host}, "account": {User}, "client_id": {"entralogin"}}.Encode()}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return c.nonsense("can't be asked for: it has no address") // Find knows better
	}
	req.SetBasicAuth(User, t.Value.Reveal())
	req.Header.Set("Accept", "application/json")
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return https.WithoutAddress(u, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body) // it has been read, within its bounds
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return c.refusal(path, resp, body)
	}
	var answer struct {
		AccessToken string `json:"access_token"`
		Token       string `json:"token"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.AccessToken == "" && answer.Token == "" {
		return c.nonsense("holds no token")
	}
	return nil
}
