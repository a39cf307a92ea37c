// Package upgradecmd is the command upgrade.
package upgradecmd

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"
	"golang.org/x/mod/semver"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/text"
)

// repository is where releases are.
const repository = "https://github.com/entralogin/entralogin"

// New makes the command upgrade.
func New(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "upgrade --check",
		Short: "Say whether a newer release is out, and how to get it",
		Long: `Upgrade --check asks GitHub which release is the newest, and says how this copy
was installed and which command upgrades it. It replaces nothing itself.

That is one request, which carries nothing of this machine, its accounts or this
version. No other command asks, and none does in the background. The exit code
is 0 also where a newer release is out; in JSON the field "newer" says so.`,
		Example: `  entralogin upgrade --check
  entralogin upgrade --check -o json | jq .newer`,
		Args: cli.NoArguments,
	}
	flags := cmd.Flags()
	check := flags.Bool("check", false, "ask for the newest release")
	page := flags.String("releases", repository+"/releases/latest", "`page` that leads on to the newest release")
	format := cli.OutputFlag(flags, cli.Text, cli.JSON, cli.YAML)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !*check {
			return cli.Usagef("it does not replace itself: \"entralogin upgrade --check\" says whether a newer release is out, and which command installs it")
		}
		return run(cmd.Context(), f, *page, *format)
	}
	return cmd
}

// report is what upgrade tells. The names in JSON are part of the command's interface.
type report struct {
	Version   string `json:"version"`
	Installed kind   `json:"installed"` // how
	Path      string `json:"path"`
	Latest    string `json:"latest"`
	Release   string `json:"release"` // its page
	Newer     bool   `json:"newer"`   // than this one; also where this build has no version to compare
	Upgrade   string `json:"upgrade,omitempty"`
}

func run(ctx context.Context, f *cli.Factory, page string, format cli.Format) error {
	address, err := url.Parse(page)
	if err != nil || address.Scheme != "https" || address.Host == "" || address.User != nil || address.RawQuery != "" {
		return cli.Usagef("--releases is no page, https://HOST/PATH")
	}
	ctx, done := proc.UntilSignal(ctx)
	defer done()
	latest, err := newest(ctx, f, address)
	if err != nil {
		return err
	}
	m, err := thisMachine(f)
	if err != nil {
		return err
	}
	r := report{Version: cli.ReadVersion().Release, Installed: m.installed(), Path: text.Clean(m.shown), Latest: latest.version, Release: latest.page}
	r.Newer = semver.Compare(r.Version, r.Latest) < 0 // what is no version is older than all
	r.Upgrade = m.command(r.Installed)
	return f.Show(format, r, func(out *bytes.Buffer) error {
		_, err := out.WriteString(term.Wrap(r.sentences(), term.Width(f.Out)))
		return err
	})
}

func (r report) sentences() string {
	said := fmt.Sprintf("This is entralogin %s, installed %s: %s\n", r.Version, r.Installed.words(), r.Path)
	switch semver.Compare(r.Version, r.Latest) {
	case 0:
		return said + fmt.Sprintf("The newest release is %s: there is nothing to do.\n", r.Latest)
	case 1:
		return said + fmt.Sprintf("The newest release is older: %s.\n", r.Latest)
	}
	return said + fmt.Sprintf("The newest release is %s: %s\nTo upgrade: %s\n", r.Latest, r.Release, cmp.Or(r.Upgrade, "get it there"))
}
