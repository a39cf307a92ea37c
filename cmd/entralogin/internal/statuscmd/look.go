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
	gitplugin "github.com/entralogin/entralogin/plugin/git"
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
	if wanted(docker) || wanted(az) {
		all = append(all, diagnose.Registries(ctx, f)...)
	}
	settled, p := lookAtGraph(ctx, f)
	if settled || slices.Contains(names, graph) {
		all = append(all, p)
	}
	if wanted(az) {
		more, err := others(ctx, f, all, slices.Contains(names, az))
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
	if err == nil {
		p.For = strings.TrimPrefix(target.Authority.Graph[0], "https://")
		target.Request.Scopes, err = calls.GraphScopes(target, "User.Read")
	}
	if err != nil {
		return settled, failed(f, p, err)
	}
	tokens, err := f.Tokens(target)
	if err != nil {
		return true, failed(f, p, err)
	}
	tokens.Store.Locate()
	return true, diagnose.Foresee(ctx, f, f.Explainer(), tokens.Store, target, p)
}

// others says what the next call of az would do for each resource whose token is stored, and which neither kubectl, git
// nor Graph asks for. Whom it is for, in which tenant and with which client the settings say, as they do to az: what is
// stored may be of others.
func others(ctx context.Context, f *cli.Factory, known []diagnose.Prospect, named bool) ([]diagnose.Prospect, error) {
	call, _, err := cli.AsAz(f, f.Call(config.HomeTenant()))
	if err != nil {
		return nil, err
	}
	target, unsettled := f.Config().Resolve(call) // its notes were said with those of Graph
	if missing, ok := errors.AsType[*config.Error](unsettled); ok && missing.Origin == "" && !named {
		return nil, nil // who uses az here has it set
	}
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
	asked, err := askedOfAz(st, known, graphOrigins(target.Authority), target.Request.Credential)
	if err != nil {
		return nil, err
	}
	var all []diagnose.Prospect
	for _, scopes := range asked {
		p := diagnose.Prospect{FrontEnd: az, For: resourceOf(scopes)}
		if unsettled != nil {
			all = append(all, failed(f, p, unsettled))
			continue
		}
		target.Request.Scopes = scopes
		all = append(all, diagnose.Foresee(ctx, f, f.Explainer(), st, target, p))
	}
	return all, nil
}

// askedOfAz are the scopes of the stored access tokens that no other front end asks for, each once: of people, or of
// machines that sign in by a credential.
func askedOfAz(st *cache.Store, known []diagnose.Prospect, graphs []string, credential string) ([][]string, error) {
	tokens := func() ([]cache.Stored, error) { return cache.MachineTokens(st) }
	if credential == "" {
		tokens = func() ([]cache.Stored, error) { return tokensOfPeople(st) }
	}
	stored, err := tokens()
	if err != nil {
		return nil, err
	}
	stored = slices.DeleteFunc(stored, func(t cache.Stored) bool { return t.Key.Credential != credential })
	theirs := map[string]bool{authority.AKSServer + "/.default": true}
	for _, p := range known {
		theirs[scopeWords(p.Request.Scopes)] = true
		if p.FrontEnd == git { // that a host is asked for its tenant first hides what is asked for
			theirs[gitplugin.Find(gitplugin.Input{Protocol: "https", Host: authority.DevAzure}, nil).Scope] = true
		}
	}
	var all [][]string
	for _, t := range stored {
		words := scopeWords(t.Key.Scopes)
		r := plugin.Request{Key: t.Key}
		if t.Key.Kind != cache.Access || words == "" || theirs[words] || ofGraph(words, graphs) || len(st.Clusters(t.Key.SessionID, r.Resource())) > 0 {
			continue
		}
		theirs[words] = true
		all = append(all, t.Key.Scopes)
	}
	return all, nil
}

func tokensOfPeople(st *cache.Store) (all []cache.Stored, err error) {
	ids, err := st.SessionIDs()
	for _, id := range ids {
		stored, failed := st.TokensOf(id)
		if failed != nil {
			return nil, failed
		}
		all = append(all, stored...)
	}
	return all, err
}

// scopeWords are scopes as the cache compares them: order and case make no difference.
func scopeWords(scopes []string) string {
	return strings.Join(slices.Sorted(slices.Values(strings.Fields(strings.ToLower(strings.Join(scopes, " "))))), " ")
}

// resourceOf names what scopes are for, so that two resources of az have two names.
func resourceOf(scopes []string) string {
	var words []string
	for _, scope := range scopes {
		words = append(words, strings.TrimSuffix(strings.TrimPrefix(scope, "https://"), "/.default"))
	}
	return text.Short(strings.Join(words, " "), 200)
}

// ofGraph reports whether scopes are permissions at Graph, for which "graph" asks. Az asks for all that were granted.
func ofGraph(words string, origins []string) bool {
	at := func(origin string) bool { return strings.HasPrefix(words, strings.ToLower(origin)+"/") }
	return slices.ContainsFunc(origins, at) && !strings.HasSuffix(words, "/.default")
}

// graphOrigins are those of an authority and of Microsoft's clouds.
func graphOrigins(a authority.Authority) []string {
	all := slices.Clone(a.Graph)
	for _, cloud := range authority.Clouds() {
		all = append(all, cloud.Graph...)
	}
	return all
}
