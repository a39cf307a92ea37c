// Package execcmd is the command exec: it runs a program that Azure's SDKs are in, with the variables by which they ask
// this call for tokens.
//
//	exec.go    the command, and what happens in which order
//	tokens.go  which tokens the program gets
//	child*.go  the program: its variables, its signals, its end
package execcmd

import (
	"context"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/agent/identity"
	"github.com/entralogin/entralogin/plugin/config"
)

// Scopes are those of a service at the authority of a target.
type Scopes func(t config.Target) ([]string, error)

// call is what the flags say.
type call struct {
	*cli.Factory
	arm   Scopes
	allow []string
	env   bool
}

// New makes the command. arm are the scopes of Azure Resource Manager.
func New(f *cli.Factory, arm Scopes) *cobra.Command {
	c := &call{Factory: f, arm: arm}
	cmd := &cobra.Command{
		Use:   "exec -- COMMAND [ARGUMENT]...",
		Short: "Run a program whose Azure SDK gets your tokens",
		Long: `Exec runs a program with variables by which Azure's SDKs, az, azd, Terraform and
OpenTofu find a managed identity, as in Azure's App Service. It stands behind
them: what it hands out are your tokens. It answers on a port of this machine
alone, with a key that the program gets in its environment, and ends with it.
Streams, signals and the exit code are the program's.

A token is handed out for what is allowed: what --allow names, without it what
"agent: allow:" of the config file does, or else Azure Resource Manager, Azure
DevOps and AKS. Before the program starts you are asked to sign in, where that
is needed, for the first of these; afterwards nobody is.

The Azure CLI takes what it is given after "az login --identity", Terraform with
ARM_USE_MSI=true. "entralogin help exec" has more, and containers.`,
		Example: `  entralogin exec -- python3 report.py
  entralogin exec --allow https://vault.azure.net --allow arm -- npm start
  entralogin exec -- sh -c 'az login --identity && az group list'
  entralogin exec -- docker run --network host -e IDENTITY_ENDPOINT -e IDENTITY_HEADER IMAGE
  entralogin exec --env    print the variables, and answer until Ctrl-C`,
		Args: c.arguments,
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args) },
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
	}
	cmd.Flags().SetInterspersed(false) // what follows the program is the program's
	cmd.Flags().StringSliceVar(&c.allow, "allow", nil, "`resource` whose tokens are handed out: arm, devops, aks, acr, graph, a URI or an application ID; may be given several times")
	cmd.Flags().BoolVar(&c.env, "env", false, "run nothing: print the variables, for docker run --env-file, and answer until a signal")
	f.HandOverFlags(cmd.Flags())
	return cmd
}

// arguments refuses a call that runs nothing.
func (c *call) arguments(_ *cobra.Command, args []string) error {
	switch {
	case c.env && len(args) > 0:
		return cli.Usagef("--env prints the variables and runs nothing: leave out the program, or --env")
	case !c.env && len(args) == 0:
		return cli.Usagef("exec needs a program to run, behind its own flags: entralogin exec -- COMMAND")
	}
	return nil
}

// run signs in where that is needed, answers, and runs the program.
func (c *call) run(ctx context.Context, args []string) error {
	var program string
	if !c.env {
		var err error
		if program, err = find(args[0]); err != nil {
			return err // before anybody is asked
		}
	}
	b, err := c.settle()
	if err != nil {
		return err
	}
	if err := b.begin(ctx); err != nil {
		return err
	}
	listener, err := identity.Listen()
	if err != nil {
		return err
	}
	s := &identity.Server{Address: listener.Addr().String(), Key: identity.NewKey(), ClientID: b.client(), Tokens: b.token}
	end := serve(s, listener)
	defer end()
	c.Err.Explain("programs get tokens at http://" + s.Address)
	if c.env {
		return c.answerUntil(ctx, s)
	}
	return runChild(program, args, environment(os.Environ(), s.Variables()))
}

// serve answers until the function that it returns is called.
func serve(s *identity.Server, l net.Listener) (end func()) {
	server := s.HTTP()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(l) // http.ErrServerClosed
	}()
	return func() {
		server.Close()
		<-ended
	}
}

// answerUntil prints the variables and waits for a signal, or for the end of whoever called.
func (c *call) answerUntil(ctx context.Context, s *identity.Server) error {
	ctx, done := proc.UntilSignal(ctx)
	defer done()
	if err := c.Answer([]byte(strings.Join(s.Variables(), "\n") + "\n")); err != nil {
		return err
	}
	c.Err.Say("Programs with these variables get your tokens until you end this command.")
	<-ctx.Done()
	return context.Cause(ctx)
}
