package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/graph"
	"github.com/entralogin/entralogin/plugin/https"
)

func (a *app) graphCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "graph",
		Short: "Ask Microsoft Graph",
		Args:  needSubcommand,
		RunE:  needSubcommand,
	}
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
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.graphMe(cmd.Context()) },
	}
	f := me.Flags()
	f.Bool("manager", false, "show the manager, too")
	f.StringP("output", "o", "", "`format`: table, json or yaml (default table)")
	f.StringSlice(scope, nil, "`scope` to ask with (default User.Read); may be given several times")
	cmd.AddCommand(me)
	return cmd
}

func (a *app) graphMe(ctx context.Context) error {
	format, err := graph.ParseFormat(a.flags["output"])
	if err != nil {
		return &usageError{err}
	}
	parameters, sample, err := a.parameters()
	if err != nil {
		return err
	}
	me := &graph.Me{Manager: a.flags["manager"] == "true", Format: format, Width: a.width(),
		Note: func(text string) { a.say("%s", text) }}
	tokens := new(tokenSource)
	me.Resolve = func() (plugin.Request, error) {
		r, source, err := a.resolveGraph(me, parameters, sample)
		tokens.TokenSource = source
		return r, err
	}
	return plugin.Run(ctx, me, tokens, a.stdout)
}

// parameters reads the file of --config if it is a sample's parameters.json.
func (a *app) parameters() (p graph.Parameters, is bool, err error) {
	file := a.flags[configFile]
	if !strings.HasSuffix(strings.ToLower(file), ".json") {
		return p, false, nil
	}
	delete(a.flags, configFile)
	p, err = graph.ReadParameters(file)
	return p, true, err
}

// resolveGraph settles the request, and where me sends the token.
func (a *app) resolveGraph(me *graph.Me, p graph.Parameters, sample bool) (plugin.Request, plugin.TokenSource, error) {
	s, c, err := a.settings()
	if err != nil {
		return plugin.Request{}, nil, err
	}
	if sample {
		s = s.insertBelow("the environment", mapLayer("parameters.json", map[string]string{
			authorityHost: "https://" + p.AuthorityHost, tenantID: p.Tenant, clientID: p.ClientID, scope: strings.Join(p.Scopes, " ")}))
	}
	s = append(s, mapLayer("the default", map[string]string{tenantID: anyTenant}))
	t, err := a.resolve(s, c)
	if err != nil {
		return plugin.Request{}, nil, err
	}
	if len(t.authority.Graph) == 0 {
		return plugin.Request{}, nil, &configError{name: "graph", origin: c.path, what: "is not set for the authority " + t.authority.Host}
	}
	me.Origin = t.authority.Graph[0]
	if p.Endpoint != "" {
		if me.Origin, me.Path, err = graph.CheckEndpoint(p.Endpoint, graphHosts(t.authority)); err != nil {
			return plugin.Request{}, nil, err
		}
	}
	r := t.request
	if r.Scopes, err = scopesOf(settings{a.flags.layer(), sampleScopes(p)}, t.authority, "User.Read"); err != nil {
		return plugin.Request{}, nil, err
	}
	roots, err := https.Roots(t.authority.CAFile)
	if err != nil {
		return plugin.Request{}, nil, err
	}
	me.HTTP = https.Options{Hosts: []string{strings.TrimPrefix(me.Origin, "https://")}, Roots: roots, JSON: true, Trace: a.trace}.Client()
	st, err := a.store(s)
	if err != nil {
		return plugin.Request{}, nil, err
	}
	return r, a.cached(st, s, t.authority), nil
}

// sampleScopes are those of parameters.json. The scopes of variables and of the config file are for the
// cluster and say nothing of Graph.
func sampleScopes(p graph.Parameters) layer {
	values := map[string]string{}
	if len(p.Scopes) > 0 {
		values[scope] = strings.Join(p.Scopes, " ")
	}
	return mapLayer("parameters.json", values)
}

func graphHosts(auth authority.Authority) []string {
	var hosts []string
	for _, origin := range auth.Graph {
		hosts = append(hosts, strings.TrimPrefix(origin, "https://"))
	}
	return hosts
}
