package calls

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// What Git Credential Manager was told of machines that sign in to Azure DevOps: its settings credential.azrepos* and
// variables GCM_AZREPOS_*, of which a variable counts more, as there.
// https://github.com/git-ecosystem/git-credential-manager/blob/main/docs/configuration.md

// told are its settings, by the names that variables have without GCM_AZREPOS_, and where each stands.
type told map[string]config.Value

// managerNames are the settings in git's configuration, by the variables of the same meaning.
func managerNames() map[string]string {
	return map[string]string{
		"MANAGEDIDENTITY":     "azreposmanagedidentity",
		"WIF":                 "azreposworkloadfederation",
		"WIF_CLIENTID":        "azreposworkloadfederationclientid",
		"WIF_TENANTID":        "azreposworkloadfederationtenantid",
		"WIF_AUDIENCE":        "azreposworkloadfederationaudience",
		"WIF_ASSERTION":       "azreposworkloadfederationassertion",
		"WIF_MANAGEDIDENTITY": "azreposworkloadfederationmanagedidentity",
		"SERVICE_PRINCIPAL":   "azreposserviceprincipal",
		"SP_SECRET":           "azreposserviceprincipalsecret",
		"SP_CERT_THUMBPRINT":  "azreposserviceprincipalcertificatethumbprint",
		"SP_CERT_SEND_X5C":    "azreposserviceprincipalcertificatesendx5c",
	}
}

const managerVariables = "GCM_AZREPOS_"

// credentialManager is the way to sign in that Git Credential Manager was told, an empty layer where it was told none or
// where somebody has told entralogin one. It counts more than what the config file says of all calls: tenant and client
// there are those of people. Errors: *config.Error, *GitError.
func credentialManager(ctx context.Context, f *cli.Factory, g Git, s config.Settled) (config.Layer, error) {
	none := config.NewLayer(config.ByTenant, "", nil)
	if !g.Place.Ours || !g.Place.Azure() || s.Has(append(config.Assertions(), config.Login)...) {
		return none, nil
	}
	said, err := gitSays(ctx, f, g)
	if err != nil {
		return none, err
	}
	all := told{}
	for variable, name := range managerNames() {
		if value := strings.TrimSpace(said[name]); value != "" {
			all[variable] = config.Value{Text: value, Origin: "credential." + name}
		}
		if value := strings.TrimSpace(f.Getenv(managerVariables + variable)); value != "" {
			all[variable] = config.Value{Text: value, Origin: managerVariables + variable}
		}
	}
	values, err := all.settings()
	if err != nil {
		return none, err
	}
	return config.Layer{Rank: config.ByTenant, Values: values, Whole: true}, nil
}

// gitSays is what git's configuration of the person and of the system says of credentials for the place; the file of one
// repository does not count. git is asked only where one of these files may say something of Azure DevOps.
func gitSays(ctx context.Context, f *cli.Factory, g Git) (map[string]string, error) {
	said := map[string]string{}
	for _, scope := range []string{"--system", "--global"} {
		if !mayMention(f, scope) {
			continue
		}
		f.Trace.Spoil() // a program is asked
		lines, err := GitValues(ctx, scope, "--includes", "--get-urlmatch", "credential", "https://"+strings.TrimPrefix(g.Place.URL(), "https://"))
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			name, value, _ := strings.Cut(line, "\n")
			said[strings.TrimPrefix(strings.ToLower(name), "credential.")] = value
		}
	}
	return said, nil
}

// mayMention reports whether a scope of git's configuration may say something of Azure DevOps for Git Credential Manager: a
// file has the word, includes others, or can't be read here.
func mayMention(f *cli.Factory, scope string) bool {
	return slices.ContainsFunc(configFiles(f, scope), func(path string) bool {
		f.Trace.File(path)
		content, err := text.ReadUserFile(path)
		if err != nil {
			return !errors.Is(err, fs.ErrNotExist)
		}
		content = bytes.ToLower(content)
		return bytes.Contains(content, []byte("azrepos")) || bytes.Contains(content, []byte("[include"))
	})
}

// configFiles are the files of a scope, of which any may be missing. Those of the system are where the gits of Linux, of
// Homebrew, of Apple and of Windows have them.
// https://git-scm.com/docs/git-config#FILES
func configFiles(f *cli.Factory, scope string) []string {
	if scope == "--system" {
		if path, ok := f.Env("GIT_CONFIG_SYSTEM"); ok {
			return named(path)
		}
		if no := f.Getenv("GIT_CONFIG_NOSYSTEM"); no != "" && no != "0" && !strings.EqualFold(no, "false") {
			return nil
		}
		if runtime.GOOS == "windows" {
			return []string{filepath.Join(f.Getenv("ProgramFiles"), "Git", "etc", "gitconfig")}
		}
		return []string{"/etc/gitconfig", "/usr/local/etc/gitconfig", "/opt/homebrew/etc/gitconfig",
			"/Library/Developer/CommandLineTools/usr/share/git-core/gitconfig"}
	}
	if path, ok := f.Env("GIT_CONFIG_GLOBAL"); ok {
		return named(path)
	}
	home := cmp.Or(f.Getenv("HOME"), f.Getenv("USERPROFILE"))
	if home == "" {
		return nil
	}
	return []string{filepath.Join(home, ".gitconfig"), filepath.Join(cmp.Or(f.Getenv("XDG_CONFIG_HOME"), filepath.Join(home, ".config")), "git", "config")}
}

