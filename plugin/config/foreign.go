package config

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// A kubeconfig is foreign input: it says which program is run with which arguments and variables. It may choose
// among what the person trusts, and move nothing.

// Foreign is a call that a kubeconfig describes.
type Foreign struct {
	Source // as the kubeconfig has it

	// Caller is the environment of the program that runs the call, so the person's own; nil where it is not known.
	Caller func(string) string
}

// caller is where the person's own settings come from.
func (f Foreign) caller() Source {
	if f.Caller == nil {
		return f.Source
	}
	return Source{Getenv: f.Caller}
}

// folders are the person's own of configuration and of tokens, "" where there is none.
func (f Foreign) folders() (config, cache string) {
	c := f.caller()
	file, _ := c.DefaultFile()
	cache, _ = c.defaultCache()
	if file != "" {
		config = filepath.Dir(file)
	}
	if runtime.GOOS != "linux" || f.Caller == nil {
		return config, cache
	}
	// The package xdg knows the environment of this process alone.
	below := func(variable, otherwise string) string {
		if dir := f.Caller(variable); filepath.IsAbs(dir) {
			return filepath.Join(dir, "entralogin")
		}
		if home := f.Caller("HOME"); home != "" {
			return filepath.Join(home, otherwise, "entralogin")
		}
		return ""
	}
	return below("XDG_CONFIG_HOME", ".config"), below("XDG_CACHE_HOME", ".cache")
}

// file is the path of the person's own config file, "" where there is none.
func (f Foreign) file() string {
	if path := f.caller().Getenv(Variable(ConfigFile)); path != "" {
		return path
	}
	if dir, _ := f.folders(); dir != "" {
		return filepath.Join(dir, "config.yaml")
	}
	return ""
}

// own is the person's own config file, an empty one where it can't be read: it allows nothing then.
func (f Foreign) own() *File {
	path := f.file()
	if path == "" {
		return &File{}
	}
	content, err := text.ReadUserFile(path)
	if err != nil {
		return &File{}
	}
	own, err := Parse(path, content)
	if err != nil {
		return &File{}
	}
	return own
}

// CheckPlaces refuses a config file or a cache folder that the arguments of the kubeconfig name, unless it is the
// default, the one that the caller's own environment names, or one that "kubeconfig add" wrote. Errors: *Error.
func (f Foreign) CheckPlaces(flags map[string]string) error {
	configDir, cacheDir := f.folders()
	for _, place := range []struct{ name, byDefault string }{{ConfigFile, filepath.Join(configDir, "config.yaml")}, {CacheDir, cacheDir}} {
		path, given := flags[place.name]
		if !given {
			continue
		}
		path, err := filepath.Abs(path)
		if err != nil {
			return Bad(place.name, path, "--"+place.name, "can't be made an absolute path: %v", err)
		}
		known := []string{place.byDefault, f.caller().Getenv(Variable(place.name))}
		if configDir == "" {
			known = known[1:]
		}
		if slices.Contains(known, path) || slices.Contains(ReadPlaces(configDir), Recorded(place.name, path)) {
			continue
		}
		return &Error{Name: place.name, Origin: "--" + place.name,
			What: fmt.Sprintf("is %q, which a kubeconfig can't choose: it would bring settings or tokens of its own", text.Short(path, 200)),
			Hint: fmt.Sprintf("If the entry is yours, set %s=%s for kubectl instead, or write the entry anew", Variable(place.name), text.Short(path, 200)), Place: true}
	}
	return nil
}

// asCaller are the settings of a call with the variables of the caller in place of those that the kubeconfig may have set.
func (f Foreign) asCaller(s Settings) Settings {
	own := slices.DeleteFunc(slices.Clone(s), func(l Layer) bool { return l.OfEnvironment })
	own = own.With(f.caller().environment())
	if len(s.Of(ByCompat)) > 0 {
		own = own.With(f.caller().Compat(map[string]string{AuthorityHost: authorityVariable}))
	}
	return f.caller().withMachine(own, AzureTools)
}

// Forbids says why nobody may be asked by the caller's own environment, "" if somebody may or it is not known: what the
// kubeconfig sets takes nothing of that back. s are the settings of the call.
func (f Foreign) Forbids(s Settings) string {
	if f.Caller == nil {
		return ""
	}
	why, err := f.caller().Unattended(f.asCaller(s))
	if err != nil {
		return err.Error()
	}
	return why
}

// Difference is a variable that a kubeconfig moved.
type Difference struct {
	Name       string
	Own, Other string // its value for this call, and for the caller; "" where it is not set
	Hint       string // the one setting that allows it
}

// Error says the difference of a call that was refused.
func (d Difference) Error() *Error {
	own, other := shown(d.Own), shown(d.Other)
	if isKey(d.Name) {
		own, other = "another", "not that"
	}
	return &Error{Name: d.Name, Origin: "the environment",
		What: fmt.Sprintf("is %s, and was %s when the program that runs entralogin was started: the kubeconfig set it (env:), or that program did in itself. "+
			"It moves what you trust, and so nothing was sent", own, other), Hint: d.Hint}
}

func shown(value string) string {
	if value == "" {
		return "not set"
	}
	return fmt.Sprintf("%q", text.Short(value, 200))
}

// guarded are the variables that move what a person trusts: settings and tokens, the protection of these, and CAs.
func guarded() []string {
	return []string{"HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", runtimeDir, SessionBus,
		Variable(ConfigFile), Variable(CacheDir), Variable(Storage), "SSL_CERT_FILE", "SSL_CERT_DIR"}
}

