package doctorcmd

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/text"
)

// versions says which entralogin this is, and which kubectl is on the PATH. The git part says git's.
func versions(named []string) []check.Check {
	list := []check.Check{{Topic: aboutVersions, Title: "the version of entralogin", Run: self}}
	if len(named) == 0 || slices.Contains(named, "kube") {
		list = append(list, check.Check{Topic: aboutVersions, Title: "the version of kubectl", Limit: limit, Run: kubectl})
	}
	return list
}

// self says which program this is, and whether the PATH has it.
func self(context.Context) []check.Finding {
	found := []check.Finding{aboutVersions.Good("%s", cli.DescribeVersion())}
	own, _ := proc.OwnPath()
	file, err := exec.LookPath("entralogin")
	switch {
	case err != nil:
		return append(found, aboutVersions.Good("entralogin is not on the PATH: programs have to run it by its whole path, %s", text.Short(own, 200)))
	case !check.SameFile(own, file):
		return append(found, aboutVersions.Warn("entralogin on the PATH is another file than this one: %s, not %s", text.Short(file, 200), text.Short(own, 200)).
			Or("take the older one away, or put the folder of the newer one first in the PATH"))
	}
	return found
}

// kubectl runs "kubectl version --client", which asks no cluster. The dispatcher of a cloud's SDK asks one even then, by
// the kubeconfig, and has the current context's plugin sign in for it: so the kubeconfig is an empty one.
func kubectl(ctx context.Context) []check.Finding {
	file, err := exec.LookPath("kubectl")
	if err != nil {
		return []check.Finding{aboutVersions.Good("kubectl is not on the PATH")}
	}
	file = text.Short(file, 200)
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "kubectl", "version", "--client")
	cmd.Env, cmd.Stdout, cmd.WaitDelay = calls.AskingNobody("KUBECONFIG="+os.DevNull), &out, time.Second
	if err := cmd.Run(); err != nil {
		if late := context.Cause(ctx); late != nil {
			err = late
		}
		return []check.Finding{aboutVersions.Warn("kubectl (%s) does not say its version: %s", file, text.Short(err.Error(), 120)).Or("run kubectl version --client")}
	}
	return []check.Finding{judgeKubectl(file, out.String())}
}

// judgeKubectl says what a version means. Plugins with client.authentication.k8s.io/v1 came with 1.22:
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
func judgeKubectl(file, out string) check.Finding {
	found := regexp.MustCompile(`\bv(\d+)\.(\d+)[^\s",}]*`).FindStringSubmatch(out)
	if found == nil {
		return aboutVersions.Warn("kubectl (%s) says something else than its version", file).Or("run kubectl version --client")
	}
	version := text.Short(found[0], 60)
	major, _ := strconv.Atoi(found[1])
	minor, _ := strconv.Atoi(found[2])
	switch {
	case strings.Contains(strings.ToLower(out), "dispatcher"):
		return aboutVersions.Warn("kubectl (%s) is the dispatcher of a cloud's SDK, %s: it runs a kubectl of the cluster's version, whichever that is", file, version).
			Or("where it matters which one runs, put a kubectl of your own before it in the PATH")
	case major == 1 && minor < 22:
		return aboutVersions.Warn("kubectl %s (%s) is too old for the entries that entralogin writes", version, file).Or("update kubectl to 1.22 or newer")
	}
	return aboutVersions.Good("kubectl %s (%s)", version, file)
}