// named is the file of a variable, none where that says that there is none.
func named(path string) []string {
	if path == "" || path == "/dev/null" {
		return nil
	}
	return []string{path}
}

// settings are ours for what was told, in the order in which Git Credential Manager looks for a way. Errors: *config.Error.
func (t told) settings() (map[string]config.Value, error) {
	switch {
	case t["MANAGEDIDENTITY"].Text != "":
		return t.managedIdentity()
	case t["WIF"].Text != "":
		return t.federation()
	case t["SERVICE_PRINCIPAL"].Text != "":
		return t.servicePrincipal()
	}
	return nil, nil
}

func (t told) managedIdentity() (map[string]config.Value, error) {
	v := t["MANAGEDIDENTITY"]
	identity, err := config.ManagedIdentityOf(v.Text)
	if err != nil {
		return nil, config.Bad(v.Origin, v.Text, "", "%v", err) // whose name says where it stands
	}
	values := map[string]config.Value{config.Login: {Text: config.ManagedIdentity, Origin: v.Origin}}
	switch kind, id, _ := strings.Cut(identity, ":"); kind {
	case "client":
		values[config.ClientID] = config.Value{Text: id, Origin: v.Origin}
	case "resource":
		values[config.IdentityResourceID] = config.Value{Text: id, Origin: v.Origin}
	}
	return values, nil
}

func (t told) federation() (map[string]config.Value, error) {
	way := t["WIF"]
	values := map[string]config.Value{config.Login: {Text: config.Federated, Origin: way.Origin}}
	t.take(values, map[string]string{config.ClientID: "WIF_CLIENTID", config.TenantID: "WIF_TENANTID", config.AssertionAudience: "WIF_AUDIENCE"})
	switch strings.ToLower(way.Text) {
	case "github", "githubactions":
		values[config.Login] = config.Value{Text: config.GitHubActions, Origin: way.Origin}
	case "mi", "managedidentity":
		t.take(values, map[string]string{config.AssertionIdentity: "WIF_MANAGEDIDENTITY"})
	case "generic":
		if err := t.takeAssertion(values); err != nil {
			return nil, err
		}
	default:
		return nil, config.Bad(way.Origin, way.Text, way.Origin, "is none of generic, managedidentity and githubactions")
	}
	return values, nil
}

// takeAssertion takes the place of an assertion: a file, or the variable that has it. One in git's configuration ends
// within minutes, and lies there for everybody who reads that.
func (t told) takeAssertion(values map[string]config.Value) error {
	v := t["WIF_ASSERTION"]
	file, isFile := v, false
	if u, err := url.Parse(v.Text); err == nil && strings.EqualFold(u.Scheme, "file") {
		file.Text, isFile = u.Path, true
	}
	switch {
	case isFile:
		values[config.AssertionFile] = file
	case strings.HasPrefix(v.Origin, managerVariables):
		values[config.AssertionEnv] = config.Value{Text: v.Origin, Origin: v.Origin}
	case v.Text != "":
		return &config.Error{Name: v.Origin, Origin: "git's configuration", What: "has the assertion itself, which is good for minutes and no secret to keep in a file of settings",
			Hint: "Name the file that has it, file:///PATH, or put it into " + managerVariables + "WIF_ASSERTION."}
	}
	return nil
}

func (t told) servicePrincipal() (map[string]config.Value, error) {
	v := t["SERVICE_PRINCIPAL"]
	tenant, client, ok := strings.Cut(v.Text, "/")
	if !ok {
		return nil, &config.Error{Name: v.Origin, What: fmt.Sprintf("is %q, which is no tenant ID and client ID with a slash in between", text.Redact(v.Text, 80)),
			Hint: "Write TENANT/CLIENT there, or name a login of entralogin's own, which counts more (entralogin help git)."}
	}
	if thumbprint := t["SP_CERT_THUMBPRINT"]; thumbprint.Text != "" {
		return nil, &config.Error{Name: thumbprint.Origin, What: "names a certificate in the store of the system, which entralogin doesn't read",
			Hint: fmt.Sprintf("Name a file with the certificate and its key in your config: %s: FILE (entralogin help machines), beside %s: %s.", config.ClientCertificate, config.Login, config.ServicePrincipal)}
	}
	values := map[string]config.Value{config.Login: {Text: config.ServicePrincipal, Origin: v.Origin},
		config.TenantID: {Text: tenant, Origin: v.Origin}, config.ClientID: {Text: client, Origin: v.Origin}}
	t.take(values, map[string]string{config.ClientSecret: "SP_SECRET"})
	return values, nil
}

// take takes settings over as they are, by the names that they have there.
func (t told) take(values map[string]config.Value, names map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if v := t[names[name]]; v.Text != "" {
			values[name] = v
		}
	}
}
