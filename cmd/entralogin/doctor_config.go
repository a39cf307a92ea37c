package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// doctorCall is a call by hand with the settings of this one, as far as they could be read.
type doctorCall struct {
	settings  settings
	config    *config
	authority authority.Authority
	known     bool // the authority is
	complete  bool // tenant and client are, too
	account   accountCall
}

// config looks at the config file and at each setting.
func (d *doctor) config() {
	s, c, err := d.settings()
	if err != nil {
		d.fail(aboutConfig, err)
		d.add(aboutSettings.Unchecked("the settings, and all that follows from them"))
		return
	}
	switch path := d.usualConfig(); {
	case c.path != "":
		d.add(aboutConfig.Good("the config file %s is read", c.path))
	case path == "":
		d.add(aboutConfig.Good("there is no config file, and neither HOME nor XDG_CONFIG_HOME says where one could be"))
	default:
		d.add(aboutConfig.Good("there is no config file (%s)", path))
	}
	d.call = doctorCall{settings: s, config: c}
	for _, name := range settingsInFile() {
		d.setting(s, name)
	}
	if d.call.authority, err = findAuthority(s, c); err != nil {
		d.fail(aboutSettings, err)
		return
	}
	d.call.known = true
	d.identity(s)
}

// usualConfig is where the config file would be.
func (d *doctor) usualConfig() string {
	if home := d.configHome(); home != "" {
		return filepath.Join(home, "entralogin", "config.yaml")
	}
	return ""
}

// setting says what a setting is, who says so, and who is not heard.
func (d *doctor) setting(s settings, name string) {
	var origins []string
	first := ""
	for _, l := range s {
		if value, origin, ok := l.get(name); ok && !slices.Contains(origins, origin) {
			if len(origins) == 0 {
				first = value
			}
			origins = append(origins, origin)
		}
	}
	if len(origins) == 0 {
		return
	}
	over := ""
	if len(origins) > 1 {
		over = "; it counts more than " + strings.Join(origins[1:], ", ")
	}
	d.add(aboutSettings.Good("%s is %s (%s%s)", name, shownValue(name, first), origins[0], over))
}

// notShown stands for a value.
const notShown = "a value that is not shown, since it has not the form of one"

// shownValue is a setting's value where it has the form of one: what somebody has put into the wrong place
// could be a secret.
func shownValue(name, value string) string {
	switch name {
	case tenantID:
		if !authority.IsTenant(value) {
			return notShown
		}
	case clientID:
		if !authority.IsClientID(value) {
			return notShown
		}
	case authorityHost:
		host, err := authority.OriginHost(value)
		if err != nil {
			return notShown
		}
		return "https://" + text.Short(host, 120)
	}
	if strings.Contains(value, "://") && strings.Contains(value, "@") {
		return notShown
	}
	return text.Redact(value, 200)
}

// withoutMisplaced takes values that are not shown out of what other checks say of them.
func (d *doctor) withoutMisplaced(found []check.Finding) []check.Finding {
	for _, l := range d.call.settings {
		for _, name := range settingsInFile() {
			value, _, ok := l.get(name)
			if !ok || shownValue(name, value) != notShown {
				continue
			}
			for i := range found {
				found[i].What = strings.ReplaceAll(found[i].What, strconv.Quote(text.Short(value, 80)), "[not shown]")
			}
		}
	}
	return found
}

// identity checks the form of tenant and client, and the rest of what every call settles.
func (d *doctor) identity(s settings) {
	tenant, tenantOrigin := s.get(tenantID)
	client, clientOrigin := s.get(clientID)
	const byHand = "kubectl and git may get one from elsewhere, calls by hand do not"
	if tenant != "" && !authority.IsTenant(tenant) {
		d.add(aboutSettings.Fail(check.Config, "%s (%s) is neither a GUID nor a domain name", tenantID, tenantOrigin).
			Or("the overview of the directory in the portal shows the tenant ID"))
		return
	}
	switch {
	case client == "":
		d.add(aboutSettings.Warn("%s is not set: %s", clientID, byHand).Or("give --%s, %s, or %s: in the config file", clientID, variable(clientID), clientID))
		return
	case !authority.IsClientID(client):
		d.add(aboutSettings.Fail(check.Config, "%s (%s) is no application (client) ID: that is a GUID", clientID, clientOrigin).
			Or("the overview of the app registration shows it (entralogin help application)"))
		return
	case tenant == "":
		d.add(aboutSettings.Good("%s is not set: calls by hand ask for the tenant of the account; %s", tenantID, byHand))
	}
	call, err := d.accountCall()
	if err != nil {
		d.fail(aboutSettings, err)
		return
	}
	d.call.complete, d.call.account = true, call
	d.add(aboutSettings.Good("%s has the form of one", clientID))
	if why := call.request.Unattended; why != "" {
		d.add(aboutSettings.Good("nobody is asked for a sign-in (%s)", why))
	}
	if auth := d.call.authority; auth.CAFile != "" {
		if _, err := https.Roots(auth.CAFile); err != nil {
			d.fail(aboutSettings, err)
		}
	}
}

// variables looks for variables that nothing reads. Their values are not shown.
func (d *doctor) variables() {
	start := variable("")
	var known []string
	for _, name := range append(settingsInFile(), configFile) {
		known = append(known, strings.TrimPrefix(variable(name), start))
	}
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		word, ours := strings.CutPrefix(strings.ToUpper(name), start)
		if !ours || strings.HasPrefix(name, start) && slices.Contains(known, word) {
			continue
		}
		f := aboutConfig.Warn("the variable %s is none that entralogin reads", text.Short(name, 60))
		if near := text.Nearest(word, known); near != "" {
			f = f.Or("did you mean %s?", start+near)
		}
		d.add(f)
	}
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		path := d.getenv(name)
		if path == "" {
			continue
		}
		if _, err := os.Stat(strings.Split(path, string(os.PathListSeparator))[0]); err != nil {
			d.add(aboutConfig.Warn("%s names %s, which can't be read: %v", name, path, errors.Unwrap(err)).Or("mend the path, or unset the variable"))
		}
	}
}
