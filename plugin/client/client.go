// Package client hands out Microsoft Entra ID tokens to a Go program as entralogin does to kubectl and git:
// from the same cache, with the same settings, safe among processes. Who has signed in for one of them has
// signed in for all.
//
//	c, err := client.New(client.Options{Asker: "shipctl", Prompt: show})
//	...
//	graph := oauth2.NewClient(ctx, c.TokenSource(ctx, "https://graph.microsoft.com/User.Read"))
//
// Where the variable ENTRALOGIN_LOGIN or login: in the config file names a way of machines, such as msi or spn, nobody is
// asked, and Prompt is never called: a pod, a job or a server has its tokens as kubectl there has them ("entralogin help
// machines").
//
// A program goes on, and is no command that somebody waits for: no process of its own renews its tokens ahead of time
// (renew-ahead), whatever the settings say.
//
// The settings are those of entralogin: what Options leave empty is taken from the variables ENTRALOGIN_* and from
// the person's config file. "entralogin help library" has more.
package client

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/broker"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/text"
)

// Options say who asks, and for whom. The zero Options are those of entralogin itself, where nobody may be asked.
type Options struct {
	Asker string // the program, in a word or two; it is shown in the prompt

	ConfigFile    string // "" for the person's own
	Profile       string // a profile of the config file
	Tenant        string // GUID or domain name; "" for the account's own
	ClientID      string // the registered application
	Account       string // user name, where several have signed in
	AuthorityHost string // https://HOST, one of the clouds' or of the config's authorities
	CacheDir      string // "" for entralogin's own

	// Prompt shows a person the page and the code to enter there. Where the setting login says so, or the tenant is
	// known to refuse codes, there is no code: the page has to be opened in a browser of this machine, which the
	// client leaves to the person; of the identity broker there is no page either, for it opens a window.
	// plugin.PromptWords has words for each. Prompt is called by the process that asks, and by those that wait for it,
	// once for each sign-in. nil: nobody is asked, and a call that needs it ends with a *plugin.UnattendedError.
	Prompt func(plugin.Request, plugin.Prompt) error
	// Warn hears what went wrong though the answer is right, in a clean sentence. It may be nil.
	Warn func(string)
}

// Client hands out the tokens of one account. It may be used by several goroutines.
type Client struct {
	target config.Target
	asker  string
	ui     *screen
	warn   func(string)
}

// Request says what a token is for.
type Request struct {
	Scopes  []string // of one resource; a bare word such as User.Read is one of Microsoft Graph's
	IDToken bool     // an ID token of the application itself, for no resource
	Claims  string   // a claims challenge that the token has to satisfy (JSON), or ""
	Renew   bool     // no stored token will do, however fresh: roles or groups have changed
}

// Token is a token, and whose it is.
type Token struct {
	Value   cache.Secret // Reveal shows it
	Expires time.Time
	Account string // user name
	Tenant  string // GUID of the tenant that issued it, "" where it is not known
}

// Account is somebody who has signed in with the client's application.
type Account struct {
	Name    string   // user name
	HomeID  string   // object ID and tenant ID, with a dot in between
	Tenants []string // GUIDs of the tenants that the account has had tokens of
}

// New settles the settings, and opens the cache. It asks nobody and makes no request. Errors: *config.Error,
// *text.FileError, *cache.StorageError.
func New(o Options) (*Client, error) {
	source := config.Source{Getenv: os.Getenv}
	flags := config.NewLayer(config.ByFlag, "client.Options", map[string]string{
		config.ConfigFile: o.ConfigFile, config.Profile: o.Profile, config.TenantID: o.Tenant, config.ClientID: o.ClientID,
		config.Account: o.Account, config.AuthorityHost: o.AuthorityHost, config.CacheDir: o.CacheDir,
	})
	target, err := source.Resolve(config.Call{Flags: flags, More: []config.Layer{config.HomeTenant()}})
	if err != nil {
		return nil, err
	}
	warn := o.Warn
	if warn == nil {
		warn = func(string) {}
	}
	if o.Prompt == nil && target.Request.Unattended == "" {
		target.Request.Unattended = "the program shows no prompt"
	}
	c := &Client{target: target, asker: text.Clean(o.Asker), ui: &screen{show: o.Prompt}, warn: warn}
	_, err = c.store()
	return c, err
}

// store opens the cache. Each call has its own: what is stored may be moved by another program.
func (c *Client) store() (*cache.Store, error) {
	st := &cache.Store{Folder: cache.Folder{Dir: c.target.Place.Dir, Ours: c.target.Place.Default, Note: c.warn,
		Vault: agent.Keys{Getenv: os.Getenv, UID: os.Geteuid()}}, Runtime: c.target.Place.Runtime}
	if c.target.Place.Storage == cache.Memory {
		return st, st.OpenMemory()
	}
	return st, nil
}

func (c *Client) tokens() (*plugin.Cached, error) {
	st, err := c.store()
	if err != nil {
		return nil, err
	}
	service := &entra.Service{Authority: c.target.Authority, Discovery: st, Note: c.warn}
	silent, signIn, err := c.ways(service, st)
	if err != nil {
		return nil, err
	}
	agents, first := agentOf(c, st)
	return &plugin.Cached{Store: st, Storage: c.target.Place.Storage, Silent: silent, SignIn: signIn,
		Agent: agents, AgentFirst: first,
		UI: c.ui, Memory: func() (time.Duration, bool) { return plugin.MemoryAttended, true }, Warn: c.warn}, nil
}

