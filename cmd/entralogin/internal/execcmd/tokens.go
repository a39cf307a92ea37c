package execcmd

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/agent/identity"
	"github.com/entralogin/entralogin/plugin/agent/server"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// bank hands out tokens of one person.
type bank struct {
	*call
	allow server.Allow
	first []string // scopes of what is signed in for; none: for no resource

	mu      sync.Mutex               // over the settings, which are settled for one request at a time
	targets map[string]config.Target // by tenant, "" for that of the settings
}

// settle settles whose tokens are handed out, and for what.
func (c *call) settle() (*bank, error) {
	b := &bank{call: c, targets: map[string]config.Target{}}
	target, err := b.target("")
	if err != nil {
		return nil, err
	}
	allowed := c.allow
	if len(allowed) == 0 {
		allowed = target.File.Agent.Allow
	}
	if b.allow, err = server.ParseAllow(allowed, nil); err != nil {
		return nil, cli.AsUsage(err)
	}
	b.first = b.firstScopes(target)
	return b, nil
}

// firstScopes are those of the first resource that is allowed. Where that is Azure Resource Manager, and the sign-in service
// is of no cloud that has one, there are none.
func (b *bank) firstScopes(t config.Target) []string {
	word := slices.Concat(b.allow.Resources, []string{"arm"})[0]
	if word == "arm" {
		scopes, _ := b.arm(t)
		return scopes
	}
	for _, known := range server.ResourceWords() {
		if word == known[0] {
			word = known[1]
		}
	}
	return []string{word + "/.default"}
}

func (b *bank) client() string { return b.targets[""].Request.Client }

// target settles the call for a tenant. Errors: those of cli.Factory.Resolve.
func (b *bank) target(tenant string) (config.Target, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t, ok := b.targets[tenant]; ok {
		return t, nil
	}
	made := b.Call(config.HomeTenant())
	if tenant != "" {
		flags := maps.Clone(b.Flags)
		flags[config.TenantID] = tenant
		made.Flags = config.Flags(flags)
	}
	t, err := b.Resolve(made)
	if err == nil {
		b.targets[tenant] = t
	}
	return t, err
}

// begin signs in where that is needed, before the program has the terminal. What the network is to blame for does not keep
// the program from its start: it may need no token for a while.
func (b *bank) begin(ctx context.Context) error {
	t := b.targets[""]
	r := t.Request
	r.Asker, r.Scopes = "entralogin exec", b.first
	if len(r.Scopes) == 0 {
		if !r.Person() {
			return nil
		}
		r.Kind = cache.ID
	}
	tokens, err := b.Tokens(t)
	if err != nil {
		return err
	}
	_, err = tokens.Token(ctx, r)
	if cli.ClassOf(err) == failure.Network {
		b.Err.Lines([]string{b.Explain(err).Lines[0], "The program starts all the same, and gets tokens once the network is there."})
		return nil
	}
	return err
}

// noneAsked says why nobody is asked.
const noneAsked = "the program has the terminal"

// token gives a token to the program. Errors: *identity.Error.
func (b *bank) token(ctx context.Context, a identity.Asked) (cache.Token, error) {
	resource, err := server.ResourceOf(a.Scopes)
	if err != nil {
		return cache.Token{}, &identity.Error{Message: err.Error()}
	}
	t, err := b.target(a.Tenant)
	if err != nil {
		return cache.Token{}, b.told(err)
	}
	if !b.allow.Resource(t.Authority, resource) {
		b.Err.Explain("the program asked for " + text.Short(resource, 200) + ", which is not allowed")
		return cache.Token{}, refusal(resource)
	}
	token, err := b.obtain(ctx, t, a)
	if err != nil {
		b.Err.Explain("the program asked for " + text.Short(resource, 200) + ": " + text.Short(err.Error(), 300))
		return cache.Token{}, b.told(err)
	}
	b.Err.Explain(describe(resource, a.Identity, token))
	return token, nil
}

// obtain gets a token without a person.
func (b *bank) obtain(ctx context.Context, t config.Target, a identity.Asked) (cache.Token, error) {
	r := t.Request
	r.Asker = "a program of entralogin exec"
	r.Unattended = cmp.Or(r.Unattended, noneAsked)
	scopes, wrong := t.Authority.Scopes(a.Scopes)
	if wrong != nil {
		return cache.Token{}, cli.Usagef("%q %s", text.Short(wrong.Scope, 80), wrong.What)
	}
	r.Scopes = scopes
	tokens, err := b.Tokens(t)
	if err != nil {
		return cache.Token{}, err
	}
	tokens.BeforeWait = nil // a signal is the program's, and so is the end of whoever called
	return tokens.Token(ctx, r)
}

// told is what the program hears of an error.
func (b *bank) told(err error) *identity.Error {
	b.mu.Lock()
	defer b.mu.Unlock()
	told := b.Explain(err)
	return &identity.Error{Message: text.Redact(strings.Join(told.Lines, " "), 1000),
		Person: told.Class == failure.SignIn, Again: told.Class == failure.Network || told.Class == failure.Lock}
}

// refusal says how to allow a resource.
func refusal(resource string) *identity.Error {
	named := text.Short(resource, 200)
	if authority.OfSignIn(resource) {
		return &identity.Error{Message: named + " is a scope of the sign-in, and no resource. A program asks for a resource such as https://management.azure.com/."}
	}
	return &identity.Error{Message: "the resource " + named + " is not allowed. To allow it: entralogin exec --allow " + named + " -- COMMAND"}
}

// describe says what was handed out, for -v. A managed identity that the program names is not who it gets.
func describe(resource, named string, t cache.Token) string {
	said := "the program asked for " + text.Short(resource, 200)
	if named != "" {
		said += " as the managed identity " + text.Short(named, 100)
	}
	return said + ", and got a token of " + text.Short(cmp.Or(t.Account, "the application"), 100)
}
