package kubecmd

import (
	"errors"
	"fmt"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// installHint is what kubectl says where the command of an entry is not found.
const installHint = "entralogin is not installed here, or at another place.\n" +
	"See https://github.com/entralogin/entralogin"

// execEntry is the exec section that runs get-token, without its arguments. That the program won't stay where it is is said.
func execEntry(f *cli.Factory, w writing) (kubeconfig.Exec, error) {
	version, err := w.apiVersion()
	if err != nil {
		return kubeconfig.Exec{}, err
	}
	command := "entralogin"
	if !w.bare {
		own, err := proc.OwnPath()
		if err != nil {
			return kubeconfig.Exec{}, &config.Error{Name: "the path of entralogin", What: "can't be found: " + err.Error(), Hint: "Give --bare."}
		}
		if proc.IsTemporary(own) {
			f.Err.Say("the entry names %s, a build that will not last; install entralogin (go install), or give --bare", own)
		}
		command = own
	}
	return kubeconfig.Exec{APIVersion: version, Command: command, InstallHint: installHint, InteractiveMode: "IfAvailable", ProvideClusterInfo: true}, nil
}

// untold says why kubectl can't tell the plugin of the clusters that an entry is for, "" if it can. Where a CA is
// too large for that, it can only do without.
func untold(files *kubeconfig.Config, clusters []string) string {
	for _, name := range clusters {
		if size := kubeconfig.CASize(files.Cluster(name)); size > kubeconfig.MaxCA {
			return fmt.Sprintf("the CA of the cluster %s has %d bytes, too many for provideClusterInfo: the prompt won't name the cluster, and its own configuration doesn't count", quoted(name), size)
		}
	}
	return ""
}

// extended is a cluster whose extension has settings, "" if there is none.
func extended(files *kubeconfig.Config, clusters []string) string {
	for _, name := range clusters {
		if values, err := kube.ClusterSettings(kubeconfig.InfoConfig(files.Cluster(name))); err == nil && len(values) > 0 {
			return name
		}
	}
	return ""
}

// clusterSettings are what get-token will be told of each cluster that an entry is for; no cluster is as good as
// one that says nothing.
func clusterSettings(files *kubeconfig.Config, clusters []string) ([]map[string]string, error) {
	var all []map[string]string
	for _, name := range clusters {
		cluster := files.Cluster(name)
		values, err := kube.ClusterSettings(kubeconfig.InfoConfig(cluster))
		var input *kube.InputError
		if errors.As(err, &input) {
			return nil, &kubeconfig.Error{Path: cluster.LocationOfOrigin, What: fmt.Sprintf("has an extension of the cluster %s that %s", quoted(name), input.What)}
		}
		if err != nil {
			return nil, err
		}
		if kubeconfig.CASize(cluster) > kubeconfig.MaxCA {
			values = nil // get-token won't be told
		}
		all = append(all, values)
	}
	if len(all) == 0 {
		all = append(all, nil)
	}
	return all, nil
}
