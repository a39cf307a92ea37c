package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// caller makes the requests of one Reply.
type caller struct {
	query    *Query
	origin   *url.URL
	token    cache.Secret
	patience https.Patience
}

// response is an answer of which the body has been read.
type response struct {
	host, path string
	status     int
	header     http.Header
	body       []byte
}

func (q *Query) newCaller(t cache.Token) (*caller, error) {
	base, err := origin(q.Origin)
	if err != nil {
		return nil, err
	}
	return &caller{query: q, origin: base, token: t.Value, patience: https.Patience{Now: q.Now, Sleep: q.Sleep, Note: q.Note}}, nil
}

// address turns path, with its query, into an address below the origin.
func (c *caller) address(path string) (*url.URL, error) {
	u, err := url.Parse(path)
	if err != nil || !strings.HasPrefix(path, "/") || u.Host != "" {
		return nil, &UsageError{fmt.Sprintf("%q is not a path below %s", text.Short(path, 100), c.origin.Host)}
	}
	u.Scheme, u.Host = c.origin.Scheme, c.origin.Host
	return u, nil
}

// get returns the JSON object at u.
func (c *caller) get(ctx context.Context, u *url.URL) (object, error) {
	resp, err := c.success(ctx, u)
	if err != nil {
		return nil, err
	}
	return resp.object()
}

// success asks for u. It waits and tries again where the service is busy.
func (c *caller) success(ctx context.Context, u *url.URL) (*response, error) {
	for try := 1; ; try++ {
		resp, err := c.once(ctx, u)
		if err != nil {
			return nil, err
		}
		switch {
		case resp.status >= 200 && resp.status < 300:
			return resp, nil
		case !https.IsBusy(resp.status):
			return nil, refusal(resp)
		}
		if err := c.patience.Wait(ctx, newError(resp).Refusal, resp.header, try); err != nil {
			return nil, err
		}
	}
}

// once makes one request.
func (c *caller) once(ctx context.Context, u *url.URL) (*response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, &UsageError{fmt.Sprintf("%q can't be asked for", text.Short(u.Path, 100))}
	}
	req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("client-request-id", uuid.NewString())
	if needsConsistency(u) {
		req.Header.Set("ConsistencyLevel", "eventual")
	}
	resp, err := c.query.HTTP.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx) // a signal, and no fault of the network
		}
		return nil, https.WithoutAddress(u, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body) // it has been read, within its bounds
	return &response{u.Host, u.Path, resp.StatusCode, resp.Header, body}, err
}

// object parses the body of a success.
func (r *response) object() (object, error) {
	kind, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	body := bytes.TrimSpace(r.body)
	o, err := parseObject(body)
	what := "is not a whole JSON object"
	switch {
	case len(body) == 0:
		what = "is empty"
	case kind == "text/html", body[0] == '<':
		what = "is a web page, not JSON; a proxy or a sign-in page of the network may stand in between"
	case err == nil:
		return o, nil
	}
	return nil, &https.AnswerError{Host: r.host, What: what}
}

// number parses the body of a success that is a number alone, which Graph sends as text.
func (r *response) number() (json.RawMessage, error) {
	var number json.Number
	body := bytes.TrimSpace(bytes.TrimPrefix(r.body, []byte("\xef\xbb\xbf")))
	if json.Unmarshal(body, &number) != nil || number.String() != string(body) {
		return nil, &https.AnswerError{Host: r.host, What: "is no number"}
	}
	return json.RawMessage(body), nil
}

// refusal is the error for an answer that no second try will mend.
func refusal(resp *response) error {
	e := newError(resp)
	if wanted := claims.Wanted(resp.status, resp.header); wanted != "" {
		return &plugin.ChallengeError{Claims: wanted, Err: e}
	}
	return e
}
