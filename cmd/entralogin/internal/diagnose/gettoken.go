package diagnose

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/kube/kubecheck"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// settle says what get-token would ask for.
func (k *Kube) settle(context.Context) []check.Finding {
	own := map[string]string{}
	for _, v := range k.entry.Env {
		own[v.Name] = v.Value
	}
	getenv := func(name string) string {
		if value, ok := own[name]; ok {
			return value
		}
		return k.f.Getenv(name)
	}
	call, given, err := calls.ReadKubeArgs(k.entry.Args)
	cli.ExpandHome(given, getenv)
	k.explain = cli.Explainer{Maker: remedy.Maker{Getenv: getenv, Shell: k.f.Getenv, Flags: given, Context: k.Context, Kubeconfig: k.file}}
	if err != nil {
		return k.unsettled(err, nil)
	}
	found, err := k.answers(call, getenv)
	if err != nil {
		return k.unsettled(err, nil)
	}
	return append(found, k.settleCall(call, given, own, getenv)...)
}

// answers says whether clients that pass no ExecCredential would get an answer in the entry's version. What stands in the
// entry's env in its place counts for them, and for no other.
func (k *Kube) answers(call *calls.Kube, getenv func(string) string) ([]check.Finding, error) {
	info, err := calls.ReadInfo(getenv)
	if err != nil {
		return []check.Finding{kubecheck.Entry.Warn("env sets %s to what get-token refuses: %v", cli.ExecInfo, err).
			Or("take it out: kubectl passes its own, and --%s serves the clients that pass none", calls.ExecAPIVersion)}, nil
	}
	settled, err := call.Settle(info, getenv)
	found := kubecheck.CheckAnswer(k.entry, settled.APIVersion)
	for i := range found {
		if info.APIVersion != "" { // which counts more than the flag
			found[i] = found[i].Or("take %s out of env, or have it say what the entry says", cli.ExecInfo)
		}
	}
	return found, err
}

// settleCall says what the call asks for.
func (k *Kube) settleCall(call *calls.Kube, given, own map[string]string, getenv func(string) string) []check.Finding {
	cluster, err := k.clusterInfo()
	if err != nil {
		return k.unsettled(err, nil)
	}
	source := config.Source{Getenv: getenv, FromKubeconfig: true}
	foreign := config.Foreign{Source: source, Caller: k.f.Getenv}
	if err := cmp.Or(foreign.CheckPlaces(given), foreign.CheckPrograms(given)); err != nil {
		return k.unsettled(err, nil)
	}
	if found := moved(foreign.Differences(nil)); found != nil {
		return found
	}
	if found := k.moved(own); found != nil {
		return found
	}
	asked, _, err := call.Call(source, given, cluster)
	if err != nil {
		return k.unsettled(err, nil)
	}
	target, err := source.Resolve(asked)
	if err == nil {
		target, err = call.Target(target)
	}
	if err == nil {
		err = k.open(target.Place)
	}
	if err != nil {
		return k.unsettled(err, target.Notes)
	}
	if found := moved(foreign.Differences(target.Settings)); found != nil {
		return found
	}
	k.request, k.target = target.Request, target
	k.request.Renew = call.Renew
	found := slices.Concat(choosing(foreign.Choosing()), k.describe(target, func(names ...string) string { return originOf(originOfAny(target, names...), own) }))
	if call.Renew {
		found = append(found, check.Settings.Warn("the args hold --%s: each run of kubectl renews the token", calls.ForceRefresh).
			Or("take it out; by hand it is of use once, after a change of roles"))
	}
	if target.Proof != "" {
		found = append(found, check.Settings.Unchecked("token and server: requests are signed with proof of possession, which is for the call itself").
			Or("kubectl auth whoami").Stop())
	}
	return found
}

// moved says which variables of the user entry get-token refuses, since they move what the person trusts.
func moved(differences []config.Difference) []check.Finding {
	var found []check.Finding
	for _, d := range differences {
		found = append(found, check.Settings.Fail(failure.Config, "the user entry sets %s to %q, which moves what you trust: get-token sends nothing then",
			d.Name, text.Short(d.Own, 200)).Or("take it out of env. %s", d.Hint).Stop())
	}
	return found
}

// choosing says which variables of the user entry would choose a browser: get-token opens none then, and says so.
func choosing(differences []config.Difference) []check.Finding {
	var found []check.Finding
	for _, d := range differences {
		found = append(found, check.Settings.Warn("the user entry sets %s to %q, which can choose the program that opens a page: get-token opens none then",
			d.Name, text.Short(d.Own, 200)).Or("take it out of env. %s", d.Hint))
	}
	return found
}

// moved says that get-token has other folders than this program: what it would find there is not looked at.
func (k *Kube) moved(own map[string]string) []check.Finding {
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"} {
		if own[name] != "" && own[name] != k.f.Getenv(name) {
			return []check.Finding{check.Settings.Unchecked("settings and token: the user entry sets %s, and so get-token has other folders than this program", name).
				Or("run the check with %s set to the same", name).Stop()}
		}
	}
	return nil
}

// clusterInfo are the settings that kubectl passes on with provideClusterInfo.
func (k *Kube) clusterInfo() (map[string]string, error) {
	if !k.entry.ProvideClusterInfo {
		return nil, nil
	}
	return kube.ClusterSettings(kubeconfig.InfoConfig(k.cluster))
}

// unsettled makes findings of an error that get-token would end with before it looks for a token.
func (k *Kube) unsettled(err error, said []string) []check.Finding {
	found := k.failed(check.Settings, err, said)
	f := &found[0]
	var input *kube.InputError
	var setting *config.Error
	switch {
	case errors.As(err, &input):
		*f = f.Or("mend the extension client.authentication.k8s.io/exec of the cluster")
	case cli.ClassOf(err) == failure.Usage: // the args may hold a secret of another plugin's
		says := `"entralogin get-token --help" lists the flags`
		if errors.As(err, &setting) && setting.Hint != "" {
			says = setting.Hint
		}
		f.What = text.Redact(f.What, 400)
		*f = f.Or("%s; to write the entry anew: %s", says, k.add(nil))
	}
	return found
}

// originOf says of a variable whether it stands in the kubeconfig or in this shell, which other programs lack.
func originOf(name string, own map[string]string) string {
	if strings.HasPrefix(name, "--") || strings.ToUpper(name) != name {
		return name
	}
	if _, ok := own[name]; ok {
		return name + " in env of the user entry"
	}
	return name + " of this environment, which other programs may not have"
}
