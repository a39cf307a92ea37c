package arm

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/https"
)

// Bounds of a list that comes in pages. Whoever sees more is better served by a list of his own in the config file.
const (
	maxPages = 1000
	maxBytes = 32 << 20
)

// caller makes the requests of one list.
type caller struct {
	client   *Client
	origin   *url.URL
	token    cache.Secret
	patience https.Patience
}

// list asks for a path and the pages that follow, and returns what stands in all of them.
func (c *Client) list(ctx context.Context, token cache.Token, path string) ([]json.RawMessage, error) {
	origin, err := url.Parse(c.Origin)
	if err != nil || origin.Scheme != "https" || origin.Host == "" {
		return nil, c.nonsense("can't be asked for: it has no address") // the config's reader knows better
	}
	ask := caller{c, origin, token.Value, https.Patience{Now: c.Now, Sleep: c.Sleep, Note: c.Note}}
	next := &url.URL{Scheme: origin.Scheme, Host: origin.Host, Path: path, RawQuery: "api-version=" + version}
	var items []json.RawMessage
	seen, size := map[string]bool{}, 0
	for {
		seen[next.String()] = true
		body, err := ask.success(ctx, next)
		if err != nil {
			return nil, err
		}
		var page struct {
			Value    []json.RawMessage `json:"value"`
			NextLink string            `json:"nextLink"`
		}
		if json.Unmarshal(body, &page) != nil || page.Value == nil {
			return nil, c.nonsense("is no list")
		}
		items = append(items, page.Value...)
		size += len(body)
		if page.NextLink == "" {
			return items, nil
		}
		if next, err = https.NextPage(origin, page.NextLink); err != nil {
			return nil, err
		}
		switch {
		case seen[next.String()]:
			return nil, c.nonsense("is a list that never ends: a page leads back to one before it")
		case len(seen) >= maxPages || size >= maxBytes:
			return nil, c.nonsense("is a list longer than what is read")
		}
	}
}

// success asks for u. It waits and tries again where the service is busy.
func (c *caller) success(ctx context.Context, u *url.URL) ([]byte, error) {
	for try := 1; ; try++ {
		resp, body, err := c.once(ctx, u)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode >= 200 && resp.StatusCode < 300 {
			return body, nil
		}
		e := &Error{https.ReadRefusal(u.Host, u.Path, resp.StatusCode, resp.Header, body)}
		if !https.IsBusy(resp.StatusCode) {
			return nil, e.orChallenge(resp.Header)
		}
		if err := c.patience.Wait(ctx, e.Refusal, resp.Header, try); err != nil {
			return nil, err
		}
	}
}

// once makes one request.
func (c *caller) once(ctx context.Context, u *url.URL) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, c.client.nonsense("names an address that can't be asked for")
	}
	req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("x-ms-client-request-id", uuid.NewString())
	resp, err := c.client.HTTP.Do(req)
	if err != nil {
		return nil, nil, https.WithoutAddress(u, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body) // it has been read, within its bounds
	return resp, body, err
}
