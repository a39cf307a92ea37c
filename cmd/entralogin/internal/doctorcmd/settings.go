package doctorcmd

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// config reads the config file.
func (c *call) config(context.Context) []check.Finding {
	source := c.f.Config()
	var err error
	if c.settled, err = source.Settings(c.f.Call()); err != nil {
		return []check.Finding{c.fail(aboutConfig, err), check.Settings.Unchecked("the settings, and all that follows from them").Stop()}
	}
	c.said = append(c.said, c.settled.Notes...)
	usual, _ := source.DefaultFile()
	switch path := c.settled.File.Path; {
	case path != "":
		return []check.Finding{aboutConfig.Good("the config file %s is read", path)}
	case usual == "":
		return []check.Finding{aboutConfig.Good("there is no config file, and neither HOME nor XDG_CONFIG_HOME says where one could be")}
	}
	return []check.Finding{aboutConfig.Good("there is no config file (%s)", usual)}
}

// variables looks for variables that nothing reads. Their values are not shown.
func (c *call) variables(context.Context) []check.Finding {
	start := config.Variable("")
	known := []string{strings.TrimPrefix(agent.Variable, start), strings.TrimPrefix(agent.KeyVariable, start)}
	for _, name := range append(config.InFile(), config.ConfigFile) {
		known = append(known, strings.TrimPrefix(config.Variable(name), start))
	}
	var found []check.Finding
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
		found = append(found, f)
	}
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		path := c.f.Getenv(name)
		if path == "" {
			continue
		}
		if _, err := os.Stat(filepath.SplitList(path)[0]); err != nil {
			found = append(found, aboutConfig.Warn("%s names %s, which can't be read: %v", name, path, errors.Unwrap(err)).Or("mend the path, or unset the variable"))
		}
	}
	return found
}

// settings looks at each setting, and at what every call settles.
func (c *call) settings(context.Context) []check.Finding {
	var found []check.Finding
	for _, name := range config.InFile() {
		found = append(found, describeSetting(name, c.settled.All(name))...)
	}
	var err error
	if c.authority, err = c.settled.FindAuthority(); err != nil {
		return append(found, c.fail(check.Settings, err))
	}
	c.known = true
	return append(found, c.identity()...)
}

// describeSetting says what a setting is, who says so, and who is not heard.
func describeSetting(name string, values []config.Value) []check.Finding {
	var origins []string
	for _, v := range values {
		if !slices.Contains(origins, v.Origin) {
			origins = append(origins, v.Origin)
		}
	}
	if len(origins) == 0 {
		return nil
	}
	over := ""
	if len(origins) > 1 {
		over = "; it counts more than " + strings.Join(origins[1:], ", ")
	}
	return []check.Finding{check.Settings.Good("%s is %s (%s%s)", name, config.Shown(name, values[0].Text), origins[0], over)}
}

// identity checks the form of tenant and client, and settles the rest.
func (c *call) identity() []check.Finding {
	const byHand = "kubectl and git may get one from elsewhere, calls by hand do not"
	tenant, tenantOrigin := c.settled.Get(config.TenantID)
	client, clientOrigin := c.settled.Get(config.ClientID)
	asked := c.f.Call(config.HomeTenant())
	asked.File = c.settled.File
	target, err := c.f.Config().Resolve(asked)
	if target.Machine != "" {
		return machineCall{c}.settle(target, err)
	}
	var found []check.Finding
	switch {
	case tenant != "" && !authority.IsTenant(tenant):
		return []check.Finding{check.Settings.Fail(failure.Config, "%s (%s) is neither a GUID nor a domain name", config.TenantID, tenantOrigin).
			Or("the overview of the directory in the portal shows the tenant ID")}
	case client == "":
		return []check.Finding{check.Settings.Warn("%s is not set: %s", config.ClientID, byHand).
			Or("give --%s, %s, or %s: in the config file", config.ClientID, config.Variable(config.ClientID), config.ClientID)}
	case !authority.IsClientID(client):
		return []check.Finding{check.Settings.Fail(failure.Config, "%s (%s) is no application (client) ID: that is a GUID", config.ClientID, clientOrigin).
			Or("the overview of the app registration shows it (entralogin help application)")}
	case tenant == "":
		found = append(found, check.Settings.Good("%s is not set: calls by hand ask for the tenant of the account; %s", config.TenantID, byHand))
	}
	if c.target = target; err != nil {
		return append(found, c.fail(check.Settings, err))
	}
	c.complete = true
	found = append(found, check.Settings.Good("%s has the form of one", config.ClientID))
	if why := c.target.Request.Unattended; why != "" {
		found = append(found, check.Settings.Good("nobody is asked for a sign-in (%s)", why))
	}
	if _, err := https.Roots(c.authority.CAFile); err != nil {
		found = append(found, c.fail(check.Settings, err))
	}
	return found
}
