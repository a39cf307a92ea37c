// Command entrasim runs a simulator of the Microsoft identity platform on the loopback interface.
//
// Results go to standard output, everything else to standard error with the prefix "entrasim: ". The session that demo
// shows is a result; what the programs in it write to standard error stays there. It exits with 0 when it is done or
// serve was told to stop, 2 when it was called wrongly, and 1 otherwise.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// endings are the signals that end the program in good order. A hangup that the caller chose to ignore (nohup) stays
// ignored; a reader that has gone away is a reason to clean up like the others.
func endings() []os.Signal {
	signals := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGPIPE}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// usageError is a mistake in how the program was called.
type usageError struct{ error }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:   "entrasim",
		Short: "A simulator of the Microsoft identity platform on the loopback interface",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			return usageError{errors.New("no command given; see entrasim --help")}
		},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(commands()...)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "entrasim: %s\n", strings.ReplaceAll(err.Error(), "\n", "\nentrasim: "))
	if errors.As(err, new(usageError)) {
		return 2
	}
	return 1
}

// commands are the subcommands, one file each.
func commands() []*cobra.Command {
	return []*cobra.Command{serveCommand(), demoCommand(), benchCommand()}
}

// noArguments refuses positional arguments as a usage error.
func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("unknown command or argument %q", args[0])}
	}
	return nil
}
