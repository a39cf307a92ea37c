package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

const gitCredential = "git-credential"

// gitSilence is how long git may take to say what it wants. It writes that as soon as the helper runs.
const gitSilence = 10 * time.Second

// A server that refuses tokens as soon as they are issued refuses the next one, too. git gives up by itself;
// git-lfs asks again for ever.
const (
	justIssued     = time.Minute
	enoughRefusals = 3 // within a minute
)

// refusedAgainError says that no further token is asked for, since the server refuses them all.
type refusedAgainError struct {
	place git.Place
	times int
}

func (e *refusedAgainError) Error() string {
	return fmt.Sprintf("%s refused %d tokens that had just been issued", e.place.URL(), e.times)
}

// asHelper turns a call as git-credential-entralogin, which is how git runs the helper "entralogin", into
// one of the command.
func asHelper(program string, args []string) []string {
	if text.ProgramName(program) != "git-credential-entralogin" {
		return args
	}
	return append([]string{gitCredential}, args...)
}

func (a *app) gitCredentialCommand() *cobra.Command {
	return &cobra.Command{
		Use:   gitCredential + " get|store|erase|capability",
		Short: "Answer git as a credential helper",
		Long: `Git-credential is the credential helper: git runs it, says on standard input
which host it wants to sign in at, and gets a token for Azure DevOps and for the
hosts of the config file. To all other hosts it says nothing. "entralogin git
setup" has git run it.

  get         a token; a person is asked where nobody has signed in yet
  store       nothing: what is worth keeping is kept already
  erase       forgets the very token that was refused: the next get renews it
  capability  what the helper is capable of`,
		Example: `  git clone https://dev.azure.com/contoso/project/_git/repository
  printf 'protocol=https\nhost=dev.azure.com\npath=contoso\n\n' | entralogin git-credential get`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("%s takes one operation: get, store, erase or capability", gitCredential)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.gitCredential(cmd.Context(), args[0]) },
	}
}

// gitCredential runs one operation. One that is not known is for a newer helper, and none of ours:
// https://git-scm.com/docs/gitcredentials#_custom_helpers
func (a *app) gitCredential(ctx context.Context, operation string) error {
	operations := map[string]func(context.Context, git.Input) error{
		"get":   a.gitGet,
		"store": func(context.Context, git.Input) error { return nil },
		"erase": a.gitErase,
	}
	if operation == "capability" {
		return outputError(git.Capability(a.stdout))
	}
	run := operations[operation]
	if run == nil {
		return nil
	}
	in, err := a.gitInput()
	if err != nil {
		return err
	}
	return run(ctx, in)
}

// gitInput reads what git says. Whoever holds standard input open and says nothing is not waited for.
func (a *app) gitInput() (git.Input, error) {
	type result struct {
		in  git.Input
		err error
	}
	read := make(chan result, 1)
	go func() {
		in, err := git.ReadInput(a.stdin)
		read <- result{in, err}
	}()
	select {
	case r := <-read:
		return r.in, r.err
	case <-time.After(gitSilence):
		return git.Input{}, &git.InputError{What: fmt.Sprintf("has not come to its end within %s", text.Span(gitSilence))}
	}
}

// gitGet answers for the hosts that are ours, and is silent about all others. Where there is no token git
// is told to stop: no other helper and no person has one.
func (a *app) gitGet(ctx context.Context, in git.Input) error {
	s, c, err := a.settings()
	if err != nil {
		return err
	}
	place := git.Find(in, c.hosts)
	if !place.Ours {
		if place.Why != "" {
			a.say("%s", place.Why)
		}
		return nil
	}
	s, place = s.forHost(c, place)
	err = a.gitAnswer(ctx, in, place, s, c)
	if output := (*plugin.OutputError)(nil); err != nil && !errors.As(err, &output) {
		return errors.Join(err, outputError(git.Quit(a.stdout)))
	}
	return err
}

func (a *app) gitAnswer(ctx context.Context, in git.Input, place git.Place, s settings, c *config) error {
	st, err := a.store(s)
	if err != nil {
		return err
	}
	if n := st.Refusals(place.URL()); n >= enoughRefusals {
		return &refusedAgainError{place, n}
	}
	ctx, done := whileRead(ctx, a.stdout)
	defer done()
	tenant, err := a.gitTenant(ctx, in, place, s, st)
	if err != nil {
		return err
	}
	tokens := new(tokenSource)
	helper := &git.Helper{Input: in, Place: place, Tenant: tenant, Basic: losesBearer(ctx, in), Now: a.now, Resolve: func(said map[string]string) (plugin.Request, error) {
		t, err := a.resolve(gitSettings(s, in, place, said), c)
		if err != nil {
			return plugin.Request{}, err
		}
		cached := a.cached(st, s, t.authority)
		cached.Forbidden = a.gitForbids
		tokens.TokenSource = cached
		t.request.Scopes = strings.Fields(said[scope])
		return t.request, nil
	}}
	return plugin.Run(ctx, helper, tokens, a.stdout)
}

