package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// conversions is one run of "kubeconfig convert".
type conversions struct {
	*app
	context           string // whose user is meant, "" for the current one
	all, bare, dryRun bool

	files   *kubeconfig.Config
	config  *config
	entry   kubeconfig.Exec // ours, without arguments
	results []conversion
	diffs   []string
}

// conversion is what became of one entry.
type conversion struct {
	kubeconfig.Conversion
	user string
	path string
}

func (a *app) kubeconfigConvertCommand() *cobra.Command {
	c := conversions{app: a}
	cmd := &cobra.Command{
		Use:   "convert",
		Short: "Turn entries of other plugins into ours",
		Long: `Convert rewrites the user entry of the current context, or of --context, or all
entries with --all, so that kubectl runs entralogin. It knows the entries of

  Azure/kubelogin    --login devicecode and interactive
  int128/kubelogin   kubectl oidc-login, where the issuer is Entra ID and the
                     application has no secret; the auth-provider oidc, too
  the auth-provider azure, which kubectl had up to 1.25

and so what "az aks get-credentials" writes. Tenant, application, cluster, cloud
and login hint are kept, and so are the other fields and the variables of the
entry; everything else in the file keeps its bytes. What is lost is said on
standard error. An entry that asks for another token than ours, that signs in
without a person, or that holds a secret is left as it is, with the reason.

One line for each entry: converted, unchanged, or left. An entry that is left
makes the exit code 3, but not with --all, where others are to be expected. With
--dry-run the change is shown without secrets, and nothing is written.`,
		Example: `  entralogin kubeconfig convert --dry-run
  entralogin kubeconfig convert --context prod
  entralogin kubeconfig convert --all`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.StringVar(&c.context, "context", "", "`name` of the context whose user is meant (default the current one)")
	f.BoolVar(&c.all, "all", false, "convert the users of all contexts and files")
	f.BoolVar(&c.bare, "bare", false, `write the command as "entralogin", not as an absolute path`)
	f.BoolVar(&c.dryRun, "dry-run", false, "show the change and write nothing")
	return cmd
}

func (c *conversions) run(ctx context.Context) error {
	if c.all && c.context != "" {
		return usagef("--all and --context can't be given together")
	}
	for _, name := range slices.Sorted(maps.Keys(c.flags)) {
		if slices.Contains(append(settingsInFile(), configFile), name) {
			return usagef("--%s can't be given here: what the entries say is kept", name)
		}
	}
	var err error
	if c.config, err = c.readConfig(); err != nil {
		return err
	}
	if c.files, err = c.loadKubeconfig(true); err != nil {
		return err
	}
	if c.entry, err = c.execEntry(nil, c.bare); err != nil {
		return err
	}
	if c.all {
		return c.everything(ctx)
	}
	user, err := c.userOf()
	if err != nil {
		return err
	}
	return c.in(ctx, c.files.Users[user].Path, user)
}

// userOf is the user of the context that is meant.
func (c *conversions) userOf() (string, error) {
	name := c.context
	if name == "" {
		name = c.files.CurrentContext
	}
	context, ok := c.files.Contexts[name]
	switch {
	case name == "":
		return "", &configError{name: "current-context", what: "is not set in the kubeconfig: which entry is meant?", hint: "Name its context with --context, or convert --all."}
	case !ok:
		return "", noContext(c.files, name)
	case context.User == "":
		return "", &configError{name: "the context " + quoted(name), what: "has no user", hint: `"entralogin kubeconfig add" writes one.`}
	}
	if _, ok := c.files.Users[context.User]; !ok {
		return "", &configError{name: "the user " + quoted(context.User), what: fmt.Sprintf("of the context %s is in no file", quoted(name)),
			hint: `"entralogin kubeconfig add" writes it.`}
	}
	return context.User, nil
}

// everything converts file by file.
func (c *conversions) everything(ctx context.Context) error {
	for _, path := range c.files.Paths {
		if err := c.in(ctx, path, ""); err != nil && !errors.Is(err, fs.ErrNotExist) {
			if len(c.results) > 0 {
				c.say("%s\nWhat follows failed, and the command can be run again.", strings.TrimSpace(c.report()))
			}
			return err
		}
	}
	if len(c.results) == 0 {
		c.say("there are no users in %s", text.Short(strings.Join(c.files.Paths, ", "), 300))
	}
	return c.finish()
}

// in converts what is in one file: one user, or all of them for "".
func (c *conversions) in(ctx context.Context, path, user string) error {
	old, err := kubeconfig.Read(path)
	if err != nil {
		return err
	}
	file, err := kubeconfig.Load([]string{path})
	if err != nil {
		return err
	}
	change := fileChange{path: path, Change: kubeconfig.Change{Users: map[string]map[string]any{}}}
	results := []conversion{}
	for _, name := range slices.Sorted(maps.Keys(file.Users)) {
		if user != "" && name != user {
			continue
		}
		result := conversion{c.convert(name, file.Users[name]), name, path}
		if result.Left != "" && !c.all {
			return &configError{name: "the user " + quoted(name), what: "is left as it is: " + result.Left,
				hint: `"entralogin help kubelogin" says what is converted; "entralogin kubeconfig add --overwrite" (for AKS: add --aks --overwrite) writes an entry anew.`}
		}
		if result.Fields != nil {
			change.Users[name] = result.Fields
		}
		results = append(results, result)
	}
	if err := c.write(ctx, change, old); err != nil {
		return err
	}
	c.results = append(c.results, results...)
	if c.all {
		return nil
	}
	return c.finish()
}

// write makes the change of one file, or keeps its diff.
func (c *conversions) write(ctx context.Context, change fileChange, old []byte) error {
	if len(change.Users) == 0 {
		return nil
	}
	edited, notes, err := kubeconfig.Edit(old, change.Change)
	if bad := (*kubeconfig.Error)(nil); errors.As(err, &bad) {
		return &kubeconfig.Error{Path: change.path, What: bad.What, Err: bad.Err}
	}
	if err != nil {
		return err
	}
	for _, note := range notes {
		c.say("%s: %s", text.Short(change.path, 200), note)
	}
	if c.dryRun {
		c.diffs = append(c.diffs, kubeconfig.Diff(change.path, old, edited))
		return nil
	}
	ctx, stop := untilSignal(ctx)
	defer stop()
	return kubeconfig.Update(ctx, change.path, func(now []byte) ([]byte, error) {
		if !bytes.Equal(now, old) { // what was converted are other entries, perhaps
			return nil, &kubeconfig.Error{Path: change.path, What: "was changed by another program just now; run the command again"}
		}
		return edited, nil
	})
}

// finish answers, and says what is lost.
func (c *conversions) finish() error {
	answer := c.report()
	if c.dryRun {
		for line := range strings.Lines(answer) {
			c.say("%s", strings.TrimSpace(line))
		}
		answer = strings.Join(c.diffs, "")
	}
	for _, r := range c.results {
		for _, note := range r.Notes {
			c.say("%s: %s", text.Short(r.user, 80), note)
		}
	}
	return c.answer(answer)
}
