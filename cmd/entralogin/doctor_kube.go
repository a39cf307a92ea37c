package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/kube/kubecheck"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// kube does what kubeconfig check does, where the current context runs entralogin or the part was named.
func (d *doctor) kube(ctx context.Context, named bool) {
	if why := d.otherKube(); why != nil && !named {
		d.add(*why)
		return
	}
	c := checkup{app: d.muted()}
	c.flags = flagLayer{} // what counts is what get-token gets from the kubeconfig
	d.add(check.Run(ctx, timed(check.Within("kube", c.checks())))...)
}

// otherKube says why kubectl has nothing to do with entralogin here, nil if it has.
func (d *doctor) otherKube() *check.Finding {
	none := func(f check.Finding) *check.Finding { return &f }
	a := d.muted()
	a.flags = flagLayer{}
	config, err := a.loadKubeconfig(false)
	var file *kubeconfig.Error
	switch {
	case errors.As(err, &file):
		return none(aboutKube.Warn("%v", err).Or("entralogin doctor kube says more"))
	case err != nil:
		return none(aboutKube.Good("there is no kubeconfig: nothing of kubectl is checked"))
	}
	there := false
	for _, path := range config.Paths {
		_, err := os.Stat(path)
		there = there || !errors.Is(err, fs.ErrNotExist)
	}
	found, ok := config.Contexts[config.CurrentContext]
	user, known := config.Users[found.User]
	switch {
	case !there:
		return none(aboutKube.Good("there is no kubeconfig: nothing of kubectl is checked"))
	case !ok || !known:
		return none(aboutKube.Good("no context with a user is the current one in the kubeconfig: nothing of kubectl is checked"))
	}
	m := kubecheck.Machine{Machine: check.ThisMachine(), Home: d.home(), Getenv: d.getenv}
	if e, ok := user.Exec(); !ok || !m.Runs(e, user.Path) {
		return none(aboutKube.Good("the current context %q does not run entralogin: nothing of it is checked", text.Short(config.CurrentContext, 120)))
	}
	return nil
}
