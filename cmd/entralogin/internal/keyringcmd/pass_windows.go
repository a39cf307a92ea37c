package keyringcmd

import (
	"os"
	"os/exec"
	"os/signal"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
)

// become runs a program to its end and has this one end as it did: *cli.ExitError. Any other error says that it can't be run.
func become(path string, args, env []string) error {
	taken := make(chan os.Signal, 1)
	signal.Notify(taken, os.Interrupt) // the console sends it to both
	defer signal.Stop(taken)
	cmd := &exec.Cmd{Path: path, Args: args, Env: env, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	if err := cmd.Run(); cmd.ProcessState == nil {
		return err
	}
	return &cli.ExitError{Code: cmd.ProcessState.ExitCode()}
}
