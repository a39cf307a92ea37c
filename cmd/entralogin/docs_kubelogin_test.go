package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/plugin/config"
)

// TestKubeloginFlags holds docs/kubelogin.md to get-token: what the lists of both kubelogins' flags call the same,
// accepted or refused is a flag, each flag that is there for their sake stands in one, and what
// is said of it names flags of ours.
func TestKubeloginFlags(t *testing.T) {
	_, text, _ := strings.Cut(readDoc(t, "docs/kubelogin.md"), "## Azure/kubelogin: flags")
	if !strings.Contains(text, "## int128") {
		t.Fatal("the list is gone")
	}
	root := commandTree()
	getToken, login := subcommand(root, "get-token"), subcommand(root, "login")
	named := map[string]bool{}
	for _, row := range flagRows(text) {
		for _, flag := range row.theirs {
			f := lookupFlag(getToken, flag)
			if f == nil {
				t.Errorf("get-token has no %s, of which the page says %q", flag, row.says)
				continue
			}
			named[f.Name] = true
		}
		for _, flag := range flagsIn(row.says) {
			if lookupFlag(getToken, flag) == nil && lookupFlag(login, flag) == nil {
				t.Errorf("the page names %s as ours", flag)
			}
		}
	}
	getToken.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden && !named[f.Name] && !slices.Contains(config.InFile(), f.Name) {
			t.Errorf("--%s is not on the page", f.Name)
		}
	})
}

type flagRow struct {
	theirs []string
	says   string
}

// flagRows are the items of lists that begin with flags: "- `--flag`, `-f`: what is said of them".
func flagRows(text string) []flagRow {
	var rows []flagRow
	for _, item := range strings.Split(text, "\n- ")[1:] {
		item, _, _ = strings.Cut(item, "\n\n")
		theirs, says, ok := strings.Cut(strings.Join(strings.Fields(item), " "), "`: ")
		if flags := flagsIn(theirs + "`"); ok && len(flags) > 0 {
			rows = append(rows, flagRow{flags, says})
		}
	}
	return rows
}

// flagsIn are the flags in code spans.
func flagsIn(text string) []string {
	var flags []string
	for _, span := range inline.FindAllStringSubmatch(text, -1) {
		for _, word := range strings.Fields(span[1]) {
			if strings.HasPrefix(word, "-") {
				flags = append(flags, word)
			}
		}
	}
	return flags
}

// subcommand finds a command by its name; below help stands everything that the root has.
func subcommand(c *cobra.Command, name string) *cobra.Command {
	if c.Name() == "help" {
		c = c.Root()
	}
	c.Root().InitDefaultHelpCmd()
	i := slices.IndexFunc(c.Commands(), func(d *cobra.Command) bool { return d.Name() == name })
	if i < 0 {
		return nil
	}
	return c.Commands()[i]
}

// lookupFlag finds a flag as it stands on a command line: --name, --name=value, -n, -nn.
func lookupFlag(c *cobra.Command, word string) *pflag.Flag {
	c.InitDefaultHelpFlag()
	flags := c.Flags()
	flags.AddFlagSet(c.InheritedFlags())
	flags.AddFlagSet(c.PersistentFlags())
	if name, long := strings.CutPrefix(word, "--"); long {
		name, _, _ = strings.Cut(name, "=")
		return flags.Lookup(name)
	}
	return flags.ShorthandLookup(word[1:2])
}
