package initcmd

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/graph"
	"github.com/entralogin/entralogin/plugin/text"
)

const aksClient = authority.AKSClient

// isOfAKS reports whether a client is AKS's own application.
func isOfAKS(client string) bool { return strings.EqualFold(client, aksClient) }

// asked are the settings that init asks for.
func asked() []string {
	return []string{config.Environment, config.AuthorityHost, config.TenantID, config.ClientID}
}

// inFile are the settings that init writes into the config file: what it asks for, and how a person signs in.
func inFile() []string { return append(asked(), config.Login, config.RedirectPort) }

// answers are the settings that were answered, over those that stand in the environment and in the config file.
type answers struct {
	source  config.Source
	file    *config.File // as it is, an empty one where there is none
	content []byte       // of it, nil where there is none
	given   map[string]config.Value
}

// read reads the config file, there or not, and takes the flags for answers.
func read(f *cli.Factory) (answers, error) {
	a := answers{source: f.Config(), given: config.Flags(f.Flags).Values}
	path, _, err := a.source.Path(config.Flags(f.Flags))
	if err != nil {
		return a, err
	}
	content, err := text.ReadUserFileMarked(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return a, err
	}
	a.content = content
	if a.file, err = config.Parse(path, bytes.TrimPrefix(content, []byte("\ufeff"))); err != nil {
		return a, err
	}
	_, err = a.source.Settings(a.call()) // which the profile can prevent
	return a, err
}

// with are the answers with one more. An empty one is none.
func (a answers) with(name, answer, origin string) answers {
	if answer == "" {
		return a
	}
	a.given = maps.Clone(a.given)
	a.given[name] = config.Value{Text: answer, Origin: origin}
	return a
}

// withParameters are the answers with those of a parameters.json, where none is given.
func (a answers) withParameters(file string) (answers, error) {
	p, err := graph.ReadParameters(file)
	if err != nil {
		return a, err
	}
	origin := text.Short(file, 200)
	if !a.said(config.Environment, config.AuthorityHost) {
		a = a.with(config.AuthorityHost, "https://"+p.AuthorityHost, origin)
	}
	for name, value := range map[string]string{config.TenantID: p.Tenant, config.ClientID: p.ClientID} {
		if !a.said(name) {
			a = a.with(name, value, origin)
		}
	}
	return a, nil
}

// said reports whether one of the settings was answered.
func (a answers) said(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, ok := a.given[name]; return ok })
}

func (a answers) call() config.Call {
	return config.Call{Flags: config.Layer{Rank: config.ByFlag, Values: a.given}, File: a.file}
}

// settled are the settings as far as they are answered.
func (a answers) settled() config.Settled {
	settled, _ := a.source.Settings(a.call()) // read has seen that the files can be read
	return settled
}

// today is the setting that counts so far, "" where there is none.
func (a answers) today(name string) string {
	value, _ := a.settled().Get(name)
	return value
}

// resolve settles what the answers come to.
func (a answers) resolve() (config.Target, error) { return a.source.Resolve(a.call()) }

// fault is what is wrong with one of the settings; those that are asked for before it have to be right.
func (a answers) fault(names ...string) error {
	_, err := a.resolve()
	var bad *config.Error
	if errors.As(err, &bad) && slices.Contains(names, bad.Name) {
		return bad
	}
	return nil
}

// ofAKS reports whether AKS's own application is the one that signs in.
func (a answers) ofAKS() bool { return isOfAKS(a.today(config.ClientID)) }

// changes are those that the config file needs to say the same as t.
func (a answers) changes(t config.Target) []config.Change {
	var changes []config.Change
	set := func(name, value string) {
		if !strings.EqualFold(a.file.Values[name], value) {
			changes = append(changes, config.Set(name, value))
		}
	}
	if host := hostOf(a.file, a.file.Values); host != t.Authority.Host {
		if t.Authority.Environment == "" {
			set(config.AuthorityHost, "https://"+t.Authority.Host)
		} else {
			changes = append(changes, config.Unset(config.AuthorityHost))
			set(config.Environment, t.Authority.Environment)
		}
	}
	set(config.TenantID, t.Request.Tenant)
	if !a.ofAKS() { // which stands in the kubeconfig: to git and Graph it is of no use
		set(config.ClientID, t.Request.Client)
	}
	if a.said(config.Login) {
		set(config.Login, t.SignIn.Method)
	}
	if a.said(config.RedirectPort) {
		set(config.RedirectPort, strconv.Itoa(t.SignIn.Port))
	}
	return changes
}

// hostOf is the authority that values name, "" where they name none that is known.
func hostOf(file *config.File, values map[string]string) string {
	found, err := config.Settled{Settings: config.Settings{config.NewLayer(config.ByFile, file.Path, values)}, File: file}.FindAuthority()
	if err != nil {
		return ""
	}
	return found.Host
}

// overruled refuses a config file in which the answers would not count: a variable or a profile says something else.
func (a answers) overruled(file *config.File, want config.Target) error {
	call := a.call()
	call.Flags.Values, call.File = maps.Clone(call.Flags.Values), file
	for _, name := range inFile() {
		delete(call.Flags.Values, name)
	}
	if a.ofAKS() {
		call.Flags.Values[config.ClientID] = config.Value{Text: aksClient}
	}
	t, err := a.source.Resolve(call)
	if err != nil {
		return err
	}
	name := ""
	switch r := t.Request; {
	case r.Authority != want.Request.Authority && t.FirstWith(config.Environment, config.AuthorityHost).Has(config.AuthorityHost):
		name = config.AuthorityHost
	case r.Authority != want.Request.Authority:
		name = config.Environment
	case !strings.EqualFold(r.Tenant, want.Request.Tenant):
		name = config.TenantID
	case !strings.EqualFold(r.Client, want.Request.Client):
		name = config.ClientID
	case t.SignIn.Method != want.SignIn.Method:
		name = config.Login
	case t.SignIn.Port != want.SignIn.Port:
		name = config.RedirectPort
	default:
		return nil
	}
	value, origin := t.Get(name)
	return &config.Error{Name: name, Origin: origin, What: "is " + text.Short(value, 80) + ", and counts more than what init would write",
		Hint: "Take it away there, or answer the same here. Nothing was written."}
}

// usesOf are what a list names, with commas or spaces between.
func usesOf(list string) ([]string, error) {
	named := strings.FieldsFunc(strings.ToLower(list), func(r rune) bool { return r == ',' || r == ' ' })
	for _, use := range named {
		if !slices.Contains(known(), use) {
			return nil, cli.Usagef("%q is none of %s", text.Short(use, 40), strings.Join(known(), ", "))
		}
	}
	return slices.DeleteFunc(known(), func(use string) bool { return !slices.Contains(named, use) }), nil
}
