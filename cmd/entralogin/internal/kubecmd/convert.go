package kubecmd

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// conversions is one run of "kubeconfig convert".
type conversions struct {
	context string // whose user is meant, "" for the current one
	all     bool
	writing

	files   *kubeconfig.Config
	config  *config.File
	entry   kubeconfig.Exec // ours, without arguments
	results []conversion
	edits   []edit
}

// conversion is what became of one entry.
type conversion struct {
	kubeconfig.Conversion
	user string
	path string
}

func newConvert(f *cli.Factory, file *string) *cobra.Command {
	var c conversions
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
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context(), f, *file) },
	}
	flags := cmd.Flags()
	flags.StringVar(&c.context, "context", "", "`name` of the context whose user is meant (default the current one)")
	flags.BoolVar(&c.all, "all", false, "convert the users of all contexts and files")
	c.addFlags(flags)
	return cmd
}

func (c *conversions) run(ctx context.Context, f *cli.Factory, file string) error {
	if c.all && c.context != "" {
		return cli.Usagef("--all and --context can't be given together")
	}
	if given := slices.Sorted(maps.Keys(f.Flags)); len(given) > 0 {
		return cli.Usagef("--%s can't be given here: what the entries say is kept", given[0])
	}
	settled, err := f.Settings(f.Call())
	if err != nil {
		return err
	}
	c.config = settled.File
	if c.files, err = calls.ExistingKubeconfig(f, file); err != nil {
		return err
	}
	if c.entry, err = execEntry(f, nil, c.bare); err != nil {
		return err
	}
	if c.all {
		err = c.everything(ctx, f)
	} else {
		err = c.one(ctx, f)
	}
	if err != nil {
		return err
	}
	return c.finish(f)
}

// one converts the user of the context that is meant.
func (c *conversions) one(ctx context.Context, f *cli.Factory) error {
	name, err := contextOf(c.files, c.context, "Name its context with --context, or convert --all.")
	if err != nil {
		return err
	}
	user := c.files.Contexts[name].User
	if user == "" {
		return &config.Error{Name: "the context " + quoted(name), What: "has no user", Hint: `"entralogin kubeconfig add" writes one.`}
	}
	entry, ok := c.files.Users[user]
	if !ok {
		return &config.Error{Name: "the user " + quoted(user), What: fmt.Sprintf("of the context %s is in no file", quoted(name)),
			Hint: `"entralogin kubeconfig add" writes it.`}
	}
	return c.in(ctx, f, entry.Path, user)
}

// everything converts file by file.
func (c *conversions) everything(ctx context.Context, f *cli.Factory) error {
	for _, path := range c.files.Paths {
		if err := c.in(ctx, f, path, ""); err != nil {
			if len(c.results) > 0 {
				f.Err.Say("%s\nWhat follows failed, and the command can be run again.", strings.TrimSpace(c.report()))
			}
			return err
		}
	}
	if len(c.results) == 0 {
		f.Err.Say("there are no users in %s", text.Short(strings.Join(c.files.Paths, ", "), 300))
	}
	return nil
}

// in converts what is in one file: one user, or all of them for "".
func (c *conversions) in(ctx context.Context, f *cli.Factory, path, user string) error {
	file, ok := c.files.Files[path]
	if !ok {
		return nil // there is no such file
	}
	change := fileChange{path: path, Change: kubeconfig.Change{Users: map[string]map[string]any{}}}
	results := []conversion{}
	for _, name := range slices.Sorted(maps.Keys(file.Users)) {
		if user != "" && name != user {
			continue
		}
		result := conversion{c.convert(name, file.Users[name]), name, path}
		if result.Left != "" && !c.all {
			return &config.Error{Name: "the user " + quoted(name), What: "is left as it is: " + result.Left,
				Hint: `"entralogin help kubelogin" says what is converted; "entralogin kubeconfig add --overwrite" (for AKS: add --aks --overwrite) writes an entry anew.`}
		}
		if result.Fields != nil {
			change.Users[name] = result.Fields
		}
		results = append(results, result)
	}
	if err := c.write(ctx, f, change, file.Text); err != nil {
		return err
	}
	c.results = append(c.results, results...)
	return nil
}

// write makes the change of one file, or keeps it to be shown. What was converted may be other entries by now, where
// another program has changed the file: it is left then.
func (c *conversions) write(ctx context.Context, f *cli.Factory, change fileChange, old []byte) error {
	if len(change.Users) == 0 {
		return nil
	}
	e, err := change.try(f, old)
	if err != nil {
		return err
	}
	if c.dryRun {
		c.edits = append(c.edits, e)
		return nil
	}
	ctx, stop := proc.UntilSignal(ctx)
	defer stop()
	return e.writeOver(ctx)
}

// finish answers, and says what is lost.
func (c *conversions) finish(f *cli.Factory) error {
	answer := c.report()
	if c.dryRun {
		for line := range strings.Lines(answer) {
			f.Err.Say("%s", strings.TrimSpace(line))
		}
		answer = diff(c.edits)
	}
	for _, r := range c.results {
		for _, note := range r.Notes {
			f.Err.Say("%s: %s", text.Short(r.user, 80), note)
		}
	}
	return f.AnswerText(answer)
}
