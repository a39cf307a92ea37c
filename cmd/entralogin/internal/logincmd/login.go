// Package logincmd are the commands login and logout.
package logincmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// New makes the command login.
func New(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in, whatever is stored",
		Long: `Login asks a person to sign in, also where a session is there already. What is
remembered of a sign-in that failed is forgotten. One sign-in serves kubectl,
git and Graph, in every tenant where the account is known: the next call for
another resource of the same client is silent.

A second account of a client stands beside the first; calls name the one that
they mean, or "entralogin account set" chooses it.`,
		Example: `  entralogin login --tenant-id contoso.onmicrosoft.com --client-id 11111111-2222-3333-4444-555555555555
  entralogin login --account alice@contoso.example    that account and no other
  entralogin login --scope https://graph.microsoft.com/User.Read    consent to a scope now
  entralogin login --storage keyring    from now on (entralogin help storage)`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return login(cmd.Context(), f) },
	}
	cmd.Flags().StringSlice(config.Scope, nil, "`scope` to consent to now; may be given several times")
	cmd.Flags().String(config.Storage, "", "`how` to protect what is stored: "+config.StorageNames()+" (default file)")
	f.HandOverFlags(cmd.Flags())
	return cmd
}

func login(ctx context.Context, f *cli.Factory) error {
	target, err := cli.ResolveTyped(f, f.Call(config.HomeTenant()))
	if err != nil {
		return err
	}
	r := target.Request
	r.Asker = "entralogin login"
	if r.Scopes, err = target.Scopes(target.Authority); err != nil {
		return err
	}
	if len(r.Scopes) == 0 {
		r.Kind = cache.ID // signing in alone, for no resource
	}
	tokens, err := f.Tokens(target)
	if err != nil {
		return err
	}
	token, err := tokens.Login(ctx, r)
	if err != nil {
		return err
	}
	err = f.AnswerText(fmt.Sprintf("Signed in as %s.\n", text.Clean(token.Account)))
	sayOthers(f, tokens.Store, r)
	return err
}

// sayOthers says that calls have to name an account from now on, where that is so.
func sayOthers(f *cli.Factory, st *cache.Store, r plugin.Request) {
	session, err := st.Session(r.SessionID)
	if err != nil {
		return
	}
	var several *plugin.AccountsError
	if _, err := plugin.ChooseAccount(session, "", r.Tenant); errors.As(err, &several) {
		several.Session = r.SessionID
		f.Err.Lines(f.Explain(several).Lines)
	}
}
