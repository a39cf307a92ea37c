package calls

import (
	"errors"
	"io/fs"
	"os"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// KubeconfigFlag names one kubeconfig file in place of those of $KUBECONFIG.
const KubeconfigFlag = "kubeconfig"

// Kubeconfig reads what kubectl would read, merged: the file that --kubeconfig names, "" if it was not given, else
// those of $KUBECONFIG, else ~/.kube/config. A file that does not exist is as good as an empty one. Errors:
// *config.Error where there is no such file to think of, *kubeconfig.Error.
func Kubeconfig(f *cli.Factory, file string) (*kubeconfig.Config, error) {
	rules := kubeconfig.Rules(file, f.Getenv, KubeHome(f))
	if len(rules.GetLoadingPrecedence()) == 0 {
		return nil, &config.Error{Name: "KUBECONFIG", What: "names no file, and there is no home folder with .kube/config",
			Hint: "Name the file with --kubeconfig."}
	}
	return kubeconfig.Load(rules)
}

// ExistingKubeconfig is Kubeconfig for those who can do nothing without the file that --kubeconfig names.
func ExistingKubeconfig(f *cli.Factory, file string) (*kubeconfig.Config, error) {
	if file != "" {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, &kubeconfig.Error{Path: file, What: "does not exist", Err: err}
		}
	}
	return Kubeconfig(f, file)
}

// KubeHome is the folder in which kubectl looks for .kube, "" where there is none.
func KubeHome(f *cli.Factory) string { return kubeconfig.Home(f.Getenv) }
