package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/graph"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// Exit codes. They are part of the command's interface: README.md lists them.
const (
	exitDone     = 0
	exitOther    = 1
	exitUsage    = 2
	exitConfig   = 3
	exitSignIn   = 4
	exitRefused  = 5
	exitNetwork  = 6
	exitNonsense = 7
	exitStorage  = 8
	exitLock     = 9
	exitSignal   = 128 // and the signal's number
)

// usageError is a command line that can't be understood.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// configError is a setting that can't be used. Origin says where it stands.
type configError struct {
	name, origin, what string
	hint               string // the next step, or ""
}

func (e *configError) Error() string {
	if e.origin == "" {
		return e.name + " " + e.what
	}
	return fmt.Sprintf("%s (%s) %s", e.name, e.origin, e.what)
}

// failure is what a person and the caller get for an error.
type failure struct {
	code  int
	lines []string // what happened, whose turn it is, the next command
}

// explainFailure turns the typed errors of the packages into exit codes and hints. It alone knows both.
func (a *app) explainFailure(err error) failure {
	for _, explain := range []func(error) (failure, bool){
		a.explainNetwork, explainGit, explainCaller, explainKubeconfig, explainFindings, a.explainPerson, a.explainService, explainPlaces,
	} {
		if f, ok := explain(err); ok {
			return f
		}
	}
	return failure{exitOther, []string{err.Error()}}
}

// explainCaller explains what the caller has to mend: the command line, the settings, a signal.
func explainCaller(err error) (failure, bool) {
	var usage *usageError
	var config *configError
	var signal signalError
	var input *kube.InputError
	var file *text.FileError
	var parameters *graph.ParametersError
	var output *plugin.OutputError
	var impossible *graph.UsageError
	switch {
	case errors.As(err, &signal):
		return failure{exitSignal + int(signal.signal), []string{signal.Error()}}, true
	case errors.As(err, &usage):
		return failure{exitUsage, []string{err.Error(), `"entralogin --help" lists the commands and flags.`}}, true
	case errors.As(err, &input), errors.As(err, &impossible):
		return failure{exitUsage, []string{err.Error()}}, true
	case errors.As(err, &config):
		return failure{exitConfig, withHint(err.Error(), config.hint)}, true
	case errors.As(err, &parameters), errors.As(err, &file):
		return failure{exitConfig, []string{err.Error()}}, true
	case errors.As(err, &output):
		return failure{exitOther, []string{err.Error() + ". What was obtained is kept for the next call."}}, true
	}
	return failure{}, false
}

// explainKubeconfig explains what is wrong with a kubeconfig file, or why it can't be written.
func explainKubeconfig(err error) (failure, bool) {
	var file *kubeconfig.Error
	var locked *kubeconfig.LockError
	var unwritten *kubeconfig.WriteError
	switch {
	case errors.As(err, &file):
		return failure{exitConfig, []string{err.Error() + "."}}, true
	case errors.As(err, &locked):
		return failure{exitLock, []string{err.Error() + ".",
			"Another program is changing the file; run the command again. If none is, one was killed: delete the lock file then."}}, true
	case errors.As(err, &unwritten):
		return failure{exitStorage, []string{err.Error() + ". The file is as it was."}}, true
	}
	return failure{}, false
}

// explainFindings explains what a check has found. All of it stands in the report.
func explainFindings(err error) (failure, bool) {
	var found *failuresError
	if !errors.As(err, &found) {
		return failure{}, false
	}
	return failure{findingCodes()[found.first.Class], []string{err.Error() + "."}}, true
}

