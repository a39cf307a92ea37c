package initcmd

import (
	"bytes"
	"context"
	"io"
	"maps"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// plan is what init is about to write.
type plan struct {
	target config.Target // what all answers come to
	file   *config.File  // the config file as it will be
	steps  []step        // those that change something
}

// step is a change of one program's files.
type step struct {
	name  string // what is changed, in words
	shown string // the change
	write func(ctx context.Context, f *cli.Factory, dryRun bool) error
}

// shown is the change of all files.
func (p plan) shown() string {
	var b strings.Builder
	for _, step := range p.steps {
		b.WriteString(step.shown)
	}
	if b.Len() == 0 {
		return nothing
	}
	return b.String()
}

const nothing = "Nothing to change.\n"

// plan makes all changes in memory, and shows them. What a later call would refuse is refused here.
func (s *setup) plan(ctx context.Context) (plan, error) {
	var p plan
	var err error
	if p.target, err = s.resolve(); err != nil {
		return p, err
	}
	changes := s.changes(p.target)
	content, err := config.Edit(s.file.Path, s.content, changes...)
	if err != nil {
		return p, err
	}
	if p.file, err = config.Parse(s.file.Path, content); err != nil {
		return p, err
	}
	if err := s.overruled(p.file, p.target); err != nil {
		return p, err
	}
	all := []step{{name: text.Short(s.file.Path, 200), write: func(ctx context.Context, f *cli.Factory, dryRun bool) error {
		return s.writeConfig(ctx, f, content, changes, dryRun)
	}}}
	switch {
	case s.isFor(forKubectl) && len(s.contexts()) == 0:
		s.Err.Lines(s.withoutCluster(s.Explainer().Maker))
		s.choose("") // there is none to look at
	case s.isFor(forKubectl):
		all = append(all, step{name: "the kubeconfig", write: func(ctx context.Context, f *cli.Factory, dryRun bool) error {
			f.Flags = s.kube.flags(f, p.target)
			var contexts []string
			if s.context != "" {
				contexts = []string{s.context}
			}
			// A person sees that kubelogin goes, and agrees.
			return s.steps.Kube(ctx, f, contexts, s.overwrite || s.asks && s.former != nil, dryRun)
		}})
	}
	if s.isFor(forGit) {
		all = append(all, step{name: "git's configuration", write: func(ctx context.Context, f *cli.Factory, dryRun bool) error {
			return s.steps.Git(ctx, f, s.overwrite, dryRun)
		}})
	}
	for _, step := range all {
		if step.shown, err = s.dry(ctx, p, step); err != nil {
			return p, err
		}
		if step.shown != "" {
			p.steps = append(p.steps, step)
		}
	}
	return p, nil
}

// dry is what a step would do, "" if that is nothing.
func (s *setup) dry(ctx context.Context, p plan, step step) (string, error) {
	var out bytes.Buffer
	f := s.after(p, &out)
	if s.yes && !s.dryRun { // it is said when it is done
		f.Err = &term.Stderr{Out: io.Discard, Env: f.Getenv, Now: f.Now}
	}
	if err := step.write(ctx, f, true); err != nil {
		return "", err
	}
	return strings.TrimSuffix(out.String(), nothing), nil
}

// after is a factory whose config file is the one that is to be written, and whose answer goes to out. What was asked
// for stands in that file, and is no flag of what follows.
func (s *setup) after(p plan, out io.Writer) *cli.Factory {
	f := *s.Factory
	f.File, f.Out, f.Flags = p.file, out, maps.Clone(s.Flags)
	for _, name := range append(inFile(), ofCluster()...) {
		delete(f.Flags, name)
	}
	return &f
}

// writeConfig writes the config file, or shows how it would change.
func (s *setup) writeConfig(ctx context.Context, f *cli.Factory, now []byte, changes []config.Change, dryRun bool) error {
	path := text.Clean(s.file.Path)
	if !dryRun {
		if err := config.Update(ctx, s.file.Path, changes...); err != nil {
			return err
		}
		return f.AnswerText("Wrote " + path + ".\n")
	}
	was := path
	if s.content == nil {
		was = "/dev/null"
	}
	var b strings.Builder
	for line := range strings.Lines(string(diff.Diff(was, s.content, path, now))) {
		if !strings.HasPrefix(line, "diff ") {
			b.WriteString(text.Clean(strings.TrimSuffix(line, "\n")) + "\n")
		}
	}
	return f.AnswerText(b.String())
}
