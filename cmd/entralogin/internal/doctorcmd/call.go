package doctorcmd

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/diagnose"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// The topics of what no other check looks at.
const (
	aboutConfig    check.Topic = "config"
	aboutFolders   check.Topic = "folders"
	aboutStorage   check.Topic = "storage"
	aboutLocks     check.Topic = "locks"
	aboutAccounts  check.Topic = "accounts"
	aboutTokens    check.Topic = "tokens"
	aboutSignIn    check.Topic = "signin"
	aboutVersions  check.Topic = "versions"
	aboutProxy     check.Topic = "proxy"
	aboutNames     check.Topic = "names"
	aboutAuthority check.Topic = "authority"
	aboutTenant    check.Topic = "tenant"
	aboutIdentity  check.Topic = "identity"
	aboutGraph     check.Topic = "graph"
	aboutKube      check.Topic = "kube"
	aboutGit       check.Topic = "git"
	aboutFeeds     check.Topic = "artifacts"
)

// call is a call by hand with the settings of this one, as far as they can be settled. The checks of this machine
// learn it, one after the other; those of the parts read it.
type call struct {
	f     *cli.Factory
	named bool // one part is looked at, since somebody named it

	context string // of the kubeconfig, "" for the current one

	settled   config.Settled
	authority authority.Authority
	known     bool // the authority is
	target    config.Target
	complete  bool // target is
	place     config.Place

	store    *cache.Store // in a folder that can be looked into, or nil
	readable bool         // reading what is stored mends nothing
	sessions []session
	said     []string // what was ignored, and what the cache has to say
}

// requestOf is the call's own request at a session, "" for what is not known.
func (c *call) requestOf(id cache.SessionID) plugin.Request {
	r := c.target.Request
	r.SessionID = id
	return r
}

// login is the command that signs in with the settings of this call. What they lack has a placeholder.
func (c *call) login() string {
	x := c.f.Explainer()
	if c.complete {
		return x.LoginCommand(c.target.Request)
	}
	return x.Command("login", "--"+config.ClientID, "CLIENT_ID")
}

// fail makes a finding of an error that a call would end with, without values that could be a secret in a wrong
// place.
func (c *call) fail(topic check.Topic, err error) check.Finding {
	f := c.fit([]check.Finding{diagnose.FindingOf(c.f.Explainer(), topic, err)})[0]
	f.What, f.Remedy = text.Redact(f.What, 500), text.Redact(f.Remedy, 500)
	if f.Remedy == "" {
		f.Remedy = map[failure.Class]string{
			failure.Config:  "mend it where it stands (entralogin help config)",
			failure.Storage: "entralogin help storage says what can be done",
		}[f.Class]
	}
	return f
}

// fit makes what was found fit to be posted: it writes ~ for the home folder, whose name is often that of a person,
// and takes values out that are not shown.
func (c *call) fit(found []check.Finding) []check.Finding {
	var misplaced []string
	for _, name := range config.InFile() {
		for _, value := range c.settled.All(name) {
			if config.Shown(name, value.Text) == config.NotShown {
				misplaced = append(misplaced, strconv.Quote(text.Short(value.Text, 80)), "[not shown]")
			}
		}
	}
	hide, home := strings.NewReplacer(misplaced...), calls.KubeHome(c.f)
	for i := range found {
		for _, words := range []*string{&found[i].What, &found[i].Remedy, &found[i].About} {
			*words = hide.Replace(withTilde(*words, home))
		}
	}
	return found
}

// withTilde writes ~ for the home folder, and not in the name of another one that begins alike.
func withTilde(words, home string) string {
	home = strings.TrimRight(home, `/\`)
	if len(home) < 2 {
		return words
	}
	return regexp.MustCompile(regexp.QuoteMeta(home)+`($|[/\\ ,;:)"'.])`).ReplaceAllString(words, "~$1")
}
