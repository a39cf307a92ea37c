package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/root"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
)

// commandTree is the whole command line.
func commandTree() *cobra.Command {
	nothing := func(string) string { return "" }
	return root.New(&cli.Factory{Env: func(string) (string, bool) { return "", false }, Now: time.Now,
		IO: cli.IO{Out: io.Discard, Err: &term.Stderr{Out: io.Discard, Env: nothing, Now: time.Now}}})
}
