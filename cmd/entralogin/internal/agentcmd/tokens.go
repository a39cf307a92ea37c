package agentcmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// source gives tokens as calls of this program do, by the agent's own settings and from its own cache.
type source struct {
	f     *cli.Factory
	vault cache.Vault // the keys of the storage agent, which are in this process
	rest  *rest
	warm  *warm
	// page says why no page can be opened here for the person, "" if one can.
	page func(config.Target) string
}

// Token is a server.Tokens.
func (s source) Token(ctx context.Context, r agent.Request, signIn bool) (cache.Key, cache.Token, error) {
	defer s.rest.work()()
	if key, t, ok := s.warm.find(r, s.f.Now()); ok && !signIn {
		return key, t, nil
	}
	f, target, err := s.resolve(r, signIn)
	if err != nil {
		return cache.Key{}, cache.Token{}, err
	}
	request, err := s.request(target, r)
	if err != nil {
		return cache.Key{}, cache.Token{}, err
	}
	switch {
	case !signIn:
		request.Unattended = "the agent signs nobody in here"
	case request.Unattended == "":
		target, request.Unattended = s.way(target)
	}
	tokens, err := s.cached(f, target)
	if err != nil {
		return cache.Key{}, cache.Token{}, err
	}
	t, err := tokens.Token(ctx, request)
	if err == nil {
		s.warm.keep(r, f.Trace, request.Key, t, s.f.Now())
	}
	return request.Key, t, err
}

// resolve settles a request by the agent's own settings: what it names counts as a flag does. Of the services where people
// sign in it can name one alone that is known here. Errors: those of config.Source.Resolve, *cli.Advised.
func (s source) resolve(r agent.Request, signIn bool) (*cli.Factory, config.Target, error) {
	flags := maps.Clone(s.f.Flags)
	if flags == nil {
		flags = map[string]string{}
	}
	address := ""
	if r.Authority != "" {
		address = "https://" + r.Authority
	}
	for name, value := range map[string]string{config.AuthorityHost: address, config.TenantID: r.Tenant, config.ClientID: r.Client, config.Account: r.Account} {
		if value != "" {
			flags[name] = value
		}
	}
	own := s.f.Err
	trace := route.NewTrace(s.f.Env)
	f := &cli.Factory{Env: trace.Lookup, Trace: trace, Now: s.f.Now, Flags: flags, File: s.f.File, Vault: s.vault}
	f.IO = cli.IO{In: strings.NewReader(""), Out: io.Discard, StderrID: s.f.StderrID,
		Err: &term.Stderr{Out: own.Out, Env: own.Env, Now: own.Now, Verbose: own.Verbose, Typed: own.Typed, Quiet: !signIn}}
	target, err := f.Resolve(f.Call())
	if err == nil && target.Machine != "" {
		err = &cli.Advised{Kind: failure.Config, What: fmt.Sprintf("the agent's settings sign in a machine (--login %s), and it has tokens of people alone", target.Machine)}
	}
	return f, target, err
}

// request is what is asked of the cache. Errors: *cli.Advised.
func (s source) request(t config.Target, r agent.Request) (plugin.Request, error) {
	q := t.Request
	q.Renew, q.Claims, q.Asker = r.Renew, r.Claims, asker(r)
	switch cache.Kind(r.Kind) {
	case "", cache.Access:
		q.Kind = cache.Access
	case cache.ID:
		q.Kind = cache.ID
		return q, nil
	default:
		return q, &cli.Advised{Kind: failure.Usage, What: fmt.Sprintf("the agent knows no kind of token %q", text.Short(r.Kind, 40))}
	}
	scopes, wrong := t.Authority.Scopes(r.Scopes)
	if wrong != nil {
		return q, &cli.Advised{Kind: failure.Usage, What: wrong.Error()}
	}
	if len(scopes) == 0 {
		return q, &cli.Advised{Kind: failure.Usage, What: "the agent was asked for a token of no scope"}
	}
	q.Scopes = scopes
	return q, nil
}

// asker is who wants a token, as a sign-in shows it.
func asker(r agent.Request) string {
	return cmp.Or(text.Short(r.Asker, 120), "a program") + " by way of the agent"
}

// way is how somebody signs in at the agent, who has said yes just now: in a browser that is opened here, unless another
// way was chosen. A code is shown on the agent's terminal. why says that neither can be.
func (s source) way(t config.Target) (_ config.Target, why string) {
	if t.SignIn.Method == config.Auto && s.page(t) == "" {
		t.SignIn.Method = browserMethod
	}
	switch {
	case term.IsTerminal(s.f.Err.Out), t.SignIn.Method == brokerMethod:
		return t, ""
	case t.SignIn.Method == browserMethod:
		if why := s.page(t); why != "" {
			return t, "the agent has no terminal, and can open no browser: " + why
		}
		return t, ""
	}
	return t, "the agent has no terminal on which a code could be shown"
}

// The ways to sign in that open a window of their own.
const (
	browserMethod = "browser"
	brokerMethod  = "broker"
)

// cached are the tokens of a target.
func (s source) cached(f *cli.Factory, t config.Target) (*plugin.Cached, error) {
	tokens, err := f.Tokens(t)
	if err != nil {
		return nil, err
	}
	tokens.BeforeWait = nil // the server ends what nobody waits for
	tokens.Terminal = nil
	tokens.Caller = "agent"
	tokens.Memory = func() (time.Duration, bool) { return plugin.MemoryAttended, true }
	return tokens, nil
}
