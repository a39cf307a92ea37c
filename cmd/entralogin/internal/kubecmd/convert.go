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
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// conversions is one run of "kubeconfig convert".
type conversions struct {
	context string // whose user is meant, "" for the current one
	all     bool
	writing

	maker    remedy.Maker
	files    *kubeconfig.Config
	contexts map[string][]string // by user
	config   *config.File
	given    kubeconfig.Given
	entry    kubeconfig.Exec // ours, without arguments
	results  []conversion    // of what is written already
	edits    []edit
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

  Azure/kubelogin    all of --login but ropc
  int128/kubelogin   kubectl oidc-login, where the issuer is Entra ID and people
                     need no secret; the auth-provider oidc, too
  the auth-provider azure, which kubectl had up to 1.25

and so what "az aks get-credentials" writes. Tenant, application, cluster, cloud
and login hint are kept; who signed in with a browser still does. So are the
other fields and the variables of the entry; everything else in the file keeps
its bytes. What is lost is said on standard error. A secret stays where it is in
the entry. An entry that asks for another token than ours, or in which a secret
would be lost, is left as it is, with the reason and with what can be done.

What an entry lacks --tenant-id, --client-id, --environment and --account say.
With --tenant-id entralogin signs in itself in the place of az and azd (--login
azurecli, azd).

One line for each entry: converted, unchanged, or left. An entry that is left
makes the exit code 3, but not with --all, where others are to be expected. With
--dry-run the change is shown without secrets, and nothing is written.`,
		Example: `  entralogin kubeconfig convert --dry-run
  entralogin kubeconfig convert --context prod
  entralogin kubeconfig convert --all
  entralogin kubeconfig convert --all --tenant-id TENANT      in the place of az, too`,
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
	if err := c.takeGiven(f.Flags); err != nil {
		return err
	}
	settled, err := f.Settings(f.Call())
	if err != nil {
		return err
	}
	c.config, c.maker = settled.File, f.Explainer().Maker
	c.maker.Kubeconfig = file
	if c.files, err = calls.ExistingKubeconfig(f, file); err != nil {
		return err
	}
	if c.entry, err = execEntry(f, c.writing); err != nil {
		return err
	}
	c.contexts = contextsByUser(c.files)
	path, user := "", ""
	if !c.all {
		if path, user, err = c.one(); err != nil {
			return err
		}
	}
	if err := c.write(ctx, f, path, user); err != nil {
		return err
	}
	return c.finish(f)
}

// takeGiven takes the settings that entries may lack. Where they have them, theirs count.
func (c *conversions) takeGiven(flags map[string]string) error {
	taken := map[string]*string{config.TenantID: &c.given.Tenant, config.ClientID: &c.given.Client,
		config.Environment: &c.given.Environment, config.Account: &c.given.Account}
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		switch {
		case taken[name] == nil:
			return cli.Usagef("--%s can't be given here: what the entries say is kept", name)
		case !usable(name, flags[name]):
			return cli.Usagef("--%s %s is not usable", name, quoted(flags[name]))
		}
		*taken[name] = flags[name]
	}
	return nil
}

// one finds the user of the context that is meant, and the file where it stands.
func (c *conversions) one() (path, user string, err error) {
	name, err := contextOf(c.files, c.context, "Name its context with --context, or convert --all.")
	if err != nil {
		return "", "", err
	}
	if user = c.files.Context(name).AuthInfo; user == "" {
		return "", "", &config.Error{Name: "the context " + quoted(name), What: "has no user", Hint: "To write one: " + c.adder(name).AddCommand(nil, nil, "--user", name)}
	}
	entry, ok := c.files.User(user)
	if !ok {
		return "", "", &config.Error{Name: "the user " + quoted(user), What: fmt.Sprintf("of the context %s is in no file", quoted(name)),
			Hint: "To write it: " + c.adder(name).AddCommand(nil, nil)}
	}
	return entry.LocationOfOrigin, user, nil
}

// adder makes the command that writes a user entry for a context.
func (c *conversions) adder(context string) remedy.Maker {
	m := c.maker
	m.Context = context
	return m
}

// write converts file by file: the one user of one path, or all of them for "".
func (c *conversions) write(ctx context.Context, f *cli.Factory, path, user string) error {
	converted := c.convertAll()
	for _, at := range c.files.Paths {
		if path != "" && at != path {
			continue
		}
		change := fileChange{path: at, Change: kubeconfig.Change{Users: map[string]map[string]any{}}}
		var results []conversion
		for _, r := range converted[at] {
			if user != "" && r.user != user {
				continue
			}
			if r.Left != "" && !c.all {
				return &config.Error{Name: "the user " + quoted(r.user), What: "is left as it is: " + r.Left,
					Hint: `"entralogin help kubelogin" says what is converted. ` + strings.ToUpper(r.Do[:1]) + r.Do[1:]}
			}
			if r.Fields != nil {
				change.Users[r.user] = r.Fields
			}
			results = append(results, r)
		}
		if err := c.writeFile(ctx, f, change); err != nil {
			if len(c.results) > 0 {
				f.Err.Say("%s\nWhat follows failed, and the command can be run again.", strings.TrimSpace(c.report()))
			}
			return err
		}
		c.results = append(c.results, results...)
	}
	if len(c.results) == 0 {
		f.Err.Say("there are no users in %s", text.Short(strings.Join(c.files.Paths, ", "), 300))
	}
	return nil
}

// writeFile makes the change of one file, or keeps it to be shown. What was converted may be other entries by now, where
// another program has changed the file: it is left then.
func (c *conversions) writeFile(ctx context.Context, f *cli.Factory, change fileChange) error {
	if len(change.Users) == 0 {
		return nil
	}
	e, err := change.try(f, c.files.Files[change.path])
	if err != nil {
		return err
	}
	if c.dryRun {
		c.edits = append(c.edits, e)
		return nil
	}
	ctx, stop := proc.UntilSignal(ctx)
	defer stop()
	return e.writeOver(ctx, c.files)
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
	var notes []string
	users := map[string][]string{}
	for _, r := range c.results {
		for _, note := range r.Notes {
			if users[note] == nil {
				notes = append(notes, note)
			}
			users[note] = append(users[note], text.Short(r.user, 80))
		}
	}
	for _, note := range notes {
		f.Err.Say("%s: %s", text.Short(strings.Join(users[note], ", "), 300), note)
	}
	return f.AnswerText(answer)
}
