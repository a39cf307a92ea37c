package doctorcmd

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/diagnose"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// The topics of what no other check looks at.
const (
	aboutConfig    check.Topic = "config"
	aboutSettings  check.Topic = "settings"
	aboutFolders   check.Topic = "folders"
	aboutStorage   check.Topic = "storage"
	aboutLocks     check.Topic = "locks"
	aboutAccounts  check.Topic = "accounts"
	aboutTokens    check.Topic = "tokens"
	aboutVersions  check.Topic = "versions"
	aboutProxy     check.Topic = "proxy"
	aboutNames     check.Topic = "names"
	aboutAuthority check.Topic = "authority"
	aboutClock     check.Topic = "clock"
	aboutTenant    check.Topic = "tenant"
	aboutGraph     check.Topic = "graph"
	aboutKube      check.Topic = "kube"
	aboutGit       check.Topic = "git"
)

// call is a call by hand with the settings of this one, as far as they can be settled. The checks of this machine
// learn it, one after the other; those of the parts read it.
type call struct {
	f *cli.Factory

	settled   config.Settled
	authority authority.Authority
	known     bool // the authority is
	target    config.Target
	complete  bool // target is
	place     config.Place

	store    *cache.Store      // in a folder that can be looked into, or nil
	readable bool              // reading what is stored mends nothing
	sessions []cache.SessionID // that are stored
	said     []string          // what was ignored, and what the cache has to say
}

// fail makes a finding of an error that a call would end with, without values that could be a secret in a wrong
// place.
func (c *call) fail(topic check.Topic, err error) check.Finding {
	f := withoutHome([]check.Finding{diagnose.FindingOf(c.f.Explainer(), topic, err)}, c.home())[0]
	f.What, f.Remedy = text.Redact(f.What, 500), text.Redact(f.Remedy, 500)
	if f.Remedy != "" {
		return f
	}
	switch f.Class {
	case failure.Config:
		return f.Or("mend it where it stands (entralogin help config)")
	case failure.Storage:
		return f.Or("entralogin help storage says what can be done")
	case failure.Answer:
		return f.Or("open any page in a browser: does the network want a sign-in?")
	}
	return f
}

// noted makes findings of what a call would say on standard error, each once.
func (c *call) noted() []check.Finding {
	var found []check.Finding
	for _, line := range c.said {
		found = append(found, aboutConfig.Warn("%s", line))
	}
	c.said = nil
	return found
}

// withoutMisplaced takes values that are not shown out of what other checks say of them.
func (c *call) withoutMisplaced(found []check.Finding) []check.Finding {
	for _, name := range config.InFile() {
		for _, value := range c.settled.All(name) {
			if shownValue(name, value.Text) != notShown {
				continue
			}
			for i := range found {
				found[i].What = strings.ReplaceAll(found[i].What, strconv.Quote(text.Short(value.Text, 80)), "[not shown]")
			}
		}
	}
	return found
}

func (c *call) home() string { return calls.KubeHome(c.f) }

// withoutHome writes ~ for the home folder, whose name is often that of a person.
func withoutHome(found []check.Finding, home string) []check.Finding {
	home = strings.TrimRight(home, `/\`)
	if len(home) < 2 {
		return found
	}
	for i := range found {
		for _, text := range []*string{&found[i].What, &found[i].Remedy, &found[i].About} {
			*text = tildeFor(*text, home)
		}
	}
	return found
}

func tildeFor(text, home string) string {
	var out strings.Builder
	for {
		before, after, ok := strings.Cut(text, home)
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		if next := cmp.Or(after, "/")[0]; strings.IndexByte(`/\ ,;:)"'.`, next) >= 0 {
			out.WriteString("~")
		} else {
			out.WriteString(home) // another folder whose name begins alike
		}
		text = after
	}
}
