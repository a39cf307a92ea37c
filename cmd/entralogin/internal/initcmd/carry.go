package initcmd

import (
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
	done, err := s.write(ctx, p)
	if err == nil {
		err = s.signInAndCheck(ctx, p)
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil && len(done) > 0 {
		s.Err.Say("written: %s. \"entralogin init\" goes on from there.", strings.Join(done, ", "))
	}
	return err
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

// signInAndCheck signs in, gets what was chosen a token each, and looks at all of it.
func (s *setup) signInAndCheck(ctx context.Context, p plan) error {
	without, err := s.signIn(ctx, p)
	if err != nil {
		return err
	}
	var parts []string
	for use, part := range map[string]string{forKubectl: "kube", forGit: "git", forGraph: "graph"} {
		if s.isFor(use) && !slices.Contains(without, use) {
			parts = append(parts, part)
		}
	}
	if s.isFor(forAz) {
		s.Err.Say("a link named az to entralogin serves the Azure SDKs: entralogin help az")
	}
	if len(parts) == 0 {
		parts = []string{"network"}
	}
	f := s.after(p, s.Out)
	f.File = nil // what was written is to be read
	err = s.steps.Check(ctx, f, parts)
	if err == nil && len(without) > 0 {
		err = &cli.Advised{Kind: failure.SignIn, What: "all is set up, but there is no token for " + strings.Join(without, ", ") + ": see above."}
	}
	return err
}

// signIn has the person sign in where no session serves, once. The tokens of what was chosen are got with that session
// in silence; it returns what gets none, which was said.
func (s *setup) signIn(ctx context.Context, p plan) (without []string, err error) {
	first, err := s.request(p, "")
	if s.ofAKS() {
		first, err = s.request(p, forKubectl)
	}
	if err != nil {
		return nil, err
	}
	token, err := s.token(ctx, first)
	if err != nil {
		return nil, err
	}
	if err := s.AnswerText(fmt.Sprintf("Signed in as %s.\n", text.Clean(token.Account))); err != nil {
		return nil, err
	}
	for _, use := range s.uses {
		t, err := s.request(p, use)
		if err == nil {
			t.Request.Unattended = "init asks once"
			_, err = s.token(ctx, t)
		}
		if cause := context.Cause(ctx); cause != nil {
			return without, cause
		}
		if err != nil {
			lines := s.Explain(err).Lines
			s.Err.Lines(append([]string{"no token for " + use + ": " + lines[0]}, lines[1:]...))
			without = append(without, use)
		}
	}
	return without, nil
}

// token gets the token of a target.
func (s *setup) token(ctx context.Context, t config.Target) (cache.Token, error) {
	tokens, err := s.Tokens(t)
	if err != nil {
		return cache.Token{}, err
	}
	return tokens.Token(ctx, t.Request)
}

// request is what a call for a use would ask for, or the sign-in alone where use is "".
func (s *setup) request(p plan, use string) (t config.Target, err error) {
	f := s.after(p, s.Out)
	switch use {
	case forKubectl:
		t, err = f.Resolve(calls.KubeCall(f.Config(), s.kube.flags(f, p.target), nil, false))
		if err == nil {
			t, err = calls.KubeTarget(t)
		}
	case forGit:
		var g calls.Git
		if g, err = calls.FindGit(f, nil, git.Input{Protocol: "https", Host: git.AzureHosts()[0]}); err == nil {
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
