package kubeconfig

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/text"
)

// Converter turns user entries that were written for other credential plugins into entries of ours.
//
// An entry is converted only if entralogin gets the token that the other plugin got, for a person who
// signs in. Everything else is left as it is, with the reason. No value of an entry ever becomes part of a
// reason or a note, except for names that are known beforehand and the host of an issuer.
type Converter struct {
	Entry    Exec      // ours, without arguments and variables; without an apiVersion that of the entry stays
	Hosts    []string  // of the sign-in services that are trusted besides Microsoft's clouds
	Defaults []Default // one for each cluster that the entry is for
	Given    Given
	// Usable reports whether get-token takes a value for a setting: "tenant-id", "client-id", ...
	Usable func(setting, value string) bool

	AddCommand     string // writes the entry anew
	ConvertCommand string // converts it, with what was given
}

// Given is what somebody says of entries that lack it.
type Given struct{ Tenant, Client, Environment, Account string }

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
	Do     string         // what can be done about that
	Fields map[string]any // the converted entry, with everything that is kept
	Notes  []string       // what is lost or works in another way now

	Cache  string // where the other plugin kept its tokens, "" for its own choice, or where an account is named
	Beside string // all else that the flags of a converted entry said
}

// draft is an entry of another plugin, understood: what get-token has to be told to do the same.
type draft struct {
	from            string
	host            string // of the sign-in service, "" for that which get-token goes to
	tenant, client  string
	server, account string
	login, port     string // how the person signs in, and where a browser brings its answer; "" as get-token does
	proof           string // claims with which requests are signed; "" for a bearer token
	scopes          []string
	machine         bool     // nobody signs in: tenant and client may stand elsewhere, or nowhere
	more            []string // arguments that stay as they are
	id              bool     // an ID token is wanted
	own             bool     // the application's own access token is
	cache, beside   string
	env             []EnvVar
	notes           []string
}

// What stands in a reason for the commands of the Converter.
const (
	toAdd     = "{add}"
	toConvert = "{convert}"
)

// reason is why an entry is left as it is.
type reason struct{ why, do string }

func (r reason) Error() string { return r.why }

const (
	anew    = `to write an entry anew (for AKS with --aks in place of --client-id and --server-id): ` + toAdd
	signIn  = `have a person sign in, or a machine ("entralogin help machines"); ` + anew
	trust   = `if it is one of Entra ID that you trust, put it into authorities of the config ("entralogin help config")`
	without = `leave it, unless the cluster takes tokens of Entra ID: ` + anew
)

// Convert converts a user entry. It changes nothing in u.
func (c Converter) Convert(u User) Conversion {
	exec, plugged := u.Plugin()
	if plugged && IsOurs(exec) {
		return Conversion{Ours: true}
	}
	d, err := c.read(u, exec, plugged)
	if err == nil {
		d.tenant, d.client, d.account = cmp.Or(d.tenant, c.Given.Tenant), cmp.Or(d.client, c.Given.Client), cmp.Or(d.account, c.Given.Account)
		if d.machine {
			d.account = ""
		}
		if d.own {
			d.server = d.client
		}
		err = c.check(d)
	}
	if err != nil {
		left := reason{err.Error(), anew}
		errors.As(err, &left)
		return Conversion{From: d.from, Left: left.why, Do: strings.NewReplacer(toAdd, c.AddCommand, toConvert, c.ConvertCommand).Replace(left.do)}
	}
	e, notes := c.exec(u, d.machine)
	e.Args, e.Env = append(c.args(d), "--exec-api-version", e.APIVersion), d.env
	fields := maps.Clone(u.Fields)
	delete(fields, "auth-provider")
	maps.Copy(fields, Over(e, u))
	done := Conversion{From: d.from, Fields: fields, Notes: append(d.notes, notes...), Beside: d.beside}
	if d.account == "" {
		done.Cache = d.cache
	}
	return done
}

// read finds out what an entry is for.
func (c Converter) read(u User, e Exec, plugged bool) (draft, error) {
	switch provider := u.AuthProvider; {
	case plugged && provider != nil:
		return draft{}, errors.New("it has both an exec section and an auth-provider")
	case plugged:
		return c.readExec(e)
	case provider != nil:
		return c.readProvider(provider.Name, provider.Config)
	}
	return draft{}, withoutPlugin(u)
}

