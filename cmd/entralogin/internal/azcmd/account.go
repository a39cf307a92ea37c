package azcmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/azcli"
	"github.com/entralogin/entralogin/plugin/broker"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// newAzAccount makes the group account of az.
func newAzAccount(f *cli.Factory, common *commonFlags) *cobra.Command {
	group := &cobra.Command{Use: "account", Short: "The accounts that have signed in, and their subscriptions", Args: cli.NeedSubcommand, RunE: cli.NeedSubcommand}
	group.AddCommand(newAzToken(f, common), newAzShow(f, common), newAzList(f, common), newAzSet(f, common), newAzClear(f, common))
	return group
}

// subscriptionFlags are the names that az has for one flag.
func subscriptionFlags(flags *pflag.FlagSet, value *string) {
	const help = "name or ID of the `subscription`"
	flags.StringVarP(value, subscription, "s", "", help)
	flags.StringVarP(value, name, "n", "", help)
}

func newAzShow(f *cli.Factory, common *commonFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "show", Short: "Show a subscription, or the one that counts", Args: cli.NoArguments}
	var named string
	subscriptionFlags(cmd.Flags(), &named)
	common.flags(cmd.Flags())
	cli.MayBeEmpty(cmd.Flags(), subscription, name)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		common.apply(f)
		found, of, err := findAccount(cmd.Context(), f, named, common.program)
		if err != nil {
			return err
		}
		cloud, err := of.cloud()
		if err != nil {
			return err
		}
		return answer(f, common, found.Show(cloud))
	}
	return cmd
}

func newAzList(f *cli.Factory, common *commonFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the subscriptions", Args: cli.NoArguments}
	all := cmd.Flags().Bool("all", false, "those that are not enabled, too")
	refresh := cmd.Flags().Bool("refresh", false, "ask Azure Resource Manager anew")
	common.flags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		common.apply(f)
		common.style.Table = azcli.ListTable
		return listAccounts(cmd.Context(), f, common, *all, *refresh)
	}
	return cmd
}

// listAccounts answers with all subscriptions that can be used, or simply with all. That there are none is no error.
func listAccounts(ctx context.Context, f *cli.Factory, common *commonFlags, all, refresh bool) error {
	owned, err := allAccounts(ctx, f, common.program, refresh)
	if _, signedOut := errors.AsType[*plugin.UnattendedError](err); signedOut {
		f.Err.Say("Please run \"az login\" to access your accounts. This az is entralogin. Run: %s", f.Explainer().Command("login"))
		err = nil
	}
	if err != nil {
		return err
	}
	list := []azcli.Shown{}
	for _, o := range owned {
		cloud, err := o.of.cloud()
		if err != nil {
			return err
		}
		if all || o.State == azcli.Enabled {
			list = append(list, o.List(cloud))
		}
	}
	if len(list) < len(owned) {
		f.Err.Warn("A few accounts are skipped as they don't have 'Enabled' state. Use '--all' to display them.")
	}
	return answer(f, common, list)
}

func newAzSet(f *cli.Factory, common *commonFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "set", Short: "Choose the subscription that counts", Args: cli.NoArguments}
	var named string
	subscriptionFlags(cmd.Flags(), &named)
	common.flags(cmd.Flags())
	cli.MayBeEmpty(cmd.Flags(), subscription, name)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !cmd.Flags().Changed(subscription) && !cmd.Flags().Changed(name) {
			return cli.Usagef("the following arguments are required: --subscription/-s/--name/-n")
		}
		common.apply(f)
		return setAccount(cmd.Context(), f, named, common.program)
	}
	return cmd
}

// setAccount keeps which subscription counts for calls as az that name none, and with it whose it is and in which tenant.
func setAccount(ctx context.Context, f *cli.Factory, named string, program bool) error {
	owned, err := allAccounts(ctx, f, program, false)
	if err != nil {
		return err
	}
	cloud, err := owned[0].of.cloud()
	if err != nil {
		return err
	}
	found, err := azcli.FindToSet(accountsOf(owned), named, cloud)
	if err != nil {
		return err
	}
	of := ownerOf(owned, found)
	chosen := cache.AzureChoice{Login: of.login, Tenant: found.Tenant}
	if found.Name != azcli.TenantLevel {
		chosen.Subscription = found.ID
	}
	if r := of.target.Request; of.login == "" {
		chosen.Account, chosen.Profile, chosen.Client, chosen.Authority = of.user.Name, of.target.Named, r.Client, r.Authority
	}
	return cache.ChangeAzureProfile(ctx, of.tokens.Store, of.target.Place.Storage, func(p cache.AzureProfile) cache.AzureProfile {
		p.Chosen = chosen
		return p
	})
}

func newAzClear(f *cli.Factory, common *commonFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "clear", Short: "Sign out everybody", Args: cli.NoArguments}
	common.flags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		common.apply(f)
		return clearAccounts(cmd.Context(), f)
	}
	return cmd
}

// clearAccounts forgets what az login was given, what was chosen, and everybody who has signed in with the client of the
// settings, as az forgets all of its accounts. That other programs share that sign-in is worth a word.
func clearAccounts(ctx context.Context, f *cli.Factory) error {
	target, err := f.Resolve(f.Call(config.HomeTenant()))
	if err != nil {
		return err
	}
	st, err := f.CacheAt(target.Place)
	if err != nil {
		return err
	}
	r, storage := target.Request, target.Place.Storage
	failed := errors.Join(cache.ForgetAzureLogins(ctx, st, storage, func(cache.AzureLogin) bool { return true }),
		cache.ChangeAzureProfile(ctx, st, storage, func(cache.AzureProfile) cache.AzureProfile { return cache.AzureProfile{} }))
	if !r.Person() {
		return errors.Join(failed, forgetMachine(st, r))
	}
	gone, left, err := broker.Forget(ctx, st, f.Getenv(config.SessionBus), r.SessionID, "")
	if errors.Is(err, cache.ErrNone) {
		err = nil
	}
	if left != nil {
		f.Err.Warn(left.Error())
	}
	for _, account := range gone {
		f.Err.Say("signed out %s, whose sign-in kubectl and git had, too", text.Short(account.Username, 200))
	}
	return errors.Join(failed, err)
}
