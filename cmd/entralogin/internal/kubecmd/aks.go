package kubecmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// aksSettings are the settings that were given as flags, with AKS's applications where nothing names others, and what
// the choice of the client costs or leaves open, to be said before anything is written.
//
// A refresh token belongs to one client. So the client that is configured stays, and with it the one sign-in that
// serves git and Graph, too, unless the service refuses it AKS's token. Where nobody has signed in with it, or the
// service does not answer, nobody can know: then it stays as well, for the other choice would ask for a second sign-in
// whenever the entry is written first, and a token that is refused later says so and is mended with one command.
func aksSettings(ctx context.Context, f *cli.Factory, files *kubeconfig.Config, clusters []string) (flags map[string]string, note string, err error) {
	flags = map[string]string{}
	maps.Copy(flags, f.Flags)
	if flags[config.Scope] == "" {
		flags[config.ServerID] = cmp.Or(flags[config.ServerID], authority.AKSServer)
	}
	if flags[config.TokenKind] == string(cache.ID) {
		return nil, "", cli.Usagef("--aks and --%s id contradict each other: AKS takes access tokens", config.TokenKind)
	}
	if flags[config.ClientID] != "" {
		return flags, "", nil
	}
	all, err := clusterSettings(files, clusters)
	if err != nil {
		return nil, "", err
	}
	for i, cluster := range all {
		if slices.ContainsFunc(all[:i], func(other map[string]string) bool { return maps.Equal(other, cluster) }) {
			continue
		}
		var suits bool
		if suits, note, err = clientSuits(ctx, f, calls.KubeCall(f.Config(), flags, cluster, config.AzureTools)); err != nil {
			return nil, "", err
		}
		if !suits {
			flags[config.ClientID] = authority.AKSClient
			break
		}
	}
	return flags, note, nil
}

// clientSuits reports whether the client that is configured for a call is the one to name, and what there is to say of
// it. That of a variable which other programs read, too, was not configured for this one.
func clientSuits(ctx context.Context, f *cli.Factory, call config.Call) (suits bool, note string, err error) {
	s, err := f.Config().Settings(call)
	if err != nil {
		return false, "", err
	}
	client, origin := s.Of(config.ByEnv, config.ByCluster, config.ByProfile, config.ByFile).Get(config.ClientID)
	switch {
	case client == "":
		return false, "no client is configured, so the entry names AKS's own.\n" +
			"git and Graph need a client of your own, and a sign-in with it: entralogin help application", nil
	case strings.EqualFold(client, authority.AKSClient):
		return true, "", nil
	}
	target, err := cli.ResolveTyped(f, call)
	if err == nil {
		target, err = calls.KubeTarget(target)
	}
	if err != nil {
		return false, "", err
	}
	err = tryClient(ctx, f, target)
	var signal proc.SignalError
	var refusal *entra.Error
	var declined *entra.ScopesError
	switch {
	case err == nil:
		return true, "", nil
	case errors.As(err, &signal):
		return false, "", err
	case errors.As(err, &refusal) && refusal.Explain().NoTenant:
		return false, "", &config.Error{Name: config.TenantID, What: refusal.Why(), Hint: "Nothing was written. Is its name right, and the cloud (--environment)? entralogin help application says where the ID is found."}
	case errors.As(err, &refusal) && refusal.Explain().OfScopes:
		err = errors.New(refusal.Why())
	case !errors.As(err, &declined):
		return true, fmt.Sprintf("the entry keeps the client %s (%s).\n"+
			"Whether it may have the cluster's token is not known yet (%v): the first call of kubectl shows it.\n"+
			"If not, run this again with --client-id %s: AKS's own, which needs a sign-in for itself.",
			client, origin, err, authority.AKSClient), nil
	}
	return false, fmt.Sprintf("the client %s (%s) may not have the cluster's token (%v),\n"+
		"so the entry names AKS's own. That one needs a second sign-in: a refresh token belongs to one client.\n"+
		"What yours lacks: entralogin help application. --client-id %[1]s keeps it all the same.",
		client, origin, err), nil
}

// tryClient gets the token of a cluster in silence, which stays in the cache. Where nobody has signed in nothing is
// written and nothing is sent.
func tryClient(ctx context.Context, f *cli.Factory, t config.Target) error {
	tokens, err := f.Tokens(t)
	if err != nil {
		return err
	}
	if session, err := tokens.Store.Session(t.Request.SessionID); err == nil && session.IsZero() {
		return plugin.WithOthers(tokens.Store, t.Request.SessionID, plugin.ErrNobody)
	}
	r := t.Request
	r.Asker, r.Unattended = "kubeconfig add", "an entry is written"
	_, err = tokens.Token(ctx, r)
	if unattended, ok := errors.AsType[*plugin.UnattendedError](err); ok {
		return unattended.Err
	}
	return err
}
