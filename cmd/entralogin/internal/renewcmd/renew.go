// Package renewcmd is the command of the process that renews a token ahead of time. It is in no help: AnswerToken of
// package cli runs it, with the settings of the call in variables. It says nothing, asks nobody, and takes no more than
// what a person could have get-token do in its place: the settings are resolved as those of any call, and a kubeconfig may
// not run it.
package renewcmd

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
)

// New makes the command.
func New(f *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:    cli.RenewCommand + " KEY KIND [SCOPE...]",
		Short:  "Renew a token in the last third of its life",
		Hidden: true,
		Args:   cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			time.AfterFunc(cache.RenewalTime, func() { os.Exit(cli.ExitOther) }) // whatever it waits for then
			return renew(cmd.Context(), f, args[0], cache.Kind(args[1]), args[2:])
		},
	}
}

// renew renews the token whose key has that hash: another one than the starter has handed out is not meant.
func renew(ctx context.Context, f *cli.Factory, key string, kind cache.Kind, scopes []string) error {
	const grace = time.Second // for the lock to be freed, and the failure to be noted
	ctx, cancel := context.WithTimeout(ctx, cache.RenewalTime-grace)
	defer cancel()
	target, err := f.Resolve(f.Call())
	if err != nil {
		return err
	}
	r := target.Request
	r.Kind, r.Scopes, r.Unattended = kind, scopes, "nobody has called"
	if r.Hash() != key {
		return errors.New("the settings name another token than the one that is due")
	}
	tokens, err := f.Tokens(target)
	if err != nil {
		return err
	}
	return tokens.RenewAhead(ctx, r)
}
