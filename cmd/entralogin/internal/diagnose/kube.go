package diagnose

import (
	"cmp"
	"context"
	"maps"
	"os"
	"slices"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/kube/kubecheck"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// Kube looks at a context as kubectl and get-token would. What a check has learned, the checks that need it go by.
type Kube struct {
	Context string // that is looked at, "" until it is known

	caller
	file    string             // of --kubeconfig, or ""
	named   string             // context, or "" for the current one
	read    *kubeconfig.Config // what the files hold, nil where they are to be read
	user    kubeconfig.User
	entry   kubeconfig.Exec
	machine kubecheck.Machine
	cluster kubeconfig.Cluster
}

// NewKube looks at a context of the kubeconfigs; "" is the current one, and those that kubectl reads.
func NewKube(f *cli.Factory, file, context string) *Kube {
	get := caller{f: f, explain: f.Explainer(), name: "kubectl", answer: "get-token"}
	return &Kube{caller: get, file: file, named: context}
}

// Checks are in the order in which kubectl meets things.
func (k *Kube) Checks() []check.Check {
	const config, entry, settings = kubecheck.Kubeconfig, kubecheck.Entry, check.Settings
	k.machine = kubecheck.Machine{Machine: check.ThisMachine(), Home: calls.KubeHome(k.f), Getenv: k.f.Getenv}
	return []check.Check{
		{Topic: config, Title: "the context", Run: k.files},
		{Topic: entry, Title: "the user entry", Needs: []check.Topic{config}, Run: k.userEntry},
		{Topic: kubecheck.Command, Title: "the command", Needs: []check.Topic{entry}, Run: func(context.Context) []check.Finding {
			return k.machine.CheckCommand(k.entry.Command, k.user.LocationOfOrigin, k.add(k.entry.Args))
		}},
		{Topic: kubecheck.AllowList, Title: "the allow-list", Needs: []check.Topic{entry}, Run: func(context.Context) []check.Finding {
			return k.machine.CheckAllowList(k.entry.Command, k.user.LocationOfOrigin)
		}},
		{Topic: settings, Title: "the settings", Needs: []check.Topic{entry}, Run: k.settle},
		{Topic: check.Token, Title: "the token", Needs: []check.Topic{settings}, Run: k.look},
		{Topic: kubecheck.Server, Title: "the API server", Needs: []check.Topic{config}, Run: k.server},
	}
}

// files finds the context with its cluster and its user.
func (k *Kube) files(context.Context) []check.Finding {
	const topic = kubecheck.Kubeconfig
	unknown := topic.Unchecked("everything else, since it is not known which cluster and user are meant").Stop()
	config := k.read
	if config == nil {
		var err error
		if config, err = calls.ExistingKubeconfig(k.f, k.file); err != nil {
			return []check.Finding{FindingOf(k.f.Explainer(), topic, err), unknown}
		}
	}
	var all []check.Finding
	add := func(f check.Finding) { all = append(all, f) }
	for _, path := range config.Paths {
		f := topic.Good("%s is read", path)
		if _, err := os.Stat(path); err != nil {
			f = topic.Warn("%s does not exist", path)
		}
		add(f)
	}
	k.Context = cmp.Or(k.named, config.CurrentContext)
	found, ok := config.Context(k.Context), config.Contexts[k.Context] != nil
	cluster, hasCluster := config.Cluster(found.Cluster), config.Clusters[found.Cluster] != nil
	user, hasUser := config.User(found.AuthInfo)
	k.user, k.cluster = user, cluster
	switch {
	case k.Context == "":
		add(topic.Fail(failure.Config, "no context is the current one").Or("%s", contextsOf(config)))
	case !ok:
		add(topic.Fail(failure.Config, "there is no context %q", k.Context).Or("%s", contextsOf(config)))
	case !hasCluster:
		add(topic.Fail(failure.Config, "the context %q names the cluster %q, which is nowhere", k.Context, found.Cluster).
			Or("kubectl config set-cluster adds it"))
	case found.AuthInfo == "":
		add(topic.Fail(failure.Config, "the context %q has no user", k.Context).
			Or("to add one: %s", k.add(nil, "--user", k.Context)))
	case !hasUser:
		add(topic.Fail(failure.Config, "the context %q names the user %q, which is nowhere", k.Context, found.AuthInfo).
			Or("to add it: %s", k.add(nil)))
	default:
		add(topic.Good("the context %q has the cluster %q and the user %q", k.Context, found.Cluster, found.AuthInfo))
	}
	for _, path := range config.Paths {
		if config.Files[path].HasUser(found.AuthInfo) && path != user.LocationOfOrigin {
			add(topic.Warn("%s holds a user %q, too, which is not used: the first file that holds one counts for the contexts of all, and kubectl says nothing", path, found.AuthInfo).
				Or("give one of the two another name, and its contexts that user"))
		}
	}
	if k.Context == "" || !ok || !hasCluster || !hasUser {
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
	return "choose one with --context, or with kubectl config use-context: " + check.Some(names)
}

// userEntry says what the user entry runs.
func (k *Kube) userEntry(context.Context) []check.Finding {
	e, _ := k.user.Plugin()
	if k.entry = e; k.machine.Runs(e, k.user.LocationOfOrigin) {
		return kubecheck.CheckExec(k.user, k.cluster, k.add(e.Args))
	}
	beside := k.add(nil, "--user", k.Context+"-entra")
	return []check.Finding{kubecheck.CheckUser(k.user, k.add(nil, "--overwrite"), beside, k.maker().ConvertCommand(nil)).Stop()}
}

// maker makes commands that change the context's entry.
func (k *Kube) maker() remedy.Maker {
	m := k.f.Explainer().Maker
	m.Context, m.Kubeconfig = k.Context, k.file
	return m
}

// add is the command that writes the entry anew, with what args say.
func (k *Kube) add(args []string, more ...string) string {
	cluster, _ := kube.ClusterSettings(kubeconfig.InfoConfig(k.cluster)) // looked at elsewhere
	return calls.AddCommand(k.maker(), args, cluster, more...)
}

// look looks at what is stored.
func (k *Kube) look(ctx context.Context) []check.Finding {
	return k.caller.look(ctx, kubecheck.CheckClaims)
}

// server asks the API server, with the token that get-token would hand out.
func (k *Kube) server(ctx context.Context) []check.Finding {
	found := kubecheck.Probe{Probe: k.probe(), Cluster: k.cluster}.Check(ctx)
	if k.token.Value.IsZero() {
		found = append(found, kubecheck.Server.Unchecked("what the API server says to a token: there is none at hand that is fresh"))
	}
	return found
}
