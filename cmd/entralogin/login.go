package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
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
git and Graph: the next call for another resource of the same client is
silent.`,
		Example: `  entralogin login --tenant-id contoso.onmicrosoft.com --client-id 11111111-2222-3333-4444-555555555555
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
	_, err = fmt.Fprintf(a.stdout, "Signed in as %s.\n", plugin.Clean(token.Account))
	return outputError(err)
}

func (a *app) logoutCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Forget sessions and tokens on this machine",
		Long: `Logout deletes the session of the client and authority that the settings name,
with every token that came of it; with --account, what belongs to that account
alone; with --all, everything that is stored.

It ends nothing at the service: a token that somebody copied works until it
expires. An administrator can revoke the sessions of an account (in the Entra
portal, "Revoke sessions").`,
		Example: `  entralogin logout --client-id 11111111-2222-3333-4444-555555555555
  entralogin logout --all`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := cmd.Flags().GetBool("all")
			if err != nil {
				return err
			}
			return a.logout(cmd.Context(), all)
		},
	}
	cmd.Flags().Bool("all", false, "everything that is stored")
	return cmd
}

func (a *app) logout(ctx context.Context, all bool) error {
	s, c, err := a.settings()
	if err != nil {
		return err
	}
	st, err := a.store(s)
	if err != nil {
		return err
	}
	if all {
		if err := st.Clear(ctx); err != nil {
			return err
		}
		_, err = fmt.Fprintln(a.stdout, "Everything is forgotten.")
		return outputError(err)
	}
	s = append(s, mapLayer("the default", map[string]string{tenantID: anyTenant}))
	t, err := a.resolve(s, c)
	if err != nil {
		return err
	}
	gone, err := st.Forget(ctx, t.request.SessionID, t.request.Account)
	switch {
	case errors.Is(err, cache.ErrNone):
		_, err = fmt.Fprintln(a.stdout, "Nobody was signed in.")
		return outputError(err)
	case err != nil:
		return err
	}
	for _, account := range gone {
		if _, err := fmt.Fprintf(a.stdout, "Signed out %s.\n", plugin.Clean(account.Username)); err != nil {
			return outputError(err)
		}
	}
	return nil
}
