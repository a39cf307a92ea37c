package main

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/kube"
)

// execInfo is the variable in which client-go passes the ExecCredential:
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#input-and-output-formats
const execInfo = "KUBERNETES_EXEC_INFO"

const forceRefresh = "force-refresh"

func (a *app) getTokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get-token",
		Short: "Print an ExecCredential for kubectl",
		Long: `Get-token is the exec credential plugin: kubectl and other programs made with
client-go run it, and it prints an ExecCredential with a token for the
cluster. Where nobody has signed in yet it shows a code on standard error and
waits until somebody has entered it.

After a change of roles or groups --force-refresh brings a new token at once,
for the next call of kubectl, too, and without a new sign-in.

The flags and variables of Azure/kubelogin's device code login are accepted: in
its kubeconfigs nothing but command: has to be changed.`,
		Example: `  entralogin get-token --tenant-id TENANT --client-id CLIENT --server-id 6dae42f8-4368-4678-94ff-3960e28e3630
  entralogin get-token --token-kind id      for an API server with --oidc-client-id
  entralogin get-token --server-id SERVER --force-refresh >/dev/null
  echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{}}' |
    entralogin get-token --exec-info -`,
		Args: a.takeLevel,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.getToken(cmd.Context()) },
	}
	f := cmd.Flags()
	f.String(serverID, "", "application `ID` of the cluster: a token with the scope ID/.default")
	f.StringSlice(scope, nil, "`scope` of the token, instead of --server-id; may be given several times")
	f.String(tokenKind, "", "`kind` of token: access for an access token, id for an ID token (default access)")
	f.String("exec-info", "", "read the ExecCredential from `FILE`, - for standard input, instead of $"+execInfo)
	f.Bool(forceRefresh, false, "renew the token though it is fresh, after a change of roles or groups")
	kubeloginFlags(f)
	return cmd
}

func (a *app) getToken(ctx context.Context) error {
	front, tokens, err := a.kubeFront()
	if err != nil {
		return err
	}
	return plugin.Run(ctx, front, tokens, a.stdout)
}

// kubeFront is the front end of this call, and the source that answers it.
func (a *app) kubeFront() (*kube.Plugin, *tokenSource, error) {
	if err := a.checkKubelogin(); err != nil {
		return nil, nil, err
	}
	info, err := a.execInfo()
	if err != nil {
		return nil, nil, err
	}
	// The source is known once the settings are: which authority, and which cache.
	tokens := new(tokenSource)
	front := &kube.Plugin{Info: info, Resolve: func(cluster map[string]string) (plugin.Request, error) {
		r, source, err := a.resolveKube(cluster)
		tokens.TokenSource = source
		r.Renew = a.flags[forceRefresh] == "true"
		return r, err
	}}
	return front, tokens, nil
}

// tokenSource is a plugin.TokenSource that is filled in when the request is resolved.
type tokenSource struct{ plugin.TokenSource }

// kubeSettings returns the layers of settings that count for a cluster, and the config file.
func (a *app) kubeSettings(cluster map[string]string) (settings, *config, error) {
	s, c, err := a.settings()
	if err != nil {
		return nil, nil, err
	}
	return append(s.insertBelow("the environment", mapLayer("the cluster's configuration", cluster)), a.kubeloginLayer()), c, nil
}

// resolveKube settles the request of a cluster and the source that answers it.
func (a *app) resolveKube(cluster map[string]string) (plugin.Request, plugin.TokenSource, error) {
	s, c, err := a.kubeSettings(cluster)
	if err != nil {
		return plugin.Request{}, nil, err
	}
	t, err := a.resolve(s, c)
	if err != nil {
		return plugin.Request{}, nil, err
	}
	r := t.request
	if r.Scopes, err = scopesOf(s, t.authority); err != nil {
		return plugin.Request{}, nil, err
	}
	switch value, origin := s.get(tokenKind); value {
	case "", string(cache.Access):
		if len(r.Scopes) == 0 {
			return plugin.Request{}, nil, missing(serverID, "which cluster is the token for? (--scope and --token-kind id say it, too)")
		}
	case string(cache.ID):
		r.Kind = cache.ID
	default:
		return plugin.Request{}, nil, badSetting(tokenKind, value, origin, "is neither access nor id")
	}
	st, err := a.store(s)
	if err != nil {
		return plugin.Request{}, nil, err
	}
	return r, a.cached(st, s, t.authority), nil
}

// execInfo reads the ExecCredential from where the caller put it.
func (a *app) execInfo() (kube.Info, error) {
	switch file := a.flags["exec-info"]; file {
	case "":
		if text, ok := a.lookup(execInfo); ok {
			return kube.ReadInfo([]byte(text))
		}
		return kube.Default(), nil
	case "-":
		return readInfo("standard input", a.stdin)
	default:
		f, err := os.Open(file)
		if err != nil {
			return kube.Info{}, usagef("--exec-info: %v", err)
		}
		defer f.Close()
		return readInfo("--exec-info", f)
	}
}

func readInfo(name string, r io.Reader) (kube.Info, error) {
	text, err := io.ReadAll(io.LimitReader(r, kube.MaxInfo+1))
	if err != nil {
		return kube.Info{}, usagef("%s: %w", name, err)
	}
	return kube.ReadInfo(text)
}
