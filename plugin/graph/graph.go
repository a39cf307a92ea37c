// Package graph is the front end for people: it asks Microsoft Graph who has signed in, or for any other path, and shows
// the answer as a table, as JSON or as YAML.
//
// Only the answer goes to the writer. Text of the service that a person sees has been through
// plugin.Clean; in JSON and YAML, which machines read too, unsafe characters are escaped instead, so
// that nothing is lost.
package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// MePath is the endpoint that answers with the person who has signed in:
// https://learn.microsoft.com/graph/api/user-get
const MePath = "/v1.0/me"

// Query shows what an endpoint of Graph answers: the person who has signed in, their manager, or whatever JSON there is
// at a path.
type Query struct {
	Origin  string // "https://graph.microsoft.com"
	Path    string // path and query below Origin; "" means MePath
	Manager bool   // ask for the person's manager, too
	OnePage bool   // of a list, the first page alone
	Format  Format // "" means Table
	Width   int    // columns of the terminal, for tables; 0 means no bound

	// HTTP is made by https.Options for the host of Origin alone: each request carries the token.
	HTTP *http.Client

	// Note shows the person a sentence beside the answer: a wait, a list that is cut.
	Note func(string)

	Now func() time.Time

	// Stubbable for testing; nil means the real one.
	Sleep func(context.Context, time.Duration) error
}

// UsageError says that what was asked of Query can't be done. No request has been made.
type UsageError struct{ What string }

func (e *UsageError) Error() string { return e.What }

// Class is usage.
func (e *UsageError) Class() failure.Class { return failure.Usage }

// Check refuses what can't be asked for. Errors are *UsageError.
func (q *Query) Check() error {
	if q.Manager && !isPerson(q.path()) {
		return &UsageError{fmt.Sprintf("%s is no person: only a person has a manager to ask for", text.Short(q.path(), 100))}
	}
	return nil
}

// Asker says who wants the token, and for what.
func (q *Query) Asker() string { return "entralogin graph, for " + text.Clean(q.Origin) }

// Ask gets a token for r and returns what is to be shown. After a claims challenge it asks for one more token,
// with those claims. Errors are those of tokens and of Answer.
func (q *Query) Ask(ctx context.Context, tokens plugin.TokenSource, r plugin.Request) ([]byte, error) {
	token, err := tokens.Token(ctx, r)
	if err != nil {
		return nil, err
	}
	answer, err := q.Answer(ctx, token)
	var challenge *plugin.ChallengeError
	if !errors.As(err, &challenge) {
		return answer, err
	}
	r.Claims = challenge.Claims
	if token, err = tokens.Token(ctx, r); err != nil {
		return nil, err
	}
	return q.Answer(ctx, token)
}

// Answer asks Graph with the token t and returns what is to be shown.
//
// Errors are *Error where Graph refuses, *https.ForeignLinkError where it points elsewhere,
// *plugin.ChallengeError where it wants another token, *https.NetworkError and *https.AnswerError.
func (q *Query) Answer(ctx context.Context, t cache.Token) ([]byte, error) {
	c, err := q.newCaller(t)
	if err != nil {
		return nil, err
	}
	a, err := c.answer(ctx, q.path())
	if err != nil {
		return nil, err
	}
	if q.Manager {
		if a.manager, err = c.manager(ctx, q.path()); err != nil {
			return nil, err
		}
		a.withManager = true
	}
	var out bytes.Buffer
	if err := a.print(&out, q.Format, q.Width); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (q *Query) path() string {
	if q.Path == "" {
		return MePath
	}
	return q.Path
}

func (a answer) print(out *bytes.Buffer, f Format, width int) error {
	switch f {
	case JSON:
		return a.json(out)
	case YAML:
		return a.yaml(out)
	}
	a.table(out, width)
	return nil
}

// isPerson reports whether path names one person: .../me or .../users/somebody.
func isPerson(path string) bool {
	seg := segments(path)
	n := len(seg)
	return n >= 1 && seg[n-1] == "me" || n >= 2 && seg[n-2] == "users"
}

// segments splits a path without its query.
func segments(path string) []string {
	path, _, _ = strings.Cut(path, "?")
	return strings.Split(strings.Trim(path, "/"), "/")
}

// managerPath is the path of the manager of the person at path:
// https://learn.microsoft.com/graph/api/user-list-manager
func managerPath(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return strings.TrimSuffix(path, "/") + "/manager"
}

// origin parses an address such as "https://graph.microsoft.com", which has a scheme and a host alone.
func origin(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, &UsageError{fmt.Sprintf("%q is not the https address of a host", text.Short(address, 100))}
	}
	return u, nil
}
