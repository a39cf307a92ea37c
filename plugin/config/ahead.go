package config

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/agent"
)

// late says why no token is renewed before it is stale, "" if one is: an agent renews tokens by itself. What is foreign can only forbid it. Errors: *Error.
func (c Source) late(s Settings) (string, error) {
	own := slices.DeleteFunc(slices.Clone(s), func(l Layer) bool {
		return l.Foreign && strings.EqualFold(l.Values[RenewAhead].Text, "true")
	})
	switch ahead, err := own.truth(RenewAhead, true); {
	case err != nil:
		return "", err
	case !ahead:
		_, origin := own.Get(RenewAhead)
		return origin + ": false", nil
	case c.inCI():
		return "CI is set", nil
	case c.Getenv(agent.Variable) != "" && c.Getenv(agent.Variable) != agent.Off:
		return agent.Variable + " is set", nil
	}
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if slices.ContainsFunc(filepath.SplitList(c.Getenv(name)), func(path string) bool { return !filepath.IsAbs(path) }) {
			return name + " is no absolute path", nil
		}
	}
	return "", nil
}

// inCI reports whether a machine of continuous integration runs this.
func (c Source) inCI() bool {
	ci := c.Getenv("CI")
	return ci != "" && !strings.EqualFold(ci, "false") && ci != "0"
}

// Variables are those with which a call without flags in any folder asks for a token of the same session, in the same
// cache, with the same trust: it reads the same config file and checks anew what that allows. Of other variables
// ENTRALOGIN_* there may be none beside them. ok is false where the settings depend on the current folder.
//
// What they name is no more than a person may name in these variables: neither a CA nor an authority that the config file
// does not have.
func (t Target) Variables() (env map[string]string, ok bool) {
	r := t.Request
	env = map[string]string{TenantID: r.Tenant, ClientID: r.Client, Account: r.Account, Profile: t.Named, Storage: string(t.Place.Storage)}
	service := t.FirstWith(AuthorityHost, Environment)
	env[AuthorityHost], _ = service.Get(AuthorityHost)
	env[Environment], _ = service.Get(Environment)
	if ok = filepath.IsAbs(t.Place.Dir); !t.Place.Default {
		env[CacheDir] = t.Place.Dir
	}
	if file, _ := t.Get(ConfigFile); file != "" {
		path, err := filepath.Abs(file)
		env[ConfigFile], ok = path, ok && err == nil
	}
	named := map[string]string{}
	for name, value := range env {
		if value != "" {
			named[Variable(name)] = value
		}
	}
	return named, ok
}
