package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// kubectl lets the kubectl of this machine, if it has one, run the plugin. The simulator is the cluster: it
// checks the token's signature before it says whose it is.
func (d *demo) kubectl(ctx context.Context) error {
	path, err := exec.LookPath("kubectl")
	if err != nil {
		d.say("", "kubectl is not on the PATH. With it, kubectl auth whoami would follow here.")
		return nil
	}
	text := kubeconfigText(d.sim)
	if err := errors.Join(
		d.home.write(text, ".kube", "config"),
		d.home.write(string(d.sim.CertPEM()), ".kube", "ca.pem")); err != nil {
		return err
	}
	d.say("", "The simulator is a cluster, too. In ~/.kube/config its user runs entralogin:")
	fmt.Fprint(d.stdout, text[strings.Index(text, "    exec:"):])
	if !d.knowsWhoami(ctx, path) {
		d.say("This kubectl is too old for auth whoami. The version takes a token, too.")
		return d.askCluster(ctx, path, "version", "entrasim", "get", "--raw", "/version")
	}
	d.say("kubectl runs entralogin, and the cluster says whose the token is.")
	return d.askCluster(ctx, path, "whoami", d.account, "auth", "whoami")
}

// askCluster runs kubectl, whose answer must come from the endpoint and contain want.
func (d *demo) askCluster(ctx context.Context, path, endpoint, want string, args ...string) error {
	d.sim.ResetRequests()
	answer, _, err := d.command(ctx, "kubectl", path, kubectlLimit, nil, args...)
	if err != nil {
		return err
	}
	d.show(answer)
	switch {
	case d.sim.Requests(endpoint) == 0 || !strings.Contains(answer, want):
		return fmt.Errorf("the answer of kubectl does not say %q", want)
	case d.sim.Requests("devicecode")+d.sim.Requests("token") != 0:
		return fmt.Errorf("the plugin was not warm: the simulator counted %s", d.count())
	}
	return nil
}

// knowsWhoami tries it in silence. An older kubectl doesn't have it, or asks for an API that is gone; every other
// failure is for the person to see.
func (d *demo) knowsWhoami(ctx context.Context, path string) bool {
	var said screen
	_, _, err := child{name: "kubectl", path: path, args: []string{"auth", "whoami"},
		env: d.home.environ(), stderr: &said, limit: kubectlLimit}.run(ctx)
	return err == nil || !strings.Contains(said.String(), "unknown command") && !strings.Contains(said.String(), "not enabled in the cluster")
}
