// Package statuscmd is the command status.
package statuscmd

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/diagnose"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// New makes the command.
func New(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status [kubectl] [git] [docker] [graph] [az]",
		Short: "Say whether the next call of each program is silent, or asks for a sign-in",
		Long: `Status says for each context of the kubeconfig that runs entralogin, for each host
where git does, for each container registry where docker or podman does or did,
for Graph, and for the resources that az or get-token was asked for here what the
next call would do: answer in silence from the cache, answer
after one request, ask an agent that ssh forwards, or have somebody sign in, and
with which command you do so beforehand; or fail, since what a machine signs in
with is missing, or the agent is locked. Each with the account, the tenant and
the client that its next call takes. With names it says so of these programs
alone.

It sends and writes nothing and asks nobody: of an agent it wants a sign of life,
and whether it is locked. Whether the service still takes a
session, it alone knows: that one was revoked, the next call finds out, and from
then on status says so, until somebody signs in or a call gets a token.

The exit code is 4 where somebody would be asked to sign in; where nobody is and
a call would end with another error, it is that of the error. Otherwise it is 0:
as far as is known here nobody is asked. Of a call that is "not known" it says
nothing.`,
		Example: `  entralogin status
  entralogin status kubectl git
  entralogin status graph >/dev/null || entralogin login
  entralogin status -o json | jq '.frontEnds[] | select(.next == "sign-in")'`,
		ValidArgs: []string{kubectl, git, docker, graph, az},
		Args:      checkNames,
	}
	format := cli.OutputFlag(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, names []string) error { return run(cmd.Context(), f, *format, names) }
	return cmd
}

// The names of front ends.
const (
	kubectl = "kubectl"
	git     = "git"
	docker  = "docker"
	graph   = "graph"
	az      = "az"
)

func checkNames(cmd *cobra.Command, names []string) error {
	for _, name := range names {
		if !slices.Contains(cmd.ValidArgs, name) {
			return cli.Usagef("%q is no program that status knows: %s", text.Short(name, 40), strings.Join(cmd.ValidArgs, ", "))
		}
	}
	return nil
}

// report is what status tells. The names in JSON are part of the command's interface.
type report struct {
	ExitCode  int   `json:"exitCode"`
	FrontEnds []row `json:"frontEnds"`
}

func run(ctx context.Context, f *cli.Factory, format cli.Format, names []string) error {
	all, err := look(ctx, f, names)
	if err != nil {
		return err
	}
	r := report{FrontEnds: []row{}}
	for _, p := range all {
		p.Remedy = f.Err.Typed.Of(p.Remedy)
		r.FrontEnds = append(r.FrontEnds, rowOf(p))
	}
	failed := verdict(all, names)
	if failed != nil {
		r.ExitCode = f.Explain(failed).Code
	}
	if err := f.Show(format, r, r.table(f, format)); err != nil {
		return err
	}
	return failed
}

// verdict is the error that the command ends with: a sign-in counts more than what else goes wrong. A context that
// kubectl can't use has no next call.
func verdict(all []diagnose.Prospect, names []string) error {
	asked, calls := 0, 0
	var wrong diagnose.Prospect
	for _, p := range all {
		if !p.Dead {
			calls++
		}
		switch {
		case p.Next == plugin.NextSignIn || p.Found.Class == failure.SignIn:
			asked++
		case p.Found.Level == check.Failure && !p.Dead && wrong.Found.Level == "":
			wrong = p
		}
	}
	switch {
	case asked > 0:
		return &cli.Advised{Kind: failure.SignIn, What: fmt.Sprintf("%d of %d would ask for a sign-in.", asked, calls)}
	case wrong.Found.Level != "":
		return &cli.Advised{Kind: wrong.Found.Class, What: fmt.Sprintf("the next call of %s would fail: %s", name(wrong), sentence(wrong.Found.What))}
	case len(all) == 0:
		return &cli.Advised{Kind: failure.Config, What: "nothing is set up or was used here" + cmp.Or(of(names), ".")}
	}
	return nil
}

// of says which programs were asked about, "" for all.
func of(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " of " + strings.Join(names, ", ") + "."
}

func name(p diagnose.Prospect) string { return p.FrontEnd + " (" + text.Short(p.For, 120) + ")" }
