// Package sshcmd is the command ssh: ssh itself, with the agent of this machine forwarded to the host.
package sshcmd

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/failure"
)

// call is what our flags say. They are long, and stand before all that is ssh's.
type call struct {
	f *cli.Factory

	tcp     bool
	lines   bool
	prepare bool
}

// New makes the command.
func New(f *cli.Factory) *cobra.Command {
	c := &call{f: f}
	cmd := &cobra.Command{
		Use:   "ssh [--tcp] [SSH'S OWN OPTIONS] HOST [COMMAND]",
		Short: "Run ssh, and have the host's programs get tokens from this machine",
		Long: `Ssh runs ssh with a socket forwarded to the agent of this machine: on the host
kubectl, git and az get tokens of the person who has signed in here. There
nothing runs for it, nothing is stored, and nobody signs in. The host needs
entralogin, and no settings but those that say which token is wanted.

All that follows is ssh's own, and ssh runs in the place of this command. Where
no agent runs yet one is started, which stays: "entralogin agent" says what it
gives out, and how it asks before that. What root of the host, or you there, may
have while you are connected is on the page "entralogin help agent".

The socket is /tmp/entralogin-RANDOM.sock on the host, closed to all but you and
root there. Each session has its own. It stays behind when the session ends, and
the next call there removes it. A server that forwards no sockets says so in one
line, and the session goes on without: ExitOnForwardFailure is "no".

--tcp forwards a port of the host's loopback instead, with a key that every call
has to show: for Windows, whose ssh forwards no sockets, and for servers that
forbid them. It is weaker. Whoever reads your environment there has the key, and
the server has to take the variables LC_* (AcceptEnv), as Debian's does.

--lines prints what goes into ~/.ssh/config for hosts that plain ssh, and what
runs it, shall reach in this way.`,
		Example: `  entralogin ssh jump.example.com
  entralogin ssh -p 2222 alice@jump.example.com kubectl get pods
  entralogin ssh --lines`,
		DisableFlagParsing: true,
		RunE:               c.run,
	}
	cmd.Flags().BoolVar(&c.tcp, "tcp", runtime.GOOS == "windows", "forward a port with a key, which is weaker than a socket")
	cmd.Flags().BoolVar(&c.lines, "lines", false, "print the lines for ~/.ssh/config, and run nothing")
	cmd.Flags().BoolVar(&c.prepare, "prepare", false, "see to it that an agent runs, and write what those lines include")
	cmd.Flags().Lookup("prepare").Hidden = true
	return cmd
}

func (c *call) run(cmd *cobra.Command, args []string) error {
	ours, rest := split(args, cmd.Flags())
	cmd.DisableFlagParsing = false
	if err := cmd.ParseFlags(ours); err != nil {
		return cmd.FlagErrorFunc()(cmd, err)
	}
	if help, _ := cmd.Flags().GetBool("help"); help || len(args) == 1 && args[0] == "-h" {
		cmd.HelpFunc()(cmd, args) // as for other commands, and not as "help ssh", which has no arguments
		return nil
	}
	if err := c.f.TakeFlags(cmd.Flags()); err != nil {
		return err
	}
	switch {
	case (c.lines || c.prepare) && len(rest) > 0:
		return cli.Usagef("--lines takes no host: it prints lines for any")
	case c.prepare:
		return c.prepareInclude(cmd.Context())
	case c.lines:
		return c.printLines()
	case len(rest) == 0:
		return cli.Usagef("no host is named: entralogin ssh HOST")
	}
	return c.ssh(cmd.Context(), rest)
}

// ssh runs it, with the agent forwarded where that can be. No agent is no reason not to connect.
func (c *call) ssh(ctx context.Context, args []string) error {
	path, err := exec.LookPath("ssh")
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return &cli.Advised{Kind: failure.Config, What: "ssh is not on the PATH.", Advice: []string{"Install OpenSSH's client."}, Err: err}
	}
	plain := append([]string{"ssh"}, args...)
	if !opensSession(args) {
		return replace(path, plain, os.Environ())
	}
	socket, err := c.running(ctx)
	if err != nil {
		c.f.Err.Warn("the host gets no tokens from here: " + err.Error())
		return replace(path, plain, os.Environ())
	}
	if c.tcp {
		return forwardPort(ctx, path, args, socket)
	}
	remote := remoteSocket()
	return replace(path, forwarding(remote+":"+socket, args), environment(variables(remote, "")))
}
