package azdcmd

import (
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/azcli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// withHelp names the page that says what this azd can do.
func withHelp(line string) string {
	if strings.Contains(line, cli.AzPage) {
		return line
	}
	return line + " (" + cli.AzPage + " says what this azd can do)"
}

// Refuse refuses what this azd can't do, before its flags are looked at: they are not known either. Errors:
// *cli.UsageError.
func Refuse(f *cli.Factory, args []string) error {
	words := args
	if i := slices.IndexFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-") }); i >= 0 {
		words = args[:i]
	}
	has := func(flags ...string) bool {
		return slices.ContainsFunc(args, func(arg string) bool { return slices.Contains(flags, arg) })
	}
	switch command := strings.Join(words, " "); {
	case command == "", command == "version", command == "auth token", command == "auth" && has("--help", "-h"),
		command == "auth login" && has("--"+checkStatus, "--"+checkStatus+"=true", "--help", "-h"):
		return nil
	case command == "auth":
		return cli.Usagef("azd auth needs one of its commands, which \"azd auth --help\" lists")
	case command == "auth login":
		return cli.Usagef("this azd is entralogin (%s), which signs in with: %s", cli.AzPage, loginInstead(f, args))
	case command == "auth logout":
		return cli.Usagef("this azd is entralogin (%s), which signs out with: %s", cli.AzPage, f.Explainer().Command("logout"))
	}
	return refused(f, words)
}

func refused(f *cli.Factory, words []string) error {
	return cli.RefuseStandIn(f, "azd", "The Azure Developer CLI", "https://aka.ms/azd-install", words)
}

// loginInstead is the command that does what "azd auth login" was to do: a browser, which that opens, only where the
// settings say so.
func loginInstead(f *cli.Factory, args []string) string {
	command := []string{"login"}
	if slices.Contains(args, "--use-device-code") {
		command = append(command, "--"+config.Login, plugin.DeviceCode)
	}
	for i, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok && i+1 < len(args) {
			value = args[i+1]
		}
		if slices.Contains([]string{"--" + config.TenantID, "--" + azcli.Scope}, name) && text.IsPlain(value) {
			command = append(command, name, value)
		}
	}
	return f.Explainer().CallCommand(plugin.Request{}, command...)
}
