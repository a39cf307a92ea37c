package cli

import (
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// ExecInfo is the variable in which client-go passes the ExecCredential:
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#input-and-output-formats
//
// Where it is set a kubeconfig says what is run, with which arguments and variables: it can't take it away.
const ExecInfo = "KUBERNETES_EXEC_INFO"

// Foreign reports whether a kubeconfig describes this call.
func (f *Factory) Foreign() bool { return f.Getenv(ExecInfo) != "" }

// RefuseForeign refuses a command that no kubeconfig may run: root is the command line, and allowed are the paths of the
// commands that may be run, "entralogin version". Errors: *UsageError.
func (f *Factory) RefuseForeign(root *cobra.Command, args []string, allowed ...string) error {
	if !f.Foreign() {
		return nil
	}
	cmd, _, err := root.Find(args)
	if err != nil {
		return AsUsage(err)
	}
	for _, path := range allowed {
		if cmd.CommandPath() == path || path == cmd.CommandPath()+" --version" && len(args) == 1 && args[0] == "--version" {
			return nil
		}
	}
	return Usagef("a kubeconfig may run get-token and version alone, not %q (%s is set: unset it to run the command yourself)",
		text.Short(cmd.CommandPath(), 80), ExecInfo)
}

// checkBrought refuses a config file, a cache folder and programs that a kubeconfig brought. Errors: *config.Error.
func (f *Factory) checkBrought() error {
	brought := slices.Concat([]string{config.ConfigFile, config.CacheDir}, slices.Collect(maps.Keys(config.Brought())))
	given := func(name string) bool { return f.Flags[name] != "" }
	if !slices.ContainsFunc(brought, given) || !f.Foreign() {
		return nil
	}
	foreign, _ := f.foreign()
	if err := foreign.CheckPlaces(f.Flags); err != nil {
		return err
	}
	return foreign.CheckPrograms(f.Flags)
}

// permit refuses to send anything where the kubeconfig has moved what the person trusts. Errors: *config.Error.
func (f *Factory) permit(s config.Settings) error {
	if !f.Foreign() {
		return nil
	}
	f.Trace.Spoil() // another call may come from another program
	return permitAgent(f, s)
}

// permitAgent is permit for a call that the agent of this machine answers, by its own settings and from its own cache. It
// goes for the calls as well that ask the same later: what they get they can get without what the kubeconfig has moved.
func permitAgent(f *Factory, s config.Settings) error {
	if !f.Foreign() {
		return nil
	}
	foreign, err := compareCaller(f)
	if err != nil {
		f.Err.Explain("what the kubeconfig set in the environment is not known, and counts as nothing: the caller's can't be read: " + text.Short(err.Error(), 200))
		return foreign.CheckAddresses(s)
	}
	for _, d := range foreign.Differences(s) {
		return d.Error()
	}
	return nil
}

// PermitGuarded refuses what the config allows alone (config.Target.CheckCluster) where a kubeconfig has moved that: even a
// stored token is handed to nobody then. Errors: *config.Error.
func PermitGuarded(f *Factory, t config.Target, scopes []string) error {
	if !f.Foreign() || !t.Guarded(scopes) {
		return nil
	}
	return f.permit(t.Settings)
}

// callerForbids says why nobody may be asked as the person's own environment has it, "" if somebody may.
func (f *Factory) callerForbids(s config.Settings) string {
	if !f.Foreign() {
		return ""
	}
	foreign, _ := f.foreign()
	return foreign.Forbids(s)
}

// foreign compares this call with the environment of the program that a kubeconfig has run it, where that is known.
func (f *Factory) foreign() (config.Foreign, error) {
	f.Trace.Spoil() // another call may come from another program
	return compareCaller(f)
}

// compareCaller is foreign for what holds for another caller as well.
func compareCaller(f *Factory) (config.Foreign, error) {
	foreign := config.Foreign{Source: f.Config()}
	env, err := proc.CallerEnvironment(ExecInfo)
	if err == nil {
		foreign.Caller = func(name string) string { return env[name] }
	}
	return foreign, err
}
