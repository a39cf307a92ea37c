package main

import (
	"errors"
	"io/fs"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// kubeconfigFlag names one kubeconfig file instead of those of $KUBECONFIG.
const kubeconfigFlag = "kubeconfig"

func (a *app) kubeconfigCommand() *cobra.Command {
	group := &cobra.Command{
		Use:   "kubeconfig",
		Short: "Put entralogin into a kubeconfig, and see whether it works",
		Long: `Kubeconfig edits the files that kubectl reads: that of --kubeconfig, else those of
$KUBECONFIG, else ~/.kube/config. What is not edited keeps its bytes, a file is
replaced as a whole or not at all, and kubectl's own lock is respected.`,
		Example: `  entralogin kubeconfig add --aks --tenant-id TENANT
  entralogin kubeconfig add --dry-run`,
		Args: needSubcommand,
		RunE: needSubcommand,
	}
	group.PersistentFlags().String(kubeconfigFlag, "", "kubeconfig `file`, instead of those of $KUBECONFIG or ~/.kube/config")
	group.AddCommand(a.kubeconfigAddCommand())
	group.AddCommand(a.kubeconfigCheckCommand())
	group.AddCommand(a.kubeconfigConvertCommand())
	return group
}

// loadKubeconfig reads the kubeconfig files, merged. A file that --kubeconfig names has to exist where
// nothing can be done without.
func (a *app) loadKubeconfig(mustExist bool) (*kubeconfig.Config, error) {
	explicit := a.flags[kubeconfigFlag]
	paths := kubeconfig.Paths(explicit, a.getenv, a.home())
	if len(paths) == 0 {
		return nil, &configError{name: "KUBECONFIG", what: "names no file, and there is no home folder with .kube/config",
			hint: "Name the file with --kubeconfig."}
	}
	if explicit != "" && mustExist {
		if _, err := os.Stat(explicit); errors.Is(err, fs.ErrNotExist) {
			return nil, &kubeconfig.Error{Path: explicit, What: "does not exist", Err: err}
		}
	}
	return kubeconfig.Load(paths)
}

// home is the folder in which kubectl looks for .kube, "" where there is none.
func (a *app) home() string {
	home := a.getenv("HOME")
	if home == "" && runtime.GOOS == "windows" {
		home = a.getenv("USERPROFILE")
	}
	return home
}
