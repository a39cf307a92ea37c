package initcmd

import (
	"bytes"
	"context"
	"io"
	"maps"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// plan is what init is about to write.
type plan struct {
	content []byte       // of the config file
	file    *config.File // the same, read
	steps   []step
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
	if p.content, err = config.Edit(s.file.Path, s.content, s.changes()...); err != nil {
		return p, err
	}
	if p.file, err = config.Parse(s.file.Path, p.content); err != nil {
		return p, err
	}
	if err := s.overruled(p.file); err != nil {
		return p, err
	}
	if !bytes.Equal(p.content, s.content) {
		p.steps = append(p.steps, step{name: text.Short(s.file.Path, 200), shown: s.diff(p.content), write: s.writeConfig(p.content)})
	}
	if s.isFor(forKubectl) && len(s.contexts()) == 0 {
		s.Err.Lines(s.withoutCluster())
	} else if s.isFor(forKubectl) {
		p.steps = append(p.steps, step{name: "the kubeconfig", write: s.writeKube})
	}
	if s.isFor(forGit) {
		p.steps = append(p.steps, step{name: "git's configuration", write: func(ctx context.Context, f *cli.Factory, dryRun bool) error {
			return s.steps.Git(ctx, f, s.overwrite, dryRun)
		}})
	}
	var needed []step
	for _, step := range p.steps {
		if step.shown == "" {
			if step.shown, err = s.dry(ctx, p, step); err != nil {
				return p, err
			}
		}
		if step.shown != "" {
			needed = append(needed, step)
		}
	}
	p.steps = needed
	return p, nil
}

// dry is what a step would do, "" if that is nothing.
func (s *setup) dry(ctx context.Context, p plan, step step) (string, error) {
	var out bytes.Buffer
	if err := step.write(ctx, s.after(p, &out), true); err != nil {
		return "", err
	}
	return strings.TrimSuffix(out.String(), nothing), nil
}

// after is a factory whose config file is the one that is to be written, and whose answer goes to out. What was asked
// for stands in that file, and is no flag of what follows.
func (s *setup) after(p plan, out io.Writer) *cli.Factory {
	f := *s.Factory
	f.File, f.Out, f.Flags = p.file, out, maps.Clone(s.Flags)
	for _, name := range append(asked(), config.ServerID, config.Scope, config.TokenKind) {
		delete(f.Flags, name)
	}
	return &f
}

// changes are those of the config file.
func (s *setup) changes() []config.Change {
	var changes []config.Change
	set := func(name, value string) {
		if !strings.EqualFold(s.file.Values[name], value) {
			changes = append(changes, config.Set(name, value))
		}
	}
	there := config.Settled{Settings: config.Settings{config.NewLayer(config.ByFile, s.file.Path, s.file.Values)}, File: s.file}
	now := s.target.Authority
	if before, err := there.FindAuthority(); err != nil || before.Host != now.Host {
		if now.Environment == "" {
			set(config.AuthorityHost, "https://"+now.Host)
		} else {
			changes = append(changes, config.Unset(config.AuthorityHost))
			set(config.Environment, now.Environment)
		}
	}
	set(config.TenantID, s.target.Request.Tenant)
	if !s.aksClient() {
		set(config.ClientID, s.target.Request.Client)
	}
	return changes
}

// overruled refuses a config file whose answers would not count: a variable or a profile says something else.
func (s *setup) overruled(file *config.File) error {
	flags := maps.Clone(s.Flags)
	for _, name := range asked() {
		delete(flags, name)
	}
	call := config.Call{Flags: config.Flags(flags), File: file}
	if s.aksClient() {
		call.More = []config.Layer{config.NewLayer(config.ByFlag, "--aks", map[string]string{config.ClientID: authority.AKSClient})}
	}
	t, err := s.Config().Resolve(call)
	if err != nil {
		return err
	}
	r, want := t.Request, s.target.Request
	for name, same := range map[string]bool{config.TenantID: strings.EqualFold(r.Tenant, want.Tenant), config.ClientID: strings.EqualFold(r.Client, want.Client),
		config.Environment: r.Authority == want.Authority} {
		if same {
			continue
		}
		value, origin := t.Get(name)
		if name == config.Environment && value == "" {
			value, origin = t.Get(config.AuthorityHost)
		}
		return &config.Error{Name: name, Origin: origin, What: "is " + text.Short(value, 80) + ", which counts more than what init would write into the config file",
			Hint: "Take it away there, or give init the same."}
	}
	return nil
}

// diff shows the change of the config file.
func (s *setup) diff(now []byte) string {
	path := text.Clean(s.file.Path)
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
	return b.String()
}

// writeKube writes the entry of the context. What its args say besides the answers stays.
func (s *setup) writeKube(ctx context.Context, f *cli.Factory, dryRun bool) error {
	var contexts []string
	if s.context != "" {
		contexts = []string{s.context}
	}
	f.Flags = s.kubeFlags(f)
	return s.steps.Kube(ctx, f, contexts, s.overwrite, dryRun)
}

// kubeFlags are the settings of the entry: those that it has, as far as they say what was answered, and what a flag
// says. Where nothing says which cluster it is, that is AKS.
func (s *setup) kubeFlags(f *cli.Factory) map[string]string {
	flags := maps.Clone(s.entry)
	if flags == nil {
		flags = map[string]string{}
	}
	of := []string{config.ServerID, config.Scope, config.TokenKind}
	if s.Flags[of[0]]+s.Flags[of[1]]+s.Flags[of[2]] != "" {
		for _, name := range of {
			delete(flags, name)
		}
	}
	maps.Copy(flags, s.Flags)
	for _, name := range asked() {
		delete(flags, name)
	}
	want := s.target.Request
	cloud := map[string]string{config.Environment: s.entry[config.Environment], config.AuthorityHost: s.entry[config.AuthorityHost]}
	named := config.Settled{Settings: config.Settings{config.NewLayer(config.ByFlag, "", cloud)}, File: f.File}
	if found, err := named.FindAuthority(); err == nil && found.Host == want.Authority && s.entry != nil {
		maps.Copy(flags, cloud)
	}
	if strings.EqualFold(s.entry[config.TenantID], want.Tenant) {
		flags[config.TenantID] = s.entry[config.TenantID]
	}
	if strings.EqualFold(s.entry[config.ClientID], want.Client) || s.aksClient() {
		flags[config.ClientID] = want.Client
	}
	settled, err := f.Config().Settings(config.Call{Flags: config.Flags(flags)})
	if err == nil && !settled.Has(of...) {
		flags[config.ServerID] = authority.AKSServer
	}
	return flags
}

// withoutCluster says how a cluster gets into the kubeconfig.
func (s *setup) withoutCluster() []string {
	which := "--aks"
	for _, name := range []string{config.ServerID, config.Scope, config.TokenKind} {
		if value := s.Flags[name]; value != "" {
			which = "--" + name + " " + calls.ShellLine([]string{value})
		}
	}
	return []string{"No kubeconfig has a cluster yet, so nothing is written for kubectl. Get one first:",
		"az aks get-credentials --resource-group GROUP --name CLUSTER    and then: entralogin init",
		"or, without the Azure CLI: entralogin kubeconfig add " + which + " --context NAME --server URL --ca FILE"}
}
