package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/kube/kubecheck"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

func (a *app) kubeconfigCheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say what would happen if kubectl ran now",
		Long: `Check looks at a context as kubectl and get-token would: at its user entry, the
command, the allow-list of kuberc, the settings and where each stands, and the
stored token. Then it asks the API server once, with that token if it is fresh,
and says what the answer means. It changes and stores nothing and asks nobody.

The settings are those of get-token in the kubeconfig, its environment and the
config file: flags for them, such as --tenant-id, are refused here.

The exit code is 0 where kubectl gets through, else that of the first failure:
3 configuration, 4 a sign-in where nobody may be asked, 5 refused by the API
server, 6 network, 7 an answer that makes no sense or can't be trusted,
8 storage.`,
		Example: `  entralogin kubeconfig check
  entralogin kubeconfig check --context prod
  entralogin kubeconfig check -o json | jq '.findings[] | select(.level != "ok")'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.kubeconfigCheck(cmd.Context()) },
	}
	cmd.Flags().String("context", "", "`name` of the context (default the current one)")
	cmd.Flags().StringP("output", "o", "", "`format`: table or json (default table)")
	return cmd
}

func (a *app) kubeconfigCheck(ctx context.Context) error {
	format := a.flags["output"]
	if format != "" && format != "table" && format != "json" {
		return usagef("--output %s is no format: table or json", format)
	}
	for _, name := range slices.Sorted(maps.Keys(a.flags)) {
		if slices.Contains(append(settingsInFile(), configFile), name) {
			return usagef("--%s can't be given here: what counts is what get-token gets from the kubeconfig", name)
		}
	}
	ctx, done := untilSignal(ctx)
	defer done()
	c := checkup{app: a}
	found := check.Run(ctx, c.checks())
	if err := context.Cause(ctx); err != nil {
		return err
	}
	named := text.Short(c.context, 200)
	return a.showFindings(format, found, "kubectl", &named)
}

// checkup is one run of kubeconfig check: what a check has learned, the checks that need it go by.
type checkup struct {
	*app
	context string // that is looked at, "" until it is known
	user    kubeconfig.User
	entry   kubeconfig.Exec
	machine kubecheck.Machine
	run     *pluginRun
	request plugin.Request
	store   *cache.Store
	probe   kubecheck.Probe
}

// checks are in the order in which kubectl meets things.
func (c *checkup) checks() []check.Check {
	const config, entry, settings = kubecheck.Kubeconfig, kubecheck.Entry, kubecheck.Settings
	c.machine = kubecheck.Machine{Machine: check.ThisMachine(), Home: c.home(), Getenv: c.getenv}
	return []check.Check{
		{Topic: config, Title: "the context", Run: c.files},
		{Topic: entry, Title: "the user entry", Needs: []check.Topic{config}, Run: c.userEntry},
		{Topic: kubecheck.Command, Title: "the command", Needs: []check.Topic{entry}, Run: func(context.Context) []check.Finding {
			return c.machine.CheckCommand(c.entry.Command, c.user.Path)
		}},
		{Topic: kubecheck.AllowList, Title: "the allow-list", Needs: []check.Topic{entry}, Run: func(context.Context) []check.Finding {
			return c.machine.CheckAllowList(c.entry.Command, c.user.Path)
		}},
		{Topic: settings, Title: "the settings", Needs: []check.Topic{entry}, Run: c.settle},
		{Topic: kubecheck.Token, Title: "the token", Needs: []check.Topic{settings}, Run: c.token},
		{Topic: kubecheck.Server, Title: "the API server", Needs: []check.Topic{config}, Run: c.server},
	}
}

// files finds the context with its cluster and its user.
func (c *checkup) files(context.Context) []check.Finding {
	const topic = kubecheck.Kubeconfig
	unknown := topic.Unchecked("everything else, since it is not known which cluster and user are meant").Stop()
	config, err := c.loadKubeconfig(true)
	if err != nil {
		return []check.Finding{c.failed(topic, err), unknown}
	}
	var all []check.Finding
	add := func(f check.Finding) { all = append(all, f) }
	for _, path := range config.Paths {
		if _, err := os.Stat(path); err != nil {
			add(topic.Warn("%s does not exist", path))
			continue
		}
		add(topic.Good("%s is read", path))
	}
	c.context = config.CurrentContext
	if named, ok := c.flags["context"]; ok {
		c.context = named
	}
	found, ok := config.Contexts[c.context]
	switch {
	case c.context == "":
		add(topic.Fail(failure.Config, "no context is the current one").Or("%s", contextsOf(config)))
		return append(all, unknown)
	case !ok:
		add(topic.Fail(failure.Config, "there is no context %q", c.context).Or("%s", contextsOf(config)))
		return append(all, unknown)
	}
	cluster, hasCluster := config.Clusters[found.Cluster]
	user, hasUser := config.Users[found.User]
	c.user, c.probe = user, kubecheck.Probe{Cluster: cluster, HTTPS: https.Options{Trace: c.trace}, Now: c.now}
	switch {
	case !hasCluster:
		add(topic.Fail(failure.Config, "the context %q names the cluster %q, which is nowhere", c.context, found.Cluster).
			Or("kubectl config set-cluster adds it"))
	case !hasUser:
		add(topic.Fail(failure.Config, "the context %q names the user %q, which is nowhere", c.context, found.User).
			Or("entralogin kubeconfig add --context %s adds it", c.context))
	default:
		add(topic.Good("the context %q has the cluster %q and the user %q", c.context, found.Cluster, found.User))
	}
	if !hasCluster || !hasUser {
		add(unknown)
	}
	return all
}

// contextsOf says which contexts can be chosen.
func contextsOf(config *kubeconfig.Config) string {
	names := slices.Sorted(maps.Keys(config.Contexts))
	if len(names) == 0 {
		return "the files hold no context: get a kubeconfig for the cluster first"
	}
	more := ""
	if len(names) > 10 {
		names, more = names[:10], fmt.Sprintf(" and %d more", len(names)-10)
	}
	return "choose one with --context, or with kubectl config use-context: " + strings.Join(names, ", ") + more
}

// userEntry says what the user entry runs.
func (c *checkup) userEntry(context.Context) []check.Finding {
	e, hasExec := c.user.Exec()
	if c.entry = e; c.machine.Runs(e, c.user.Path) {
		return kubecheck.CheckExec(c.user.Fields, e, c.probe.Cluster)
	}
	return []check.Finding{kubecheck.CheckUser(c.user.Fields, e, hasExec).Stop()}
}

// settle says what get-token would ask for.
func (c *checkup) settle(context.Context) []check.Finding {
	run, bad := c.asGetToken(c.entry, c.probe.Cluster)
	if bad != nil {
		return []check.Finding{*bad}
	}
	r, st, found := run.settle()
	c.run, c.request, c.store = run, r, st
	c.probe.Asked = kubecheck.Asked{Tenant: r.Tenant, Client: r.Client, Scopes: r.Scopes, Kind: r.Kind}
	return append(found, run.noted()...)
}

// token looks at what is stored, and gives the probe the token that get-token would hand out.
func (c *checkup) token(context.Context) []check.Finding {
	t, found := stored{app: c.run.app, topic: kubecheck.Token, caller: "kubectl", answer: "get-token"}.look(c.store, c.request)
	found = append(found, c.run.noted()...)
	if t.Value.IsZero() {
		return found
	}
	read, err := claims.Read(t.Value)
	if err != nil {
		found = append(found, kubecheck.Token.Unchecked("what stands in the token: it is %v", err))
	} else {
		found = append(found, kubecheck.Token.Life(read, c.now()))
		found = append(found, kubecheck.CheckClaims(read, c.probe.Asked)...)
	}
	if t.Fresh(c.now()) {
		c.probe.Token, c.probe.Claims = t.Value, read
	}
	return found
}

// server asks the API server.
func (c *checkup) server(ctx context.Context) []check.Finding {
	found := c.probe.Check(ctx)
	if c.probe.Token.IsZero() {
		found = append(found, kubecheck.Server.Unchecked("what the API server says to a token: there is none at hand that is fresh"))
	}
	return found
}
