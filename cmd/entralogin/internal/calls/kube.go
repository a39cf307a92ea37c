// Package calls knows what programs that run entralogin say with their command lines: the arguments of a
// kubeconfig's entry, and those in git's configuration. What such a call means is settled here in one way, for
// the call itself and for the checks that look at it beforehand.
package calls

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/text"
)

// getToken is the command.
const getToken = "get-token"

// ForceRefresh is the flag that renews a token though it is fresh.
const ForceRefresh = "force-refresh"

// ExecAPIVersion is the flag that says in which version the kubeconfig's entry wants its answer: there are clients
// that pass no ExecCredential, and refuse an answer in any other.
const ExecAPIVersion = "exec-api-version"

// Kube is a call of get-token.
type Kube struct {
	InfoFile string // where the ExecCredential is read from; "" for the variable
	Renew    bool
	version  string // of the answer, where the ExecCredential names none; "" if none was given
	login    kubelogin
	oidc     int128
}

// KubeFlags adds the flags of get-token, and returns what they say once they are parsed.
func KubeFlags(f *pflag.FlagSet) *Kube {
	k := new(Kube)
	cli.TokenFlags(f)
	f.StringVar(&k.InfoFile, "exec-info", "", "read the ExecCredential from `FILE`, - for standard input, instead of $"+cli.ExecInfo)
	f.StringVar(&k.version, ExecAPIVersion, "", "apiVersion of the answer where the ExecCredential names none: v1 or v1beta1, that of the kubeconfig's `entry`")
	f.BoolVar(&k.Renew, ForceRefresh, false, "renew the token though it is fresh, after a change of roles or groups")
	k.login.flags(f)
	k.oidc.flags(f)
	return k
}

// OtherCache is the folder in which kubelogin would keep the tokens of this call, "" if none was given.
func (k *Kube) OtherCache() string { return k.login.cacheDir }

// Shown is the flag whose value is a secret that process lists show, "" if none was given.
func (k *Kube) Shown() string {
	for _, name := range config.Secrets() {
		if k.login.given.Lookup(name).Value.String() != "" {
			return name
		}
	}
	return ""
}

// checkCacheDir refuses a folder that depends on where the program was started: kubectl and git run it anywhere, and
// sessions would lie about there. Errors: *config.Error.
func checkCacheDir(flags map[string]string) error {
	if dir := flags[config.CacheDir]; dir != "" && !filepath.IsAbs(dir) {
		return config.Bad(config.CacheDir, dir, "--"+config.CacheDir, "is no absolute path")
	}
	return nil
}

// Call is what the call says: given are the shared settings among its flags, cluster is the cluster's own
// configuration. decided is for -v. Errors: *cli.UsageError, *config.Error.
func (k *Kube) Call(source config.Source, given, cluster map[string]string) (call config.Call, decided []string, err error) {
	if err := checkCacheDir(given); err != nil {
		return config.Call{}, nil, err
	}
	said, err := k.oidc.read(given)
	if err != nil {
		return config.Call{}, nil, err
	}
	flags, decided, err := k.login.check(source, said.settings)
	if err != nil {
		return config.Call{}, nil, err
	}
	call, decided = KubeCall(source, flags, cluster, k.login.tools()), append(said.notes, decided...)
	said.mark(call.Flags)
	if k.login.meant(source.Getenv) { // which sends the chain of a certificate
		call.More = append(call.More, config.NewLayer(config.ByDefault, "kubelogin's way", map[string]string{config.SendCertificateChain: "true"}))
	}
	return call, decided, nil
}

// Target settles the rest of what the call means. Errors: *cli.UsageError, *config.Error.
func (k *Kube) Target(t config.Target) (config.Target, error) {
	if err := k.login.fits(t); err != nil {
		return t, err
	}
	t, err := KubeTarget(t)
	return k.oidc.target(t), err
}

// ReadInfo reads the ExecCredential of the variable. A blank one is as good as none: people set it empty in an entry's
// env to be rid of it.
func ReadInfo(getenv func(string) string) (kube.Info, error) {
	content := getenv(cli.ExecInfo)
	if strings.TrimSpace(content) == "" {
		return kube.Info{}, nil
	}
	return kube.ReadInfo([]byte(content))
}

// Settle returns info with the version of the answer: that of the ExecCredential, else that of the flag, else the one
// that kubelogin answers in where the call was written for it, else v1. Errors: *cli.UsageError.
func (k *Kube) Settle(info kube.Info, getenv func(string) string) (kube.Info, error) {
	version := kube.V1
	switch named, ok := kube.Version(k.version); {
	case ok:
		version = named
	case k.version != "":
		return info, cli.Usagef("--%s %q is neither %s nor %s", ExecAPIVersion, text.Short(k.version, 80), kube.V1, kube.V1Beta1)
	case k.login.meant(getenv), k.oidc.meant():
		version = kube.V1Beta1
	}
	return info.Or(version), nil
}

