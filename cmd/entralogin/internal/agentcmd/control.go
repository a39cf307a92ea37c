package agentcmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

func newLock(f *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "lock",
		Short: "Have the agent give out nothing, until it is unlocked",
		Long: `Lock has the running agent of this machine refuse everybody on both sockets, and
keep the keys of "storage: agent" to itself. Whoever asks is told so, with exit
code 4; what was signed in and what you said yes to stays. Nothing but "entralogin
agent unlock" ends that, or the end of the agent.

Where no agent of yours runs on this machine the exit code is 1.`,
		Example: `  entralogin agent lock
  entralogin agent lock && loginctl lock-session`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return tell(cmd.Context(), f, agent.Control.Lock, "The agent is locked. To unlock it: entralogin agent unlock\n")
		},
	}
}

func newUnlock(f *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "unlock",
		Short: "End what lock began",
		Long: `Unlock has the running agent of this machine serve again, as it did before
"entralogin agent lock". It asks for no password: any program of yours can do it.

Where no agent of yours runs on this machine the exit code is 1.`,
		Example: `  entralogin agent unlock`,
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return tell(cmd.Context(), f, agent.Control.Unlock, "The agent is unlocked.\n")
		},
	}
}

func newStop(f *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "stop",
		Short: "End the agent",
		Long: `Stop ends the running agent of this machine, and returns when it has ended. With it
go what you said yes to, and the keys of "storage: agent": sign in again then.
Where systemd keeps the sockets it starts another one when somebody asks; see
"entralogin agent uninstall".

Where no agent of yours runs on this machine the exit code is 1.`,
		Example: `  entralogin agent stop`,
		Args:    cli.NoArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return stop(cmd.Context(), f) },
	}
}

func newLog(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "log",
		Short: "Show what the agent has given out, and to whom",
		Long: `Log shows what the running agent of this machine was asked for, by whom, and what
it gave: 1000 lines at most, the newest one last. What the same one asked for
within an hour is one line, with how often. It holds no token. The host is what
this machine knows of it, and nothing that it says of itself.

The log is kept in memory, and ends with the agent. Where no agent of yours runs
on this machine the exit code is 1.`,
		Example: `  entralogin agent log
  entralogin agent log -o json | jq '.[] | select(.outcome != "a token")'`,
		Args: cli.NoArguments,
	}
	format := cli.OutputFlag(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		all, err := control(f).Log(cmd.Context())
		if err != nil {
			return explain(err)
		}
		return f.Show(*format, all, func(out *bytes.Buffer) error {
			if len(all) == 0 {
				out.WriteString("Nothing was asked for yet.\n")
				return nil
			}
			out.WriteString(text.Fit(tableOf(all), f.Columns(*format), summary(all)))
			return nil
		})
	}
	return cmd
}

func newStatus(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show whether an agent runs, and what it may give out",
		Long: `Status shows where the running agent of this machine listens, whether it is locked,
which resources and tenants other hosts may get tokens of, when you are asked,
and how much it remembers.

Where no agent of yours runs on this machine the exit code is 1.`,
		Example: `  entralogin agent status
  entralogin agent status -o json | jq .locked`,
		Args: cli.NoArguments,
	}
	format := cli.OutputFlag(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		said, answering, err := control(f).Status(cmd.Context())
		if err != nil {
			return explain(err)
		}
		shown := status{Socket: answering.Path, Status: said}
		return f.Show(*format, shown, func(out *bytes.Buffer) error {
			out.WriteString(text.Facts(shown.facts(f.Now()), f.Columns(*format)))
			return nil
		})
	}
	return cmd
}

// control is that of the agent of this machine.
func control(f *cli.Factory) agent.Control { return agent.Control{Getenv: f.Getenv, UID: os.Geteuid()} }

// tell has the agent do something, and says that it did.
func tell(ctx context.Context, f *cli.Factory, do func(agent.Control, context.Context) (agent.Answering, error), done string) error {
	if _, err := do(control(f), ctx); err != nil {
		return explain(err)
	}
	return f.AnswerSentences(done)
}

// parting is how long the end of an agent is waited for: it lets whoever is served go first.
const parting = 5 * time.Second

// stop ends the agent, and waits for the end of its process.
func stop(ctx context.Context, f *cli.Factory) error {
	c := control(f)
	before, _, err := c.Status(ctx)
	if err != nil {
		return explain(err)
	}
	ended := make(chan bool)
	waiting, cancel := context.WithTimeout(ctx, parting)
	defer cancel()
	known := cache.AfterEnd(waiting, before.PID, func() { close(ended) })
	if _, err := c.Stop(ctx); err != nil {
		return explain(err)
	}
	if !known {
		return f.AnswerSentences("The agent ends.\n")
	}
	select {
	case <-ended:
		return f.AnswerSentences("The agent has ended.\n")
	case <-waiting.Done():
		return &cli.Advised{Kind: failure.Lock, What: fmt.Sprintf("the agent was told to end, and has not yet: process %d.", before.PID),
			Advice: []string{fmt.Sprintf("If it stays: kill %d", before.PID)}}
	}
}

// explain has the error of an agent that is not there say what is next.
func explain(err error) error {
	none, ok := errors.AsType[*agent.NoneError](err)
	if !ok {
		return err
	}
	if runtime.GOOS == "windows" {
		return notHere()
	}
	return &cli.Advised{Kind: failure.Other, What: none.Error() + ".", Advice: []string{"To start one: entralogin agent"}, Err: err}
}
