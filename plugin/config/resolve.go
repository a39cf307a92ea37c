package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// AnyTenant stands for the tenant where a person's own account is at home:
// https://learn.microsoft.com/entra/identity-platform/v2-protocols#endpoints
const AnyTenant = "organizations"

// HomeTenant is the layer of calls that can do without a tenant.
func HomeTenant() Layer {
	return NewLayer(ByDefault, "the default", map[string]string{TenantID: AnyTenant})
}

// Target is what a call means.
type Target struct {
	Settled
	Authority authority.Authority
	Request   plugin.Request // without scopes and asker, which are the command's matter
	Place     Place
	SignIn    SignIn
	Machine   string   // one of MachineLogins where no person signs in, else ""
	Proof     string   // the cluster for which requests are signed (see plugin/pop); "" where bearer tokens serve
	QR        bool     // draw the page's address
	Late      string   // why no token is renewed before it is stale; "": a process of its own does it, see Variables
	Decided   []string // what was decided and by what, for -v
}

// Resolve settles a call. Nothing but the person's own config adds a service to the Microsoft clouds. Errors:
// *Error, *text.FileError.
func (c Source) Resolve(call Call) (Target, error) {
	s, err := c.Settings(call)
	if err != nil {
		return Target{}, err
	}
	return c.target(s)
}

func (c Source) target(s Settled) (Target, error) {
	t := Target{Settled: s}
	var err error
	if t.Authority, err = s.FindAuthority(); err != nil {
		return t, err
	}
	r := &t.Request
	r.Authority, r.Kind = t.Authority.Host, cache.Access
	if t.SignIn, err = s.signIn(); err != nil {
		return t, err
	}
	if slices.Contains(MachineLogins(), t.SignIn.Method) {
		t.Machine = t.SignIn.Method
		err = c.machine(s.Settings, t.Machine, r)
	} else {
		err = s.identify(r)
	}
	if err != nil {
		return t, err
	}
	for _, name := range []string{Profile, AuthorityHost, Environment, TenantID, ClientID, Account, Prompt, Login} {
		value, origin := s.Get(name)
		switch name {
		case AuthorityHost, Environment: // of the two what FindAuthority heeds
			value, origin = s.FirstWith(AuthorityHost, Environment).Get(name)
		case ClientID: // a person's is none of a machine
			if t.Machine != "" && !strings.Contains(strings.ToLower(r.Client+r.Identity), strings.ToLower(value)) {
				continue
			}
		case Prompt:
			value, origin = s.prompt()
		}
		if value != "" {
			t.Decided = append(t.Decided, fmt.Sprintf("%s is %s (%s)", name, value, origin))
		}
	}
	if t.QR, err = s.truth(QR, false); err != nil {
		return t, err
	}
	if t.Late, err = c.late(s.Settings); err != nil {
		return t, err
	}
	if t.Machine != "" {
		t.Late = "--" + Login + " " + t.Machine + " needs no session, which a process of its own would renew"
	}
	if r.Unattended, err = c.Unattended(s.Settings); err != nil {
		return t, err
	}
	if r.PromptTimeout, err = s.promptTimeout(); err != nil {
		return t, err
	}
	t.Place, err = c.Place(s.Settings)
	t.Notes = append(t.Notes, t.Place.Notes...)
	return t, err
}

// identify settles tenant, account and, last, client: there are calls that can do without one.
func (s Settings) identify(r *plugin.Request) error {
	value, origin := s.Get(TenantID)
	switch {
	case value == "":
		return Missing(TenantID, "which tenant (directory) is meant?")
	case !authority.IsTenant(value):
		return Bad(TenantID, value, origin, "is neither a GUID nor a domain name")
	}
	r.Tenant = value
	value, origin = s.Get(Account)
	if value != text.Clean(value) || strings.ContainsAny(value, " \t") {
		return Bad(Account, value, origin, "is no user name")
	}
	if r.Person() {
		r.Account = value
	}
	value, origin = s.Get(ClientID)
	switch {
	case value == "":
		return Missing(ClientID, "which registered application signs in?")
	case !authority.IsClientID(value):
		return Bad(ClientID, value, origin, "is no application (client) ID: that is a GUID")
	}
	r.Client = value
	return nil
}

// truth is a setting that is true or false.
func (s Settings) truth(name string, otherwise bool) (bool, error) {
	switch value, origin := s.Get(name); strings.ToLower(value) {
	case "":
		return otherwise, nil
	case "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, Bad(name, value, origin, "is neither true nor false")
	}
}

func (s Settings) promptTimeout() (time.Duration, error) {
	value, origin := s.Get(PromptTimeout)
	if value == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		return 0, Bad(PromptTimeout, value, origin, "is no positive duration such as 90s or 5m")
	}
	return d, nil
}

// prompt is the setting that counts. What is foreign may only have fewer people asked than what stands below it: never
// counts more than auto, and auto more than always.
func (s Settings) prompt() (value, origin string) {
	strict := []string{"always", "auto", "never"}
	for i, l := range s {
		v, ok := l.Values[Prompt]
		switch {
		case !ok:
			continue
		case !l.Foreign:
			return v.Text, v.Origin
		}
		value, origin = s[i+1:].prompt()
		asked := slices.Index(strict, strings.ToLower(v.Text))
		usual := slices.Index(strict, strings.ToLower(cmp.Or(value, "auto")))
		if asked < 0 || usual >= 0 && asked > usual { // one that is no setting is refused
			return v.Text, v.Origin
		}
		return value, origin
	}
	return "", ""
}

// Unattended says why nobody may be asked, "" if somebody may. Only what somebody said counts: that stdin
// is no terminal says nothing of the person who reads stderr. Errors: *Error.
func (c Source) Unattended(s Settings) (string, error) {
	value, origin := s.prompt()
	switch strings.ToLower(value) {
	case "always":
		return "", nil
	case "never":
		return fmt.Sprintf("%s: never", origin), nil
	case "", "auto":
	default:
		return "", Bad(Prompt, value, origin, "is none of auto, always and never")
	}
	no := func(name string, values ...string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(c.Getenv(name), v) })
	}
	switch {
	case c.inCI():
		return "CI is set", nil
	case no("GIT_TERMINAL_PROMPT", "0", "false", "no", "off"):
		return "GIT_TERMINAL_PROMPT forbids it", nil
	case no("GCM_INTERACTIVE", "0", "never", "false"):
		return "GCM_INTERACTIVE forbids it", nil
	case no("VSCODE_GIT_FETCH_SILENT", "true", "1"): // of the fetches that VS Code makes in the background
		return "VSCODE_GIT_FETCH_SILENT forbids it", nil
	}
	return "", nil
}
