package initcmd

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/graph"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// values are answers by the setting.
type values = map[string]config.Value

// answers are what a person says, over what stands in the files.
type answers struct {
	file    *config.File // as it is
	content []byte       // of it
	typed   values
	target  config.Target // what all of it comes to

	files *kubeconfig.Config // nil where there is no place for a kubeconfig
	entry map[string]string  // what the args of its entry say, where that is ours
}

// asked are the settings that init asks for.
func asked() []string {
	return []string{config.Environment, config.AuthorityHost, config.TenantID, config.ClientID}
}

// learn reads what is there, and what the parameters.json says.
func (s *setup) learn() error {
	path := s.configPath()
	if path == "" {
		return &config.Error{Name: config.ConfigFile, What: "has no place: neither HOME nor XDG_CONFIG_HOME is set", Hint: "Name the file with --config."}
	}
	content, err := text.ReadUserFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if s.file, err = config.Parse(path, content); err != nil {
		return err
	}
	s.content, s.typed = content, values{}
	for name, value := range s.Flags {
		s.typed[name] = config.Value{Text: value, Origin: "--" + name}
	}
	if s.aks {
		s.typed[config.ClientID] = config.Value{Text: authority.AKSClient, Origin: "--aks"}
	}
	if s.parameters != "" {
		if s.typed, err = s.withParameters(s.parameters); err != nil {
			return err
		}
	}
	_, err = s.Config().Settings(s.call(s.typed))
	return err
}

// configPath is where the config file lies, or will lie; "" where there is no place for it.
func (s *setup) configPath() string {
	for _, path := range []string{s.Flags[config.ConfigFile], s.Getenv(config.Variable(config.ConfigFile))} {
		if path != "" {
			return path
		}
	}
	path, notes := s.Config().DefaultFile()
	for _, note := range notes {
		s.Err.Warn(note)
	}
	return path
}

// withParameters are the answers with those of a parameters.json, where no flag gives them.
func (s *setup) withParameters(file string) (values, error) {
	p, err := graph.ReadParameters(file)
	if err != nil {
		return nil, err
	}
	typed := maps.Clone(s.typed)
	for name, value := range map[string]string{config.AuthorityHost: "https://" + p.AuthorityHost, config.TenantID: p.Tenant, config.ClientID: p.ClientID} {
		if !s.said(name) && (name != config.AuthorityHost || !s.said(config.Environment)) {
			typed[name] = config.Value{Text: value, Origin: text.Short(file, 200)}
		}
	}
	return typed, nil
}

// said reports whether one of the settings was answered.
func (s *setup) said(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, ok := s.typed[name]; return ok })
}

// call is a call with answers over what stands in the files.
func (s *setup) call(typed values) config.Call {
	return config.Call{Flags: config.Layer{Rank: config.ByFlag, Values: typed}, File: s.file}
}

// settled are the settings of that call. That the files can be read was seen before.
func (s *setup) settled(typed values) config.Settled {
	settled, _ := s.Config().Settings(s.call(typed))
	return settled
}

// resolve settles what answers come to.
func (s *setup) resolve(typed values) (config.Target, error) {
	return s.Config().Resolve(s.call(typed))
}

// fault is what is wrong with one of the settings; those before it have to be right.
func (s *setup) fault(typed values, names ...string) error {
	_, err := s.resolve(typed)
	var bad *config.Error
	if errors.As(err, &bad) && slices.Contains(names, bad.Name) {
		return bad
	}
	return nil
}

// today is the setting that counts so far.
func (s *setup) today(name string) string {
	value, _ := s.settled(s.typed).Get(name)
	return value
}

// aksClient reports whether AKS's own application is the one that signs in.
func (s *setup) aksClient() bool { return isOfAKS(s.today(config.ClientID)) }

// usesOf are what a list names, with commas or spaces between.
func usesOf(list string) ([]string, error) {
	uses := strings.FieldsFunc(strings.ToLower(list), func(r rune) bool { return r == ',' || r == ' ' })
	for _, use := range uses {
		if !slices.Contains(known(), use) {
			return nil, cli.Usagef("%q is none of %s", text.Short(use, 40), strings.Join(known(), ", "))
		}
	}
	return uses, nil
}

// whyAKSAlone says what AKS's own application is not for.
const whyAKSAlone = "AKS's own application serves kubectl alone: git, Graph and az need one that is registered (entralogin help application)"

// checkClient refuses uses that the application can't serve.
func (s *setup) checkClient() error {
	if s.aksClient() && slices.ContainsFunc(s.uses, func(use string) bool { return use != forKubectl }) {
		return &cli.Advised{Kind: failure.Usage, What: whyAKSAlone + ".", Advice: []string{"Give --client-id in its place, or --for kubectl."}}
	}
	return nil
}

// learnKube reads the kubeconfig, and what its entry for the context says where that is ours. Without a place for one
// there is none.
func (s *setup) learnKube() error {
	files, err := calls.Kubeconfig(s.Factory, "")
	var nowhere *config.Error
	if errors.As(err, &nowhere) {
		return nil
	}
	s.files = files
	return err
}

// contexts are the names of the kubeconfig's contexts.
func (s *setup) contexts() []string {
	if s.files == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(s.files.Contexts))
}

// learnEntry reads the entry of the context, where that runs entralogin.
func (s *setup) learnEntry() {
	s.entry = nil
	if s.files == nil {
		return
	}
	name := s.context
	if name == "" {
		name = s.files.CurrentContext
	}
	if e, ok := s.files.Users[s.files.Contexts[name].User].Exec(); ok && e.IsOurs() {
		_, s.entry, _ = calls.ReadKubeArgs(e.Args)
	}
}
