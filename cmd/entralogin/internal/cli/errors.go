package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/broker"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/docker"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/managed"
)

// describeCaller explains what the caller has to mend: the command line, the settings.
func (x Explainer) describeCaller(err error) []string {
	var advised *Advised
	var found *check.Error
	var usage *UsageError
	var setting *config.Error
	var machine *plugin.MachineError
	var output *plugin.OutputError
	switch {
	case errors.As(err, &machine):
		return withHint(machine.What+".", machine.Hint)
	case errors.As(err, &advised):
		return append([]string{advised.What}, advised.Advice...)
	case errors.As(err, &found): // all of it stands in the report
		return []string{err.Error() + "."}
	case errors.As(err, &usage), errors.As(err, &setting) && setting.Slip:
		switch {
		case setting != nil && setting.Hint != "":
			return []string{err.Error(), setting.Hint}
		case usage != nil && usage.Command != "" && usage.Command != "entralogin":
			return []string{err.Error(), fmt.Sprintf("%q says more.", usage.Command+" --help")}
		}
		return []string{err.Error(), `"entralogin --help" lists the commands and flags.`}
	case errors.As(err, &setting):
		return withHint(err.Error(), x.hint(setting))
	case errors.As(err, &output):
		return []string{err.Error() + ". What was obtained, if anything, is kept for the next call."}
	}
	return nil
}

// describeKubeconfig explains what is wrong with a kubeconfig file, or why it can't be written.
func describeKubeconfig(err error) []string {
	var file *kubeconfig.Error
	var locked *kubeconfig.LockError
	var unwritten *kubeconfig.WriteError
	switch {
	case errors.As(err, &file):
		return []string{err.Error() + "."}
	case errors.As(err, &locked):
		return []string{err.Error() + ".",
			"Another program is changing the file; run the command again. If none is, one was killed: delete the lock file then."}
	case errors.As(err, &unwritten):
		return []string{err.Error() + ". The file is as it was."}
	}
	return nil
}

// describeBroker explains why the identity broker gave nothing. A session that it keeps is given up by a sign-in alone.
func (x Explainer) describeBroker(err error) []string {
	e, ok := errors.AsType[*broker.Error](err)
	if !ok {
		return nil
	}
	lines := []string{e.Error() + "."}
	if e.Class() == failure.Network {
		lines[0] += " Nothing is lost: run the command again."
	}
	r := again(e.Request)
	return append(lines, "To sign in with a device code: "+x.LoginCommandBy(r, plugin.DeviceCode, ""),
		fmt.Sprintf("To sign in %s: %s", x.how("browser"), x.LoginCommandBy(r, "browser", "")))
}

// describeAgent explains why an agent gave no token.
func describeAgent(err error) []string {
	e, ok := errors.AsType[*agent.CallError](err)
	if !ok {
		return nil
	}
	return append([]string{e.Error() + "."}, e.Advice...)
}

// describeManaged explains why there is no token of a managed identity.
func describeManaged(err error) []string {
	if e, ok := errors.AsType[*managed.Error](err); ok {
		return withHint(e.What+".", e.Advice)
	}
	return nil
}

// describeFrontEnd explains what git or docker said, what the config does not say of a host, and what a registry refused.
func describeFrontEnd(err error) []string {
	var input *git.InputError
	var tenant *git.TenantError
	var fromDocker *docker.InputError
	var registry *docker.Error
	switch {
	case errors.As(err, &fromDocker):
		return []string{err.Error() + "."}
	case errors.As(err, &registry):
		return []string{err.Error() + ".", "What does not fit says: " + remedy.Line("entralogin", "docker", "check", registry.Host)}
	case errors.As(err, &input):
		return []string{err.Error() + "."}
	case errors.As(err, &tenant):
		return []string{err.Error() + ".",
			`Give tenant-id: to the host in the config file ("entralogin help git"); for dev.azure.com run: entralogin git setup`}
	}
	return nil
}

// NobodyError says that a call with these settings would need a sign-in.
type NobodyError struct {
	Request plugin.Request
	Err     error
}

func (e *NobodyError) Error() string { return e.Err.Error() }
func (e *NobodyError) Unwrap() error { return e.Err }

// Class is sign-in.
func (e *NobodyError) Class() failure.Class { return failure.SignIn }

