package azcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/azcli"
	"github.com/entralogin/entralogin/plugin/config"
)

// newAzCloud makes the group cloud of az.
func newAzCloud(f *cli.Factory, common *commonFlags) *cobra.Command {
	group := &cobra.Command{Use: "cloud", Short: "The clouds that are known", Args: cli.NeedSubcommand, RunE: cli.NeedSubcommand}
	list := &cobra.Command{Use: "list", Short: "List the clouds", Args: cli.NoArguments}
	list.RunE = func(cmd *cobra.Command, _ []string) error {
		common.apply(f)
		known, err := clouds(cmd.Context(), f, azcli.Asked{})
		if err != nil {
			return err
		}
		return answer(f, common, known)
	}
	show := &cobra.Command{Use: "show", Short: "Show a cloud, or the one of the settings", Args: cli.NoArguments}
	named := show.Flags().StringP(name, "n", "", "`name` of the cloud, as list shows it")
	cli.MayBeEmpty(show.Flags(), name)
	show.RunE = func(cmd *cobra.Command, _ []string) error {
		common.apply(f)
		asked := azcli.Asked{}
		if *named == "" {
			asked.Type = "arm" // of which there has to be one
		}
		known, err := clouds(cmd.Context(), f, asked)
		if err != nil {
			return err
		}
		found, err := azcli.FindCloud(known, *named)
		if err != nil {
			return err
		}
		return answer(f, common, found)
	}
	common.flags(list.Flags())
	common.flags(show.Flags())
	group.AddCommand(list, show)
	return group
}

// clouds are those that az would list. The active one is that of the settings, the public one where nothing is set up.
// None is where the settings name a service that is none of Microsoft's, unless asked is something that depends on it.
func clouds(ctx context.Context, f *cli.Factory, asked azcli.Asked) ([]azcli.Cloud, error) {
	call, _, err := who(ctx, f, f.Call(config.HomeTenant()))
	if err != nil {
		return nil, err
	}
	s, err := f.Settings(call)
	if err != nil {
		return nil, err
	}
	at, err := s.FindAuthority()
	if err != nil {
		return nil, err
	}
	cloud, err := cloudOf(config.Target{Settled: s, Authority: at}, asked)
	if err != nil {
		return nil, err
	}
	return azcli.Clouds(cloud), nil
}

// telemetry is the version of the part of the Azure CLI that reports to Microsoft. There is none here; what az version
// lists has it.
const telemetry = "1.1.0"

func newAzVersion(f *cli.Factory, common *commonFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "version", Short: "Print the version of the Azure CLI that it stands for", Args: cli.NoArguments}
	common.flags(cmd.Flags())
	cmd.RunE = func(*cobra.Command, []string) error {
		common.apply(f)
		return answer(f, common, struct {
			CLI        string            `json:"azure-cli"`
			Core       string            `json:"azure-cli-core"`
			Telemetry  string            `json:"azure-cli-telemetry"`
			Extensions map[string]string `json:"extensions"`
		}{azcli.Version, azcli.Version, telemetry, map[string]string{"entralogin": cli.ReadVersion().Release}})
	}
	return cmd
}

// Version answers "az --version" and "az -v", as text and whatever else is asked for. ok is false where args are neither.
func Version(f *cli.Factory, args []string) (ok bool, err error) {
	if len(args) == 0 || !slices.Contains([]string{"--version", "-v"}, args[0]) {
		return false, nil
	}
	var b strings.Builder
	line := func(name, version string) { fmt.Fprintf(&b, "%-25s%15s\n", name, version) }
	line("azure-cli", azcli.Version)
	b.WriteString("\n")
	line("core", azcli.Version)
	line("telemetry", telemetry)
	b.WriteString("\nExtensions:\n")
	fmt.Fprintf(&b, "%-20s%20s\n\n", "entralogin", cli.ReadVersion().Release)
	return true, f.AnswerText(b.String())
}
