package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

func (a *app) logoutCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "logout [ACCOUNT]",
		Short: "Forget accounts, sessions and tokens on this machine",
		Long: `Logout deletes what is stored of ACCOUNT, with every client and in every cloud;
with --client-id, --environment or --authority-host, of that client or there
alone. Without ACCOUNT it deletes the session of the client and authority that
the settings name, with every token that came of it (with --account, of that
account alone); with --all, everything that is stored.

No token of the account is on the disk afterwards. It ends nothing at the
service: a token that somebody copied works until it expires. An administrator
can revoke the sessions of an account (in the Entra portal, "Revoke sessions").`,
		Example: `  entralogin logout alice@contoso.example
  entralogin logout --client-id 11111111-2222-3333-4444-555555555555
  entralogin logout --all`,
		Args: checkLogout,
		RunE: func(cmd *cobra.Command, args []string) error { return a.logout(cmd, args) },
	}
	cmd.Flags().Bool("all", false, "everything that is stored")
	return cmd
}

// checkLogout wants nothing, one name, or --all.
func checkLogout(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) > 1:
		return usagef("%s takes one account, not %d", cmd.CommandPath(), len(args))
	case len(args) == 0:
		return nil
	case cmd.Flags().Changed("all"):
		return usagef("an account and --all can't be given together")
	case cmd.Flags().Changed(account):
		return usagef("an account and --account can't be given together")
	case hasSpace(args[0]) || args[0] != text.Clean(args[0]):
		return usagef("%q is no user name", text.Short(args[0], 80))
	}
	return nil
}

func (a *app) logout(cmd *cobra.Command, args []string) error {
	all, err := cmd.Flags().GetBool("all")
	switch {
	case err != nil:
		return err
	case all:
		return a.logoutAll(cmd.Context())
	case len(args) == 1:
		return a.logoutEverywhere(cmd.Context(), args[0])
	}
	return a.logoutHere(cmd.Context())
}

func (a *app) logoutAll(ctx context.Context) error {
	s, _, err := a.settings()
	if err != nil {
		return err
	}
	st, err := a.store(s)
	if err != nil {
		return err
	}
	if err := st.Clear(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, "Everything is forgotten.")
	return outputError(err)
}

// logoutHere forgets the session that the settings name, or one account of it.
func (a *app) logoutHere(ctx context.Context) error {
	call, err := a.accountCall()
	if err != nil {
		return err
	}
	gone, err := call.store.Forget(ctx, call.request.SessionID, call.request.Account)
	if errors.Is(err, cache.ErrNone) {
		_, err = fmt.Fprintln(a.stdout, "Nobody was signed in.")
		return outputError(err)
	}
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for _, account := range gone {
		fmt.Fprintf(&out, "Signed out %s.\n", text.Clean(account.Username))
	}
	_, err = a.stdout.Write(out.Bytes())
	return outputError(err)
}

// logoutEverywhere forgets an account in each session that there is. A session that can't be emptied keeps no
// other one from it.
func (a *app) logoutEverywhere(ctx context.Context, name string) error {
	s, c, err := a.settings()
	if err != nil {
		return err
	}
	named := settings{s[0]}
	if name, ok := a.flags[profile]; ok {
		named = append(named, profileLayer(c, name))
	}
	meant, err := sessionsMeant(named, c)
	if err != nil {
		return err
	}
	st, err := a.store(s)
	if err != nil {
		return err
	}
	st.Locate()
	ids, err := st.Holdings()
	failed := []error{err}
	var out bytes.Buffer
	for _, id := range ids {
		if !meant(id) {
			continue
		}
		gone, err := st.Forget(ctx, id, name)
		if err != nil && !errors.Is(err, cache.ErrNone) {
			failed = append(failed, err)
		}
		for _, account := range gone {
			fmt.Fprintf(&out, "Signed out %s (%s).\n", text.Short(account.Username, 200), sessionWords(id))
		}
	}
	if out.Len() == 0 && errors.Join(failed...) == nil {
		fmt.Fprintf(&out, "%s was not signed in.\n", name)
	}
	_, err = a.stdout.Write(out.Bytes())
	return errors.Join(append(failed, outputError(err))...)
}

// sessionsMeant reports of a session whether flags leave it in.
func sessionsMeant(flags settings, c *config) (func(cache.SessionID) bool, error) {
	client, _ := flags.get(clientID)
	var host string
	if flags.firstWith(authorityHost, environment) != nil {
		found, err := findAuthority(flags, c)
		if err != nil {
			return nil, err
		}
		host = found.Host
	}
	return func(id cache.SessionID) bool {
		return slices.ContainsFunc([]string{"", id.Client}, func(s string) bool { return strings.EqualFold(s, client) }) &&
			slices.ContainsFunc([]string{"", id.Authority}, func(s string) bool { return strings.EqualFold(s, host) })
	}, nil
}
