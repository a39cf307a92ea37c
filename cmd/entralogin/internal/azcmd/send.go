package azcmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/azcli"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

const (
	restTime = 5 * time.Minute // of one request
	mostRest = 16 << 20        // bytes of an answer that is printed; a file takes any
)

// sender makes the request of one call.
type sender struct {
	asked azcli.Rest
	http  *http.Client
	file  string // or ""

	tokens   plugin.TokenSource // nil where no token is sent
	request  plugin.Request
	patience https.Patience
}

func newSender(f *cli.Factory, a authority.Authority, asked azcli.Rest, file string) (*sender, error) {
	roots, err := https.Roots(a.CAFile)
	if err != nil {
		return nil, err
	}
	asked.Header.Set("x-ms-client-request-id", uuid.NewString())
	client := https.Options{Hosts: []string{asked.URL.Host}, Roots: roots, Trace: f.Err.Trace, Limit: restTime, Most: mostRest, Redirects: true, Stream: file != ""}.Client()
	return &sender{asked: asked, http: client, file: file, patience: https.Patience{Now: f.Now}}, nil
}

// authorize adds the token that token asks for.
func (s *sender) authorize(ctx context.Context, f *cli.Factory, token *tokenCall, target config.Target) error {
	asked, err := azcli.Read(token.in)
	if err != nil {
		return asUsage(err)
	}
	if s.request, err = token.request(f, target, asked); err != nil {
		return err
	}
	if s.tokens, err = f.Tokens(target); err != nil {
		return err
	}
	return s.renew(ctx)
}

// renew takes the token of the request, which is at hand or new.
func (s *sender) renew(ctx context.Context) error {
	token, err := s.tokens.Token(ctx, s.request)
	if err == nil {
		s.asked.Header.Set("Authorization", "Bearer "+token.Value.Reveal())
	}
	return err
}

// answer makes the request, and prints or keeps what comes back.
func (s *sender) answer(ctx context.Context, f *cli.Factory, common *commonFlags) error {
	resp, err := s.do(ctx)
	if err != nil {
		return s.orUnknown(err)
	}
	defer resp.Body.Close()
	if s.file != "" {
		return s.keep(resp.Body)
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	switch {
	case len(data) == 0:
		return nil
	case json.Valid(data) && decoder.Decode(&value) == nil:
		return answer(f, common, value)
	case !utf8.Valid(data) || bytes.ContainsFunc(data, func(c rune) bool { return c < ' ' && !strings.ContainsRune("\t\r\n", c) || c == 127 }):
		return &cli.Advised{Kind: failure.Answer, What: fmt.Sprintf("%s did what was asked, and answered %d bytes that are no text. --%s FILE keeps such an answer.",
			s.asked.URL.Host, len(data), outputFile)}
	}
	return answerForeign(f, append(data, '\n'))
}

// keep writes an answer into the file, as the Azure CLI does: over what was there, and for whom the umask lets in.
func (s *sender) keep(content io.Reader) error {
	failed := func(err error) error {
		return &cli.Advised{Kind: failure.Other, What: fmt.Sprintf("%s did what was asked, but its answer can't be written to %s: %s.",
			s.asked.URL.Host, text.Short(s.file, 200), text.SystemWords(err)), Err: err}
	}
	file, err := os.Create(s.file)
	if err != nil {
		return failed(err)
	}
	_, err = io.Copy(file, content)
	closed := file.Close()
	if down, ok := errors.AsType[*https.NetworkError](err); ok {
		return &cli.Advised{Kind: down.Class(), What: fmt.Sprintf("%v. %s holds a part of the answer.", down, text.Short(s.file, 200)), Err: err}
	}
	if err = errors.Join(err, closed); err != nil {
		return failed(err)
	}
	return nil
}

// do makes the request. One that the service puts off is made again when it says; one that it wants another token for,
// with that. Other than for Graph, a service that is down is not asked again: what it did with the request is not known.
func (s *sender) do(ctx context.Context) (*http.Response, error) {
	for try := 1; ; try++ {
		resp, err := s.once(ctx)
		if err != nil {
			return nil, err
		}
		_, later := https.RetryAfter(resp.Header, s.patience.Now())
		wanted := claims.Wanted(resp.StatusCode, resp.Header)
		switch {
		case resp.StatusCode == http.StatusTooManyRequests && later:
			err = s.patience.Wait(ctx, https.Refusal{}, resp.Header, try)
			if _, over := errors.AsType[*https.NetworkError](err); over {
				err = s.refused(resp)
			}
		case wanted != "" && s.tokens != nil && s.request.Claims == "":
			s.request.Claims = wanted
			err = s.renew(ctx)
		case resp.StatusCode >= 400 || isRedirect(resp):
			err = s.refused(resp)
		default:
			return resp, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (s *sender) once(ctx context.Context) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, s.asked.Method, s.asked.URL.String(), bytes.NewReader(s.asked.Body))
	if err != nil {
		return nil, cli.Usagef("--%s can't be asked for", address)
	}
	req.Header = s.asked.Header
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, https.WithoutAddress(s.asked.URL, err)
	}
	return resp, nil
}

func isRedirect(resp *http.Response) bool {
	return slices.Contains([]int{301, 302, 303, 307, 308}, resp.StatusCode) && resp.Header.Get("Location") != ""
}

// orUnknown is err, or where the service may have done what changes something, that this is not known: whoever makes such a
// request again without a look may have two of what it makes.
func (s *sender) orUnknown(err error) error {
	down, ok := errors.AsType[*https.NetworkError](err)
	asks := slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, s.asked.Method)
	if !ok || asks || down.Host != s.asked.URL.Host || down.Obstacle != "" && down.Obstacle != https.NoAnswer {
		return err
	}
	return &cli.Advised{Kind: down.Class(), What: fmt.Sprintf("%v. Whether it did %s %s is not known.", down, s.asked.Method, text.Short(s.asked.URL.Path, 200)),
		Advice: []string{"Your turn: look whether it did, and if not, run the command again."}}
}

// refused is an answer that is no success, with what the Azure CLI says of one: the reason, and the body in brackets.
func (s *sender) refused(resp *http.Response) error {
	const longest = 8000
	host, path := s.asked.URL.Host, text.Short(s.asked.URL.Path, 200)
	if isRedirect(resp) {
		return refuseToken("%s answered %d to %s and would send the request to another address: no redirect is followed, since the request carries a token. "+
			`"az account get-access-token" has one to send with curl`, host, resp.StatusCode, path)
	}
	_, reason, _ := strings.Cut(resp.Status, " ")
	reason = text.Short(reason, 80)
	if reason == "" {
		reason = http.StatusText(resp.StatusCode)
	}
	defer resp.Body.Close()
	if said, err := io.ReadAll(resp.Body); err == nil && len(said) > 0 {
		reason += "(" + text.Redact(strings.TrimSpace(strings.ToValidUTF8(string(said), "?")), longest) + ")"
	}
	e := &cli.Advised{Kind: failure.Refused, What: fmt.Sprintf("%s refused %s %s: %s", host, s.asked.Method, path, reason)}
	if resp.StatusCode == http.StatusUnauthorized && s.tokens != nil && resp.Header.Get("WWW-Authenticate") != "" {
		e.Advice = []string{"Interactive authentication is needed. Please run: az login"}
	}
	return e
}

// refuseToken is an error of a token that must not go where it was to go.
func refuseToken(format string, args ...any) error {
	return &cli.Advised{Kind: failure.Refused, What: fmt.Sprintf(format, args...) + "."}
}
