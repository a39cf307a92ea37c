package calls

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/https"
)

// GitCredential is the command that git runs.
const GitCredential = "git-credential"

// Git is a call of git-credential.
type Git struct {
	Input git.Input
	Place git.Place         // of Input, with what the config says of it
	Flags map[string]string // the shared settings among the helper's arguments
	Notes []string          // what was ignored, for standard error

	// BeforeWait is called before the first thing that may take a while, as that of plugin.Cached is. It may be nil.
	BeforeWait func(context.Context) (context.Context, func())

	asker   string // who asks, where that is not git
	file    *config.File
	manager config.Layer // what Git Credential Manager was told
}

// FindGit settles what git wants to sign in at. flags are the shared settings among the helper's arguments.
// Errors: *config.Error, *text.FileError, *GitError.
func FindGit(ctx context.Context, f *cli.Factory, flags map[string]string, in git.Input) (Git, error) {
	if err := checkCacheDir(flags); err != nil {
		return Git{}, err
	}
	hint := "Take it out of credential.helper. %s: in your config file counts for git, too (entralogin help config)."
	if err := checkBrought(flags, "git's configuration", hint); err != nil { // a repository has one, too
		return Git{}, err
	}
	return findGit(ctx, f, flags, in)
}

// findGit is FindGit for flags that may choose programs: a person has typed them.
func findGit(ctx context.Context, f *cli.Factory, flags map[string]string, in git.Input) (Git, error) {
	s, err := f.Config().Settings(config.Call{Flags: config.Flags(flags)})
	if err != nil {
		return Git{}, err
	}
	g := Git{Input: in, Place: git.Find(in, GitHosts(s.File)), Flags: flags, Notes: s.Notes, file: s.File}
	if name := g.Place.Profile; name != "" && !s.Of(config.ByFlag, config.ByEnv).Has(config.Profile) {
		g.Place.TenantID = cmp.Or(g.Place.TenantID, s.File.Profiles[name][config.TenantID])
	}
	g.manager, err = credentialManager(ctx, f, g, s)
	return g, err
}

// GitHosts are the hosts of the config file for which git gets tokens.
func GitHosts(file *config.File) []git.Host {
	hosts := make([]git.Host, len(file.Hosts))
	for i, h := range file.Hosts {
		hosts[i] = git.Host(h)
	}
	return hosts
}

// Call is what the call says once its tenant is known. What git and the server said is about this very call;
// what the config says of the host counts less than the environment, as all of the config does.
func (g Git) Call(tenant string) config.Call {
	return config.Call{Flags: config.Flags(g.Flags), Profile: g.Place.Profile, File: g.file, More: []config.Layer{
		config.NewLayer(config.ByGit, "git", map[string]string{config.TenantID: tenant, config.Account: g.Input.Account()}),
		config.NewLayer(config.ByCluster, "hosts: in the config", map[string]string{config.ClientID: g.Place.ClientID, config.Account: g.Place.Account}),
		g.manager,
	}}
}

// Settings are those of the call while its tenant is not known: with them it is found.
func (g Git) Settings(f *cli.Factory) (config.Settled, error) {
	return f.Config().Settings(config.Call{Flags: config.Flags(g.Flags), Profile: g.Place.Profile, File: g.file, More: []config.Layer{g.manager}})
}

// Target settles what is asked for, once the tenant is known. Errors: *config.Error.
func (g Git) Target(f *cli.Factory, tenant string) (config.Target, error) {
	t, err := f.Resolve(g.Call(tenant))
	t.Request.Scopes, t.Request.Asker = strings.Fields(g.Place.Scope), cmp.Or(g.asker, g.Place.Asker())
	return t, err
}

// FindTenant finds the tenant, which remembered may hold for the organization.
func (g Git) FindTenant(ctx context.Context, f *cli.Factory, s config.Settled, remembered string) (git.Tenant, error) {
	otherwise, _ := s.Get(config.TenantID)
	tenants := git.Tenants{HTTPS: https.Options{Trace: f.Err.Trace}, Remembered: remembered, Default: otherwise, BeforeWait: g.BeforeWait}
	return tenants.Of(ctx, g.Place, g.Input.WWWAuth)
}

// GivenTenant is the tenant that a flag names: it spares all questions.
func (g Git) GivenTenant() (tenant string, ok bool) {
	tenant, ok = g.Flags[config.TenantID]
	return tenant, ok
}

// ReadGitArgs reads the arguments that stand in git's configuration behind git-credential, with the operation
// that git adds. It returns the shared settings among them. Errors: *cli.UsageError.
func ReadGitArgs(args []string) (given map[string]string, operation string, err error) {
	flags := pflag.NewFlagSet(GitCredential, pflag.ContinueOnError)
	apart(flags)
	switch err := flags.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		return nil, "", cli.Usagef("they ask for help, not for a token")
	case err != nil:
		return nil, "", cli.AsUsage(err)
	}
	if given, err = cli.Given(flags); err != nil {
		return nil, "", err
	}
	operation, err = GitOperation(flags.Args())
	return given, operation, err
}

// GitOperation is the one operation among a call's arguments.
func GitOperation(args []string) (string, error) {
	if len(args) != 1 {
		return "", cli.Usagef("%s takes one operation: get, store, erase or capability", GitCredential)
	}
	return args[0], nil
}

// OrganizationURL is under which name the tenant of an organization is remembered.
func OrganizationURL(organization string) string { return "https://dev.azure.com/" + organization }

// enoughRefusals is how many tokens a server may refuse within a minute.
const enoughRefusals = 3

// CheckRefusals asks for no further token where the server refuses them all. git gives up by itself; git-lfs
// asks again for ever. Errors: *cli.Advised.
func CheckRefusals(st *cache.Store, place git.Place) error {
	n := st.Refusals(place.URL())
	if n < enoughRefusals {
		return nil
	}
	return &cli.Advised{Kind: failure.Refused,
		What:   fmt.Sprintf("%s refused %d tokens that had just been issued, so none is asked for within a minute.", place.URL(), n),
		Advice: []string{"What does not fit (tenant, account, permissions) says: " + remedy.Line("entralogin", "git", "check", place.URL())}}
}