// person explains what a person has to do: sign in, or choose.
func (x Explainer) person(err error) []string {
	var unattended *plugin.UnattendedError
	var refused *plugin.RefusedError
	var accounts *plugin.AccountsError
	var nobody *NobodyError
	switch {
	case errors.As(err, &nobody):
		return []string{err.Error() + ". To sign in: " + x.LoginCommand(nobody.Request)}
	case errors.As(err, &unattended):
		return x.unattendedLines(unattended)
	case errors.As(err, &refused):
		return x.refusedLines(refused)
	case errors.As(err, &accounts):
		return []string{err.Error() + ".",
			"Name one with --account, ENTRALOGIN_ACCOUNT or account: in the config file; or choose one for calls that name none: " + x.SetCommand(accounts.Session)}
	}
	return nil
}

// NeedsAgent reports whether what is stored can't be opened, nor anything be stored, because the agent that has the key is
// locked, or there is none.
func NeedsAgent(err error) bool {
	return errors.Is(err, cache.ErrAgentLocked) || errors.Is(err, cache.ErrNoAgent)
}

// describePlaces explains what is wrong on this machine.
func (x Explainer) describePlaces(err error) []string {
	var place *cache.Error
	var refused *cache.StorageError
	var held *cache.LockError
	switch {
	case errors.As(err, &held):
		return []string{held.Error() + ".", LockAdvice(held)}
	case errors.Is(err, cache.ErrAgentLocked):
		return []string{err.Error() + ".", "To unlock it: entralogin agent unlock"}
	case errors.Is(err, cache.ErrNoAgent):
		return []string{err.Error() + ".", "To start one: entralogin agent. Then sign in: entralogin login",
			"To forget what is stored: " + x.LogoutAllCommand("")}
	case errors.As(err, &refused):
		return []string{err.Error() + ".",
			`Nothing is stored in another way than you chose. "entralogin help storage" says what each storage needs.` + x.forget(refused)}
	case errors.Is(err, cache.ErrForeign):
		return []string{err.Error() + ". Nothing was changed; name a folder for entralogin alone with --" + config.CacheDir + "."}
	case errors.As(err, &place):
		return []string{err.Error() + ". Nothing was changed; " + mend(place)}
	case errors.Is(err, context.DeadlineExceeded):
		return []string{"the service gave no answer in time."}
	}
	return nil
}

// mend is what a person can do about a file or folder of the cache.
func mend(e *cache.Error) string {
	const elsewhere = ", or name another folder with --" + config.CacheDir + "."
	switch {
	case errors.Is(e.Err, syscall.ENOSPC), errors.Is(e.Err, syscall.EDQUOT):
		return "make room there" + elsewhere
	case errors.Is(e.Err, fs.ErrPermission), errors.Is(e.Err, syscall.EROFS):
		return "let your user write there" + elsewhere
	}
	return "move it away to start afresh."
}

// forget is the command that forgets what can't be moved to another storage, "" if it is not about that.
func (x Explainer) forget(e *cache.StorageError) string {
	if _, ok := errors.AsType[*cache.StorageError](e.Err); !ok {
		return ""
	}
	return " To forget what is stored: " + x.LogoutAllCommand("")
}

// LockAdvice says what to do about a process that has a lock for too long.
func LockAdvice(e *cache.LockError) string {
	if e.Holder.Stopped() {
		return fmt.Sprintf("Have that process go on (fg, or kill -CONT %[1]d) or end it (kill -KILL %[1]d), and run the command again.", e.Holder.PID)
	}
	return "Run the command again when that process has ended."
}

// hint is the next step about a setting, with the command where that is one.
func (x Explainer) hint(e *config.Error) string {
	switch {
	case e.Unset:
		return e.Hint + " Or answer the questions of: entralogin init. To set it there: " + x.ConfigCommand("set", e.Name, strings.ToUpper(strings.ReplaceAll(e.Name, "-", "_")))
	case e.Place:
		return e.Hint + ": " + x.AddCommand(x.Flags, nil)
	case e.ByHand != nil:
		return e.Hint + ". By hand: " + x.CallCommand(e.ByHand.Request, "account", "get-access-token", "--resource", e.ByHand.Resource)
	}
	return e.Hint
}

func withHint(line, hint string) []string {
	if hint == "" {
		return []string{line}
	}
	return []string{line, hint}
}