// ReadKubeArgs reads the arguments that stand in a kubeconfig's entry, and returns the call with the shared
// settings among them, by our names. Errors: *cli.UsageError.
func ReadKubeArgs(args []string) (call *Kube, given map[string]string, err error) {
	call, flags := kubeArgs()
	switch err := flags.Parse(GetTokenFirst(args)); {
	case errors.Is(err, pflag.ErrHelp):
		return nil, nil, cli.Usagef("the args ask for help, not for a token")
	case err != nil:
		return nil, nil, cli.AsUsage(err)
	case flags.Arg(0) != getToken:
		return nil, nil, cli.Usagef("the args are none of get-token")
	}
	for i, word := range flags.Args()[1:] {
		if i > 0 || !isLevel(flags, word) {
			return nil, nil, cli.Usagef("get-token takes no argument %q", text.Short(word, 40))
		}
	}
	if given, err = cli.Given(flags); err == nil {
		if said, err := call.oidc.read(given); err == nil { // else it is said where the settings are looked at
			given = said.settings
		}
	}
	return call, call.login.ours(given), err
}

// AddCommand is the command that writes the entry of a context anew, with the settings that its arguments say. cluster
// are those that kubectl passes on to it.
func AddCommand(m remedy.Maker, args []string, cluster map[string]string, more ...string) string {
	_, given, _ := ReadKubeArgs(args) // what is wrong is said where the settings are looked at
	return m.AddCommand(given, cluster, more...)
}

// kubeArgs is the command line of a call of get-token that is not this one.
func kubeArgs() (*Kube, *pflag.FlagSet) {
	flags := pflag.NewFlagSet(getToken, pflag.ContinueOnError)
	apart(flags)
	return KubeFlags(flags), flags
}

// GetTokenFirst puts the command before the flags where get-token stands behind some: kubeconfigs have "-v 5 get-token",
// where the 5 is kubelogin's level, and would be taken for a command. "-v5" becomes "-v=5". Other command lines stay as
// they are.
func GetTokenFirst(args []string) []string {
	if slices.Contains(args, getToken) {
		args = slices.Clone(args)
		for i, word := range args {
			if level, joined := strings.CutPrefix(word, "-v"); joined && level != "" && strings.Trim(level, "0123456789") == "" {
				args[i] = "-v=" + level
			}
		}
	}
	if len(args) == 0 || !strings.HasPrefix(args[0], "-") {
		return args
	}
	for at, word := range args {
		if word != getToken {
			continue
		}
		_, flags := kubeArgs()
		if flags.Parse(args[:at]) != nil {
			continue // it is the value of a flag, or something else is wrong
		}
		if words := flags.Args(); len(words) == 0 || len(words) == 1 && isLevel(flags, words[0]) {
			return slices.Concat([]string{getToken}, args[:at], args[at+1:])
		}
	}
	return args
}

// Level reads the number of "-v 5", which is how kubelogin's level is written.
func Level(word string) (level int, ok bool) {
	n, err := strconv.ParseUint(word, 10, 8)
	return int(n), err == nil
}

// isLevel reports whether a word among the arguments is such a number, behind a -v.
func isLevel(flags *pflag.FlagSet, word string) bool {
	_, ok := Level(word)
	return ok && flags.Lookup("verbose").Changed
}

// apart adds the shared flags of another call: --verbose there is not for this one, and neither is --help.
func apart(flags *pflag.FlagSet) {
	flags.Usage = func() {}
	cli.SettingFlags(flags)
	flags.CountP("verbose", "v", "")
}

// KubeCall is a call with shared settings as flags.
func KubeCall(source config.Source, flags, cluster map[string]string, tools config.Tools) config.Call {
	return config.Call{Flags: config.Flags(flags), Tools: tools,
		More: []config.Layer{config.NewLayer(config.ByCluster, "the cluster's configuration", cluster), compat(source, tools)}}
}

// KubeTarget settles the rest of what a cluster's token is for.
func KubeTarget(t config.Target) (config.Target, error) {
	var err error
	if t.Request.Scopes, err = t.Scopes(t.Authority); err != nil {
		return t, err
	}
	if t.Request.Kind, err = t.Kind(); err == nil {
		t, err = t.WithProof()
	}
	switch {
	case err != nil || t.Request.Kind == cache.ID:
		return t, err
	case len(t.Request.Scopes) == 0:
		return t, config.Missing(config.ServerID, "which cluster is the token for? (--scope and --token-kind id say it, too)")
	}
	return t, t.CheckCluster(t.Request.Scopes)
}