// exec is the exec section that takes the place of old, without arguments and variables, and what is another in it. What
// kubectl goes by stays, as long as kubectl takes it. Where a machine signs in there is no prompt.
func (c Converter) exec(u User, machine bool) (e Exec, notes []string) {
	old, plugged := u.Plugin()
	if e = c.Entry; !plugged {
		e.APIVersion = cmp.Or(e.APIVersion, kube.V1)
		return e, nil
	}
	known := old.APIVersion == kube.V1 || old.APIVersion == kube.V1Beta1
	if e.APIVersion == "" && !known {
		notes = append(notes, "its apiVersion is "+kube.V1+" now: kubectl takes the one that stood there no more")
	}
	if e.APIVersion == "" {
		e.APIVersion = kube.V1
		if known {
			e.APIVersion = old.APIVersion
		}
	}
	mode := old.InteractiveMode
	section, _ := u.Fields["exec"].(map[string]any)
	if said, _ := section["interactiveMode"].(string); said == "" {
		mode = "" // clientcmd fills it in
	}
	switch {
	case mode == "" && e.APIVersion == kube.V1Beta1, mode == "Never", mode == "Always":
		e.InteractiveMode = mode
	case mode != "" && mode != e.InteractiveMode:
		notes = append(notes, "its interactiveMode is "+string(e.InteractiveMode)+" now: kubectl takes none such as stood there")
	}
	switch counts := "the cluster's own settings count"; {
	case !e.ProvideClusterInfo || old.ProvideClusterInfo:
	case machine:
		notes = append(notes, "provideClusterInfo is true now: "+counts)
	default:
		notes = append(notes, "provideClusterInfo is true now: the prompt names the cluster, and "+counts)
	}
	return e, notes
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
	return draft{}, reason{fmt.Sprintf("its plugin is %s, from which nothing is converted", text.Short(name, 40)), without}
}

// release matches the name that a plugin has where it is downloaded: kubelogin-linux-amd64.
var release = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(kubelogin|kubectl-oidc_login)([-_.](v?[0-9.]+|linux|darwin|win|windows|freebsd|amd64|x86_64|386|arm64|arm|armv7|ppc64le|s390x))+$`)
})

// program is the name of a command without its folder, on any system.
func program(command string) string {
	name := strings.ToLower(command[strings.LastIndexAny(command, `/\`)+1:])
	name = strings.TrimSuffix(name, ".exe")
	if found := release().FindStringSubmatch(name); found != nil {
		return found[1]
	}
	return name
}

// withoutPlugin says what an entry has instead of a plugin.
func withoutPlugin(u User) error {
	if holds := u.Holds(); holds != "" {
		return reason{fmt.Sprintf("it holds %s, and no plugin", holds), without}
	}
	return reason{"it holds no credentials", without}
}

// check refuses what get-token would refuse.
func (c Converter) check(d draft) error {
	switch {
	case d.tenant == "" && !d.machine:
		return reason{"it names no tenant", "name it: " + toConvert + c.lacks(d.tenant, d.client)}
	case d.tenant != "" && !c.Usable("tenant-id", d.tenant):
		return errors.New("its tenant is neither a GUID nor a domain name")
	case d.client == "" && !d.machine:
		return reason{"it names no application (client ID)", "name it: " + toConvert + c.lacks(d.tenant, d.client)}
	case d.client != "" && !c.Usable("client-id", d.client):
		return errors.New("its application (client) ID is no GUID")
	case d.account != "" && !c.Usable("account", d.account):
		return errors.New("its login hint is no user name")
	case d.id:
	case d.server == "" && len(d.scopes) == 0:
		return errors.New("it names no cluster (server ID)")
	case d.proof != "" && !c.Usable("pop-claims", d.proof):
		return errors.New("its --pop-claims don't name the cluster: u=ID")
	case d.server != "" && !c.Usable("server-id", d.server):
		return errors.New("its server ID is no application ID")
	case slices.ContainsFunc(d.scopes, func(s string) bool { return !c.Usable("scope", s) }):
		return errors.New("it asks for a scope that is none")
	}
	return nil
}

// lacks are the flags that say what neither the entry nor anybody has said.
func (c Converter) lacks(tenant, client string) (flags string) {
	if tenant == "" && c.Given.Tenant == "" {
		flags = " --tenant-id TENANT_ID"
	}
	if client == "" && c.Given.Client == "" {
		flags += " --client-id CLIENT_ID"
	}
	return flags
}

// args are the arguments of get-token: what the entry said, but not what holds without being said.
func (c Converter) args(d draft) []string {
	args := []string{"get-token"}
	for _, f := range [][2]string{{"--tenant-id", d.tenant}, {"--client-id", d.client}, {"--server-id", d.server}} {
		if f[1] != "" {
			args = append(args, f[0], f[1])
		}
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
	if d.host != "" && slices.ContainsFunc(c.Defaults, func(o Default) bool { return o.Host != d.host }) {
		args = append(args, serviceArgs(d.host)...)
	}
	for _, f := range [][2]string{{"--account", d.account}, {"--login", d.login}, {"--redirect-port", d.port}} {
		if f[1] != "" {
			args = append(args, f[0], f[1])
		}
	}
	if d.proof != "" {
		args = append(args, "--pop-enabled", "--pop-claims", d.proof)
	}
	return append(args, d.more...)
}

func serviceArgs(host string) []string {
	if cloud, ok := cloudAt(host); ok {
		return []string{"--environment", cloud.Environment}
	}
	return []string{"--authority-host", "https://" + host}
}
