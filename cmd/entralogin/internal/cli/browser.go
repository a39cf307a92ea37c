package cli

import (
	"context"
	"errors"
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
	for _, entry := range foreign.Allowed() {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	o.Env, o.Environ = foreign.Caller, []string{}
	for name, value := range env {
		o.Environ = append(o.Environ, name+"="+value)
	}
	return o
}

// open opens the page of a sign-in. Where there is nothing to open it with, the prompt has said what to do.
func (w ways) open(ctx context.Context, page string) error {
	err := w.opener().Open(ctx, page)
	if none, ok := errors.AsType[*browser.NoneError](err); ok {
		w.f.Err.Explain("no browser is opened: " + none.Error())
		return nil
	}
	return err
}
