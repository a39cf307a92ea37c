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
	c.all(ctx)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	named := text.Short(c.context, 200)
	return a.showFindings(format, c.found, "kubectl", &named)
}

// checkup is one run of kubeconfig check.
type checkup struct {
	*app
	context string // that is looked at, "" until it is known
	found   []check.Finding
}

func (c *checkup) add(found ...check.Finding) { c.found = append(c.found, found...) }

// all looks at one thing after the other, in the order in which kubectl meets them.
func (c *checkup) all(ctx context.Context) {
	cluster, user, ok := c.files()
	if !ok {
		c.add(kubecheck.Kubeconfig.Unchecked("everything else, since it is not known which cluster and user are meant"))
		return
	}
	probe := kubecheck.Probe{Cluster: cluster, HTTPS: https.Options{Trace: c.trace}, Now: c.now}
	e, hasExec := user.Exec()
	m := kubecheck.Machine{Machine: check.ThisMachine(), Home: c.home(), Getenv: c.getenv}
	if !m.Runs(e, user.Path) {
		c.add(kubecheck.CheckUser(user.Fields, e, hasExec)...)
	} else {
		c.add(kubecheck.CheckExec(user.Fields, e, cluster)...)
		c.add(m.CheckCommand(e.Command, user.Path)...)
		c.add(m.CheckAllowList(e.Command, user.Path)...)
		c.plugin(e, &probe)
	}
	c.add(probe.Check(ctx)...)
	if probe.Token.IsZero() {
		c.add(kubecheck.Server.Unchecked("what the API server says to a token: there is none at hand that is fresh"))
	}
}

// files finds the context with its cluster and its user.
func (c *checkup) files() (cluster kubeconfig.Cluster, user kubeconfig.User, ok bool) {
	const topic = kubecheck.Kubeconfig
	config, err := c.loadKubeconfig(true)
	if err != nil {
		c.add(c.failed(topic, err))
		return cluster, user, false
	}
	for _, path := range config.Paths {
		if _, err := os.Stat(path); err != nil {
			c.add(topic.Warn("%s does not exist", path))
			continue
		}
		c.add(topic.Good("%s is read", path))
	}
	c.context = config.CurrentContext
	if named, ok := c.flags["context"]; ok {
		c.context = named
	}
	found, ok := config.Contexts[c.context]
	switch {
	case c.context == "":
		c.add(topic.Fail(failure.Config, "no context is the current one").Or("%s", contextsOf(config)))
		return cluster, user, false
	case !ok:
		c.add(topic.Fail(failure.Config, "there is no context %q", c.context).Or("%s", contextsOf(config)))
		return cluster, user, false
	}
	cluster, hasCluster := config.Clusters[found.Cluster]
	user, hasUser := config.Users[found.User]
	switch {
	case !hasCluster:
		c.add(topic.Fail(failure.Config, "the context %q names the cluster %q, which is nowhere", c.context, found.Cluster).
			Or("kubectl config set-cluster adds it"))
	case !hasUser:
		c.add(topic.Fail(failure.Config, "the context %q names the user %q, which is nowhere", c.context, found.User).
			Or("entralogin kubeconfig add --context %s adds it", c.context))
	default:
		c.add(topic.Good("the context %q has the cluster %q and the user %q", c.context, found.Cluster, found.User))
	}
	return cluster, user, hasCluster && hasUser
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

// plugin looks at what get-token would do, and gives the probe the token that it would hand out.
func (c *checkup) plugin(e kubeconfig.Exec, probe *kubecheck.Probe) {
	run, bad := c.asGetToken(e, probe.Cluster)
	if bad != nil {
		c.add(*bad)
		return
	}
	defer func() { c.add(run.noted()...) }()
	r, st, found := run.settle()
	c.add(found...)
	if st == nil {
		return
	}
	probe.Asked = kubecheck.Asked{Tenant: r.Tenant, Client: r.Client, Scopes: r.Scopes, Kind: r.Kind}
	t, found := stored{app: run.app, topic: kubecheck.Token, caller: "kubectl", answer: "get-token"}.look(st, r)
	c.add(found...)
	if t.Value.IsZero() {
		return
	}
	read, err := claims.Read(t.Value)
	if err != nil {
		c.add(kubecheck.Token.Unchecked("what stands in the token: it is %v", err))
	} else {
		c.add(kubecheck.Token.Life(read, c.now()))
		c.add(kubecheck.CheckClaims(read, probe.Asked)...)
	}
	if t.Fresh(c.now()) {
		probe.Token, probe.Claims = cache.NewSecret(t.Value.Reveal()), read
	}
}