// losesBearer reports whether the git that asks takes a bearer token and loses it on the way. It is the git
// on the PATH: git puts its own programs in front there. One that can't be asked is a new one.
func losesBearer(ctx context.Context, in git.Input) bool {
	if !in.Offers("authtype") {
		return false
	}
	out, err := gitOutput(ctx, "version")
	version, ok := gitcheck.ParseVersion(out)
	return err == nil && ok && !version.Bearer()
}

// gitSettings puts what git and the server said above everything but a flag: it is about this very call.
// What the config says of the host counts less than the environment, as all of the config does.
func gitSettings(s settings, in git.Input, place git.Place, said map[string]string) settings {
	config := map[string]string{}
	for name, value := range map[string]string{clientID: place.ClientID, account: place.Account} {
		if value != "" {
			config[name] = value
		}
	}
	call := map[string]string{tenantID: said[tenantID]}
	if said[account] == in.Username && in.Username != "" {
		call[account] = in.Username
	}
	s = s.insertBelow("the environment", mapLayer("hosts: in the config", config))
	return s.insertBelow("a flag", mapLayer("git", call))
}

// gitTenant finds the tenant. A flag spares the question.
func (a *app) gitTenant(ctx context.Context, in git.Input, place git.Place, s settings, st *cache.Store) (string, error) {
	if id, ok := a.flags[tenantID]; ok {
		return id, nil
	}
	st.Locate()
	otherwise, _ := s.get(tenantID)
	tenants := git.Tenants{
		HTTPS:    https.Options{Trace: a.trace},
		Recall:   func(organization string) string { id, _ := st.Organization(organizationURL(organization)); return id },
		Remember: func(organization, id string) { st.KeepOrganization(organizationURL(organization), id) },
		Default:  otherwise,
		Note:     a.say,
	}
	ctx, done := untilSignal(ctx)
	defer done()
	t, err := tenants.Of(ctx, place, in.WWWAuth)
	if err != nil {
		return "", err
	}
	a.explain(fmt.Sprintf("%s belongs to the tenant %s, says %s", place.URL(), t.ID, t.Origin))
	return t.ID, nil
}

// organizationURL is under which name the tenant of an organization is remembered.
func organizationURL(organization string) string { return "https://dev.azure.com/" + organization }

// gitErase forgets the token that git was refused, if it is the very one that is stored, and which tenant
// the organisation was thought to be in.
func (a *app) gitErase(ctx context.Context, in git.Input) error {
	s, c, err := a.settings()
	if err != nil {
		return err
	}
	place := git.Find(in, c.hosts)
	if !place.Ours {
		return nil
	}
	s, place = s.forHost(c, place)
	t, err := a.resolve(gitSettings(s, in, place, map[string]string{tenantID: anyTenant}), c)
	if err != nil {
		return err
	}
	st, err := a.store(s)
	if err != nil {
		return err
	}
	st.Locate()
	ctx, done := untilSignal(ctx)
	defer done()
	unlock, err := st.LockSession(ctx, t.request.SessionID, nil)
	if err != nil {
		return err
	}
	defer unlock()
	refused := false
	err = st.RemoveTokens(t.request.SessionID, func(k cache.Key, t cache.Token) bool {
		mine := in.Refuses(k, t)
		refused = refused || mine
		if mine && a.now().Sub(t.Obtained) < justIssued {
			st.KeepRefusal(place.URL())
		}
		return mine
	})
	if refused && place.Organization != "" {
		err = errors.Join(err, st.ForgetOrganization(organizationURL(place.Organization)))
	}
	return err
}

// gitForbids says why git's own settings forbid a prompt. The variables are looked at for all commands.
// https://git-scm.com/docs/git-config#Documentation/git-config.txt-credentialinteractive
func (a *app) gitForbids(ctx context.Context) string {
	values, err := gitValues(ctx, "--get-all", "credential.interactive")
	if err != nil || len(values) == 0 {
		return "" // where git itself can't be asked, it said nothing against it
	}
	if slices.Contains([]string{"false", "never", "no", "off", "0"}, strings.ToLower(values[len(values)-1])) {
		return "credential.interactive forbids it"
	}
	return ""
}
