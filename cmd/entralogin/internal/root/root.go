// Package root is the command tree. It builds only the command that was asked for.
package root

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/docs"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/accountcmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/agentcmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/appcmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/artifactscmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/azcmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/azdcmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cachecmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/configcmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/dockercmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/doctorcmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/execcmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/gitcmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/graphcmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/initcmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/keyringcmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/kubecmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/logincmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/page"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/renewcmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/sshcmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/statuscmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/tokencmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/upgradecmd"
	"github.com/entralogin/entralogin/plugin/cargo"
	"github.com/entralogin/entralogin/plugin/keyring"
	"github.com/entralogin/entralogin/plugin/text"
)

// Main runs the program under the name that it was called by, as az or azd, as keyring, as git's or docker's helper or as
// itself, and returns the exit code.
func Main(f *cli.Factory, program string, args []string) int {
	proc.SurviveClosedPipes()
	switch text.ProgramName(program) {
	case "az":
		return runAz(f, args)
	case "azd":
		return runAzd(f, args)
	case keyring.Name:
		return end(f, keyringcmd.Run(context.Background(), f, args), f.Explain)
	case "git-credential-entralogin": // as git runs the helper "entralogin"
		args = append([]string{gitcmd.Credential}, args...)
	case "docker-credential-entralogin": // as docker runs the helper "entralogin"
		args = append([]string{dockercmd.Credential}, args...)
	case "kubectl_complete-entralogin": // as kubectl completes a plugin's words
		args = append([]string{cobra.ShellCompRequestCmd}, args...)
	case text.AsPlugin:
		f.Err.Typed = asPlugin()
		fallthrough
	default:
		args = calls.GetTokenFirst(args)
		if len(args) > 0 && args[0] == cargo.Flag { // as cargo runs a credential provider, whatever stands behind it in its configuration
			args = append([]string{"artifacts", "cargo"}, args...)
		}
	}
	cmd := newRoot(f, args)
	err := f.RefuseForeign(cmd, args, "entralogin get-token", "entralogin version", "entralogin --version")
	if err == nil {
		err = run(cmd, args)
	}
	return end(f, err, f.Explain)
}

// end says what an error comes to, and returns the exit code.
func end(f *cli.Factory, err error, explain func(error) cli.Failure) int {
	if err == nil {
		return cli.ExitDone
	}
	told := explain(err)
	f.Err.Lines(told.Lines)
	return told.Code
}

func run(root *cobra.Command, args []string) error {
	if err := refusePage(root, args); err != nil {
		return err
	}
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(context.Background())
	if usage, ok := errors.AsType[*cli.UsageError](err); ok && cmd.Name() != "help" {
		usage.Command = cmd.CommandPath()
	}
	return err
}

// runAz answers what Azure SDKs ask of the Azure CLI, with its exit codes.
func runAz(f *cli.Factory, args []string) int {
	cmd := azcmd.New(f)
	done, err := azcmd.Version(f, args)
	if !done {
		err = azcmd.Refuse(f, cmd, args)
	}
	if err == nil && !done {
		prepare(f, cmd)
		if err = f.RefuseForeign(cmd, args, "az account get-access-token", "az version"); err == nil {
			args, err = azcmd.Unabbreviate(cmd, args)
		}
		if err == nil {
			err = run(cmd, azcmd.Words(args))
		}
	}
	return end(f, err, func(err error) cli.Failure { return azcmd.Explain(f, err) })
}

// runAzd answers what Azure SDKs ask of the Azure Developer CLI.
func runAzd(f *cli.Factory, args []string) int {
	err := azdcmd.Refuse(f, args)
	if err == nil {
		cmd := azdcmd.New(f, azcmd.Ask)
		prepare(f, cmd)
		if err = f.RefuseForeign(cmd, args, "azd auth token", "azd version"); err == nil {
			err = run(cmd, args)
		}
	}
	return end(f, err, func(err error) cli.Failure { return azdcmd.Explain(f, err) })
}

