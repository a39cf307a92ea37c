package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) kubeconfigAddCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "add",
		Short:   "Write or update a user entry that runs entralogin",
		Example: `  entralogin kubeconfig add --aks --tenant-id TENANT`,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.kubeconfigAdd(cmd.Context()) },
	}
}

func (a *app) kubeconfigAdd(context.Context) error { return usagef("kubeconfig add is not there yet") }
