package main

import (
	"bytes"
	"slices"
	"testing"
)

// TestRootForACommand holds the part of the command line that one command gets to the whole: the same
// help, and the same flags.
func TestRootForACommand(t *testing.T) {
	names := []string{"help", "completion", "config", "no-such-command", "--help"}
	for name, make := range new(app).commands() {
		if got := make().Name(); got != name {
			t.Errorf("%s makes %s", name, got)
		}
		names = append(names, name)
	}
	for _, name := range names {
		help := func(root func(*app) string) string {
			var out bytes.Buffer
			return root(&app{stdout: &out, stderr: &out}) + out.String()
		}
		part := help(func(a *app) string {
			cmd := a.rootFor([]string{name})
			cmd.SetArgs([]string{name, "--help"})
			return errorText(cmd.Execute())
		})
		whole := help(func(a *app) string {
			cmd := a.rootCommand()
			cmd.SetArgs([]string{name, "--help"})
			return errorText(cmd.Execute())
		})
		if part != whole || part == "" {
			t.Errorf("%s --help: got\n%s\nwant\n%s", name, part, whole)
		}
	}
	if n := len(new(app).rootFor([]string{"get-token"}).Commands()); n != 1 {
		t.Errorf("get-token gets %d commands", n)
	}
	if !slices.Contains(names, "get-token") {
		t.Error("there is no get-token")
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
