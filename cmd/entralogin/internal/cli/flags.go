package cli

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// SharedFlags adds the flags that all commands have.
func (f *Factory) SharedFlags(flags *pflag.FlagSet) {
	SettingFlags(flags)
	flags.CountVarP(&f.Err.Verbose, "verbose", "v", "say what is decided; twice: each request")
}

// SettingFlags adds those that are settings.
func SettingFlags(flags *pflag.FlagSet) {
	flags.StringP(config.TenantID, "t", "", "tenant `ID`: a GUID or a domain name")
	flags.String(config.ClientID, "", "application (client) `ID` that signs in")
	flags.StringP(config.Environment, "e", "", "`cloud`: "+cloudChoice())
	flags.String(config.AuthorityHost, "", "sign-in `service`, https://HOST: one of the clouds', or one of the config's authorities")
	flags.String(config.Account, "", "user `name` of the account, where several have signed in")
	flags.String(config.Prompt, "", "`when` to ask for a sign-in: auto, always or never (default auto)")
	flags.StringP(config.Login, "l", "", "`how` to sign in: "+config.Auto+", "+strings.Join(config.Methods(), ", ")+"; machines: "+strings.Join(config.MachineLogins(), ", ")+" (default auto)")
	flags.String(config.RedirectPort, "", "`port` of this machine, where a browser brings its answer (default: a free one)")
	flags.String(config.Browser, "", "`command` that opens a page, for --login browser (default: the machine's own)")
	flags.Bool(config.QR, false, "draw the address of the sign-in page as a QR code, on a terminal")
	flags.Bool(config.RenewAhead, true, "have a process of its own renew a token in the last third of its life")
	flags.String(config.PromptTimeout, "", "`time` after which a prompt ends, such as 90s (default: when its code or page ends)")
	flags.String(config.CacheDir, "", "`folder` of tokens and sessions (default $XDG_CACHE_HOME/entralogin)")
	flags.String(config.Profile, "", "`name` of a profile of the config file: a set of these settings")
	flags.String(config.ConfigFile, "", "config `file` (default $XDG_CONFIG_HOME/entralogin/config.yaml)")
	machineFlags(flags)
}

// machineFlags adds those of machines. --help leaves them to the page that has them all.
func machineFlags(flags *pflag.FlagSet) {
	flags.String(config.ClientSecretFile, "", "`file` with the client secret of --login spn")
	flags.Bool(config.ClientSecretKeyring, false, "take the client secret from the keyring")
	flags.String(config.ClientCertificate, "", "`file` with certificate and key of --login spn: PEM or PFX")
	flags.Bool(config.SendCertificateChain, false, "send the certificate with its chain (x5c)")
	flags.String(config.AssertionFile, "", "`file` with another service's token for --login federated")
	flags.String(config.AssertionEnv, "", "`variable` with such a token")
	flags.String(config.AssertionCommand, "", "`command` that prints such a token")
	flags.String(config.AssertionIdentity, "", "managed `identity` whose token is such a token: system, a client ID or a resource ID")
	flags.String(config.AssertionAudience, "", "`audience` of such a token (default api://AzureADTokenExchange)")
	flags.String(config.ServiceConnection, "", "`ID` of the service connection of Azure Pipelines")
	flags.String(config.IdentityResourceID, "", "resource `ID` of a managed identity")
	flags.String(config.IdentityObjectID, "", "object `ID` of a managed identity")
	flags.String(config.AzureConfigDir, "", "`folder` of the Azure CLI's settings")
	flags.StringP(config.Subscription, "s", "", "`subscription` of the Azure CLI")
	flags.Bool(config.PoPEnabled, false, "ask for a token with proof of possession")
	flags.String(config.PoPClaims, "", "`claims` of the proof: u=ID of the cluster")
	for _, name := range config.OfMachines() {
		flags.Lookup(name).Hidden = true
	}
}

// TokenFlags adds the settings that say what a cluster's token is for.
func TokenFlags(flags *pflag.FlagSet) {
	flags.String(config.ServerID, "", "application `ID` of the cluster: a token with the scope ID/.default")
	flags.StringSlice(config.Scope, nil, "`scope` of the token, instead of --server-id; may be given several times")
	flags.String(config.TokenKind, "", "`kind` of token: access for an access token, id for an ID token (default access)")
}

// HandOverFlags adds what a person may want of a prompt who types a command. They are no settings: a program that runs
// entralogin must not run others by the way.
func (f *Factory) HandOverFlags(flags *pflag.FlagSet) {
	flags.BoolVar(&f.Err.HandOver.Copy, "copy", false, "put the code of a sign-in on the clipboard, or its page where there is no code")
	flags.BoolVar(&f.Err.HandOver.Open, "open", false, "open the page of a sign-in in the browser")
}

// TakeFlags notes which of the shared settings were given, and refuses values that no flag has. A flag that
// was given empty is a slip, such as an unset variable in a script, and never means the default.
func (f *Factory) TakeFlags(flags *pflag.FlagSet) error {
	given, err := Given(flags)
	ExpandHome(given, f.Getenv)
	f.Flags = given
	if err != nil {
		return err
	}
	if h := f.Err.HandOver; (h.Copy || h.Open) && f.Foreign() {
		return Usagef("--copy and --open are for a person who types the command: a kubeconfig may run no other program")
	}
	return f.checkBrought()
}

