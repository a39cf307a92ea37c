// Package initcmd is the command init: it sets up what a person needs, from the config file to the first sign-in.
package initcmd

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
)

// Steps are what other commands do for init, with the settings of f. Those that write show what they would write
// where dryRun is set.
type Steps struct {
	Kube  func(ctx context.Context, f *cli.Factory, contexts []string, overwrite, dryRun bool) error
	Git   func(ctx context.Context, f *cli.Factory, overwrite, dryRun bool) error
	ARM   func(t config.Target) (scopes []string, err error) // of Azure Resource Manager
	Check func(ctx context.Context, f *cli.Factory, parts []string, kubeContext string) error
}

// setup is a call of init.
type setup struct {
	*cli.Factory
	steps Steps

	parameters                  string
	aks, yes, dryRun, overwrite bool
	uses                        []string
	asks                        bool // a person answers

	answers
	kube
}

// New makes the command.
func New(f *cli.Factory, steps Steps) *cobra.Command {
	s := &setup{Factory: f, steps: steps}
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Set up the config file, kubectl and git, and sign in",
		Long: `Init asks for the cloud, the tenant, the application and what entralogin is for,
shows what it would write, and asks once more. Then it writes config.yaml, the
user entry of the kubeconfig and git's configuration, signs in, once for all of
them, and checks what was chosen as doctor does.

The application is one of your own; or AKS's own, which needs no registration and
serves kubectl alone; or that of a parameters.json, as MSAL's samples have it. An
empty line takes what stands in the files today, and what is not asked for stays
as it is. kubectl's cluster is AKS, unless --server-id, --scope or --token-kind
says otherwise.

Each answer is a flag, too. With --yes, and where there is no terminal, nobody is
asked, and what neither a flag nor a file says is an error.`,
		Example: `  entralogin init
  entralogin init --tenant-id TENANT --client-id CLIENT --for kubectl,git,graph --yes
  entralogin init --tenant-id TENANT --aks --for kubectl --yes    without a registration
  entralogin init --parameters parameters.json --for graph --dry-run`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&s.aks, "aks", false, "sign in with AKS's own application")
	flags.StringVar(&s.parameters, "parameters", "", "parameters.json `file` whose authority and client_id are taken over")
	flags.StringSliceVar(&s.uses, "for", nil, "`what` it is for: some of "+strings.Join(known(), ", "))
	flags.StringVar(&s.context, "context", "", "`name` of the kubeconfig's context that gets the entry (default: the current one)")
	flags.BoolVar(&s.overwrite, "overwrite", false, "replace an entry that holds another credential, and git's other helpers")
	flags.BoolVar(&s.yes, "yes", false, "ask nothing, and write")
	flags.BoolVar(&s.dryRun, "dry-run", false, "show what would be written, and write nothing")
	cli.TokenFlags(flags)
	s.HandOverFlags(flags)
	return cmd
}

// What entralogin can be for.
const (
	forKubectl = "kubectl"
	forGit     = "git"
	forGraph   = "graph"
	forAz      = "az"
)

func known() []string { return []string{forKubectl, forGit, forGraph, forAz} }

func (s *setup) isFor(use string) bool { return slices.Contains(s.uses, use) }

func (s *setup) run(ctx context.Context) error {
	if err := s.refuse(); err != nil {
		return err
	}
	if err := s.learn(); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	p, err := s.plan(ctx)
	if err != nil {
		return err
	}
	if s.dryRun {
		return s.AnswerText(p.shown())
	}
	if err := s.confirm(p); err != nil {
		return err
	}
	return s.carryOut(ctx, p)
}

// refuse refuses flags that don't go together.
func (s *setup) refuse() (err error) {
	_, client := s.Flags[config.ClientID]
	_, profile := s.Flags[config.Profile]
	switch {
	case profile:
		return cli.Usagef("--%s can't be given here: init writes no profile", config.Profile)
	case s.aks && client:
		return cli.Usagef("--aks and --%s both say which application signs in: give one of them", config.ClientID)
	case s.aks && s.parameters != "":
		return cli.Usagef("--aks and --parameters both say which application signs in: give one of them")
	}
	s.uses, err = usesOf(strings.Join(s.uses, ","))
	return err
}

// learn reads what is there, and what flags and the parameters.json say.
func (s *setup) learn() (err error) {
	if s.answers, err = read(s.Factory); err != nil {
		return err
	}
	if s.aks {
		s.answers = s.with(config.ClientID, aksClient, "--aks")
	}
	if s.parameters != "" {
		if s.answers, err = s.withParameters(s.parameters); err != nil {
			return err
		}
	}
	s.kube.server = s.Flags
	if err := s.kube.read(s.Factory); err != nil && (len(s.uses) == 0 || s.isFor(forKubectl)) {
		return err
	}
	return nil
}