// SessionBus names the session bus, over which the keyring that has the key of stored tokens is asked, and the identity
// broker.
const (
	SessionBus = "DBUS_SESSION_BUS_ADDRESS"
	runtimeDir = "XDG_RUNTIME_DIR"
)

// usualRuntime is the folder of a login session, and usualBus the bus in it, as systems with systemd have them:
// https://www.freedesktop.org/software/systemd/man/latest/pam_systemd.html
func usualRuntime() string { return "/run/user/" + strconv.Itoa(os.Getuid()) }
func usualBus() string     { return "unix:path=" + usualRuntime() + "/bus" }

// UsualBus reports whether the session bus is where it is without any variable. Where it is not, what the kubeconfig
// sets has to be looked at before a token is read: whoever has the bus is asked for its key.
func (c Source) UsualBus() bool {
	bus, dir := c.Getenv(SessionBus), c.Getenv(runtimeDir)
	return (bus == "" || bus == usualBus()) && (dir == "" || dir == usualRuntime())
}

// Differences are what the kubeconfig moved and the person's own config does not allow. s are the settings of the
// call. None are known where the caller's environment is not.
func (f Foreign) Differences(s Settings) []Difference {
	if f.Caller == nil {
		return nil
	}
	found := f.compareAll(slices.Concat(guarded(), agentVariables(), s.guarded()))
	if d, differs := f.compareAuthority(s); differs {
		found = append(found, d)
	}
	return f.notAllowed(found)
}

// notAllowed are the differences that the person's own config does not allow.
func (f Foreign) notAllowed(found []Difference) []Difference {
	if len(found) == 0 {
		return nil
	}
	own := f.own()
	return slices.DeleteFunc(found, func(d Difference) bool { return slices.Contains(own.AllowEnv, d.Name+"="+d.Own) })
}

// compareAll looks at several variables.
func (f Foreign) compareAll(names []string) (found []Difference) {
	for _, name := range names {
		if d, differs := f.compare(name); differs {
			found = append(found, d)
		}
	}
	return found
}

// compare looks at one variable. A value that is the default is as good as none.
func (f Foreign) compare(name string) (Difference, bool) {
	ours, theirs := f.Getenv(name), f.Caller(name)
	if ours == theirs || f.isDefault(name, ours) && (ours != "" || f.isDefault(name, theirs)) {
		return Difference{}, false
	}
	if isKey(name) {
		return Difference{Name: name, Own: ours, Other: theirs, Hint: "Have kubectl run entralogin without it."}, true
	}
	entry := name + "=" + ours
	return Difference{Name: name, Own: ours, Other: theirs,
		Hint: fmt.Sprintf("If that is what you want, allow it in your config file, %s: %s: [%q]", f.file(), allowEnv, text.Short(entry, 300))}, true
}

// isDefault reports whether a variable says what would hold without it; an empty one is as good as none.
func (f Foreign) isDefault(name, value string) bool {
	config, cache := f.folders()
	home := f.Caller("HOME")
	defaults := map[string][]string{
		"XDG_CONFIG_HOME": {filepath.Join(home, ".config")}, "XDG_CACHE_HOME": {filepath.Join(home, ".cache")},
		"XDG_DATA_HOME": {filepath.Join(home, ".local", "share")}, "XDG_STATE_HOME": {filepath.Join(home, ".local", "state")},
		Variable(ConfigFile): {filepath.Join(config, "config.yaml")}, Variable(CacheDir): {cache},
		SessionBus: {usualBus()}, "SSL_CERT_FILE": systemFiles(), "SSL_CERT_DIR": systemFolders(),
	}
	if value == "" {
		return name != "HOME"
	}
	return slices.Contains(defaults[name], strings.TrimSuffix(value, "/"))
}

// systemFiles and systemFolders are where systems keep the CAs that root trusts, and where Go looks for them:
// https://go.dev/src/crypto/x509/root_linux.go
func systemFiles() []string {
	return []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"}
}

func systemFolders() []string { return []string{"/etc/ssl/certs", "/etc/pki/tls/certs"} }

// authorityVariable names the authority to kubelogin and others.
const authorityVariable = "AZURE_AUTHORITY_HOST"

// compareAuthority looks at the authority, which a variable may settle. One of the person's own config is no difference.
func (f Foreign) compareAuthority(s Settings) (Difference, bool) {
	host, name := s.host()
	usual, theirs := f.asCaller(s).host()
	if host == usual || slices.ContainsFunc(f.own().Authorities, func(t Trusted) bool { return t.Host == host }) {
		return Difference{}, false
	}
	if f.Getenv(name) == "" { // the kubeconfig took a variable away
		name = theirs
	}
	if f.Getenv(name) == f.Caller(name) { // the arguments say whose variables count
		return Difference{}, false
	}
	return Difference{Name: name, Own: f.Getenv(name), Other: f.Caller(name),
		Hint: fmt.Sprintf("If you trust it with your tokens, add it to your config file, %s: authorities: [{host: %s}]", f.file(), text.Short(host, 100))}, true
}

// host is the host of the authority, "" where it makes no sense, and where that stands.
func (s Settings) host() (host, origin string) {
	layer := s.FirstWith(AuthorityHost, Environment)
	if value, origin := layer.Get(AuthorityHost); value != "" {
		host, _ = authority.OriginHost(value)
		return host, origin
	}
	value, origin := layer.Get(Environment)
	cloud, _ := authority.Cloud(cmp.Or(value, "public"))
	return cloud.Host, origin
}
