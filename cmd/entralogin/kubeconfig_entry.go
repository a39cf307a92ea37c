package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// installHint is what kubectl says where the command of an entry is not found.
const installHint = "entralogin is not installed here, or at another place.\n" +
	"See https://github.com/entralogin/entralogin"

// execEntry is the exec section that runs get-token.
func (a *app) execEntry(args []string, bare bool) (kubeconfig.Exec, error) {
	command := "entralogin"
	if !bare {
		var err error
		if command, err = a.ownPath(); err != nil {
			return kubeconfig.Exec{}, err
		}
	}
	return kubeconfig.Exec{APIVersion: kube.V1, Command: command, Args: args, InstallHint: installHint,
		InteractiveMode: "IfAvailable", ProvideClusterInfo: true}, nil
}

// ownPath is the path under which this program can be run for good: that on the PATH, which outlives an
// update, if this very program lies there; else where it lies.
func (a *app) ownPath() (string, error) {
	own, err := os.Executable()
	if err != nil {
		return "", &configError{name: "the path of entralogin", what: "can't be found: " + err.Error(), hint: "Give --bare."}
	}
	if found, err := exec.LookPath("entralogin"); err == nil && check.SameFile(found, own) {
		if abs, err := filepath.Abs(found); err == nil {
			own = abs
		}
	}
	if isTemporary(own) {
		a.say("the entry names %s, a build that will not last; install entralogin (go install), or give --bare", own)
	}
	return own, nil
}

// isTemporary reports whether a program was made by "go run" or "go test", which delete it afterwards.
func isTemporary(path string) bool {
	return slices.ContainsFunc(strings.Split(filepath.ToSlash(path), "/"), func(part string) bool {
		return strings.HasPrefix(part, "go-build")
	})
}

// fillAKS gives AKS's applications, where flags name no others.
func (a *app) fillAKS() {
	if a.flags[scope] == "" {
		a.flags[serverID] = cmp.Or(a.flags[serverID], aksServer)
	}
	a.flags[clientID] = cmp.Or(a.flags[clientID], aksClient)
}

// argsFor settles the settings as get-token will, for each cluster that the entry is for, and returns the
// arguments that it needs.
func (a *app) argsFor(files *kubeconfig.Config, add addition) ([]string, error) {
	clusters, err := add.clusterSettings(files)
	if err != nil {
		return nil, err
	}
	var below []layer // that the arguments have to win against
	var s settings
	for _, cluster := range clusters {
		if _, _, err := a.resolveKube(cluster); err != nil {
			return nil, err
		}
		layers, _, err := a.kubeSettings(cluster)
		if err != nil {
			return nil, err
		}
		s = layers
		below = append(below, layers[2:len(layers)-1]...)
	}
	own := settings{s[0], s[1], unless(below, s[len(s)-1])}
	return getTokenArgs(own, below)
}

// clusters are the names of the clusters that the entry is for.
func (add addition) clusters(files *kubeconfig.Config) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(files.Contexts)) {
		context := files.Contexts[name]
		ours := context.User == add.user && len(add.contexts) == 0
		if (ours || slices.Contains(add.contexts, name)) && !slices.Contains(names, context.Cluster) {
			names = append(names, context.Cluster)
		}
	}
	return names
}

// clusterSettings are the settings of the clusters that the entry is for; none is as good as one without.
func (add addition) clusterSettings(files *kubeconfig.Config) ([]map[string]string, error) {
	var all []map[string]string
	for _, name := range add.clusters(files) {
		cluster := files.Clusters[name]
		info := kube.Info{Cluster: &kube.Cluster{Config: cluster.InfoConfig}}
		values, err := info.Settings()
		var input *kube.InputError
		if errors.As(err, &input) {
			return nil, &kubeconfig.Error{Path: cluster.Path, What: fmt.Sprintf("has an extension of the cluster %s that %s", quoted(name), input.What)}
		}
		if err != nil {
			return nil, err
		}
		if cluster.CASize() > kubeconfig.MaxCA {
			values = nil // get-token won't be told
		}
		all = append(all, values)
	}
	if len(all) == 0 {
		all = append(all, nil)
	}
	return all, nil
}

// unless is the layer l without what one of the others has.
func unless(others []layer, l layer) layer {
	return layer{l.name, func(name string) (string, string, bool) {
		if anySets(others, name) {
			return "", "", false
		}
		return l.get(name)
	}}
}

func anySets(layers []layer, names ...string) bool {
	return slices.ContainsFunc(layers, func(l layer) bool {
		return slices.ContainsFunc(names, func(name string) bool { _, _, ok := l.get(name); return ok })
	})
}

// getTokenArgs are the arguments that say what s says. A default is said only if something below says
// something else.
func getTokenArgs(s settings, below []layer) ([]string, error) {
	args := []string{"get-token"}
	for _, name := range []string{profile, tenantID, clientID, serverID, scope, tokenKind, environment, authorityHost, account, prompt, promptTimeout, cacheDir, configFile} {
		value, rivals := authorityValue(s, name), []string{name}
		switch name {
		case environment, authorityHost:
			rivals = []string{environment, authorityHost}
		case cacheDir, configFile:
			if value != "" { // get-token runs in another folder
				abs, err := filepath.Abs(value)
				if err != nil {
					return nil, usagef("--%s: %w", name, err)
				}
				value = abs
			}
		}
		if value == "" || isDefault(name, value) && !anySets(below, rivals...) {
			continue
		}
		words := []string{value}
		if name == scope {
			words = strings.Fields(value)
		}
		for _, word := range words {
			args = append(args, "--"+name, word)
		}
	}
	return args, nil
}

// authorityValue is the value that wins. Where cloud and host come from different origins, only one of
// them does: see findAuthority.
func authorityValue(s settings, name string) string {
	for _, l := range s {
		value, _, ok := l.get(name)
		switch {
		case ok:
			return value
		case name == environment && anySets([]layer{l}, authorityHost), name == authorityHost && anySets([]layer{l}, environment):
			return ""
		}
	}
	return ""
}

func isDefault(name, value string) bool {
	defaults := map[string]string{tokenKind: "access", environment: "AzurePublicCloud", prompt: "auto"}
	return strings.EqualFold(defaults[name], value)
}
