package cli

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/browser"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/config"
)

// opener opens pages for the person. Where a kubeconfig describes the call it does so in the person's own environment,
// and not at all where the kubeconfig moved what chooses the program.
func (w ways) opener() browser.Opener {
	f := w.f
	o := browser.Opener{Env: f.Getenv, Command: w.t.SignIn.Browser.Text}
	if !f.Foreign() {
		return o
	}
	env, err := proc.CallerEnvironment(ExecInfo)
	if err != nil {
		// Neither BROWSER nor the config file is the person's own for sure: the kubeconfig may have moved both.
		return browser.Opener{Env: f.Getenv, Untrusted: true}
	}
	foreign := config.Foreign{Source: f.Config(), Caller: func(name string) string { return env[name] }}
	for _, d := range foreign.Choosing() {
		o.Refused = d.BrowserError()
		break
	}
	o.Environ = permitted(foreign, env)
	o.Env = foreign.Caller
	return o
}

// permitted is the environment of a program in a call that a kubeconfig describes: the caller's, with what the person's own
// config lets the kubeconfig set in it.
func permitted(foreign config.Foreign, env map[string]string) []string {
	for _, entry := range foreign.Allowed() {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	environ := []string{}
	for name, value := range env {
		environ = append(environ, name+"="+value)
	}
	return environ
}

// environOf is the environment of a program that is run for a token. What a kubeconfig set is not in it. Where the caller's
// is not known it is what is certain of the person, and what may be the kubeconfig's choice is refused. Errors:
// *config.Error.
func environOf(f *Factory, t config.Target) ([]string, error) {
	if !f.Foreign() {
		return os.Environ(), nil
	}
	env, err := proc.CallerEnvironment(ExecInfo)
	if err == nil {
		return permitted(config.Foreign{Source: f.Config(), Caller: func(name string) string { return env[name] }}, env), nil
	}
	for _, name := range []string{config.AssertionCommand, config.AzureConfigDir} {
		if value, origin := t.Get(name); value != "" {
			return nil, &config.Error{Name: name, Origin: origin,
				What: "decides which program is run, and may be a kubeconfig's choice: the environment of the program that runs entralogin can't be read here. Nothing was run",
				Hint: "Have kubectl run entralogin without it, or take another way to sign in (entralogin help machines)."}
		}
	}
	return proc.PersonalEnvironment(), nil
}

// open opens the page of a sign-in. Where there is nothing to open it with, the prompt has said what to do.
func (w ways) open(ctx context.Context, page string) error {
	if w.t.SignIn.NoOpen {
		return nil
	}
	err := w.opener().Open(ctx, page)
	if none, ok := errors.AsType[*browser.NoneError](err); ok {
		w.f.Err.Explain("no browser is opened: " + none.Error())
		return nil
	}
	return err
}
