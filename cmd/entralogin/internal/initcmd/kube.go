package initcmd

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// kube is the entry that kubectl gets.
type kube struct {
	context string             // that was named, "" for the current one
	server  map[string]string  // the shared flags, some of which say what the cluster's token is for
	files   *kubeconfig.Config // nil where there is no place for a kubeconfig
	entry   map[string]string  // what the entry's arguments say today, nil where it does not run entralogin
	former  map[string]string  // the same of Azure/kubelogin, which az aks get-credentials writes
}

// ofCluster are the settings that say what a cluster's token is for.
func ofCluster() []string { return []string{config.ServerID, config.Scope, config.TokenKind} }

// read reads the kubeconfig, there or not.
func (k *kube) read(f *cli.Factory) error {
	files, err := calls.Kubeconfig(f, "")
	var nowhere *config.Error
	if errors.As(err, &nowhere) {
		return nil
	}
	k.files = files
	if err == nil {
		k.choose(k.context)
	}
	return err
}

// choose takes a context for the one that is meant, "" for the current one.
func (k *kube) choose(context string) {
	k.context, k.entry, k.former = context, nil, nil
	if k.files == nil {
		return
	}
	user, _ := k.files.User(k.files.Context(cmp.Or(context, k.files.CurrentContext)).AuthInfo)
	switch e, _ := user.Plugin(); {
	case kubeconfig.IsOurs(e):
		_, k.entry, _ = calls.ReadKubeArgs(e.Args)
	case text.ProgramName(e.Command) == "kubelogin" && kubeconfig.HasGetToken(e):
		_, k.former, _ = calls.ReadKubeArgs(e.Args)
	}
}

// says is what the entry's arguments say of a setting, "" where they say nothing.
func (k *kube) says(name string) string { return cmp.Or(k.entry[name], k.former[name]) }

// contexts are the names of those that there are.
func (k *kube) contexts() []string {
	if k.files == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(k.files.Contexts))
}

// undecided reports whether nothing says which of several contexts is meant. The only one is.
func (k *kube) undecided() bool {
	all := k.contexts()
	if k.context != "" || len(all) == 0 || k.files.CurrentContext != "" {
		return false
	}
	if len(all) == 1 {
		k.choose(all[0])
	}
	return len(all) > 1
}

// elsewhere reports whether a flag says that the cluster is not AKS.
func (k *kube) elsewhere() bool {
	return slices.ContainsFunc(ofCluster(), func(name string) bool { return k.server[name] != "" })
}

// flags are the settings of the entry: those that it has, as far as they say what was answered, and those of flags.
// Where nothing says which cluster it is, that is AKS.
func (k *kube) flags(f *cli.Factory, want config.Target) map[string]string {
	flags := map[string]string{}
	maps.Copy(flags, k.entry)
	if server := k.former[config.ServerID]; server != "" {
		flags[config.ServerID] = server
	}
	given := maps.Clone(k.server)
	for _, name := range []string{config.Login, config.RedirectPort} {
		if value := k.former[name]; value != "" && config.MethodOf(k.former[config.Login]) == "browser" {
			flags[name] = value
		}
		if k.server[name] != "" { // the config file has it
			delete(flags, name)
		}
	}
	notOfEntry := append(inFile(), config.Prompt, config.PromptTimeout, config.Browser) // the latter are about the sign-in now
	maps.DeleteFunc(given, func(name string, _ string) bool { return slices.Contains(notOfEntry, name) })
	if k.elsewhere() {
		maps.DeleteFunc(flags, func(name string, _ string) bool { return slices.Contains(ofCluster(), name) })
	}
	maps.Copy(flags, given)
	if !strings.EqualFold(flags[config.TenantID], want.Request.Tenant) {
		delete(flags, config.TenantID)
	}
	if hostOf(f.File, flags) != want.Authority.Host {
		delete(flags, config.Environment)
		delete(flags, config.AuthorityHost)
	}
	if isOfAKS(want.Request.Client) {
		flags[config.ClientID] = want.Request.Client
	} else if !strings.EqualFold(flags[config.ClientID], want.Request.Client) {
		delete(flags, config.ClientID)
	}
	settled, err := f.Config().Settings(config.Call{Flags: config.Flags(flags)})
	if err == nil && !settled.Has(ofCluster()...) {
		flags[config.ServerID] = authority.AKSServer
	}
	return flags
}

// withoutCluster says how a cluster gets into the kubeconfig.
func (k *kube) withoutCluster(m remedy.Maker) []string {
	add := []string{"kubeconfig", "add"}
	for _, name := range ofCluster() {
		if value := k.server[name]; value != "" {
			add = append(add, "--"+name, value)
		}
	}
	if !k.elsewhere() {
		add = append(add, "--aks")
	}
	add = append(add, "--context", "NAME", "--server", "URL", "--ca", "FILE")
	return []string{"No kubeconfig has a cluster yet: nothing is written for kubectl.", "A cluster gets in with",
		"  az aks get-credentials --resource-group GROUP --name CLUSTER",
		"  " + m.Command("init"),
		"or, without the Azure CLI, with", "  " + m.Command(add...)}
}
