// Package tokencmd is the command get-token.
package tokencmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/pop"
	"github.com/entralogin/entralogin/plugin/text"
)

// New makes the command.
func New(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get-token",
		Short: "Print an ExecCredential for kubectl",
		Long: `Get-token is the exec credential plugin: kubectl and other programs made with
client-go run it, and it prints an ExecCredential with a token for the
cluster. Where nobody has signed in yet it says on standard error how to, and
waits until somebody has ("entralogin help signin").

After a change of roles or groups --force-refresh brings a new token at once,
for the next call of kubectl, too, and without a new sign-in.

A job or a server signs in as itself: "entralogin help machines" has the flags of
--login spn and the others, which are not listed below.

The flags and variables of Azure/kubelogin are accepted, and the flags of
int128/kubelogin: in their kubeconfigs nothing but command: has to be changed
("entralogin help kubelogin").

The answer has the apiVersion that the ExecCredential names. Java's and Ruby's
clients and client-go before 1.20 pass none: --exec-api-version says what stands
in the entry of the kubeconfig. Without it the answer is v1beta1 where a variable
AAD_* is set, or a flag of a kubelogin's alone or its --login was given, else v1.`,
		Example: `  entralogin get-token --tenant-id TENANT --client-id CLIENT --server-id 6dae42f8-4368-4678-94ff-3960e28e3630
  entralogin get-token --token-kind id      for an API server with --oidc-client-id
  entralogin get-token --server-id SERVER --force-refresh >/dev/null
  echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{}}' |
    entralogin get-token --exec-info -`,
		Args: func(cmd *cobra.Command, args []string) error { return takeLevel(f, cmd, args) },
	}
	call := calls.KubeFlags(cmd.Flags())
	f.HandOverFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), f, call) }
	return cmd
}

// settle settles what is asked for.
func settle(f *cli.Factory, call *calls.Kube) (info kube.Info, target config.Target, err error) {
	info, err = readInfo(f, call.InfoFile)
	if err == nil {
		info, err = call.Settle(info, f.Getenv)
	}
	if err != nil {
		return info, target, err
	}
	cluster, err := info.Settings()
	if err != nil {
		return info, target, err
	}
	settings, decided, err := call.Call(f.Config(), f.Flags, cluster)
	if err != nil {
		return info, target, err
	}
	for _, line := range decided {
		f.Err.Explain(line)
	}
	target, err = f.Resolve(settings)
	if err == nil {
		target, err = call.Target(target)
	}
	if err == nil && target.Request.Kind != cache.ID {
		err = cli.PermitGuarded(f, target, target.Request.Scopes)
	}
	if err != nil {
		err = notPassed(err, info)
	}
	return info, target, err
}

// run answers an ExecCredential.
func run(ctx context.Context, f *cli.Factory, call *calls.Kube) error {
	info, target, err := settle(f, call)
	if err != nil {
		return err
	}
	f.Err.Explain(describe(target.Request))
	if target.Proof != "" {
		f.Err.Explain("the token is bound to a key, with which requests are signed for " + text.Short(target.Proof, 200))
	}
	tokens, err := f.Tokens(target)
	if err != nil {
		return err
	}
	r := target.Request
	r.Asker, r.Renew = info.Asker(program(f)), call.Renew
	asked := clusterCall{f, tokens.Store, r, info, target.Proof}
	known := asked.known()
	started := f.Now()
	var key *pop.Key
	if target.Proof != "" {
		if key, err = tokens.ProofKey(ctx, r); err != nil {
			return err
		}
		r.KeyID = key.ID()
	}
	token, err := tokens.Token(ctx, r)
	if err != nil {
		return err
	}
	asked.sayShared(call.OtherCache()) // not before: what a kubeconfig moved is refused there, and nothing is written
	if !token.Obtained.Before(started) {
		asked.sayShown(call.Shown())
		if !known {
			asked.remember()
		}
	}
	if key != nil {
		return answerSigned(cli.Handed{Target: target, Request: r, Tokens: tokens, Token: token}, f, info, key)
	}
	answer, err := info.Credential(token, f.Now())
	if err != nil {
		return err
	}
	return cli.AnswerToken(f, cli.Handed{Target: target, Request: r, Tokens: tokens, Token: token}, answer, route.Token, route.ReportedUTC)
}

// program is what a person knows who is asked: kubectl, which says that it called, or get-token that somebody typed.
func program(f *cli.Factory) string {
	if f.Foreign() || strings.HasPrefix(proc.CallerName(), "kubectl") { // older than 1.20 it says nothing
		return "kubectl"
	}
	return "entralogin get-token"
}

// notPassed adds to the error of a setting that stands nowhere that it may stand where the caller does not look.
func notPassed(err error, info kube.Info) error {
	var missing *config.Error
	if !errors.As(err, &missing) || missing.Origin != "" || info.Cluster != nil || missing.Name == config.Login {
		return err
	}
	said := *missing
	said.Hint += " The caller passed nothing of the cluster, whose own settings don't count then: kubectl does with provideClusterInfo: true, " +
		"clients in Python, JavaScript, Java and Ruby never do."
	return &said
}

// describe says what the token is, for -v.
func describe(r plugin.Request) string {
	if r.Kind == cache.ID {
		return "the token is an ID token of the client " + r.Client
	}
	if r.Client == "" {
		return "the token is for the resource " + r.Resource()
	}
	return fmt.Sprintf("the token is for the resource %s, with the client %s", r.Resource(), r.Client)
}

// takeLevel accepts no argument but kubelogin's level behind -v.
func takeLevel(f *cli.Factory, cmd *cobra.Command, args []string) error {
	if len(args) > 0 && f.Err.Verbose == 1 {
		if level, ok := calls.Level(args[0]); ok {
			f.Err.Verbose = level
			args = args[1:]
		}
	}
	return cli.NoArguments(cmd, args)
}

// readInfo reads the ExecCredential from where the caller put it.
func readInfo(f *cli.Factory, file string) (kube.Info, error) {
	switch file {
	case "":
		return calls.ReadInfo(f.Getenv)
	case "-":
		f.Trace.Spoil() // the question has nothing of it
		return readFrom("standard input", f.In)
	default:
		f.Trace.Spoil()
		in, err := os.Open(file)
		if err != nil {
			return kube.Info{}, cli.Usagef("--exec-info: %v", err)
		}
		defer in.Close()
		return readFrom("--exec-info", in)
	}
}

func readFrom(name string, r io.Reader) (kube.Info, error) {
	content, err := io.ReadAll(io.LimitReader(r, kube.MaxInfo+1))
	if err != nil {
		return kube.Info{}, cli.Usagef("%s: %w", name, err)
	}
	return kube.ReadInfo(content)
}
