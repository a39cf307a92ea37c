package cli

import (
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/browser"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/config"
)

// opener opens pages for the person. Where a kubeconfig describes the call it does so in the person's own environment,
// and not at all where the kubeconfig moved what chooses the program.
func (f *Factory) opener(in config.SignIn) browser.Opener {
	o := browser.Opener{Env: f.Getenv, Command: in.Browser.Text}
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
