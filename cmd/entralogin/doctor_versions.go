package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/text"
)

// versions says which entralogin this is, and which kubectl is on the PATH. The git part says git's.
func (d *doctor) versions(ctx context.Context, part string) {
	d.add(aboutVersions.Good("%s", versionLine()))
	d.self()
	if part == "" || part == "kube" {
		d.add(kubectlVersion(ctx))
	}
}

// self says whether the PATH has this program.
func (d *doctor) self() {
	self, _ := os.Executable()
	file, err := exec.LookPath("entralogin")
	if err != nil {
		d.add(aboutVersions.Good("entralogin is not on the PATH: programs have to run it by its whole path, %s", text.Short(self, 200)))
		return
	}
	if !check.SameFile(self, file) {
		d.add(aboutVersions.Warn("entralogin on the PATH is another file than this one: %s, not %s", text.Short(file, 200), text.Short(self, 200)).
			Or("take the older one away, or put the folder of the newer one first in the PATH"))
	}
}

// kubectlVersion runs "kubectl version --client", which asks no cluster.
func kubectlVersion(ctx context.Context) check.Finding {
	file, err := exec.LookPath("kubectl")
	if err != nil {
		return aboutVersions.Good("kubectl is not on the PATH")
	}
	file = text.Short(file, 200)
	ctx, cancel := context.WithTimeout(ctx, doctorRequest)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "kubectl", "version", "--client")
	cmd.Stdout, cmd.WaitDelay = &out, time.Second
	if err := cmd.Run(); err != nil {
		why := text.Short(err.Error(), 120)
		if ctx.Err() != nil {
			why = "no answer within " + doctorRequest.String()
		}
		return aboutVersions.Warn("kubectl (%s) does not say its version: %s", file, why).Or("run kubectl version --client")
	}
	return judgeKubectl(file, out.String())
}

// judgeKubectl says what a version means. Plugins with client.authentication.k8s.io/v1 came with 1.22:
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
func judgeKubectl(file, out string) check.Finding {
	found := regexp.MustCompile(`\bv(\d+)\.(\d+)[^\s",}]*`).FindStringSubmatch(out)
	if found == nil {
		return aboutVersions.Warn("kubectl (%s) says something else than its version", file).Or("run kubectl version --client")
	}
	version := text.Short(found[0], 60)
	if strings.Contains(strings.ToLower(out), "dispatcher") || strings.Contains(version, "dispatcher") {
		return aboutVersions.Warn("kubectl (%s) is the dispatcher of a cloud's SDK, %s: it runs a kubectl of the cluster's version, whichever that is", file, version).
			Or("where it matters which one runs, put a kubectl of your own before it in the PATH")
	}
	major, _ := strconv.Atoi(found[1])
	minor, _ := strconv.Atoi(found[2])
	if major == 1 && minor < 22 {
		return aboutVersions.Warn("kubectl %s (%s) is too old for the entries that entralogin writes", version, file).Or("update kubectl to 1.22 or newer")
	}
	return aboutVersions.Good("kubectl %s (%s)", version, file)
}
