// Package kubecmd is the command kubeconfig: it writes entralogin into the files that kubectl reads.
package kubecmd

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// New makes the command.
func New(f *cli.Factory) *cobra.Command {
	group := &cobra.Command{
		Use:   "kubeconfig",
		Short: "Put entralogin into a kubeconfig, and see whether it works",
		Long: `Kubeconfig edits the files that kubectl reads: that of --kubeconfig, else those of
$KUBECONFIG, else ~/.kube/config. What is not edited keeps its bytes, a file is
replaced as a whole or not at all, and kubectl's own lock is respected.`,
		Example: `  entralogin kubeconfig add --aks --tenant-id TENANT
  entralogin kubeconfig add --dry-run`,
		Args: cli.NeedSubcommand,
		RunE: cli.NeedSubcommand,
	}
	file := group.PersistentFlags().String(calls.KubeconfigFlag, "", "kubeconfig `file`, instead of those of $KUBECONFIG or ~/.kube/config")
	group.AddCommand(newAdd(f, file), newCheck(f, file), newConvert(f, file))
	return group
}

// writing is how entries are written, whichever command does it.
type writing struct {
	bare, dryRun bool
	version      string // of the ExecCredential, "" for what is best
}

func (w *writing) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&w.bare, "bare", false, `write the command as "entralogin", not as an absolute path`)
	f.BoolVar(&w.dryRun, "dry-run", false, "show the change and write nothing")
	f.StringVar(&w.version, calls.ExecAPIVersion, "", "`version` of the answer to kubectl: v1, or v1beta1 for programs that know nothing newer")
}

// apiVersion is the version in full, "" if none was given.
func (w *writing) apiVersion() (string, error) {
	for _, version := range []string{kube.V1, kube.V1Beta1} {
		if w.version == version || w.version == path.Base(version) {
			return version, nil
		}
	}
	if w.version != "" {
		return "", cli.Usagef("--"+calls.ExecAPIVersion+" is %s or %s, not %q", kube.V1, kube.V1Beta1, text.Short(w.version, 80))
	}
	return "", nil
}

// contextOf is the context that is meant: the one that is named, else the current one. The hint is for those
// who have neither.
func contextOf(files *kubeconfig.Config, named, hint string) (string, error) {
	name := cmp.Or(named, files.CurrentContext)
	if name == "" && len(files.Contexts) == 0 {
		return "", &config.Error{Name: "the kubeconfig", Origin: text.Short(strings.Join(files.Paths, ", "), 300), What: "holds no context: which cluster is meant?",
			Hint: "Get it for the cluster first (for AKS: az aks get-credentials --resource-group GROUP --name CLUSTER), " +
				"or have kubeconfig add write the cluster, too: --context NAME --server https://HOST"}
	}
	if name == "" {
		return "", &config.Error{Name: "current-context", What: "is not set in the kubeconfig: which entry is meant?", Hint: hint}
	}
	return name, checkContext(files, name)
}

// checkContext refuses a context that is nowhere.
func checkContext(files *kubeconfig.Config, name string) error {
	if _, ok := files.Contexts[name]; ok {
		return nil
	}
	return &config.Error{Name: "the context " + quoted(name), What: "is nowhere in " + text.Short(strings.Join(files.Paths, ", "), 300),
		Hint: `"kubectl config get-contexts" lists those that there are.`}
}

// contextsByUser names the contexts of each user.
func contextsByUser(files *kubeconfig.Config) map[string][]string {
	names := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(files.Contexts)) {
		user := files.Context(name).AuthInfo
		names[user] = append(names[user], name)
	}
	return names
}

// clustersOf names the clusters of contexts, each once.
func clustersOf(files *kubeconfig.Config, contexts []string) []string {
	var names []string
	for _, context := range contexts {
		if name := files.Context(context).Cluster; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func quoted(name string) string { return fmt.Sprintf("%q", text.Short(name, 80)) }
