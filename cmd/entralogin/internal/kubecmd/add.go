package kubecmd

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// addition is what "kubeconfig add" was told besides the settings.
type addition struct {
	user           string
	contexts       []string
	aks, overwrite bool
	place
	writing
}

func newAdd(f *cli.Factory, file *string) *cobra.Command {
	var a addition
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Write or update a user entry that runs entralogin",
		Long: `Add writes one user entry that has kubectl run "entralogin get-token". Without
--user it is the entry of the context, without --context that of the current
context. The contexts that --context names are pointed at the entry.

What flags and variables say goes into the arguments of get-token; what stands
in config.yaml stays there. The settings are checked before anything is written,
and no secret is ever written. An entry that holds a certificate, a token or
another plugin is replaced with --overwrite only.

With --server the cluster and the one --context are written, too, for people who
have no other program that does it; --ca is the file with the cluster's CA.

With --aks the client that is configured stays, unless the service refuses it
AKS's token: where somebody has signed in with it the service is asked, with
--dry-run, too. Else, and where none is configured, the entry names AKS's own.

The command of the entry is the absolute path of entralogin, as an allow-list of
credential plugins wants it; --bare leaves the search to the PATH.`,
		Example: `  entralogin kubeconfig add --aks --tenant-id TENANT --dry-run
  entralogin kubeconfig add --aks --tenant-id TENANT
  entralogin kubeconfig add --user entra --context shop --server-id SERVER
  entralogin kubeconfig add --aks --tenant-id TENANT --context prod --server https://prod.example --ca ca.crt
  entralogin kubeconfig add --token-kind id      for an API server with --oidc-client-id`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range slices.Sorted(maps.Keys(config.Brought())) {
				if command, given := f.Flags[name]; given {
					return cli.Usagef("--%s can't be given here: no kubeconfig says what is run. In your config it counts for kubectl, too: %s",
						name, f.Explainer().ConfigCommand("set", name, command))
				}
			}
			return add(cmd.Context(), f, *file, a)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&a.user, "user", "", "`name` of the entry (default: the one that the context has)")
	flags.StringArrayVar(&a.contexts, "context", nil, "`name` of a context that is to have this user; may be given several times")
	flags.BoolVar(&a.aks, "aks", false, "the cluster is AKS with Entra ID: fills in --server-id, and --client-id where it is needed")
	a.place.addFlags(flags)
	flags.BoolVar(&a.overwrite, "overwrite", false, "replace an entry that holds another credential, or a cluster that is another one")
	a.writing.addFlags(flags)
	cli.TokenFlags(flags)
	return cmd
}

// Add is "kubeconfig add" for contexts, or for the current one if there are none, with f's settings.
func Add(ctx context.Context, f *cli.Factory, contexts []string, overwrite, dryRun bool) error {
	return add(ctx, f, "", addition{contexts: contexts, overwrite: overwrite, writing: writing{dryRun: dryRun}})
}

func add(ctx context.Context, f *cli.Factory, file string, a addition) error {
	files, err := calls.Kubeconfig(f, file)
	if err != nil {
		return err
	}
	if err := a.place.in(files, a.contexts, a.overwrite); err != nil {
		return err
	}
	if a.user, err = a.userOf(files); err != nil {
		return err
	}
	if !a.overwrite {
		if err := a.refuse(f, files, file); err != nil {
			return err
		}
	}
	clusters := clustersOf(files, a.meant(files))
	flags, note := f.Flags, ""
	if a.aks {
		if flags, note, err = aksSettings(ctx, f, files, clusters); err != nil {
			return err
		}
	}
	args, err := argsFor(f, flags, files, clusters)
	if err != nil {
		return err
	}
	entry, err := execEntry(f, a.writing)
	if err != nil {
		return err
	}
	entry.APIVersion = cmp.Or(entry.APIVersion, kube.V1)
	entry.Args = append(args, "--"+calls.ExecAPIVersion, entry.APIVersion)
	former := kubeconfig.User{}
	user, _ := files.User(a.user)
	if old, _ := user.Plugin(); kubeconfig.IsOurs(old) {
		entry.Env, former = old.Env, user // somebody put there by hand what is not ours
	}
	if why := untold(files, clusters); why != "" {
		entry.ProvideClusterInfo = false
		f.Err.Warn(why)
	} else if name := extended(files, clusters); name != "" {
		f.Err.Warn(fmt.Sprintf("the settings in the extension of the cluster %s count for kubectl and what is made with client-go; "+
			"clients in Python, JavaScript, Java and Ruby pass none, and need them as flags of this command", quoted(name)))
	}
	if note != "" {
		f.Err.Warn(note)
	}
	a.warnShared(f, files)
	if !a.dryRun {
		if err := recordPlaces(f, args); err != nil {
			return err
		}
	}
	if a.server != "" && files.CurrentContext != a.contexts[0] {
		f.Err.Say("the current context stays %s: kubectl config use-context %s chooses this one", quoted(files.CurrentContext), text.Short(a.contexts[0], 80))
	}
	return writeAll(ctx, f, files, a.changes(files, kubeconfig.Over(entry, former)), a.dryRun)
}

