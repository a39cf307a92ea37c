package kubeconfig

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// Converter turns user entries that were written for other credential plugins into entries of ours.
//
// An entry is converted only if entralogin gets the token that the other plugin got, for a person who
// signs in. Everything else is left as it is, with the reason. No value of an entry ever becomes part of a
// reason or a note, except for names that are known beforehand and the host of an issuer.
type Converter struct {
	Entry    Exec // ours, without arguments and variables
	Services []Service
	Defaults []Default // one for each cluster that the entry is for
	// Usable reports whether get-token takes a value for a setting: "tenant-id", "client-id", ...
	Usable func(setting, value string) bool
}

// Service is a sign-in service that may be named in an entry.
type Service struct {
	Host        string // host, or host:port
	Environment string // the cloud, such as AzurePublicCloud; "" for one of the user's config
}

// Default is what get-token does for a cluster when its arguments say nothing else.
type Default struct {
	Host      string // of the service that it goes to
	TokenKind string // "" for access
}

// Conversion is what became of an entry. Exactly one of Ours, Left and Fields says it.
type Conversion struct {
	From   string         // what the entry was written for, such as "Azure/kubelogin, devicecode"
	Ours   bool           // it was written for entralogin already
	Left   string         // why it was left as it is
	Fields map[string]any // the converted entry, with everything that is kept
	Notes  []string       // what is lost or works in another way now
}

// draft is an entry of another plugin, understood: what get-token has to be told to do the same.
type draft struct {
	from            string
	host            string // of the sign-in service
	tenant, client  string
	server, account string
	scopes          []string
	id              bool // an ID token is wanted
	env             []EnvVar
	notes           []string
}

// Convert converts a user entry. It changes nothing in u.
func (c Converter) Convert(u User) Conversion {
	exec, plugged := u.Exec()
	provider, provided := u.Fields["auth-provider"].(map[string]any)
	if plugged && exec.IsOurs() {
		return Conversion{Ours: true}
	}
	var d draft
	var err error
	switch {
	case plugged && provided:
		err = errors.New("it has both an exec section and an auth-provider")
	case plugged:
		d, err = c.readExec(exec)
	case provided:
		d, err = c.readProvider(provider)
	default:
		err = withoutPlugin(u)
	}
	if err == nil {
		err = c.check(d)
	}
	if err != nil {
		return Conversion{From: d.from, Left: err.Error()}
	}
	return Conversion{From: d.from, Fields: c.fields(u, d), Notes: d.notes}
}

// readExec finds out whose plugin runs, and what for.
func (c Converter) readExec(e Exec) (draft, error) {
	name := program(e.Command)
	oidc := slices.ContainsFunc(e.Args, func(arg string) bool { return strings.HasPrefix(arg, "--oidc-") })
	switch {
	case name == "kubelogin" && !oidc:
		return c.readAzure(e)
	case name == "kubelogin", name == "kubectl-oidc_login":
		return c.readOIDC(e, e.Args)
	case name == "kubectl" && len(e.Args) > 0 && (e.Args[0] == "oidc-login" || e.Args[0] == "oidc_login"):
		return c.readOIDC(e, e.Args[1:])
	case name == "":
		return draft{}, errors.New("its exec section has no command")
	}
	return draft{}, fmt.Errorf("its plugin is %s, from which nothing is converted", text.Short(name, 40))
}

// program is the name of a command without its folder, on any system.
func program(command string) string {
	name := strings.ToLower(command[strings.LastIndexAny(command, `/\`)+1:])
	return strings.TrimSuffix(name, ".exe")
}

// withoutPlugin says what an entry has instead of a plugin.
func withoutPlugin(u User) error {
	switch holds := u.Holds(); holds {
	case "":
		return errors.New("it holds no credentials")
	case "an exec plugin", "an auth-provider":
		return fmt.Errorf("it holds %s that makes no sense", holds)
	default:
		return fmt.Errorf("it holds %s, and no plugin", holds)
	}
}

// check refuses what get-token would refuse.
func (c Converter) check(d draft) error {
	switch {
	case d.tenant == "":
		return errors.New("it names no tenant")
	case !c.Usable("tenant-id", d.tenant):
		return errors.New("its tenant is neither a GUID nor a domain name")
	case d.client == "":
		return errors.New("it names no application (client ID)")
	case !c.Usable("client-id", d.client):
		return errors.New("its application (client) ID is no GUID")
	case d.account != "" && !c.Usable("account", d.account):
		return errors.New("its login hint is no user name")
	case d.id:
	case d.server == "" && len(d.scopes) == 0:
		return errors.New("it names no cluster (server ID)")
	case d.server != "" && !c.Usable("server-id", d.server):
		return errors.New("its server ID is no application ID")
	case slices.ContainsFunc(d.scopes, func(s string) bool { return !c.Usable("scope", s) }):
		return errors.New("it asks for a scope that is none")
	}
	return nil
}

// args are the arguments of get-token: what the entry said, but not what holds without being said.
func (c Converter) args(d draft) []string {
	args := []string{"get-token", "--tenant-id", d.tenant, "--client-id", d.client}
	if d.server != "" {
		args = append(args, "--server-id", d.server)
	}
	for _, scope := range d.scopes {
		args = append(args, "--scope", scope)
	}
	switch {
	case d.id:
		args = append(args, "--token-kind", "id")
	case slices.ContainsFunc(c.Defaults, func(o Default) bool { return o.TokenKind != "" && o.TokenKind != "access" }):
		args = append(args, "--token-kind", "access")
	}
	if slices.ContainsFunc(c.Defaults, func(o Default) bool { return o.Host != d.host }) {
		args = append(args, c.serviceArgs(d.host)...)
	}
	if d.account != "" {
		args = append(args, "--account", d.account)
	}
	return args
}

func (c Converter) serviceArgs(host string) []string {
	if s, ok := c.service(host); ok && s.Environment != "" {
		return []string{"--environment", s.Environment}
	}
	return []string{"--authority-host", "https://" + host}
}

// fields is the entry with an exec section of ours. Whatever else stands in it stays.
func (c Converter) fields(u User, d draft) map[string]any {
	e := c.Entry
	e.Args, e.Env = c.args(d), d.env
	fields := maps.Clone(u.Fields)
	delete(fields, "auth-provider")
	maps.Copy(fields, e.Fields())
	section, _ := fields["exec"].(map[string]any)
	old, _ := u.Fields["exec"].(map[string]any)
	for key, value := range old {
		if !slices.Contains(execKeys(), key) && section != nil {
			section[key] = value
		}
	}
	return fields
}

func execKeys() []string {
	return []string{"apiVersion", "command", "args", "env", "installHint", "interactiveMode", "provideClusterInfo"}
}
