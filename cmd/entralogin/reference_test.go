package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
)

// The man pages are made from the commands themselves. After a change of a command
//
//	go test ./cmd/entralogin -run TestReferenceIsCurrent -reference
//
// writes them anew, and without the flag the test holds them to what the commands say.
var writeReference = flag.Bool("reference", false, "write man/*.1")

func TestReferenceIsCurrent(t *testing.T) {
	root := commandTree()
	want := map[string]string{}
	for _, cmd := range append([]*cobra.Command{root}, commandsBelow(root)...) {
		want["man/"+manName(cmd)+".1"] = manPage(cmd)
	}
	if *writeReference {
		rewrite(t, want)
	}
	for _, path := range slices.Sorted(maps.Keys(want)) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		} else if string(text) != want[path] {
			t.Errorf("%s is not what the commands say: go test ./cmd/entralogin -run TestReferenceIsCurrent -reference", path)
		}
	}
	for _, path := range manFiles(t) {
		if _, ok := want[path]; !ok {
			t.Errorf("%s is of no command", path)
		}
	}
}

func manFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("man/*.1")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func rewrite(t *testing.T, files map[string]string) {
	t.Helper()
	for _, old := range manFiles(t) {
		if err := os.Remove(old); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll("man", 0o755); err != nil {
		t.Fatal(err)
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// commandsBelow are the commands that a person can call, in the order of their names. Topics of help are none.
func commandsBelow(cmd *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, sub := range cmd.Commands() {
		if sub.Runnable() && !sub.Hidden && sub.Name() != "help" {
			all = append(append(all, sub), commandsBelow(sub)...)
		}
	}
	return all
}

// about is the long description, or the short one as a sentence.
func about(cmd *cobra.Command) string {
	if cmd.Long != "" {
		return term.Wrap(strings.TrimSpace(cmd.Long), 80)
	}
	return cmd.Short + "."
}

// ownFlags are those that not every command has.
func ownFlags(cmd *cobra.Command) *pflag.FlagSet {
	own := pflag.NewFlagSet(cmd.Name(), pflag.ContinueOnError)
	shared := cmd.Root().PersistentFlags()
	for _, set := range []*pflag.FlagSet{cmd.Flags(), cmd.InheritedFlags(), cmd.PersistentFlags()} {
		set.VisitAll(func(f *pflag.Flag) {
			if shared.Lookup(f.Name) == nil && own.Lookup(f.Name) == nil && f.Name != "help" && !f.Hidden {
				own.AddFlag(f)
			}
		})
	}
	return own
}

// unindented is an example without its margin, and with the remarks behind command lines as a shell takes them.
func unindented(text string) string {
	text = strings.ReplaceAll("\n"+text, "\n  ", "\n")[1:]
	return regexp.MustCompile(`(?m)^(entralogin .*?\S)( {2,})([^# ].*)$`).ReplaceAllString(text, "$1$2# $3")
}

func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage is a page for man(1), in the macros of man(7).
func manPage(cmd *cobra.Command) string {
	own := ownFlags(cmd) // first: cobra writes "[flags]" once it knows the shared ones
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"\" entralogin \"entralogin\"\n.SH NAME\n%s \\- %s\n", strings.ToUpper(roff(manName(cmd))), roff(manName(cmd)), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n.SH DESCRIPTION\n%s\n", roff(cmd.UseLine()), paragraphs(about(cmd)))
	if subs := commandsBelow(cmd); len(subs) > 0 {
		b.WriteString(".SH COMMANDS\n")
		for _, sub := range subs {
			fmt.Fprintf(&b, ".TP\n.BR %s (1)\n%s\n", roff(manName(sub)), roff(sub.Short))
		}
	}
	manFlags(&b, "OPTIONS", own)
	if cmd.HasParent() {
		b.WriteString(".SH SHARED OPTIONS\nSee\n.BR entralogin (1).\n")
	} else {
		manFlags(&b, "SHARED OPTIONS", cmd.PersistentFlags())
	}
	if cmd.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(unindented(cmd.Example)))
	}
	b.WriteString(".SH SEE ALSO\n\"entralogin help config\" about settings, variables and files\n")
	return b.String()
}

func manFlags(b *strings.Builder, title string, f *pflag.FlagSet) {
	if !f.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(b, ".SH %s\n", title)
	f.VisitAll(func(f *pflag.Flag) {
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(strings.TrimSpace(name+" "+value)), roff(usage))
	})
}

func paragraphs(text string) string { return strings.ReplaceAll(roff(text), "\n\n", "\n.PP\n") }

// roff keeps text from being taken for requests of roff: https://man7.org/linux/man-pages/man7/groff.7.html
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`).Replace(text)
	return strings.TrimPrefix(strings.ReplaceAll("\n"+text, "\n.", "\n\\&."), "\n")
}

// TestManPages has groff complain about what is wrong in a page.
func TestManPages(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Log("there is no groff here: the pages are not looked at")
		return
	}
	for _, page := range manFiles(t) {
		out, err := exec.Command(groff, "-man", "-ww", "-Tascii", "-z", page).CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("%s: %v: %s", page, err, out)
		}
	}
}

// TestExamples holds every command to an example of itself.
func TestExamples(t *testing.T) {
	for _, cmd := range commandsBelow(commandTree()) {
		if !cmd.HasSubCommands() && !strings.Contains(cmd.Example, cmd.CommandPath()) &&
			!strings.Contains(cmd.Example, strings.Replace(cmd.CommandPath(), "entralogin ", "", 1)) {
			t.Errorf("%s has no example of itself: %q", cmd.CommandPath(), cmd.Example)
		}
	}
}
