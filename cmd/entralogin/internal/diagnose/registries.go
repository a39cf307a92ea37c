package diagnose

import (
	"context"
	"slices"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/docker"
)

// Registries says for each container registry of the config file, for each for which docker or podman run this program, and
// for each whose token is stored, what the next call of docker would do. Where that has nothing for it, it is left out.
func Registries(ctx context.Context, f *cli.Factory) []Prospect {
	s, err := f.Config().Settings(config.Call{Flags: config.Flags(f.Flags)})
	if err != nil {
		return nil // the other front ends say it
	}
	var hosts []string
	for _, r := range s.File.Registries {
		hosts = append(hosts, r.Host)
	}
	if place, err := f.Config().Place(s.Settings); err == nil && place.Dir != "" {
		if st, err := f.CacheAt(place); err == nil && st.OpenToOthers() == "" {
			kept, _ := calls.KeptRegistries(st) // what can't be read is told of the other front ends
			hosts = append(hosts, kept...)
		}
	}
	hosts = append(hosts, NewDocker(f).Registries()...)
	slices.Sort(hosts)
	known := calls.Registries(s.File)
	var all []Prospect
	for _, host := range slices.Compact(hosts) {
		if docker.Find(host, known).Ours {
			all = append(all, foreseeRegistry(ctx, f, host))
		}
	}
	return all
}

// foreseeRegistry is what the next call for one would do. A token of Entra alone is not the registry's.
func foreseeRegistry(ctx context.Context, f *cli.Factory, host string) Prospect {
	p, x := Prospect{FrontEnd: "docker", For: host}, f.Explainer()
	call, err := calls.FindDocker(f, f.Flags, host)
	if err != nil {
		return p.stopped(FindingOf(x, check.Settings, err))
	}
	target, err := call.Target(f)
	if err != nil {
		return p.stopped(FindingOf(x, check.Settings, err))
	}
	source, _, err := call.Source(f, target)
	if err != nil {
		return p.stopped(FindingOf(x, check.Token, err))
	}
	asked := target.Request
	target.Request.Key = docker.KeyOf(asked.Key, call.Registry.Host)
	kept := Foresee(ctx, f, x, source.Store, target, p)
	if kept.Request = asked; kept.Next == plugin.NextSilent {
		return kept
	}
	target.Request = asked
	if p = Foresee(ctx, f, x, source.Store, target, p); p.Next == plugin.NextSilent {
		p.Next, p.Until = plugin.NextRenewal, time.Time{}
	}
	return p
}
