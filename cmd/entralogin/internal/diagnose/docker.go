package diagnose

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/docker"
	"github.com/entralogin/entralogin/plugin/docker/dockercheck"
	"github.com/entralogin/entralogin/plugin/docker/dockerconfig"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Docker looks at registries as docker, podman and the credential helper would: what holds for all of them.
type Docker struct {
	factory *cli.Factory
	docker  dockercheck.File
	podman  []dockercheck.File // in the order in which podman reads them
}

// NewDocker looks at the files of docker and podman.
func NewDocker(f *cli.Factory) *Docker {
	places := calls.DockerPlaces(f)
	c := &Docker{factory: f, podman: dockercheck.Load(places.Podman())}
	if path := places.Docker(); path != "" {
		c.docker = dockercheck.Load([]string{path})[0]
	}
	return c
}

// Registries are those for which docker or podman run entralogin, sorted.
func (c *Docker) Registries() []string {
	var all []string
	for _, f := range append(slices.Clone(c.podman), c.docker) {
		all = append(all, f.Says.Ours()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// mostRegistries is how many are looked at: each costs two requests.
const mostRegistries = 10

// FindDocker says what is found about some registries; about those that are set up if none is named.
func FindDocker(ctx context.Context, f *cli.Factory, registries []string) []check.Finding {
	return NewDocker(f).Find(ctx, registries, mostRegistries, 0)
}

// Find is FindDocker, for at most most registries that are set up. Each check has the time of limit, 0 meaning any.
func (c *Docker) Find(ctx context.Context, registries []string, most int, limit time.Duration) []check.Finding {
	found := []check.Finding{dockercheck.CheckProgram(check.ThisMachine(), LinkCommand())}
	if len(registries) == 0 {
		registries = c.Registries()
	}
	if len(registries) == 0 {
		return []check.Finding{dockercheck.Registry.Fail(failure.Config, "neither docker nor podman runs entralogin for any registry").
			Or("%s", remedy.Line("entralogin", "docker", "setup", "NAME.azurecr.io"))}
	}
	if more := len(registries) - most; more > 0 {
		found = append(found, dockercheck.Registry.Unchecked("%d of %d registries", more, len(registries)).
			Or("to see the next one: %s", remedy.Line("entralogin", "docker", "check", registries[most])))
		registries = registries[:most]
	}
	s, err := c.factory.Config().Settings(config.Call{})
	if err != nil {
		return append(found, FindingOf(c.factory.Explainer(), check.Settings, err))
	}
	found = append(found, check.Settings.Notes(s.Notes)...)
	lists := make([][]check.Check, len(registries))
	for i, name := range registries {
		lists[i] = c.checks(name, limit)
	}
	return check.Once(append(found, check.Run(ctx, lists...)...))
}

// registryTarget is a registry that is looked at: what a check has learned of it, the checks that need it go by.
type registryTarget struct {
	*Docker
	caller
	name   string // as it was given
	call   calls.Docker
	stored cache.Token // of the registry, fresh, or zero
}

// checks are those of a registry, in the order in which docker and the helper meet things.
func (c *Docker) checks(name string, limit time.Duration) []check.Check {
	explain := cli.Explainer{Maker: remedy.Maker{Getenv: c.factory.Getenv}} // for calls of the helper, whose flags are not those of this call
	t := &registryTarget{Docker: c, name: name, caller: caller{f: c.factory, explain: explain, name: "docker", answer: "the helper"}}
	const registry, settings, token = dockercheck.Registry, check.Settings, check.Token
	list := []check.Check{
		{Topic: registry, Title: "the registry", Run: t.registry},
		{Topic: dockercheck.Files, Title: "the files", Needs: []check.Topic{registry}, Run: t.files},
		{Topic: settings, Title: "the settings", Needs: []check.Topic{registry}, Run: t.settle},
		{Topic: token, Title: "the token", Needs: []check.Topic{settings}, Run: t.look},
		{Topic: dockercheck.Server, Title: "the server", Needs: []check.Topic{registry}, Run: t.server},
	}
	for i := range list {
		list[i].About, list[i].Limit = text.Short(name, 200), limit
	}
	return list
}

// registry says whether the registry is one for entralogin.
func (t *registryTarget) registry(context.Context) []check.Finding {
	call, err := calls.FindDocker(t.f, nil, t.name)
	if err != nil {
		return t.failed(check.Settings, err, nil)
	}
	t.call = call
	if call.Registry.Ours {
		return []check.Finding{dockercheck.Registry.Good("%s is looked at", call.Registry.Host)}
	}
	what, remedy := Stranger(call.Registry, t.name)
	return []check.Finding{dockercheck.Registry.Fail(failure.Config, "%s %s", text.Redact(t.name, 120), what).Or("%s", remedy).Stop()}
}

// Stranger says why a registry gets no token, as what its name is, and what to do about it.
func Stranger(r docker.Registry, name string) (what, remedy string) {
	if r.Why != "" {
		return "goes over http, where everybody on the way could read a token", "name the registry without http://"
	}
	what = "is no registry that entralogin has tokens for"
	if meant := name + ".azurecr.io"; docker.Find(meant, nil).Ours {
		return what, "its login server may be " + meant
	}
	return what, `a registry of Azure is named NAME.azurecr.io, as docker pull has it; any other has to stand under registries: in the config file ("entralogin help config")`
}

// files looks at what stands in the files of docker and podman.
func (t *registryTarget) files(context.Context) []check.Finding {
	host := t.call.Registry.Host
	setup := func(more ...string) string {
		return remedy.Line(append([]string{"entralogin", "docker", "setup", host}, more...)...)
	}
	elsewhere := dockercheck.Runs(t.podman, host) && t.docker.Says.Helpers[host] != dockerconfig.Helper
	found := dockercheck.CheckDocker(t.docker, host, elsewhere, setup(), setup("--overwrite"))
	found = append(found, dockercheck.CheckVariable(t.f.Getenv("DOCKER_AUTH_CONFIG"), host)...)
	return append(found, dockercheck.CheckPodman(t.podman, t.docker.Path, host)...)
}

// LinkCommand makes the link under which docker and podman run this program, beside it.
func LinkCommand() string {
	own, err := proc.OwnPath()
	if err != nil {
		own = "entralogin"
	}
	link := filepath.Join(filepath.Dir(own), dockerconfig.Program(dockerconfig.Helper))
	if runtime.GOOS == "windows" {
		return remedy.Line("copy", own, link+".exe")
	}
	return remedy.Line("ln", "-s", own, link)
}

// settle says what the helper would ask the cache for, and where each setting stands.
func (t *registryTarget) settle(context.Context) []check.Finding {
	target, err := t.f.Config().Resolve(t.call.Call())
	if err == nil {
		target, err = t.call.Fit(target)
	}
	if err == nil {
		err = t.open(target.Place)
	}
	if err != nil {
		return t.failed(check.Settings, err, target.Notes)
	}
	t.request, t.target = target.Request, target
	return t.describe(target, func(names ...string) string {
		switch names[0] {
		case config.TokenKind:
			return ""
		case config.Scope:
			return "for " + t.call.Registry.Host
		}
		return originOfAny(target, names...)
	})
}

// look looks for the registry's token in the cache, and for the one of Entra for which the registry gives out another.
func (t *registryTarget) look(ctx context.Context) []check.Finding {
	var found []check.Finding
	if t.store.Dir != "" && t.store.OpenToOthers() == "" { // else the next words are about that
		found = []check.Finding{t.ofRegistry()}
	}
	return append(found, t.caller.look(ctx, func(c claims.Claims, asked cache.Key, again string) []check.Finding {
		return []check.Finding{dockercheck.CheckAudience(check.Token, c, asked, again)}
	})...)
}

// ofRegistry says what is stored of the registry itself.
func (t *registryTarget) ofRegistry() check.Finding {
	host, now := t.call.Registry.Host, t.f.Now()
	stored, err := t.store.Token(docker.KeyOf(t.request.Key, host))
	switch {
	case errors.Is(err, cache.ErrNone):
		return check.Token.Good("no token of %s is stored: the helper has it give one out", host)
	case errors.Is(err, cache.ErrCorrupt), errors.Is(err, cache.ErrKeyGone):
		return check.Token.Warn("the stored token of %s can't be used: %v", host, err)
	case err != nil:
		return FindingOf(t.explain, check.Token, err)
	case !stored.Fresh(now):
		return check.Token.Good("the stored token of %s is stale: the helper has it give out another", host)
	}
	t.stored = stored
	return check.Token.Good("a token of %s is stored and fresh for %s: the helper answers with it", host, text.Span(stored.Until().Add(-stored.Margin()).Sub(now)))
}

// server asks the registry, with the token that the helper would hand out.
func (t *registryTarget) server(ctx context.Context) []check.Finding {
	return dockercheck.Probe{Probe: t.probe(), Registry: t.call.Registry.Host, Tenant: t.request.Tenant, Stored: t.stored}.Check(ctx)
}
