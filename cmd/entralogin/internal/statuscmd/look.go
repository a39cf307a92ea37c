package statuscmd

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/diagnose"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// look says what the next call of each front end would do, of those that are named or of all.
func look(ctx context.Context, f *cli.Factory, names []string) ([]diagnose.Prospect, error) {
	wanted := func(name string) bool { return len(names) == 0 || slices.Contains(names, name) }
	var all []diagnose.Prospect
	if wanted(kubectl) || wanted(az) { // what others use is known by all of these
		contexts, err := diagnose.Contexts(ctx, f)
		if err != nil { // nobody knows whether the file runs entralogin
			contexts = []diagnose.Prospect{failed(f, diagnose.Prospect{FrontEnd: kubectl, For: "kubeconfig"}, err)}
		}
		all = append(all, contexts...)
	}
	if wanted(git) || wanted(az) {
		all = append(all, diagnose.Hosts(ctx, f)...)
	}
	settled, p := lookAtGraph(ctx, f)
	if settled || slices.Contains(names, graph) {
		all = append(all, p)
	}
	if wanted(az) {
		more, err := others(ctx, f, all)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	if len(all) == 0 { // it says what is missing
		all = append(all, p)
	}
	return slices.DeleteFunc(all, func(p diagnose.Prospect) bool { return !wanted(p.FrontEnd) }), nil
}

// failed is a call that would end with an error before it looks for a token.
func failed(f *cli.Factory, p diagnose.Prospect, err error) diagnose.Prospect {
	p.Found = diagnose.FindingOf(f.Explainer(), check.Settings, err)
	p.Remedy = p.Found.Remedy
	return p
}

// lookAtGraph says what "graph me" would do with these settings. settled is false where they don't say who signs in.
func lookAtGraph(ctx context.Context, f *cli.Factory) (settled bool, p diagnose.Prospect) {
	p = diagnose.Prospect{FrontEnd: graph, For: "Microsoft Graph"}
	target, err := cli.ResolveTyped(f, f.Call(config.HomeTenant()))
	var missing *config.Error
	settled = !errors.As(err, &missing) || missing.Origin != ""
	if err == nil && len(target.Authority.Graph) == 0 {
		settled, err = false, &config.Error{Name: "graph", Origin: target.File.Path, What: "is not set for the authority " + target.Authority.Host}
	}
	r := target.Request
	if err == nil {
		p.For = strings.TrimPrefix(target.Authority.Graph[0], "https://")
		r.Scopes, err = calls.GraphScopes(target, "User.Read")
	}
	if err != nil {
		return settled, failed(f, p, err)
	}
	tokens, err := f.Tokens(target)
	if err != nil {
		return true, failed(f, p, err)
	}
	tokens.Store.Locate()
	return true, diagnose.Foresee(ctx, f, f.Explainer(), tokens.Store, r, p)
}

// others says what the next call would do that asks for what is stored and for none of known: somebody has asked for it
// here, with az, with get-token or with a library.
func others(ctx context.Context, f *cli.Factory, known []diagnose.Prospect) ([]diagnose.Prospect, error) {
	s, err := f.Settings(f.Call())
	if err != nil {
		return nil, err
	}
	if p, err := f.Config().Place(s.Settings); err != nil || p.Dir == "" {
		return nil, err
	}
	st, err := f.CacheOf(s.Settings)
	if err != nil || st.OpenToOthers() != "" {
		return nil, err
	}
	ids, err := st.SessionIDs()
	if err != nil {
		return nil, err
	}
	asked, graphs := map[string]bool{}, graphHosts()
	for _, p := range known {
		asked[p.Request.Key.Hash()] = true
		if p.FrontEnd == graph {
			graphs = append(graphs, p.For)
		}
	}
	var all []diagnose.Prospect
	for _, id := range ids {
		stored, err := st.TokensOf(id)
		if err != nil {
			return nil, err
		}
		for _, t := range stored {
			resource := resourceOf(t.Key)
			if asked[t.Key.Hash()] || resource == "" || slices.Contains(graphs, resource) {
				continue
			}
			p := diagnose.Prospect{FrontEnd: az, For: text.Short(resource, 200)}
			all = append(all, diagnose.Foresee(ctx, f, f.Explainer(), st, plugin.Request{Key: t.Key}, p))
		}
	}
	return all, nil
}

// resourceOf is the resource of an access token in few words, "" where there is none.
func resourceOf(k cache.Key) string {
	if k.Kind != cache.Access || len(k.Scopes) == 0 {
		return ""
	}
	resource, _, _ := strings.Cut(strings.TrimPrefix(k.Scopes[0], "https://"), "/")
	return resource
}

// graphHosts are those of Microsoft's clouds.
func graphHosts() []string {
	var hosts []string
	for _, cloud := range authority.Clouds() {
		for _, origin := range cloud.Graph {
			hosts = append(hosts, strings.TrimPrefix(origin, "https://"))
		}
	}
	return hosts
}