// ExpandHome makes --cache-dir ~/FOLDER one below the home folder.
func ExpandHome(flags map[string]string, getenv func(string) string) {
	if dir, ok := flags[config.CacheDir]; ok {
		flags[config.CacheDir] = FromHome(dir, getenv)
	}
}

// FromHome makes ~/PATH one below the home folder: no shell does it in a kubeconfig, nor behind "=" or "@".
func FromHome(path string, getenv func(string) string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if home := getenv("HOME"); ok && home != "" {
		return filepath.Join(home, rest)
	}
	return path
}

const (
	mayBeEmpty  = "entralogin_may_be_empty"
	holdsText   = "entralogin_holds_text"
	holdsSecret = "entralogin_holds_secret"
)

// HoldsText has flags take a text of several lines, with any characters: the command looks at it itself.
func HoldsText(flags *pflag.FlagSet, names ...string) {
	for _, name := range names {
		_ = flags.SetAnnotation(name, holdsText, []string{}) // fails for a name without a flag
	}
}

// HoldsSecret has no error say the value of flags, as of those of config.Secrets.
func HoldsSecret(flags *pflag.FlagSet, names ...string) {
	for _, name := range names {
		_ = flags.SetAnnotation(name, holdsSecret, []string{})
	}
}

// MayBeEmpty has flags without a value be taken as flags that were not given.
func MayBeEmpty(flags *pflag.FlagSet, names ...string) {
	for _, name := range names {
		_ = flags.SetAnnotation(name, mayBeEmpty, []string{}) // fails for a name without a flag
	}
}

// Given returns the shared settings among the flags that were given.
func Given(flags *pflag.FlagSet) (map[string]string, error) {
	given := map[string]string{}
	var failed error
	flags.Visit(func(g *pflag.Flag) {
		value, err := flagText(g)
		switch {
		case err != nil:
			failed = err
		case value == "" && g.Annotations[mayBeEmpty] == nil && (!g.Hidden || slices.Contains(neverEmpty(), g.Name)): // kubelogin takes an empty flag of its own as one that was not given
			failed = Usagef("--%s is empty", g.Name)
		case value == text.Clean(value) || g.Annotations[holdsText] != nil:
		case g.Annotations[holdsSecret] != nil || slices.Contains(config.Secrets(), g.Name):
			failed = Usagef("--%s has control or invisible characters", g.Name)
		default:
			failed = Usagef("--%s has control or invisible characters in its value %q", g.Name, text.Short(value, 80))
		}
		if config.Shared(g.Name) {
			given[g.Name] = value
		}
	})
	return given, failed
}

// neverEmpty are flags without a place in --help that kubelogin has not.
func neverEmpty() []string {
	return []string{config.ClientSecretFile, config.AssertionFile, config.AssertionEnv, config.AssertionCommand, config.AssertionIdentity, config.AssertionAudience, config.IdentityObjectID}
}

// flagText is the value of a flag; several are joined with spaces.
func flagText(g *pflag.Flag) (string, error) {
	list, ok := g.Value.(pflag.SliceValue)
	if !ok {
		return g.Value.String(), nil
	}
	words := list.GetSlice()
	for _, w := range words {
		if !text.IsWord(w) && g.Value.Type() == "stringSlice" {
			return "", Usagef("--%s has an empty value, or one with a space: give the flag once for each", g.Name)
		}
	}
	return strings.Join(words, " "), nil
}

// RefuseSettings is for commands that take no shared setting as a flag, and says why.
func (f *Factory) RefuseSettings(why string) error {
	for _, name := range slices.Sorted(maps.Keys(f.Flags)) {
		return Usagef("--%s can't be given here: %s", name, why)
	}
	return nil
}

// cloudChoice offers the clouds for a flag, with their short names.
func cloudChoice() string {
	clouds := authority.Clouds()
	var names []string
	for _, c := range clouds {
		names = append(names, c.Environment)
	}
	for _, c := range clouds {
		names = append(names, c.Aliases[0])
	}
	return choice(names) + " (default " + names[0] + ")"
}

// NoArguments is for commands that take none.
func NoArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	word := text.Short(args[0], 40)
	if near := cmd.SuggestionsFor(args[0]); cmd.HasSubCommands() && len(near) > 0 {
		return Usagef("%q is no command of %s; did you mean %q?", word, cmd.CommandPath(), near[0])
	}
	if cmd.HasSubCommands() {
		return Usagef("%q is no command of %s", word, cmd.CommandPath())
	}
	return Usagef("%s takes no argument %q", cmd.CommandPath(), word)
}

// NeedSubcommand turns a missing choice of subcommand into an error instead of a help text on stdout.
func NeedSubcommand(cmd *cobra.Command, args []string) error {
	if err := NoArguments(cmd, args); err != nil {
		return err
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return Usagef("%s needs one of its commands: %s", cmd.CommandPath(), choice(names))
}
