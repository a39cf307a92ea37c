package sshcmd

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// attend runs a program as a child and ends this process with its exit code. A terminal sends its signals to both, of which
// the child makes what it likes; what comes to this process alone is passed on.
func attend(ctx context.Context, path string, args, env []string) error {
	cmd := exec.CommandContext(ctx, path)
	cmd.Args, cmd.Env = args, env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		for s := range signals {
			if s == syscall.SIGTERM || s == syscall.SIGHUP {
				cmd.Process.Signal(s)
			}
		}
	}()
	err := cmd.Wait()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(exitCode(ended))
	}
	return err
}

// exitCode is that of a program, as a shell has it.
func exitCode(ended *exec.ExitError) int {
	const signalled = 128
	if code := ended.ExitCode(); code >= 0 {
		return code
	}
	if s, ok := ended.Sys().(interface{ Signal() syscall.Signal }); ok {
		return signalled + int(s.Signal())
	}
	return 1
}
