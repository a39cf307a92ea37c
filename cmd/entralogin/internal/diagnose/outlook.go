package diagnose

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
	"github.com/entralogin/entralogin/plugin/kube/kubecheck"
	"github.com/entralogin/entralogin/plugin/text"
)

// Prospect is what the next call of a front end would do.
type Prospect struct {
	FrontEnd string // "kubectl"
	For      string // the context, the host
	Current  bool   // kubectl uses the context where none is named
	Dead     bool   // kubectl can't use the context, and does not get to entralogin

	Request plugin.Request
	plugin.Outlook
	Agent  string        // NextAgent: which one, in clean words
	Found  check.Finding // with which the call would end, or why it is not known what it would do; its level is "" otherwise
	Remedy string        // the command that mends it, or ""
}

// Foresee settles p for the request of a target and the cache that it is looked for in. x is that of the call. Nothing is
// read that reading would mend.
func Foresee(ctx context.Context, f *cli.Factory, x cli.Explainer, st *cache.Store, t config.Target, p Prospect) Prospect {
	r := t.Request
	p.Request = r
	if file := st.OpenToOthers(); file != "" {
		return p.stopped(check.Token.Unchecked("others can read %s, and reading it would mend that", file).Or("entralogin cache list"))
	}
	var err error
	if p.Outlook, err = (&plugin.Cached{Store: st, Now: f.Now}).Foresee(ctx, r); err != nil {
		return p.stopped(FindingOf(x, check.Token, err))
	}
	if p = p.withAgent(ctx, f, t, st); p.Found.Level != "" {
		return p
	}
	switch {
	case p.Next == plugin.NextSignIn:
		p.Remedy = x.LoginFor(st, r)
	case p.Next == plugin.NextRenewal && !r.Person():
		if by, ok := stops(Machine(ctx, f, x, check.Token, t)); ok {
			return p.stopped(by)
		}
	}
	return p
}

func (p Prospect) stopped(by check.Finding) Prospect {
	p.Found, p.Remedy = by, by.Remedy
	return p
}

// stops are the first of some findings that ends a call, or keeps it from being looked at.
func stops(found []check.Finding) (check.Finding, bool) {
	i := slices.IndexFunc(found, func(f check.Finding) bool { return f.Level == check.Failure || f.Fatal })
	if i < 0 {
		return check.Finding{}, false
	}
	return found[i], true
}

// Contexts says for each context of the kubeconfig whose user runs entralogin what its next call would do, for the
// current one first. Errors: *kubeconfig.Error.
func Contexts(ctx context.Context, f *cli.Factory) ([]Prospect, error) {
	read, err := calls.Kubeconfig(f, "")
	var none *config.Error
	if errors.As(err, &none) { // there is no place for one
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := kubecheck.Machine{Machine: check.ThisMachine(), Home: calls.KubeHome(f), Getenv: f.Getenv}
	var all []Prospect
	for _, name := range slices.Sorted(maps.Keys(read.Contexts)) {
		user, _ := read.User(read.Context(name).AuthInfo)
		if e, ok := user.Plugin(); !ok || !m.Runs(e, user.LocationOfOrigin) {
			continue
		}
		k := NewKube(f, "", name)
		k.read, k.machine = read, m
		p := k.foresee(ctx, Prospect{FrontEnd: "kubectl", For: name, Current: name == read.CurrentContext})
		if all = append(all, p); p.Current {
			all = append([]Prospect{p}, all[:len(all)-1]...)
		}
	}
	return all, nil
}

func (k *Kube) foresee(ctx context.Context, p Prospect) Prospect {
	for _, look := range []func(context.Context) []check.Finding{k.files, k.userEntry, k.settle} {
		if by, ok := stops(look(ctx)); ok {
			p.Dead = by.Topic == kubecheck.Kubeconfig
			return p.stopped(by)
		}
	}
	k.target.Request = k.request
	return Foresee(ctx, k.f, k.explain, k.store, k.target, p)
}

// Hosts says for each host and organization where git runs entralogin what its next call would do: for those of the
// config file, those whose tenant is remembered, and those of the repository around.
func Hosts(ctx context.Context, f *cli.Factory) []Prospect {
	c, _ := NewGit(ctx, f)
	if c == nil || !c.SetUp() {
		return nil
	}
	var all []Prospect
	for _, target := range c.known(ctx) {
		helper := caller{f: f, explain: c.explainer(), name: "git", answer: "the helper"}
		t := &gitTarget{Git: c, Target: target, caller: helper}
		p, used := t.foresee(ctx)
		if same := func(other Prospect) bool { return other.For == p.For }; used && !slices.ContainsFunc(all, same) {
			all = append(all, p)
		}
	}
	return all
}

// known are the hosts and organizations that somebody has named.
func (c *Git) known(ctx context.Context) []gitcheck.Target {
	var targets []gitcheck.Target
	for _, h := range c.file.Hosts {
		targets = append(targets, gitcheck.Target{Scheme: "https", Host: h.Host, Path: h.Organization})
	}
	if s, err := c.factory.Config().Settings(config.Call{}); err == nil {
		if st, err := c.factory.CacheOf(s.Settings); err == nil {
			for _, e := range st.List() {
				if t, err := gitcheck.ParseURL(e.Authority); e.Kind == cache.EntryTenant && err == nil {
					targets = append(targets, t)
				}
			}
		}
	}
	remotes, _ := c.Remotes(ctx, mostRemotes)
	if len(targets) > 0 && remotes[0].Remote == "" { // dev.azure.com in general
		return targets
	}
	return append(targets, remotes...)
}

// foresee says what the helper would do; used is false where git does not run it.
func (t *gitTarget) foresee(ctx context.Context) (p Prospect, used bool) {
	place := git.Find(t.Input(), calls.GitHosts(t.file))
	chain := gitcheck.EffectiveChain(t.variables, t.Target)
	if !place.Ours || !slices.ContainsFunc(chain.Helpers, runsEntralogin) {
		return p, false
	}
	p = Prospect{FrontEnd: "git", For: text.Short(strings.TrimPrefix(place.URL(), "https://"), 200)}
	if place.Host == git.AzureHosts()[0] && place.Organization == "" {
		return p.stopped(gitcheck.Tenant.Warn("it depends on the organization, which git names when it asks")), true
	}
	for _, f := range append(t.url(ctx), t.helpers(ctx)...) {
		if f.Fatal { // another fault of git's configuration keeps git from nothing here
			return p.stopped(f), true
		}
	}
	// Whoever would have to ask a server for the tenant does not get to it: time is over.
	over, cancel := context.WithCancelCause(ctx)
	cancel(errUnknownTenant)
	by, stopped := stops(t.findTenant(over))
	if t.store != nil {
		if err := calls.CheckRefusals(t.store, place); err != nil {
			return p.stopped(FindingOf(t.explain, gitcheck.Server, err)), true
		}
	}
	if !stopped {
		by, stopped = stops(t.settle(ctx))
	}
	switch {
	case stopped && by.What == errUnknownTenant.Error():
		return p.stopped(gitcheck.Tenant.Warn("%v", errUnknownTenant)), true
	case stopped:
		return p.stopped(by), true
	}
	t.target.Request = t.request
	return Foresee(ctx, t.f, t.explain, t.store, t.target, p), true
}

var errUnknownTenant = errors.New("the tenant is not known yet: the next call asks the host for it")
