// Package remedy makes the commands that errors and checks advise. Such a command is typed by a person after the call
// that failed, in the same shell, and has to sign in the same client, tenant and cloud: it repeats what of the call
// would be another without it, and nothing else.
package remedy

import (
	"cmp"
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// Maker makes commands for whoever mends what a call could not do.
type Maker struct {
	Getenv func(string) string // the environment of the call; nil means that it has none
	Shell  func(string) string // that of whoever types the command; nil means the same
	Flags  map[string]string   // the shared settings that the call was given as flags

	Context    string // of the kubeconfig, in which the call stands; "" where that is not known
	User       string // whose entry it is, where no context has it
	Kubeconfig string // the file with it, "" for those that kubectl reads
}

// LoginCommand is the command that signs in for a request: for its resource, so that what the service demands there is
// settled, too. A claims challenge is a matter of a token, which login has none of.
func (m Maker) LoginCommand(r plugin.Request) string {
	if r.Claims == "" {
		return m.command([]string{"login"}, config.TenantID, goal{Request: r, asks: true})
	}
	challenge := base64.StdEncoding.EncodeToString([]byte(r.Claims))
	words := []string{"account", "get-access-token", "-o", "none", "--claims-challenge", challenge}
	for _, scope := range r.Scopes { // the config says nothing of them there
		words = append(words, "--"+config.Scope, scope)
	}
	r.Scopes = nil
	return m.command(words, config.TenantID, goal{Request: r, asks: true})
}

// LoginCommandBy is the login for a request by another way than that of the call, or to another port; "": the same one.
func (m Maker) LoginCommandBy(r plugin.Request, way, port string) string {
	return m.command([]string{"login"}, config.TenantID, goal{r, true, way, port})
}

// SetCommand is the command that chooses an account of a session.
func (m Maker) SetCommand(id cache.SessionID) string {
	return m.command([]string{"account", "set", "NAME"}, "", goal{Request: sessionOf(id, "")})
}

// LogoutCommand is the command that signs out of a session, or where account is not "" signs that account out of it.
func (m Maker) LogoutCommand(id cache.SessionID, account string) string {
	return m.command([]string{"logout"}, "", goal{Request: sessionOf(id, account)})
}

// LogoutAllCommand is the command that signs out an account everywhere, or all of them.
func (m Maker) LogoutAllCommand(account string) string {
	if account == "" {
		account = "--all"
	}
	return m.Command("logout", account)
}

// Command is a command that goes by the config file and the cache of the call, and by nothing else of it.
func (m Maker) Command(words ...string) string { return m.command(words, "", goal{}) }

// CallCommand is a command that goes by the settings of a request.
func (m Maker) CallCommand(r plugin.Request, words ...string) string {
	r.Scopes = nil
	return m.command(words, config.TenantID, goal{Request: r, asks: true})
}

func sessionOf(id cache.SessionID, account string) plugin.Request {
	var r plugin.Request
	r.SessionID, r.Account = id, account
	return r
}

// goal is what a command has to come to. What is zero does not matter to it.
type goal struct {
	plugin.Request
	asks bool // a person, whatever forbids it to the call

	way, port string // in the place of those that the call was given
}

// command is a command with the flags without which it would come to something else. tenant names the flag of the
// tenant, "" where the command has none.
func (m Maker) command(words []string, tenant string, g goal) string {
	kept := m.kept()
	shells := m.shells(kept)
	line := slices.Concat([]string{"entralogin"}, words)
	add := func(name, value string) { line = append(line, "--"+name, value) }
	lack := func(name, value string) {
		says := func(s shell) bool { got, _ := s.Get(name); return strings.EqualFold(got, value) }
		if value != "" && !all(shells, says) {
			add(name, value)
		}
	}
	if tenant != "" && (g.Person() || g.Tenant != config.AnyTenant) {
		lack(tenant, g.Tenant)
	}
	lack(config.ClientID, g.Client)
	if g.Authority != "" && !all(shells, func(s shell) bool { return s.authority.Host == g.Authority }) {
		add(describeAuthority(g.Authority))
	}
	lack(config.Account, g.Account)
	if g.Kind != cache.ID && len(g.Scopes) > 0 && !all(shells, func(s shell) bool { return slices.Equal(s.scopes, g.Scopes) }) {
		for _, scope := range g.Scopes {
			add(config.Scope, scope)
		}
	}
	if g.asks && g.Person() && !all(shells, func(s shell) bool { return s.unattended == "" }) {
		add(config.Prompt, "always")
	}
	if g.asks {
		of := maps.Clone(kept)
		of[config.TenantID] = g.Tenant // which may have a way of its own
		shells = m.shells(of)
		lack(config.Login, cmp.Or(g.way, config.MethodOf(m.Flags[config.Login])))
		lack(config.RedirectPort, cmp.Or(g.port, m.Flags[config.RedirectPort]))
	}
	if g.asks && !g.Person() {
		line = append(line, m.machine(g.Request, shells)...)
	}
	for _, name := range places() {
		if value := kept[name]; value != "" {
			add(name, value)
		}
	}
	return Line(line...)
}

// machine are the flags that say what a machine signs in with, as the call has it. No secret is among them.
func (m Maker) machine(r plugin.Request, shells []shell) (flags []string) {
	given := maps.Clone(m.Flags)
	maps.DeleteFunc(given, func(_, value string) bool { return value == "" })
	call := settle(config.Source{Getenv: Maker{Shell: m.Getenv}.shell()}, given)
	own := map[string]string{}
	for _, name := range config.OfMachines() {
		own[name], _ = call.Get(name)
	}
	if kind, id := r.ManagedIdentity(); kind == "client" {
		own[config.ClientID] = id
	}
	delete(own, config.PoPEnabled) // of the call alone
	delete(own, config.PoPClaims)
	if value, _ := call.Get(config.Login); m.Flags[config.Login] == "" && value != "" { // else it is said already
		own[config.Login] = config.MethodOf(value)
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		value := own[name]
		has := func(s shell) bool { got, _ := s.Get(name); return got == value }
		if value != "" && !all(shells, has) {
			flags = append(flags, Flag(name, value)...)
		}
	}
	return flags
}

// places are the settings that say where the others and the tokens are.
func places() []string { return []string{config.CacheDir, config.ConfigFile, config.Profile} }

// kept are those flags of the call that the command repeats: a file and a folder also where a variable names them that
// the shell does not have. The parameters.json of "graph me" is no config file.
func (m Maker) kept() map[string]string {
	kept := map[string]string{}
	shell := m.shell()
	call := Maker{Shell: m.Getenv}.shell()
	for _, name := range places() {
		value, given := m.Flags[name]
		if own := call(config.Variable(name)); !given && name != config.Profile && own != shell(config.Variable(name)) {
			value = own
		}
		if name == config.ConfigFile && strings.HasSuffix(strings.ToLower(value), ".json") {
			continue
		}
		kept[name] = value
	}
	return kept
}

func (m Maker) shell() func(string) string {
	switch {
	case m.Shell != nil:
		return m.Shell
	case m.Getenv != nil:
		return m.Getenv
	}
	return func(string) string { return "" }
}

// shell is what a command settles by itself in a shell where it may be typed.
type shell struct {
	config.Settings
	authority  authority.Authority
	scopes     []string
	unattended string
}

// shells are the one of the call, and one that has none of its settings in variables: there the command has to come to
// the same. A shell where nothing can be settled knows nothing.
func (m Maker) shells(flags map[string]string) []shell {
	own := m.shell()
	bare := func(name string) string {
		if strings.HasPrefix(name, config.Variable("")) && name != config.Variable(config.ConfigFile) && name != config.Variable(config.CacheDir) {
			return ""
		}
		return own(name)
	}
	given := map[string]string{}
	for name, value := range flags {
		if value != "" {
			given[name] = value
		}
	}
	var found []shell
	for _, getenv := range []func(string) string{own, bare} {
		found = append(found, settle(config.Source{Getenv: getenv}, given))
	}
	return found
}

func settle(source config.Source, given map[string]string) shell {
	s, err := source.Settings(config.Call{Flags: config.Flags(given), More: []config.Layer{config.HomeTenant()}})
	if err != nil {
		return shell{}
	}
	found := shell{Settings: s.Settings}
	if found.authority, err = s.FindAuthority(); err != nil {
		return found
	}
	found.scopes, _ = s.Scopes(found.authority)
	found.unattended, _ = source.Unattended(s.Settings)
	return found
}

func all(shells []shell, holds func(shell) bool) bool {
	return !slices.ContainsFunc(shells, func(s shell) bool { return !holds(s) })
}

// describeAuthority is the flag that names an authority: a cloud by its name.
func describeAuthority(host string) (name, value string) {
	for _, cloud := range authority.Clouds() {
		if cloud.Host == host {
			return config.Environment, cloud.Environment
		}
	}
	return config.AuthorityHost, "https://" + host
}

// Line is a command line that can be typed, unless a secret stands in a URL of it.
func Line(words ...string) string {
	quoted := slices.Clone(words)
	for i, w := range quoted {
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\$`!*?[]{}()<>|&;#~") {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return text.HideUsers(text.Clean(strings.Join(quoted, " ")))
}
