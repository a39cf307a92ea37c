// Package agentcmd is the group agent: the agent itself, what it is told while it runs, and the files with which a service
// manager starts it.
package agentcmd

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/ask"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/browser"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/agent/server"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// New makes the command agent.
func New(f *cli.Factory) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "agent",
		Short: "Serve tokens to your programs here, and over ssh to those on other hosts",
		Long: `Agent listens on two sockets, in $XDG_RUNTIME_DIR/entralogin, or where that is not
set in /tmp/entralogin-agent-UID. On agent.sock it serves your own programs on
this machine. forward.sock is the one that "entralogin ssh" takes along to other
hosts, and that containers get: it gives out access tokens of the resources that
are allowed, after you said yes, and nothing else: no refresh token, no list of
accounts. A sign-in is yours, here. "entralogin help agent" says more.

It stays in the foreground and ends with "entralogin agent stop", a signal, its
terminal, or after --lifetime. SIGHUP has it forget what you said yes to.
"entralogin agent install" has systemd or launchd start it.`,
		Example: `  entralogin agent &
  entralogin agent -t 8h --allow aks --allow https://vault.azure.net
  entralogin agent --confirm always`,
		Args: cli.NoArguments,
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.allow, "allow", nil, "`resource` that forward.sock gives out: aks, devops, arm, acr, graph, a URI or an ID; may be given several times (default aks, devops and arm)")
	flags.StringVar(&o.confirm, "confirm", "", "`when` you are asked before a token leaves this machine: always, first or never (default first)")
	flags.DurationVarP(&o.life, "lifetime", "t", 0, "`time` after which the agent ends, such as 8h (default: none)")
	// -t is this flag here, and not the tenant: an agent serves all tenants that are allowed.
	flags.String("tenant-id", "", "")
	flags.Lookup("tenant-id").Hidden = true
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), f, o) }
	cmd.AddCommand(newLock(f), newUnlock(f), newLog(f), newStatus(f), newStop(f), newInstall(f), newUninstall(f))
	return cmd
}

// options are the flags of agent.
type options struct {
	allow   []string
	confirm string
	life    time.Duration
}

func run(ctx context.Context, f *cli.Factory, o options) error {
	keys := &server.Keys{}
	f.Vault = keys
	settled, err := f.Settings(f.Call())
	if err != nil {
		return err
	}
	if o.life < 0 {
		return cli.Usagef("--lifetime is less than nothing: %s", o.life)
	}
	r := &rest{}
	of, err := settings(f, settled, keys, r, o)
	if err != nil {
		return err
	}
	return serve(ctx, f, of, r, o.life)
}

// settings are those of the agent by the flags and, where they say nothing, by the config file. Errors: *cli.UsageError,
// *server.AllowError, *cache.StorageError.
func settings(f *cli.Factory, settled config.Settled, keys *server.Keys, r *rest, o options) (server.Settings, error) {
	said := settled.File.Agent
	allow, err := server.ParseAllow(said.Allow, said.Tenants)
	if err != nil {
		return server.Settings{}, err
	}
	if len(o.allow) > 0 {
		flagged, err := server.ParseAllow(o.allow, nil)
		if err != nil {
			return server.Settings{}, cli.AsUsage(err)
		}
		allow.Resources = flagged.Resources
	}
	policy := cmp.Or(o.confirm, said.Confirm, string(server.First))
	if !slices.Contains(config.Confirms(), policy) {
		return server.Settings{}, cli.Usagef("--confirm %q is none of %s", text.Short(policy, 40), strings.Join(config.Confirms(), ", "))
	}
	place, err := f.Config().Place(settled.Settings)
	if err != nil {
		return server.Settings{}, err
	}
	store, err := f.CacheOf(settled.Settings)
	if err != nil {
		return server.Settings{}, err
	}
	tokens := source{f: f, vault: keys, rest: r, warm: &warm{}, page: func(t config.Target) string {
		return browser.Opener{Env: f.Getenv, Command: t.SignIn.Browser.Text}.Here()
	}}
	return server.Settings{
		Tokens:   tokens.Token,
		Confirm:  ask.New(os.Environ()),
		Policy:   server.Policy(policy),
		Allow:    allow,
		Knows:    settled.File.Authority,
		SignedIn: func(client string) bool { return signedIn(store, client) },
		Keys:     keys,
		Folder:   place.Dir,
		Explain:  f.Err.Explain,
		Now:      f.Now,
	}, nil
}

// signedIn reports whether somebody has signed in here with an application.
func signedIn(store *cache.Store, client string) bool {
	ids, _ := store.SessionIDs() // what can't be read is no sign-in
	return slices.ContainsFunc(ids, func(id cache.SessionID) bool { return strings.EqualFold(id.Client, client) })
}
