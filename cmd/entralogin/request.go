package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// target is a Request with the authority that it goes to.
type target struct {
	request   plugin.Request
	authority authority.Authority
}

// badSetting is a usage error if the value came from a flag, else a configuration error.
func badSetting(name, value, origin, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	if value != "" {
		what = fmt.Sprintf("is %q, which %s", text.Short(value, 80), what)
	}
	if strings.HasPrefix(origin, "--") {
		return usagef("%s %s", origin, what)
	}
	return &configError{name: name, origin: origin, what: what}
}

// missing is a setting that is nowhere.
func missing(name, what string) error {
	return &configError{name: name, what: "is not set: " + what,
		hint: fmt.Sprintf("Give --%s, %s, or %s: in the config file.", name, variable(name), name)}
}

// resolve settles a request from the settings: which authority, tenant, client, account and prompt.
// Scopes and kind are the command's matter.
func (a *app) resolve(s settings, c *config) (target, error) {
	auth, err := findAuthority(s, c)
	if err != nil {
		return target{}, err
	}
	t := target{authority: auth}
	r := &t.request
	r.Authority = auth.Host
	r.Kind = cache.Access
	if err := resolveIdentity(s, r); err != nil {
		return target{}, err
	}
	for _, name := range []string{profile, authorityHost, environment, tenantID, clientID, account, prompt} {
		if value, origin := s.get(name); value != "" {
			a.explain(fmt.Sprintf("%s is %s (%s)", name, value, origin))
		}
	}
	if _, err := wantsQR(s); err != nil {
		return target{}, err
	}
	if r.Unattended, err = a.unattended(s); err != nil {
		return target{}, err
	}
	value, origin := s.get(promptTimeout)
	if value == "" {
		return t, nil
	}
	if r.PromptTimeout, err = time.ParseDuration(value); err != nil || r.PromptTimeout <= 0 {
		return target{}, badSetting(promptTimeout, value, origin, "is no positive duration such as 90s or 5m")
	}
	return t, nil
}

func resolveIdentity(s settings, r *plugin.Request) error {
	value, origin := s.get(tenantID)
	switch {
	case value == "":
		return missing(tenantID, "which tenant (directory) is meant?")
	case !authority.IsTenant(value):
		return badSetting(tenantID, value, origin, "is neither a GUID nor a domain name")
	}
	r.Tenant = value
	value, origin = s.get(clientID)
	switch {
	case value == "":
		return missing(clientID, "which registered application signs in?")
	case !authority.IsClientID(value):
		return badSetting(clientID, value, origin, "is no application (client) ID: that is a GUID")
	}
	r.Client = value
	value, origin = s.get(account)
	if value != text.Clean(value) || strings.ContainsAny(value, " \t") {
		return badSetting(account, value, origin, "is no user name")
	}
	r.Account = value
	return nil
}

// findAuthority settles the authority. Nothing but the user's own config adds one to the Microsoft clouds.
//
// --environment and --authority-host say the same thing in two ways. The origin that wins is the first one
// that has either; where it has both, the host is the more exact one.
func findAuthority(s settings, c *config) (authority.Authority, error) {
	s = s.firstWith(authorityHost, environment)
	if value, origin := s.get(environment); value != "" {
		if _, ok := authority.Cloud(value); !ok {
			return authority.Authority{}, badSetting(environment, value, origin, "is no known cloud: %s", cloudWords())
		}
	}
	if value, origin := s.get(authorityHost); value != "" {
		if err := checkKind(value, origin); err != nil {
			return authority.Authority{}, err
		}
		host, err := authority.OriginHost(value)
		if err != nil {
			if strings.Contains(value, "@") {
				value = "" // a password may stand there
			}
			return authority.Authority{}, badSetting(authorityHost, value, origin, "%v", err)
		}
		if found, ok := c.authority(host); ok {
			return found, nil
		}
		return authority.Authority{}, &configError{name: authorityHost, origin: origin,
			what: fmt.Sprintf("names %s, which is none of the Microsoft clouds and not in your config", text.Short(host, 80)),
			hint: "If you trust it with your tokens, add it to authorities: in the config file (entralogin help config)."}
	}
	value, _ := s.get(environment)
	cloud, _ := authority.Cloud(cmp.Or(value, "AzurePublicCloud"))
	found, _ := c.authority(cloud.Host)
	return found, nil
}

// authority finds a trusted authority by its host. An entry of the config adds a CA or a Graph to a cloud.
func (c *config) authority(host string) (authority.Authority, bool) {
	var found authority.Authority
	known := false
	for _, cloud := range authority.Clouds() {
		if cloud.Host == host {
			found, known = cloud, true
		}
	}
	for _, entry := range c.authorities {
		if entry.Host != host {
			continue
		}
		known = true
		found.Host = host
		if entry.Graph != "" {
			found.Graph = append([]string{entry.Graph}, found.Graph...)
		}
		if found.CAFile = entry.CAFile; found.CAFile != "" && !filepath.IsAbs(found.CAFile) {
			found.CAFile = filepath.Join(filepath.Dir(c.path), found.CAFile)
		}
	}
	return found, known
}

// unattended says why nobody may be asked, "" if somebody may. Only what somebody said counts: that stdin
// is no terminal says nothing of the person who reads stderr.
func (a *app) unattended(s settings) (string, error) {
	value, origin := s.get(prompt)
	switch strings.ToLower(value) {
	case "always":
		return "", nil
	case "never":
		return fmt.Sprintf("%s: never", origin), nil
	case "", "auto":
	default:
		return "", badSetting(prompt, value, origin, "is none of auto, always and never")
	}
	no := func(name string, values ...string) bool {
		for _, v := range values {
			if strings.EqualFold(a.getenv(name), v) {
				return true
			}
		}
		return false
	}
	switch {
	case a.getenv("CI") != "" && !no("CI", "false", "0"):
		return "CI is set", nil
	case no("GIT_TERMINAL_PROMPT", "0", "false", "no", "off"):
		return "GIT_TERMINAL_PROMPT forbids it", nil
	case no("GCM_INTERACTIVE", "0", "never", "false"):
		return "GCM_INTERACTIVE forbids it", nil
	}
	return "", nil
}

// scopesOf settles the scopes: those that are named, or all that the server application was granted. Scope
// and server ID say the same thing in two ways, too: the origin that wins is the first one that has either.
func scopesOf(s settings, auth authority.Authority, otherwise ...string) ([]string, error) {
	s = s.firstWith(scope, serverID)
	named, origin := s.list(scope)
	server, serverOrigin := s.get(serverID)
	switch {
	case len(named) == 0 && server == "":
		named = otherwise
	case len(named) == 0 && (hasSpace(server) || strings.ContainsAny(server, "/?#") && !strings.Contains(server, "://")):
		return nil, badSetting(serverID, server, serverOrigin, "is no application ID and no application ID URI")
	case len(named) == 0:
		named, origin = []string{strings.TrimSuffix(server, "/") + "/.default"}, serverOrigin
	}
	scopes, wrong := auth.Scopes(named)
	if wrong != nil {
		return nil, badSetting(scope, wrong.Scope, origin, "%s", wrong.What)
	}
	return scopes, nil
}