// agentOf is whom a client asks of the person's agents, and whether before it looks at what is stored.
func agentOf(c *Client, st *cache.Store) (agents plugin.TokenSource, first bool) {
	chosen := c.target.Place.Storage
	inForce, _ := st.InForce()
	first = inForce == cache.Agent // it has the key of what is stored
	if chosen != "" && chosen != inForce && (chosen == cache.Agent || first) {
		return nil, false // everything moves first
	}
	places := agent.Find
	if first {
		places = agent.FindOwn
	}
	return &agent.Client{Places: places(os.Getenv, os.Geteuid()), UID: os.Geteuid(), Warn: c.warn}, first
}

// Token returns a token that is fresh, or at least still valid where it can't be renewed. A fresh one costs the
// reading of a file; else an agent is asked where one answers ("entralogin help agent"); a stale one is renewed in
// silence, by one of all processes that need it; a person is asked where nothing else is left.
//
// Errors: *plugin.UnattendedError, *plugin.RefusedError, *plugin.AccountsError, *plugin.LockError, *config.Error,
// *https.NetworkError, *https.AnswerError, *entra.Error, *entra.ListenError, *broker.Error, *agent.CallError,
// *cache.Error, *cache.StorageError, and the cause of ctx.
func (c *Client) Token(ctx context.Context, r Request) (Token, error) {
	asked := c.target.Request
	asked.Asker, asked.Claims, asked.Renew = c.asker, r.Claims, r.Renew
	if r.IDToken {
		asked.Kind = cache.ID
	}
	scopes, wrong := c.target.Authority.Scopes(r.Scopes)
	switch {
	case wrong != nil:
		return Token{}, config.Bad(config.Scope, wrong.Scope, "client.Request", "%s", wrong.What)
	case len(scopes) == 0 && !r.IDToken:
		return Token{}, config.Bad(config.Scope, "", "client.Request", "names no resource")
	}
	asked.Scopes = scopes
	tokens, err := c.tokens()
	if err != nil {
		return Token{}, err
	}
	t, err := tokens.Token(ctx, asked)
	if err != nil {
		return Token{}, err
	}
	return Token{Value: t.Value, Expires: t.Until(), Account: t.Account, Tenant: t.Tenant}, nil
}

// TokenSource is a source of access tokens for clients of golang.org/x/oauth2. ctx ends its calls.
func (c *Client) TokenSource(ctx context.Context, scopes ...string) oauth2.TokenSource {
	return tokenSource{ctx, c, scopes}
}

type tokenSource struct {
	ctx    context.Context
	client *Client
	scopes []string
}

func (s tokenSource) Token() (*oauth2.Token, error) {
	t, err := s.client.Token(s.ctx, Request{Scopes: s.scopes})
	if err != nil {
		return nil, err
	}
	return &oauth2.Token{AccessToken: t.Value.Reveal(), TokenType: "Bearer", Expiry: t.Expires}, nil
}

// Accounts are those that have signed in with the client's application at its authority. Errors: *cache.Error,
// *cache.StorageError.
func (c *Client) Accounts() ([]Account, error) {
	st, err := c.store()
	if err != nil {
		return nil, err
	}
	st.Locate()
	session, err := st.Session(c.target.Request.SessionID)
	if err != nil {
		return nil, err
	}
	stored, err := session.Accounts()
	if err != nil {
		return nil, err
	}
	var accounts []Account
	for _, a := range stored {
		accounts = append(accounts, Account{Name: text.Clean(a.Username), HomeID: text.Clean(a.HomeID), Tenants: a.Tenants})
	}
	return accounts, nil
}

// Logout forgets an account, by its user name or home ID, with all of its tokens, on this machine; "" forgets all
// accounts of the application. Nobody there is no error. Errors: *plugin.LockError, *cache.Error.
func (c *Client) Logout(ctx context.Context, account string) error {
	st, err := c.store()
	if err != nil {
		return err
	}
	st.Locate()
	_, left, err := broker.Forget(ctx, st, os.Getenv(config.SessionBus), c.target.Request.SessionID, strings.TrimSpace(account))
	if left != nil {
		c.warn(left.Error())
	}
	if errors.Is(err, cache.ErrNone) {
		return nil
	}
	return err
}

// screen is a plugin.UI that shows each prompt once, however many goroutines wait for it.
type screen struct {
	show func(plugin.Request, plugin.Prompt) error

	mu   sync.Mutex
	last plugin.Prompt // that was shown last
}

func (s *screen) Show(r plugin.Request, p plugin.Prompt) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if same := s.last.Method == p.Method && s.last.UserCode == p.UserCode && s.last.URL == p.URL; same && (p.URL != "" || s.last.Expires.Equal(p.Expires)) {
		return nil
	}
	s.last = p
	return s.show(r, p)
}

// Count shows nothing: a program has lines of its own on its terminal.
func (*screen) Count(plugin.Request, plugin.Prompt) (stop func()) { return func() {} }
