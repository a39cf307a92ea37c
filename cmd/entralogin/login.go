package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/text"
)

// anyTenant stands for the tenant where a person's own account is at home:
// https://learn.microsoft.com/entra/identity-platform/v2-protocols#endpoints
const anyTenant = "organizations"

func outputError(err error) error {
	if err == nil {
		return nil
	}
	return &plugin.OutputError{Err: err}
}

func (a *app) loginCommand() *cobra.Command {
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
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.login(cmd.Context()) },
	}
	cmd.Flags().StringSlice(scope, nil, "`scope` to consent to now; may be given several times")
	cmd.Flags().String(storage, "", "`how` to protect what is stored: "+storageNames()+" (default file)")
	return cmd
}

func (a *app) login(ctx context.Context) error {
	s, c, err := a.settings()
	if err != nil {
		return err
	}
	s = append(s, mapLayer("the default", map[string]string{tenantID: anyTenant}))
	t, err := a.resolve(s, c)
	if err != nil {
		return err
	}
	r := t.request
	r.Asker = "entralogin login"
	if r.Scopes, err = scopesOf(s, t.authority); err != nil {
		return err
	}
	if len(r.Scopes) == 0 {
		r.Kind = cache.ID // signing in alone, for no resource
	}
	st, err := a.store(s)
	if err != nil {
		return err
	}
	token, err := a.cached(st, s, t.authority).Login(ctx, r)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "Signed in as %s.\n", text.Clean(token.Account))
	a.sayOthers(st, r)
	return outputError(err)
}

// sayOthers says that calls have to name an account from now on, where that is so.
func (a *app) sayOthers(st *cache.Store, r plugin.Request) {
	session, err := st.Session(r.SessionID)
	if err != nil {
		return
	}
	var several *plugin.AccountsError
	if _, err := plugin.ChooseAccount(session, "", r.Tenant); errors.As(err, &several) {
		several.Session = r.SessionID
		a.sayAll(a.explainFailure(several).lines)
	}
}
