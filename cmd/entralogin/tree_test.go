package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/root"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
)

// runHere runs a command in this process, with an environment of its own and no other.
func runHere(env map[string]string, args ...string) (code int, out, problems string) {
	var stdout, stderr bytes.Buffer
	f := &cli.Factory{Env: func(name string) (string, bool) { value, ok := env[name]; return value, ok }, Now: time.Now}
	f.IO = cli.IO{In: strings.NewReader(""), Out: &stdout, Err: &term.Stderr{Out: &stderr, Env: f.Getenv, Now: time.Now}}
	code = root.Main(f, "entralogin", args)
	return code, stdout.String(), stderr.String()
}

// printed is what a command prints.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	code, out, problems := runHere(nil, args...)
	if code != 0 {
		t.Fatalf("%v: exit code %d: %s", args, code, problems)
	}
	return out
}

// commandTree is the whole command line.
func commandTree() *cobra.Command {
	nothing := func(string) string { return "" }
	return root.New(&cli.Factory{Env: func(string) (string, bool) { return "", false }, Now: time.Now,
		IO: cli.IO{Out: io.Discard, Err: &term.Stderr{Out: io.Discard, Env: nothing, Now: time.Now}}})
}
