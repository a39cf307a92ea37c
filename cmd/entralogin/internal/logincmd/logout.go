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
	"github.com/entralogin/entralogin/plugin/broker"
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
alone. ACCOUNT may be the part before the "@" where one account alone has it. Nobody of
that name: the exit code is 3, and those who are signed in are named.

Without ACCOUNT it is the account that has signed in with the client and authority
of the settings, with every token that came of it (with --account, that one); with
--all, everything that is stored. Where the settings name no client it is the only
session that is stored. Of several accounts or sessions you choose one on a
terminal; elsewhere the exit code is 2, and the command for each is named.

No token of the account is on the disk afterwards, and an identity broker that
has its session (--login broker) is told to forget it. It ends nothing at the
service: a token that somebody copied works until it expires. An administrator
can revoke the sessions of an account (in the Entra portal, "Revoke sessions").`,
		Example: `  entralogin logout
  entralogin logout alice
  entralogin logout --client-id 11111111-2222-3333-4444-555555555555
  entralogin logout --all`,
		Args: checkLogout,
		RunE: func(cmd *cobra.Command, args []string) error { return logout(cmd.Context(), f, all, args) },
	}
	cmd.Flags().BoolVar(&all, "all", false, "everything that is stored")
	return cmd
}

// answerNobody is the answer where there is no person to sign out. What machines have got stays.
func answerNobody(f *cli.Factory, st *cache.Store) error {
	answer := "Nobody was signed in."
	if tokens, err := cache.MachineTokens(st); err == nil && len(tokens) > 0 {
		answer += fmt.Sprintf(" Tokens of machines are stored (entralogin account list): logout deletes them with their --%s, or with --all.", config.Login)
	}
	return f.AnswerSentences(answer + "\n")
}

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
	left, err := broker.Clear(ctx, st, f.Getenv(config.SessionBus))
	if err != nil {
		return err
	}
	sayLeft(f, left)
	return f.AnswerText("Everything is forgotten.\n")
}

// logoutHere forgets the session that the settings name, or one account of it.
func logoutHere(ctx context.Context, f *cli.Factory) error {
	target, err := cli.ResolveTyped(f, f.Call(config.HomeTenant()))
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
	r := target.Request
	if !r.Person() {
		return forgetMachine(f, st, target)
	}
	if r.Account == "" {
		here := heldIn(st, r.SessionID)
		chosen, err := choose(f, target, fmt.Sprintf("%d accounts are signed in", len(here.accounts)), choices([]held{here}, ""))
		if err != nil {
			return err
		}
		r.Account = chosen.account
	}
	return forget(ctx, f, st, r, "")
}

// forget forgets a session, or the account of r in it. Whom it signed out is said together with of.
func forget(ctx context.Context, f *cli.Factory, st *cache.Store, r plugin.Request, of string) error {
	gone, left, err := broker.Forget(ctx, st, f.Getenv(config.SessionBus), r.SessionID, r.Account)
	sayLeft(f, left)
	switch {
	case errors.Is(err, cache.ErrNone) && r.Account != "":
		return notSignedIn(f, st, r.Account, false)
	case errors.Is(err, cache.ErrNone):
		return sayNobody(f, st, r.SessionID)
	case err != nil:
		return err
	}
	var out bytes.Buffer
	for _, account := range gone {
		fmt.Fprintf(&out, "Signed out %s%s.\n", text.Short(account.Username, 200), of)
	}
	if len(gone) == 0 {
		sayDeleted(&out, r.SessionID)
	}
	return f.AnswerSentences(out.String())
}

// forgetMachine forgets the tokens of the machine that the settings name, for all resources.
func forgetMachine(f *cli.Factory, st *cache.Store, t config.Target) error {
	r := t.Request
	wanted := r.Renewal()
	gone, err := cache.ForgetMachines(st, func(k cache.Key, _ cache.Token) bool { return k.Renewal() == wanted })
	if err != nil {
		return err
	}
	left, err := forgetSecret(t)
	if err != nil {
		return err
	}
	if len(gone) == 0 {
		return f.AnswerSentences(fmt.Sprintf("No token of %s was stored. %s\n", plugin.DescribeMachine(r.Key), left))
	}
	return f.AnswerSentences(fmt.Sprintf("The tokens of %s are deleted. %s\n", plugin.DescribeMachine(r.Key), left))
}

// sayLeft says what the identity broker may still have.
func sayLeft(f *cli.Factory, left error) {
	if left != nil {
		f.Err.Warn(left.Error())
	}
}

// sayNobody says that there was nobody to sign out of a session, and who has signed in otherwise.
func sayNobody(f *cli.Factory, st *cache.Store, id cache.SessionID) error {
	all, err := allHeld(st, func(cache.SessionID) bool { return true })
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return answerNobody(f, st)
	}
	f.Err.Lines(describeHeld(all))
	return f.AnswerSentences(fmt.Sprintf("Nobody was signed in with the %s.\n", cli.DescribeSession(id)))
}

// sayDeleted is said where what is gone can't tell whose it was.
func sayDeleted(out *bytes.Buffer, id cache.SessionID) {
	fmt.Fprintf(out, "What was stored of the %s is deleted.\n", cli.DescribeSession(id))
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
	all, err := allHeld(st, meant)
	failed := []error{err}
	if name, err = plugin.CompleteAccount(accountsOf(all), name); err != nil {
		return err
	}
	var out bytes.Buffer
	for _, h := range all {
		gone, left, err := broker.Forget(ctx, st, f.Getenv(config.SessionBus), h.id, name)
		sayLeft(f, left)
		switch {
		case err == nil && len(gone) == 0:
			sayDeleted(&out, h.id)
		case err != nil && !errors.Is(err, cache.ErrNone):
			failed = append(failed, err)
		}
		for _, account := range gone {
			fmt.Fprintf(&out, "Signed out %s (%s).\n", text.Short(account.Username, 200), cli.DescribeSession(h.id))
		}
	}
	if out.Len() == 0 && errors.Join(failed...) == nil {
		return notSignedIn(f, st, name, true)
	}
	return errors.Join(append(failed, f.AnswerSentences(out.String()))...)
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
