package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/text"
)

// checkSet wants one name, or --none.
func (a *app) checkSet(cmd *cobra.Command, args []string) error {
	none := cmd.Flags().Changed("none")
	switch {
	case cmd.Flags().Changed(account):
		return usagef("--account can't be given here: entralogin account set NAME")
	case none && len(args) > 0:
		return usagef("a name and --none can't be given together")
	case !none && len(args) != 1:
		return usagef("entralogin account set takes one name, or --none")
	case !none && (hasSpace(args[0]) || args[0] != text.Clean(args[0])):
		return usagef("%q is no user name", text.Short(args[0], 80))
	}
	return nil
}

// accountSet keeps a choice; the name "" takes it back.
func (a *app) accountSet(ctx context.Context, name string) error {
	call, err := a.accountCall()
	if err != nil {
		return err
	}
	call.request.Account = name
	tenant := a.flags[tenantID]
	chosen, changes, err := call.cached.Choose(ctx, call.request.SessionID, name, tenant)
	if errors.Is(err, plugin.ErrNobody) {
		return &nobodyError{call.request, err}
	}
	if err != nil {
		return err
	}
	var out bytes.Buffer
	in := "in any tenant"
	if name != "" {
		in = "in every tenant that has no choice of its own"
	}
	if tenant != "" {
		in = "in the tenant " + text.Clean(tenant)
	}
	if name == "" {
		fmt.Fprintf(&out, "No account is chosen any more, %s.\n", in)
	} else {
		fmt.Fprintf(&out, "Calls that name no account use %s from now on, %s.\n", text.Short(chosen.Username, 200), in)
	}
	for _, change := range changes {
		fmt.Fprintf(&out, "  tenant %s: %s, not %s any more\n", text.Short(change.Tenant, 100), oneOrNone(change.Now), oneOrNone(change.Was))
	}
	_, err = a.stdout.Write(out.Bytes())
	return outputError(err)
}

func oneOrNone(name string) string { return cmp.Or(text.Short(name, 200), "none (several fit)") }
