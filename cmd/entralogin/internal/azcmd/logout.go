package azcmd

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/broker"
	"github.com/entralogin/entralogin/plugin/config"
)

func newAzLogout(f *cli.Factory, common *commonFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Sign out",
		Args:  cli.NoArguments,
	}
	user := cmd.Flags().String("username", "", "`user`, client ID or kind of managed identity, as \"az account show\" has it; without it whoever counts")
	common.flags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		common.apply(f)
		return azLogout(cmd.Context(), f, *user)
	}
	return cmd
}

// azLogout signs out a user of az, or the current one. That nobody has that name is no error, as it is none to az.
func azLogout(ctx context.Context, f *cli.Factory, user string) error {
	own := f.Call(config.HomeTenant())
	call, p, err := who(ctx, f, own)
	unreadable := errors.Is(err, cache.ErrCorrupt) || errors.Is(err, cache.ErrKeyGone)
	if err != nil && !unreadable {
		return err
	}
	current, isLogin := p.Current()
	if isLogin || unreadable {
		call = own
	}
	target, err := f.Resolve(call)
	if err != nil {
		return err
	}
	st, err := f.CacheAt(target.Place)
	if err != nil {
		return err
	}
	gone := func(l cache.AzureLogin) bool { return l.Name == current.Name }
	if user != "" {
		gone = func(l cache.AzureLogin) bool {
			return strings.EqualFold(l.User(), user) || strings.EqualFold(l.Name, user)
		}
	}
	if user != "" || isLogin || unreadable {
		err = cache.ForgetAzureLogins(ctx, st, target.Place.Storage, gone)
	}
	if user == "" && (isLogin || unreadable) || err != nil {
		return err
	}
	return logoutPerson(ctx, f, st, target.Request, user)
}

// logoutPerson does what entralogin logout does for an account of the settings' client.
func logoutPerson(ctx context.Context, f *cli.Factory, st *cache.Store, r plugin.Request, user string) error {
	switch {
	case !r.Person() && user != "":
		return nil
	case !r.Person():
		return forgetMachine(st, r)
	case user == "":
		session, err := st.Session(r.SessionID)
		if err != nil {
			return err
		}
		chosen, err := plugin.ChooseAccount(session, r.Account, r.Tenant)
		if errors.Is(err, plugin.ErrNobody) {
			return asAz("There are no active accounts.")
		}
		if err != nil {
			return err
		}
		user = chosen.HomeID
	}
	_, left, err := broker.Forget(ctx, st, f.Getenv(config.SessionBus), r.SessionID, user)
	if left != nil {
		f.Err.Warn(left.Error())
	}
	if errors.Is(err, cache.ErrNone) {
		return nil
	}
	return err
}
