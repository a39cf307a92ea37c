package kubecmd

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// argsFor settles the settings as get-token will, for each of the clusters that the entry is for, and returns the
// arguments that it needs.
func argsFor(f *cli.Factory, flags map[string]string, files *kubeconfig.Config, clusters []string) ([]string, error) {
	all, err := clusterSettings(files, clusters)
	if err != nil {
		return nil, err
	}
	var target config.Target
	var below config.Settings // that the arguments have to win against
	for _, cluster := range all {
		if target, err = cli.ResolveTyped(f, calls.KubeCall(f.Config(), flags, cluster, config.AzureTools)); err != nil {
			return nil, err
		}
		if short, ok := flags[config.Account]; ok && short != target.Request.Account { // get-token wants it whole
			flags = maps.Clone(flags)
			flags[config.Account] = target.Request.Account
			if target, err = f.Resolve(calls.KubeCall(f.Config(), flags, cluster, config.AzureTools)); err != nil {
				return nil, err
			}
		}
		if _, err = calls.KubeTarget(target); err != nil {
			return nil, err
		}
		below = append(below, target.Of(config.ByCluster, config.ByTenant, config.ByProfile, config.ByFile)...)
	}
	own := callersOwn(target.Settings, below)
	return getTokenArgs(own, append(below, target.Of(config.ByCompat)...))
}

// callersOwn are the settings that kubectl's call would lack, if the arguments did not say them: flags, variables,
// and those variables of other programs that nothing below them overrules.
func callersOwn(s, below config.Settings) config.Settings {
	own := s.Of(config.ByFlag, config.ByEnv)
	for _, l := range s.Of(config.ByCompat) {
		l.Values = maps.Clone(l.Values)
		maps.DeleteFunc(l.Values, func(name string, _ config.Value) bool { return below.Has(rivals(name)...) })
		own = append(own, l)
	}
	return own
}

// rivals are the settings that say the same thing as name, in their ways: the first origin that has any of them
// wins.
func rivals(name string) []string {
	switch name {
	case config.Environment, config.AuthorityHost:
		return []string{config.Environment, config.AuthorityHost}
	case config.ServerID, config.Scope:
		return []string{config.ServerID, config.Scope}
	}
	return []string{name}
}

// argumentNames are the settings that may become arguments, in their order.
func argumentNames() []string {
	people := []string{config.Profile, config.TenantID, config.ClientID, config.ServerID, config.Scope, config.TokenKind, config.Environment,
		config.AuthorityHost, config.Account, config.Prompt, config.PromptTimeout, config.Login, config.RedirectPort, config.CacheDir, config.ConfigFile}
	run := config.Brought()
	return append(people, slices.DeleteFunc(config.OfMachines(), func(name string) bool { return run[name] != nil })...)
}

// getTokenArgs are the arguments that say what own says. A default is said only if something below says
// something else.
func getTokenArgs(own, below config.Settings) ([]string, error) {
	args := []string{"get-token"}
	for _, name := range argumentNames() {
		value, _ := own.FirstWith(rivals(name)...).Get(name)
		if value == "" || isDefault(name, value) && !below.Has(rivals(name)...) {
			continue
		}
		words := []string{value}
		switch name {
		case config.Scope:
			words = strings.Fields(value)
		case config.Login:
			words = []string{config.MethodOf(value)}
		case config.CacheDir, config.ConfigFile, config.ClientSecretFile, config.ClientCertificate, config.AssertionFile: // get-token runs in another folder
			abs, err := filepath.Abs(value)
			if err != nil {
				return nil, cli.Usagef("--%s: %w", name, err)
			}
			words = []string{abs}
		}
		for _, word := range words {
			args = append(args, remedy.Flag(name, word)...)
		}
	}
	return args, nil
}

// isDefault reports whether get-token does the same without the setting.
func isDefault(name, value string) bool {
	defaults := map[string]string{config.TokenKind: "access", config.Environment: "AzurePublicCloud", config.Prompt: "auto", config.Login: config.Auto}
	return strings.EqualFold(defaults[name], value)
}
