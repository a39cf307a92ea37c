package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// The public applications of AKS with Entra ID.
// https://azure.github.io/kubelogin/concepts/aks.html
const (
	aksServer = "6dae42f8-4368-4678-94ff-3960e28e3630"
	aksClient = "80faf920-1908-4b52-b5ef-a8e7bedfc67a"
)

// addition is what "kubeconfig add" was told besides the settings.
type addition struct {
	user                         string
	contexts                     []string
	aks, bare, overwrite, dryRun bool
}

func (a *app) kubeconfigAddCommand() *cobra.Command {
	var add addition
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

The command of the entry is the absolute path of entralogin, as an allow-list of
credential plugins wants it; --bare leaves the search to the PATH.`,
		Example: `  entralogin kubeconfig add --aks --tenant-id TENANT --dry-run
  entralogin kubeconfig add --aks --tenant-id TENANT
  entralogin kubeconfig add --user entra --context shop --server-id SERVER
  entralogin kubeconfig add --token-kind id      for an API server with --oidc-client-id`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.kubeconfigAdd(cmd.Context(), add) },
	}
	f := cmd.Flags()
	f.StringVar(&add.user, "user", "", "`name` of the entry (default: the one that the context has)")
	f.StringArrayVar(&add.contexts, "context", nil, "`name` of a context that is to have this user; may be given several times")
	f.BoolVar(&add.aks, "aks", false, "the cluster is AKS with Entra ID: fills in --server-id and --client-id")
	f.BoolVar(&add.bare, "bare", false, `write the command as "entralogin", not as an absolute path`)
	f.BoolVar(&add.overwrite, "overwrite", false, "replace an entry that holds another credential")
	f.BoolVar(&add.dryRun, "dry-run", false, "show the change and write nothing")
	f.String(serverID, "", "application `ID` of the cluster: a token with the scope ID/.default")
	f.StringSlice(scope, nil, "`scope` of the token, instead of --server-id; may be given several times")
	f.String(tokenKind, "", "`kind` of token: access for an access token, id for an ID token (default access)")
	return cmd
}

func (a *app) kubeconfigAdd(ctx context.Context, add addition) error {
	files, err := a.loadKubeconfig(false)
	if err != nil {
		return err
	}
	if add.user, err = add.userOf(files); err != nil {
		return err
	}
	if !add.overwrite {
		if err := add.refuse(files); err != nil {
			return err
		}
	}
	if add.aks {
		a.fillAKS()
	}
	args, err := a.argsFor(files, add)
	if err != nil {
		return err
	}
	entry, err := a.execEntry(args, add.bare)
	if err != nil {
		return err
	}
	if old, ok := files.Users[add.user].Exec(); ok && old.IsOurs() {
		entry.Env = old.Env // somebody put it there by hand
	}
	entry.ProvideClusterInfo = a.canTell(files, add)
	a.warnShared(files, add)
	return a.changeKubeconfig(ctx, add.changes(files, entry), add.dryRun)
}

// canTell reports whether kubectl can tell the plugin of the clusters that the entry is for. Where a CA is
// too large for that, it can only do without.
func (a *app) canTell(files *kubeconfig.Config, add addition) bool {
	for _, name := range add.clusters(files) {
		if size := files.Clusters[name].CASize(); size > kubeconfig.MaxCA {
			a.say("the CA of the cluster %s has %d bytes, too many for provideClusterInfo: the prompt won't name the cluster, and its own configuration doesn't count", quoted(name), size)
			return false
		}
	}
	return true
}

// userOf settles the name of the entry.
func (add addition) userOf(files *kubeconfig.Config) (string, error) {
	for _, name := range add.contexts {
		if _, ok := files.Contexts[name]; !ok {
			return "", noContext(files, name)
		}
	}
	contexts := add.contexts
	if len(contexts) == 0 {
		contexts = []string{files.CurrentContext}
	}
	var users []string
	for _, name := range contexts {
		if user := files.Contexts[name].User; user != "" && !slices.Contains(users, user) {
			users = append(users, user)
		}
	}
	switch {
	case add.user != "":
		return add.user, nil
	case len(users) == 1:
		return users[0], nil
	case len(users) > 1:
		return "", usagef("the contexts have different users (%s): name the one that they are to have with --user", text.Short(strings.Join(users, ", "), 200))
	case len(add.contexts) == 0 && files.CurrentContext != "" && !hasContext(files, files.CurrentContext):
		return "", noContext(files, files.CurrentContext)
	case len(add.contexts) == 0 && files.CurrentContext == "":
		return "", &configError{name: "current-context", what: "is not set in the kubeconfig: which entry is meant?", hint: "Name it with --user, or the context with --context."}
	}
	return "", &configError{name: "the context " + quoted(contexts[0]), what: "has no user yet", hint: "Give the entry a name with --user, and point the context at it with --context."}
}

// refuse keeps an entry that holds another credential.
func (add addition) refuse(files *kubeconfig.Config) error {
	user, ok := files.Users[add.user]
	if !ok {
		return nil
	}
	if e, _ := user.Exec(); e.IsOurs() {
		user.Fields = maps.Clone(user.Fields)
		delete(user.Fields, "exec")
	}
	holds, hint := user.Holds(), "Keep it with --user NEW --context CONTEXT, or replace it with --overwrite."
	switch holds {
	case "":
		return nil
	case "an exec plugin", "an auth-provider":
		hint = `"entralogin kubeconfig convert" turns it into ours. ` + hint
	}
	return &configError{name: "the user " + quoted(add.user), origin: text.Short(user.Path, 200), what: "has another credential already: " + holds, hint: hint}
}

// changes are what has to be changed in which file: first the entry, then the contexts that name it.
func (add addition) changes(files *kubeconfig.Config, entry kubeconfig.Exec) []fileChange {
	at := kubeconfig.DefaultPath(files.Paths)
	if user, ok := files.Users[add.user]; ok {
		at = user.Path
	}
	changes := []fileChange{{path: at, Change: kubeconfig.Change{
		Users: map[string]map[string]any{add.user: entry.Fields()}, Contexts: map[string]string{}}}}
	for _, name := range add.contexts {
		if files.Contexts[name].User == add.user {
			continue
		}
		path := files.Contexts[name].Path
		i := slices.IndexFunc(changes, func(c fileChange) bool { return c.path == path })
		if i < 0 {
			i = len(changes)
			changes = append(changes, fileChange{path: path, Change: kubeconfig.Change{Contexts: map[string]string{}}})
		}
		changes[i].Contexts[name] = add.user
	}
	return changes
}

// warnShared says which other contexts get the entry, too.
func (a *app) warnShared(files *kubeconfig.Config, add addition) {
	meant := add.contexts
	if len(meant) == 0 {
		meant = []string{files.CurrentContext}
	}
	var others []string
	for _, name := range slices.Sorted(maps.Keys(files.Contexts)) {
		if files.Contexts[name].User == add.user && !slices.Contains(meant, name) {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		a.say("the user %s is that of other contexts, too: %s", quoted(add.user), text.Short(strings.Join(others, ", "), 200))
	}
}

func noContext(files *kubeconfig.Config, name string) error {
	return &configError{name: "the context " + quoted(name), what: "is nowhere in " + text.Short(strings.Join(files.Paths, ", "), 300),
		hint: `"kubectl config get-contexts" lists those that there are.`}
}

func quoted(name string) string { return fmt.Sprintf("%q", text.Short(name, 80)) }

func hasContext(files *kubeconfig.Config, name string) bool {
	_, ok := files.Contexts[name]
	return ok
}
