package accountcmd

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
)

// NewWhoami makes the command whoami.
func NewWhoami(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "Say who has signed in, and what the stored tokens say of them",
		Long: `Whoami shows each account that has signed in and what stands in its stored
tokens: for which resource, with which roles, scopes and groups, and until when.
It reads what is stored and asks nobody, so it works without a network; what was
changed since a token was issued is not in it.

An access token is written for the resource that it is for. Where one can't be
read here it says opaque, and is none the worse for it.

With the settings of a call, such as --tenant-id or --profile, it says which
account that call would use. "entralogin account show" says that alone, and
"entralogin account set" chooses another one. "entralogin status" says whether
the next call of each program is silent.`,
		Example: `  entralogin whoami
  entralogin whoami --profile work
  entralogin whoami -o json | jq '.[].tokens[].groups'`,
		Args: cli.NoArguments,
	}
	format := cli.OutputFlag(cmd.Flags())
	cmd.RunE = func(*cobra.Command, []string) error { return whoami(f, *format) }
	return cmd
}

// whoami needs no settings that are whole: unsettled says what is missing to know which account a call uses.
func whoami(f *cli.Factory, format cli.Format) error {
	target, unsettled := cli.ResolveTyped(f, f.Call(config.HomeTenant()))
	st, err := cacheOf(f, target, unsettled)
	if err != nil {
		return err
	}
	people, err := signedIn(f, st)
	if err != nil {
		return err
	}
	switch {
	case len(people) == 0 && unsettled != nil:
		return unsettled
	case len(people) == 0:
		return nobody(target)
	}
	rows := []personRow{}
	for _, p := range people {
		row := p.claimed(f.Now())
		if unsettled == nil {
			row.Because = p.because(target)
			row.Used = row.Because != ""
		}
		rows = append(rows, row)
	}
	// The account comes first that a call uses.
	slices.SortStableFunc(rows, func(x, y personRow) int { return cmp.Compare(x.rank(), y.rank()) })
	return f.Show(format, rows, func(out *bytes.Buffer) error {
		writePeople(out, rows, describeUse(f, st, target, people, unsettled), f.Now(), f.Columns(format))
		return nil
	})
}

// cacheOf is the cache of settings that may lack what a call needs.
func cacheOf(f *cli.Factory, target config.Target, unsettled error) (*cache.Store, error) {
	switch {
	case unsettled == nil:
		return f.CacheAt(target.Place)
	case target.File == nil: // nothing is known of them
		return nil, unsettled
	}
	return f.CacheOf(target.Settings)
}

// because says why a call uses the account, "" if it does not.
func (p person) because(t config.Target) string {
	r := t.Request
	if p.machine != "" || !r.Person() {
		if p.id == r.SessionID && p.machine == plugin.MachineName(r.Key) {
			return "the way to sign in of the call"
		}
		return ""
	}
	if !strings.EqualFold(p.id.Authority, r.Authority) || !strings.EqualFold(p.id.Client, r.Client) {
		return ""
	}
	used, why, err := plugin.ExplainAccount(p.session, r.Account, r.Tenant)
	if err != nil || used.HomeID != p.account.HomeID {
		return ""
	}
	return cli.DescribeWhy(why, t)
}

func (r personRow) rank() int {
	if r.Used {
		return 0
	}
	return 1
}

// describeUse says which of all a call with these settings would use, where no row says it.
func describeUse(f *cli.Factory, st *cache.Store, t config.Target, all []person, unsettled error) string {
	if unsettled != nil {
		return "Which account a call uses depends on its settings: " + strings.Join(f.Explain(unsettled).Lines, " ")
	}
	if !t.Request.Person() {
		return "A call with these settings signs in as " + plugin.DescribeMachine(t.Request.Key) + "."
	}
	session, err := st.Session(t.Request.SessionID)
	if err == nil {
		_, _, err = plugin.ExplainAccount(session, t.Request.Account, t.Request.Tenant)
		err = plugin.WithOthers(st, t.Request.SessionID, err)
	}
	switch machine := func(p person) bool { return p.machine != "" }; {
	case err == nil:
		return ""
	case slices.ContainsFunc(all, machine):
		return "A call with these settings is a person's, and uses none of them yet: " + err.Error()
	}
	return "A call with these settings uses none of them yet: " + err.Error()
}
