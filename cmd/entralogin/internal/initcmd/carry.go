package initcmd

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/text"
)

// carryOut writes what was planned, signs in and checks. Where that ends early it says what was written.
func (s *setup) carryOut(ctx context.Context, p plan) error {
	ctx, stop := proc.UntilSignal(ctx)
	defer stop()
	var without []lack
	done, err := s.write(ctx, p)
	if err == nil {
		without, err = s.signIn(ctx, p)
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err == nil {
		return s.check(ctx, p, without)
	}
	if len(done) > 0 {
		s.Err.Say("written: %s.\nTo go on from there: %s", strings.Join(done, ", "), s.Explainer().Command("init"))
	}
	return err
}

// lack is a use that gets no token.
type lack struct {
	use string
	err error
}

// write makes the changes, and returns what was written.
func (s *setup) write(ctx context.Context, p plan) (done []string, err error) {
	if len(p.steps) == 0 {
		return nil, s.AnswerText(nothing)
	}
	for _, step := range p.steps {
		if err := context.Cause(ctx); err != nil {
			return done, err
		}
		if err := step.write(ctx, s.after(p, s.Out), false); err != nil {
			return done, err
		}
		done = append(done, step.name)
	}
	return done, nil
}

// signIn has the person sign in where no session serves, once. What was chosen gets its tokens with that session in
// silence; it returns what gets none, which was said.
func (s *setup) signIn(ctx context.Context, p plan) ([]lack, error) {
	use := "" // a sign-in without a resource fails for no permission that is missing
	if s.ofAKS() {
		use = forKubectl
	}
	token, err := s.token(ctx, p, use, "")
	if err != nil {
		return nil, err
	}
	if err := s.AnswerText(fmt.Sprintf("Signed in as %s.\n", text.Clean(token.Account))); err != nil {
		return nil, err
	}
	var without []lack
	for _, use := range s.uses {
		_, err := s.token(ctx, p, use, "init asks once")
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		if err != nil {
			s.sayLack(use, err)
			without = append(without, lack{use, err})
		}
	}
	return without, nil
}

// sayLack says why a use gets no token.
func (s *setup) sayLack(use string, err error) {
	lines := s.Explain(err).Lines
	s.Err.Lines(append([]string{"no token for " + use + ": " + lines[0]}, lines[1:]...))
	class := cli.ClassOf(err)
	if use == forKubectl && !s.ofAKS() && !s.elsewhere() && (class == failure.SignIn || class == failure.Refused) {
		s.Err.Say("AKS's own application serves kubectl, too, with a sign-in of its own:\n  %s", s.Explainer().Command("init", "--aks", "--for", forKubectl))
	}
}

// check looks at what was chosen and gets tokens.
func (s *setup) check(ctx context.Context, p plan, without []lack) error {
	if s.isFor(forAz) {
		s.Err.Say("a link named az to entralogin serves the Azure SDKs: entralogin help az")
	}
	var parts, lacking []string
	for _, use := range s.uses {
		part := map[string]string{forKubectl: "kube", forGit: "git", forGraph: "graph", forAz: "network"}[use]
		if slices.ContainsFunc(without, func(l lack) bool { return l.use == use }) {
			lacking = append(lacking, use)
		} else {
			parts = append(parts, part)
		}
	}
	f := s.after(p, s.Out)
	f.File = nil // what was written is to be read
	if s.ofAKS() {
		f.Flags[config.ClientID] = aksClient // which is the kubeconfig's
	}
	if len(parts) > 0 {
		if err := s.steps.Check(ctx, f, parts, s.context); err != nil {
			return err
		}
	}
	if len(lacking) > 0 {
		return &cli.Advised{Kind: cli.ClassOf(without[0].err), What: "all is written, but there is no token for " + strings.Join(lacking, ", ") + "."}
	}
	return nil
}

// token gets the token of a use, or that of the sign-in alone where use is "". alone says why nobody is asked.
func (s *setup) token(ctx context.Context, p plan, use, alone string) (cache.Token, error) {
	t, err := s.request(ctx, p, use)
	if err != nil {
		return cache.Token{}, err
	}
	t.Request.Unattended = cmp.Or(t.Request.Unattended, alone)
	tokens, err := s.Tokens(t)
	if err != nil {
		return cache.Token{}, err
	}
	return tokens.Token(ctx, t.Request)
}

// request is what a call for a use would ask for, or the sign-in alone where use is "".
func (s *setup) request(ctx context.Context, p plan, use string) (t config.Target, err error) {
	f := s.after(p, s.Out)
	switch use {
	case forKubectl:
		t, err = f.Resolve(calls.KubeCall(f.Config(), s.kube.flags(f, p.target), nil, config.AzureTools))
		if err == nil {
			t, err = calls.KubeTarget(t)
		}
	case forGit:
		var g calls.Git
		if g, err = calls.FindGit(ctx, f, nil, git.Input{Protocol: "https", Host: git.AzureHosts()[0]}); err == nil {
			t, err = g.Target(f, p.target.Request.Tenant)
		}
	default:
		if t, err = f.Resolve(f.Call()); err != nil {
			return t, err
		}
		t.Request.Scopes, err = s.scopes(t, use)
	}
	if len(t.Request.Scopes) == 0 {
		t.Request.Kind = cache.ID
	}
	t.Request.Asker = "entralogin init"
	return t, err
}

// scopes are those of the token for a use.
func (s *setup) scopes(t config.Target, use string) ([]string, error) {
	switch use {
	case forGraph:
		return config.Settings{}.Scopes(t.Authority, "User.Read")
	case forAz:
		if scopes, err := s.steps.ARM(t); err == nil { // elsewhere nobody knows where it is, and the sign-in will do
			return scopes, nil
		}
	}
	return nil, nil
}