// meant are the contexts that the entry is for: those that were named, else those that have it already.
func (a addition) meant(files *kubeconfig.Config) []string {
	if len(a.contexts) > 0 {
		return a.contexts
	}
	return contextsByUser(files)[a.user]
}

// userOf settles the name of the entry.
func (a addition) userOf(files *kubeconfig.Config) (string, error) {
	for _, name := range a.contexts {
		if err := checkContext(files, name); err != nil {
			return "", err
		}
	}
	switch {
	case a.user != "":
		return a.user, nil
	case a.fresh:
		return a.contexts[0], nil
	}
	contexts := a.contexts
	if len(contexts) == 0 {
		name, err := contextOf(files, "", "Name it with --user, or the context with --context.")
		if err != nil {
			return "", err
		}
		contexts = []string{name}
	}
	var users []string
	for _, name := range contexts {
		if user := files.Context(name).AuthInfo; user != "" && !slices.Contains(users, user) {
			users = append(users, user)
		}
	}
	switch len(users) {
	case 0:
		return "", &config.Error{Name: "the context " + quoted(contexts[0]), What: "has no user yet", Hint: "Give the entry a name with --user, and point the context at it with --context."}
	case 1:
		return users[0], nil
	}
	return "", cli.Usagef("the contexts have different users (%s): name the one that they are to have with --user", text.Short(strings.Join(users, ", "), 200))
}

// refuse keeps an entry that holds another credential.
func (a addition) refuse(f *cli.Factory, files *kubeconfig.Config, file string) error {
	user, ok := files.User(a.user)
	if !ok {
		return nil
	}
	if e, _ := user.Plugin(); kubeconfig.IsOurs(e) {
		user.Exec = nil
	}
	holds, hint := user.Holds(), "Keep it with --user NEW --context CONTEXT, or replace it with --overwrite."
	if holds == "" {
		return nil
	}
	if command := a.toConvert(f, files, file); command != "" {
		hint += " To turn it into ours: " + command
	}
	return &config.Error{Name: "the user " + quoted(a.user), Origin: text.Short(user.LocationOfOrigin, 200), What: "has another credential already: " + holds, Hint: hint}
}

// toConvert is the command that converts the entry, with what this call was given, "" where that would leave it as it is.
func (a addition) toConvert(f *cli.Factory, files *kubeconfig.Config, file string) string {
	c := conversions{files: files, contexts: contextsByUser(files), maker: f.Explainer().Maker}
	c.maker.Kubeconfig = file
	given := maps.Clone(f.Flags)
	maps.DeleteFunc(given, func(name, _ string) bool {
		return !slices.Contains([]string{config.TenantID, config.ClientID, config.Environment, config.Account}, name)
	})
	settled, err := f.Settings(f.Call())
	if err != nil || c.takeGiven(given) != nil {
		return ""
	}
	c.config = settled.File
	user, _ := files.User(a.user)
	if c.entry, err = execEntry(f, a.writing); err != nil || c.convert(a.user, user).Fields == nil {
		return ""
	}
	_, command := c.commands(a.user)
	return command
}

// changes are what has to be changed in which file: first the entry, then what names it.
func (a addition) changes(files *kubeconfig.Config, entry map[string]any) []fileChange {
	var changes []fileChange
	in := func(path string) *kubeconfig.Change {
		i := slices.IndexFunc(changes, func(c fileChange) bool { return c.path == path })
		if i < 0 {
			i = len(changes)
			none := func() map[string]map[string]any { return map[string]map[string]any{} }
			changes = append(changes, fileChange{path, kubeconfig.Change{Clusters: none(), Contexts: none(), Users: none()}})
		}
		return &changes[i].Change
	}
	at := kubeconfig.DefaultPath(files.Paths)
	if user, ok := files.AuthInfos[a.user]; ok {
		at = user.LocationOfOrigin
	}
	in(at).Users[a.user] = entry
	for name, fields := range a.clusters {
		in(files.Cluster(name).LocationOfOrigin).Clusters[name] = fields
	}
	for _, name := range a.contexts {
		context := files.Context(name)
		switch {
		case a.fresh:
			in(context.LocationOfOrigin).Contexts[name] = map[string]any{"cluster": context.Cluster, "user": a.user}
		case context.AuthInfo != a.user:
			in(context.LocationOfOrigin).Contexts[name] = map[string]any{"user": a.user}
		}
		if a.chosen {
			in(context.LocationOfOrigin).Current = name
		}
	}
	return changes
}

// warnShared says which other contexts get the entry, too.
func (a addition) warnShared(f *cli.Factory, files *kubeconfig.Config) {
	meant := a.contexts
	if len(meant) == 0 {
		meant = []string{files.CurrentContext}
	}
	others := slices.DeleteFunc(contextsByUser(files)[a.user], func(name string) bool { return slices.Contains(meant, name) })
	if len(others) > 0 {
		f.Err.Say("the user %s is that of other contexts, too: %s", quoted(a.user), text.Short(strings.Join(others, ", "), 200))
	}
}
