package root

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
)

// TestRootForACommand holds the part of the command line that one command gets to the whole: the same
// help, and the same flags.
func TestRootForACommand(t *testing.T) {
	names := []string{"help", "completion", "config", "no-such-command", "--help"}
	for name, make := range commands() {
		if got := make(newFactory(nil)).Name(); got != name {
			t.Errorf("%s makes %s", name, got)
		}
		names = append(names, name)
	}
	for _, name := range names {
		help := func(root func(*cli.Factory) *cobra.Command) string {
			var out bytes.Buffer
			err := run(root(newFactory(&out)), []string{name, "--help"})
			return errorText(err) + out.String()
		}
		part := help(func(f *cli.Factory) *cobra.Command { return newRoot(f, []string{name}) })
		whole := help(New)
		if part != whole || part == "" {
			t.Errorf("%s --help: got\n%s\nwant\n%s", name, part, whole)
		}
	}
	if n := len(newRoot(newFactory(nil), []string{"get-token"}).Commands()); n != 1 {
		t.Errorf("get-token gets %d commands", n)
	}
	if !slices.Contains(names, "get-token") {
		t.Error("there is no get-token")
	}
}

// A person who types the name alone gets a page that fits the smallest terminal, and not all flags.
func TestFirstPage(t *testing.T) {
	var out bytes.Buffer
	if err := run(newRoot(newFactory(&out), nil), nil); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	for _, line := range lines {
		if len(line) > 80 {
			t.Errorf("%q is wider than a terminal", line)
		}
	}
	if len(lines) > 24 {
		t.Errorf("%d lines", len(lines))
	}
	for _, word := range []string{"login", "kubeconfig add", "git setup", "graph me", "help"} {
		if !strings.Contains(out.String(), "entralogin "+word) {
			t.Errorf("it does not say %s", word)
		}
	}
}

// --version says what version says.
func TestVersionFlag(t *testing.T) {
	said := func(args ...string) string {
		var out bytes.Buffer
		if err := run(newRoot(newFactory(&out), args), args); err != nil {
			t.Errorf("%v: %v", args, err)
		}
		return out.String()
	}
	if flag, command := said("--version"), said("version"); flag != command || !strings.HasPrefix(flag, "entralogin ") {
		t.Errorf("--version: %q; version: %q", flag, command)
	}
}

func newFactory(out io.Writer) *cli.Factory {
	if out == nil {
		out = io.Discard
	}
	return &cli.Factory{Env: func(string) (string, bool) { return "", false }, Now: time.Now,
		IO: cli.IO{Out: out, Err: &term.Stderr{Out: out, Env: func(string) string { return "" }, Now: time.Now}}}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A flag that --help leaves to a page is meant, too; one that is there for kubelogin's entries alone is not.
func TestNearFlag(t *testing.T) {
	for given, want := range map[string]string{"client-secret-fil": "did you mean --client-secret-file?", "pop-enable": "did you mean --pop-enabled?",
		"server-i": "did you mean --server-id?", "token-cache-di": ""} {
		var stderr bytes.Buffer
		f := newFactory(&stderr)
		if code := Main(f, "entralogin", []string{"get-token", "--" + given, "x"}); code != 2 ||
			!strings.Contains(stderr.String(), "unknown flag: --"+given) || strings.Contains(stderr.String(), "mean") != (want != "") || !strings.Contains(stderr.String(), want) {
			t.Errorf("--%s: %d, %q", given, code, stderr.String())
		}
	}
}

// What a cluster's token is for has another flag where the command is for more than clusters.
func TestFlagElsewhere(t *testing.T) {
	for line, want := range map[string]string{"login --server-id x": "did you mean --scope SERVER_ID/.default?", "logout --server-id x": ""} {
		var stderr bytes.Buffer
		code := Main(newFactory(&stderr), "entralogin", strings.Fields(line))
		if got := stderr.String(); code != 2 || !strings.Contains(got, "unknown flag: --server-id") || strings.Contains(got, "mean") != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%s: %d, %q", line, code, got)
		}
	}
}

// Each command that is offered in place of another program's is there.
func TestElsewhere(t *testing.T) {
	root := New(newFactory(nil))
	for word, ours := range elsewhere() {
		if _, rest, err := root.Find(strings.Fields(ours)); err != nil || len(rest) > 0 && !strings.HasPrefix(ours, "help ") {
			t.Errorf("%s: %q: %v, %q", word, ours, err, rest)
		}
		if cmd, _, err := root.Find([]string{word}); err == nil && cmd != root {
			t.Errorf("%s is a command of ours", word)
		}
	}
}