// explainGit explains what git said, and what the config does not say of its host.
func explainGit(err error) (failure, bool) {
	var input *git.InputError
	var tenant *git.TenantError
	var again *refusedAgainError
	switch {
	case errors.As(err, &again):
		return failure{exitRefused, []string{err.Error() + ", so none is asked for within a minute.",
			"What does not fit (tenant, account, permissions) says: entralogin git check " + again.place.URL()}}, true
	case errors.As(err, &input):
		return failure{exitOther, []string{err.Error() + "."}}, true
	case errors.As(err, &tenant):
		return failure{exitConfig, []string{err.Error() + ".",
			`Give tenant-id: to the host in the config file (entralogin help git); for dev.azure.com run: entralogin git setup`}}, true
	}
	return failure{}, false
}

// explainPerson explains what a person has to do: sign in, or choose.
func (a *app) explainPerson(err error) (failure, bool) {
	var unattended *plugin.UnattendedError
	var refused *plugin.RefusedError
	var accounts *plugin.AccountsError
	var nobody *nobodyError
	switch {
	case errors.As(err, &nobody):
		return failure{exitSignIn, []string{err.Error() + ". To sign in: " + a.loginWords(nobody.request)}}, true
	case errors.As(err, &unattended):
		return failure{exitSignIn, a.unattendedLines(unattended)}, true
	case errors.As(err, &refused):
		return failure{exitRefused, a.refusedLines(refused)}, true
	case errors.As(err, &accounts):
		return failure{exitConfig, []string{err.Error() + ".",
			"Name one with --account, ENTRALOGIN_ACCOUNT or account: in the config file; or choose one for calls that name none: " + a.setWords(accounts.Session)}}, true
	}
	return failure{}, false
}

// explainPlaces explains what is wrong on this machine.
func explainPlaces(err error) (failure, bool) {
	var lock *plugin.LockError
	var place *cache.Error
	var left *leftError
	var refused *cache.StorageError
	switch {
	case errors.As(err, &refused):
		return failure{exitStorage, []string{err.Error() + ".",
			`Nothing is stored in another way than you chose. "entralogin help storage" says what each storage needs.`}}, true
	case errors.As(err, &lock):
		return failure{exitLock, []string{err.Error()}}, true
	case errors.As(err, &left):
		return failure{exitStorage, left.lines()}, true
	case errors.Is(err, cache.ErrForeign):
		return failure{exitStorage, []string{err.Error() + ". Nothing was changed; name a folder for entralogin alone with --" + cacheDir + "."}}, true
	case errors.As(err, &place):
		return failure{exitStorage, []string{err.Error() + ". Nothing was changed; move it away to start afresh."}}, true
	case errors.Is(err, context.DeadlineExceeded):
		return failure{exitNetwork, []string{"the service gave no answer in time."}}, true
	}
	return failure{}, false
}

func withHint(line, hint string) []string {
	if hint == "" {
		return []string{line}
	}
	return []string{line, hint}
}

// loginWords is the command that signs in for a request.
func (a *app) loginWords(r plugin.Request) string {
	words := append([]string{"entralogin login", "--tenant-id", r.Tenant}, sessionFlags(r.SessionID)...)
	if r.Account != "" {
		words = append(words, "--account", r.Account)
	}
	return strings.Join(append(words, a.placeFlags()...), " ")
}

// setWords is the command that chooses an account of a session.
func (a *app) setWords(id cache.SessionID) string {
	words := append([]string{"entralogin account set NAME"}, sessionFlags(id)...)
	return strings.Join(append(words, a.placeFlags()...), " ")
}

// sessionFlags name a session.
func sessionFlags(id cache.SessionID) []string {
	flags := []string{"--client-id", id.Client}
	if cloud, _ := authority.Cloud("AzurePublicCloud"); id.Authority != cloud.Host {
		flags = append(flags, "--authority-host", "https://"+id.Authority)
	}
	return flags
}

// placeFlags are those of this call that say where files lie.
func (a *app) placeFlags() []string {
	var flags []string
	for _, name := range []string{cacheDir, configFile} {
		if value, ok := a.flags[name]; ok {
			flags = append(flags, "--"+name, value)
		}
	}
	return flags
}
