package logincmd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// NewLogout makes the command logout.
func NewLogout(f *cli.Factory) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "logout [ACCOUNT]",
		Short: "Forget accounts, sessions and tokens on this machine",
		Long: `Logout deletes what is stored of ACCOUNT, with every client and in every cloud;
with --client-id, --environment or --authority-host, of that client or there
alone. Without ACCOUNT it deletes the session of the client and authority that
the settings name, with every token that came of it (with --account, of that
account alone); with --all, everything that is stored.

Where the settings name no client it is the only session that is stored. Of
several you choose one on a terminal; elsewhere the call ends with exit code 2
and names the command for each.

No token of the account is on the disk afterwards. It ends nothing at the
service: a token that somebody copied works until it expires. An administrator
can revoke the sessions of an account (in the Entra portal, "Revoke sessions").`,
		Example: `  entralogin logout
  entralogin logout alice@contoso.example
  entralogin logout --client-id 11111111-2222-3333-4444-555555555555
  entralogin logout --all`,
		Args: checkLogout,
		RunE: func(cmd *cobra.Command, args []string) error { return logout(cmd.Context(), f, all, args) },
	}
	cmd.Flags().BoolVar(&all, "all", false, "everything that is stored")
	return cmd
}

// nobody is the answer where there is nothing to forget.
const nobody = "Nobody was signed in.\n"

// checkLogout wants nothing, one name, or --all.
func checkLogout(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) > 1:
		return cli.Usagef("%s takes one account, not %d", cmd.CommandPath(), len(args))
	case len(args) == 0:
		return nil
	case cmd.Flags().Changed("all"):
		return cli.Usagef("an account and --all can't be given together")
	case cmd.Flags().Changed(config.Account):
		return cli.Usagef("an account and --account can't be given together")
	case !text.IsWord(args[0]) || args[0] != text.Clean(args[0]):
		return cli.Usagef("%q is no user name", text.Short(args[0], 80))
	}
	return nil
}

func logout(ctx context.Context, f *cli.Factory, all bool, args []string) error {
	switch {
	case all:
		return logoutAll(ctx, f)
	case len(args) == 1:
		return logoutEverywhere(ctx, f, args[0])
	}
	return logoutHere(ctx, f)
}

func logoutAll(ctx context.Context, f *cli.Factory) error {
	st, err := f.Cache()
	if err != nil {
		return err
	}
	if err := st.Clear(ctx); err != nil {
		return err
	}
	return f.AnswerText("Everything is forgotten.\n")
}

// logoutHere forgets the session that the settings name, or one account of it.
func logoutHere(ctx context.Context, f *cli.Factory) error {
	target, err := f.Resolve(f.Call(config.HomeTenant()))
	if lacksClient(err) {
		return logoutOnly(ctx, f, target)
	}
	if err != nil {
		return err
	}
	st, err := f.Store(target.Place)
	if err != nil {
		return err
	}
	st.Locate()
	return forget(ctx, f, st, target.Request, "")
}

// forget forgets a session, or the account of r in it. Whom it signed out is said together with of.
func forget(ctx context.Context, f *cli.Factory, st *cache.Store, r plugin.Request, of string) error {
	gone, err := st.Forget(ctx, r.SessionID, r.Account)
	if errors.Is(err, cache.ErrNone) {
		return f.AnswerText(nobody)
	}
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for _, account := range gone {
		fmt.Fprintf(&out, "Signed out %s%s.\n", text.Short(account.Username, 200), of)
	}
	if len(gone) == 0 {
		fmt.Fprintf(&out, "What was stored of the %s is deleted.\n", cli.DescribeSession(r.SessionID))
	}
	return f.Answer(out.Bytes())
}

// logoutEverywhere forgets an account in each session that there is. A session that can't be emptied keeps no
// other one from it.
func logoutEverywhere(ctx context.Context, f *cli.Factory, name string) error {
	s, err := f.Settings(f.Call())
	if err != nil {
		return err
	}
	meant, err := sessionsMeant(s)
	if err != nil {
		return err
	}
	st, err := f.CacheOf(s.Settings)
	if err != nil {
		return err
	}
	ids, err := st.SessionIDs()
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
			fmt.Fprintf(&out, "Signed out %s (%s).\n", text.Short(account.Username, 200), cli.DescribeSession(id))
		}
	}
	if out.Len() == 0 && errors.Join(failed...) == nil {
		fmt.Fprintf(&out, "%s was not signed in.\n", name)
	}
	return errors.Join(append(failed, f.Answer(out.Bytes()))...)
}

// sessionsMeant reports of a session whether flags leave it in; a profile counts if a flag names it.
func sessionsMeant(s config.Settled) (func(cache.SessionID) bool, error) {
	named := config.Settled{Settings: s.Of(config.ByFlag), File: s.File}
	if named.Has(config.Profile) {
		named.Settings = s.Of(config.ByFlag, config.ByProfile)
	}
	client, _ := named.Get(config.ClientID)
	var host string
	if named.Has(config.AuthorityHost, config.Environment) {
		found, err := named.FindAuthority()
		if err != nil {
			return nil, err
		}
		host = found.Host
	}
	return func(id cache.SessionID) bool {
		return strings.EqualFold(id.Client, cmp.Or(client, id.Client)) && strings.EqualFold(id.Authority, cmp.Or(host, id.Authority))
	}, nil
}
