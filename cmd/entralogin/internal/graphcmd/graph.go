// Package graphcmd is the command graph.
package graphcmd

import (
	"context"
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/graph"
	"github.com/entralogin/entralogin/plugin/https"
)

// New makes the command graph.
func New(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "graph",
		Short: "Ask Microsoft Graph",
		Args:  cli.NeedSubcommand,
		RunE:  cli.NeedSubcommand,
	}
	cmd.AddCommand(newMe(f), newGet(f))
	return cmd
}

func newMe(f *cli.Factory) *cobra.Command {
	me := &cobra.Command{
		Use:   "me",
		Short: "Show the profile of the account that is signed in",
		Long: `Me shows what Microsoft Graph knows of the account that is signed in, with
--manager also its manager.

--config takes the parameters.json of MSAL's device code samples, too (a file
whose name ends in .json): its authority, client_id and scope then count more
than the config file, and its endpoint is what is asked.`,
		Example: `  entralogin graph me --manager
  entralogin graph me -o json
  entralogin graph me --config parameters.json`,
		Args: cli.NoArguments,
	}
	flags := me.Flags()
	f.HandOverFlags(flags)
	manager := flags.Bool("manager", false, "show the manager, too")
	format := cli.OutputFlag(flags)
	flags.StringSlice(config.Scope, nil, "`scope` to ask with (default User.Read); may be given several times")
	me.RunE = func(cmd *cobra.Command, _ []string) error { return showMe(cmd.Context(), f, *format, *manager) }
	return me
}

func showMe(ctx context.Context, f *cli.Factory, format cli.Format, manager bool) error {
	sample, target, err := resolve(f)
	if err != nil {
		return err
	}
	q := newQuery(f, format)
	q.Manager = manager
	if err := aim(f, q, target, sample.Endpoint); err != nil {
		return err
	}
	_, err = show(ctx, f, q, target, "User.Read")
	return adviseMe(f, target.Request, err)
}

func newQuery(f *cli.Factory, format cli.Format) *graph.Query {
	return &graph.Query{Format: graph.Format(format), Width: f.Columns(format), Note: f.Err.Warn, Now: f.Now}
}

// show asks with a token of the scopes that are named, or of otherwise, and returns them.
func show(ctx context.Context, f *cli.Factory, q *graph.Query, target config.Target, otherwise string) (scopes []string, err error) {
	r := target.Request
	r.Asker = q.Asker()
	if r.Scopes, err = calls.GraphScopes(target, otherwise); err != nil {
		return nil, err
	}
	tokens, err := f.Tokens(target)
	if err != nil {
		return nil, err
	}
	answer, err := q.Ask(ctx, tokens, r)
	if err != nil {
		return r.Scopes, err
	}
	return r.Scopes, f.Answer(answer)
}

// resolve settles the call, and reads what --config names, if that is a sample's parameters.json.
func resolve(f *cli.Factory) (graph.Parameters, config.Target, error) {
	sample, call, err := callOf(f)
	if err != nil {
		return sample, config.Target{}, err
	}
	target, err := cli.ResolveTyped(f, call)
	return sample, target, err
}

// callOf is the call; if --config names a sample's parameters.json, that is read, and is no config file.
func callOf(f *cli.Factory) (graph.Parameters, config.Call, error) {
	file := f.Flags[config.ConfigFile]
	if !strings.HasSuffix(strings.ToLower(file), ".json") {
		return graph.Parameters{}, f.Call(config.HomeTenant()), nil
	}
	p, err := graph.ReadParameters(file)
	if err != nil {
		return p, config.Call{}, err
	}
	flags := maps.Clone(f.Flags)
	delete(flags, config.ConfigFile)
	return p, config.Call{Flags: config.Flags(flags), More: []config.Layer{config.HomeTenant(),
		config.NewLayer(config.ByCluster, "parameters.json", map[string]string{config.AuthorityHost: "https://" + p.AuthorityHost,
			config.TenantID: p.Tenant, config.ClientID: p.ClientID, config.Scope: strings.Join(p.Scopes, " ")})}}, nil
}

// aim settles where q sends the token: to the host of endpoint, or else to the authority's own Graph.
func aim(f *cli.Factory, q *graph.Query, t config.Target, endpoint string) error {
	if len(t.Authority.Graph) == 0 {
		return &config.Error{Name: "graph", Origin: t.File.Path, What: "is not set for the authority " + t.Authority.Host}
	}
	q.Origin = t.Authority.Graph[0]
	if endpoint != "" {
		var err error
		if q.Origin, q.Path, err = graph.CheckEndpoint(endpoint, graphHosts(t.Authority)); err != nil {
			return err
		}
	}
	roots, err := https.Roots(t.Authority.CAFile)
	if err != nil {
		return err
	}
	q.HTTP = https.Options{Hosts: []string{strings.TrimPrefix(q.Origin, "https://")}, Roots: roots, JSON: true, Trace: f.Err.Trace}.Client()
	return q.Check()
}

func graphHosts(a authority.Authority) []string {
	var hosts []string
	for _, origin := range a.Graph {
		hosts = append(hosts, strings.TrimPrefix(origin, "https://"))
	}
	return hosts
}
