package calls

import (
	"errors"
	"fmt"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/docker"
	"github.com/entralogin/entralogin/plugin/https"
)

// DockerCredential is the command that docker runs.
const DockerCredential = "docker-credential"

// Docker is a call of docker-credential for one registry.
type Docker struct {
	Registry docker.Registry // with what the config says of it
	Notes    []string        // what was ignored, for standard error
	Flags    map[string]string

	file *config.File
}

// FindDocker settles what docker wants to sign in at. flags are the shared settings among the helper's arguments, server is
// the registry as docker names it. Errors: *config.Error, *text.FileError.
func FindDocker(f *cli.Factory, flags map[string]string, server string) (Docker, error) {
	if err := checkCacheDir(flags); err != nil {
		return Docker{}, err
	}
	s, err := f.Config().Settings(config.Call{Flags: config.Flags(flags)})
	if err != nil {
		return Docker{}, err
	}
	d := Docker{Registry: docker.Find(server, Registries(s.File)), Flags: flags, Notes: s.Notes, file: s.File}
	return d, nil
}

// Registries are those of the config file.
func Registries(file *config.File) []docker.Host {
	hosts := make([]docker.Host, len(file.Registries))
	for i, r := range file.Registries {
		hosts[i] = docker.Host(r)
	}
	return hosts
}

// KeptRegistries are those whose tokens are stored, in no order; some perhaps twice.
func KeptRegistries(st *cache.Store) ([]string, error) {
	stored, err := cache.MachineTokens(st)
	ids, failed := st.SessionIDs()
	err = errors.Join(err, failed)
	for _, id := range ids {
		tokens, failed := st.TokensOf(id)
		stored, err = append(stored, tokens...), errors.Join(err, failed)
	}
	var hosts []string
	for _, t := range stored {
		if host, ok := docker.HostOf(t.Key); ok {
			hosts = append(hosts, host)
		}
	}
	return hosts, err
}

// Call is what the call says. What the config says of the registry counts less than the environment, as all of the config
// does. Where nothing names a tenant the account's own is meant.
func (d Docker) Call() config.Call {
	r := d.Registry
	return config.Call{Flags: config.Flags(d.Flags), Profile: r.Profile, File: d.file, More: []config.Layer{
		config.NewLayer(config.ByCluster, "registries: in the config", map[string]string{config.TenantID: r.TenantID, config.ClientID: r.ClientID, config.Account: r.Account}),
		config.NewLayer(config.ByDefault, "the cloud of "+r.Host, map[string]string{config.Environment: r.Environment}),
		config.HomeTenant(),
	}}
}

// Target settles what is asked for. Errors: *config.Error, also where the sign-in is at another cloud than the registry's,
// which gets no token of that.
func (d Docker) Target(f *cli.Factory) (config.Target, error) {
	t, err := f.Resolve(d.Call())
	if err != nil {
		return t, err
	}
	return d.Fit(t)
}

// Fit makes what the call resolves to a target for the registry. Errors are those of Target.
func (d Docker) Fit(t config.Target) (config.Target, error) {
	here, there := t.Authority.Environment, d.Registry.Environment
	if here != "" && there != "" && here != there {
		_, origin := t.FirstWith(config.AuthorityHost, config.Environment).Get(config.Environment)
		return t, &config.Error{Name: config.Environment, Origin: origin, What: fmt.Sprintf("is %s, and %s is in %s, whose registries take no other token", here, d.Registry.Host, there),
			Hint: "Give it a profile with environment: " + there + `, under registries: in the config file ("entralogin help docker").`}
	}
	t.Request.Scopes, t.Request.Asker = strings.Fields(d.Registry.Scope), d.Registry.Asker()
	return t, nil
}

// Source is where the registry's token comes from. Nothing is asked or read yet. Errors: *cache.StorageError, *config.Error.
func (d Docker) Source(f *cli.Factory, t config.Target) (*docker.Source, *plugin.Cached, error) {
	tokens, err := f.Tokens(t)
	if err != nil {
		return nil, nil, err
	}
	tokens.Store.Locate()
	client := docker.New(d.Registry.Host, https.Options{Trace: f.Err.Trace})
	client.Note, client.Now = f.Err.Warn, f.Now
	return &docker.Source{Store: tokens.Store, Entra: tokens, Client: client, Note: f.Err.Warn, Now: f.Now}, tokens, nil
}
