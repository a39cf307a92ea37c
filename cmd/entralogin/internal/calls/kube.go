// Package calls knows what programs that run entralogin say with their command lines: the arguments of a
// kubeconfig's entry, and those in git's configuration. What such a call means is settled here in one way, for
// the call itself and for the checks that look at it beforehand.
package calls

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/text"
)

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
}

// KubeFlags adds the flags of get-token, and returns what they say once they are parsed.
func KubeFlags(f *pflag.FlagSet) *Kube {
	k := new(Kube)
	cli.TokenFlags(f)
	f.StringVar(&k.InfoFile, "exec-info", "", "read the ExecCredential from `FILE`, - for standard input, instead of $"+cli.ExecInfo)
	f.StringVar(&k.version, ExecAPIVersion, "", "apiVersion of the answer where the ExecCredential names none: v1 or v1beta1, that of the kubeconfig's `entry`")
	f.BoolVar(&k.Renew, ForceRefresh, false, "renew the token though it is fresh, after a change of roles or groups")
	k.login.flags(f)
	return k
}

// KeepsApart is the value of kubelogin's flag that keeps accounts apart there, "" without it: it does not here.
func (k *Kube) KeepsApart() string { return k.login.cacheDir }

// checkCacheDir refuses a folder that depends on where the program was started: kubectl and git run it anywhere, and
// sessions would lie about there. Errors: *cli.UsageError.
func checkCacheDir(flags map[string]string) error {
	if dir, ok := flags[config.CacheDir]; ok && !filepath.IsAbs(dir) {
		return cli.Usagef("--%s is %q, which is no absolute path: it would be another one in each folder", config.CacheDir, text.Short(dir, 80))
	}
	return nil
}

// Call is what the call says: given are the shared settings among its flags, cluster is the cluster's own
// configuration. decided is for -v. Errors: *cli.UsageError, *config.Error.
func (k *Kube) Call(source config.Source, given, cluster map[string]string) (call config.Call, decided []string, err error) {
	flags, decided, err := k.login.check(source.Getenv, given)
	if err == nil {
		err = checkCacheDir(flags)
	}
	if err != nil {
		return config.Call{}, nil, err
	}
	return KubeCall(source, flags, cluster, k.login.override), decided, nil
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
	case k.login.meant(getenv):
		version = kube.V1Beta1
	}
	return info.Or(version), nil
}

// ReadKubeArgs reads the arguments that stand in a kubeconfig's entry, and returns the call with the shared
// settings among them. Errors: *cli.UsageError.
func ReadKubeArgs(args []string, getenv func(string) string) (call *Kube, given map[string]string, err error) {
	flags := pflag.NewFlagSet("get-token", pflag.ContinueOnError)
	apart(flags)
	call = KubeFlags(flags)
	switch err := flags.Parse(CommandFirst(args)); {
	case errors.Is(err, pflag.ErrHelp):
		return nil, nil, cli.Usagef("the args ask for help, not for a token")
	case err != nil:
		return nil, nil, cli.AsUsage(err)
	case flags.Arg(0) != "get-token":
		return nil, nil, cli.Usagef("the args are none of get-token")
	}
	level := flags.Lookup("verbose").Changed
	for i, word := range flags.Args()[1:] { // "-v 5" is kubelogin's
		if i > 0 || !level || !isLevel(word) {
			return nil, nil, cli.Usagef("get-token takes no argument %q", text.Short(word, 40))
		}
	}
	given, err = cli.Given(flags, getenv)
	return call, given, err
}

// apart adds the shared flags of another call: --verbose there is not for this one, and neither is --help.
func apart(flags *pflag.FlagSet) {
	flags.Usage = func() {}
	cli.SettingFlags(flags)
	flags.CountP("verbose", "v", "")
}

// KubeCall is a call with shared settings as flags.
func KubeCall(source config.Source, flags, cluster map[string]string, noCompat bool) config.Call {
	call := config.Call{Flags: config.Flags(flags), More: []config.Layer{config.NewLayer(config.ByCluster, "the cluster's configuration", cluster)}}
	if !noCompat {
		call.More = append(call.More, compat(source))
	}
	return call
}

// KubeTarget settles the rest of what a cluster's token is for.
func KubeTarget(t config.Target) (config.Target, error) {
	var err error
	if t.Request.Scopes, err = t.Scopes(t.Authority); err != nil {
		return t, err
	}
	switch value, origin := t.Get(config.TokenKind); value {
	case "", string(cache.Access):
		if len(t.Request.Scopes) == 0 {
			return t, config.Missing(config.ServerID, "which cluster is the token for? (--scope and --token-kind id say it, too)")
		}
		if err := t.CheckCluster(t.Request.Scopes); err != nil {
			return t, err
		}
	case string(cache.ID):
		t.Request.Kind = cache.ID
	default:
		return t, config.Bad(config.TokenKind, value, origin, "is neither access nor id")
	}
	return t, nil
}