// commands are the constructors of the commands.
func commands() map[string]func(*cli.Factory) *cobra.Command {
	return map[string]func(*cli.Factory) *cobra.Command{
		"account":            func(f *cli.Factory) *cobra.Command { return accountcmd.New(f, azcmd.NewToken(f)) },
		"agent":              agentcmd.New,
		"app":                appcmd.New,
		"artifacts":          artifactscmd.New,
		"cache":              cachecmd.New,
		"completion":         newCompletion,
		"config":             configcmd.New,
		"docker":             dockercmd.New,
		dockercmd.Credential: dockercmd.NewCredential,
		"doctor":             doctorcmd.New,
		"exec":               func(f *cli.Factory) *cobra.Command { return execcmd.New(f, azcmd.ARM) },
		"get-token":          tokencmd.New,
		"git":                gitcmd.New,
		gitcmd.Credential:    gitcmd.NewCredential,
		"graph":              graphcmd.New,
		"init":               newInit,
		"kubeconfig":         kubecmd.New,
		cli.RenewCommand:     renewcmd.New,
		"login":              logincmd.New,
		"logout":             logincmd.NewLogout,
		"ssh":                sshcmd.New,
		"status":             statuscmd.New,
		"upgrade":            upgradecmd.New,
		"version":            newVersion,
		"whoami":             accountcmd.NewWhoami,
	}
}

// newInit makes the command init of what other commands do.
func newInit(f *cli.Factory) *cobra.Command {
	return initcmd.New(f, initcmd.Steps{Kube: kubecmd.Add, Git: gitcmd.Setup, ARM: azcmd.ARM, Check: doctorcmd.Check})
}

// New builds the command line whole.
func New(f *cli.Factory) *cobra.Command {
	root := bare(f)
	known := commands()
	for _, name := range slices.Sorted(maps.Keys(known)) {
		root.AddCommand(known[name](f))
	}
	for _, topic := range docs.Topics() {
		if known[topic.Name] == nil { // the page of a command stands above its help
			root.AddCommand(&cobra.Command{Use: topic.Name, Short: topic.Title, Long: strings.TrimSpace(topic.Text)})
		}
	}
	strictHelp(root)
	return root
}

// newRoot builds as much of the command line as args need: kubectl waits for get-token, and the other
// commands and help pages cost more time than its token file.
func newRoot(f *cli.Factory, args []string) *cobra.Command {
	if len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		root := New(f)
		complete(f, root)
		return root
	}
	if len(args) == 0 || commands()[args[0]] == nil {
		return New(f)
	}
	root := bare(f)
	root.AddCommand(commands()[args[0]](f))
	return root
}

// bare is what all commands share.
func bare(f *cli.Factory) *cobra.Command {
	root := &cobra.Command{
		Use:   "entralogin",
		Short: "Hand Microsoft Entra ID tokens to kubectl, to git and to a person",
		Long: `Entralogin signs in to Microsoft Entra ID with a device code, a browser or a
broker, keeps the session, and hands out tokens: to kubectl as an exec
credential plugin, to git as a credential helper, and to a person. After the
first sign-in a call answers from one small file.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noCommand,
	}
	// Not cobra's own --version: it would link text/template, and a quarter of the program's size with it.
	version := root.Flags().Bool("version", false, "print the version")
	root.RunE = func(*cobra.Command, []string) error {
		if *version {
			return f.AnswerSentences(cli.DescribeVersion() + "\n")
		}
		return f.AnswerText(page.Usage(f.Err.Typed.Of(firstPage), f.Width(), term.StyleOf(f.Out, f.Getenv)))
	}
	root.SetHelpFunc(help(f))
	root.SuggestionsMinimumDistance = 2
	prepare(f, root)
	f.SharedFlags(root.PersistentFlags())
	return root
}

// prepare has a command line say its faults as ours, and note its flags.
func prepare(f *cli.Factory, cmd *cobra.Command) {
	cmd.SetOut(f.Out)
	cmd.SetErr(f.Err.Out)
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return cli.AsUsage(nearFlag(cmd, err)) })
	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		return cmp.Or(f.TakeFlags(cmd.Flags()), calls.ForClusters(cmd, f.Flags))
	}
}
