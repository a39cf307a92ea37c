//go:build unix

package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A way is one in which kubectl runs the plugin.
type way struct {
	version     string // of ExecCredential
	mode        string // interactiveMode, "" where there is none
	clusterInfo bool
	terminal    bool
}

func (w way) String() string {
	words := []string{w.version, w.mode, "without cluster info", "no terminal"}
	if w.mode == "" {
		words[1] = "no mode"
	}
	if w.clusterInfo {
		words[2] = "with cluster info"
	}
	if w.terminal {
		words[3] = "terminal"
	}
	return strings.Join(words, ", ")
}

// ways are all there are.
func ways() []way {
	var all []way
	for _, version := range []string{"v1", "v1beta1"} {
		for _, mode := range []string{"Never", "IfAvailable", "Always", ""} {
			for _, clusterInfo := range []bool{false, true} {
				for _, terminal := range []bool{false, true} {
					all = append(all, way{version, mode, clusterInfo, terminal})
				}
			}
		}
	}
	return all
}

// refusal is what kubectl says where it does not run the plugin at all.
func (w way) refusal() string {
	switch {
	case w.mode == "" && w.version == "v1":
		return "interactiveMode must be specified for sim to use exec authentication plugin"
	case w.mode == "Always" && !w.terminal:
		return "standard input is not a terminal"
	}
	return ""
}

// interactive is what kubectl tells the plugin.
func (w way) interactive() bool { return w.terminal && w.mode != "Never" }

// However the plugin is run, a person is asked once, on standard error. The prompt names the cluster where
// kubectl tells which one it is.
func TestWays(t *testing.T) {
	for _, k := range kubectls {
		for _, w := range ways() {
			t.Run(k.name()+"/"+w.String(), func(t *testing.T) {
				t.Parallel()
				h := newHome(t, func(u *user) {
					u.APIVersion = "client.authentication.k8s.io/" + w.version
					u.InteractiveMode, u.ProvideClusterInfo = w.mode, w.clusterInfo
				})
				h.sim.AutoApprove(entratest.Alice, 0)
				if refusal := w.refusal(); refusal != "" {
					contains(t, h.fail(k, "get", "--raw", "/version"), refusal)
					h.ran(0, 0)
					h.untouched()
					return
				}
				h.askedIn(k, w)
			})
		}
	}
}

// askedIn runs a kubectl and checks what the plugin was told and what the person saw.
func (h *home) askedIn(k kubectl, w way) {
	h.t.Helper()
	var seen string
	if w.terminal {
		seen = h.terminal(k, nil, "get", "--raw", "/version").succeeded(h.t)
		contains(h.t, seen, "entrasim")
	} else {
		var stdout string
		stdout, seen = h.succeed(k, "get", "--raw", "/version")
		contains(h.t, stdout, "entrasim")
	}
	asked(h.t, seen, 1)
	asker, cluster := "entralogin: kubectl needs a sign-in ", ""
	if w.clusterInfo {
		asker, cluster = "entralogin: kubectl, for the cluster "+h.sim.URL+", needs a sign-in ", `"server":"`+h.sim.URL+`"`
	}
	contains(h.t, seen, asker)
	for _, passed := range h.runs() {
		contains(h.t, passed, `client.authentication.k8s.io/`+w.version+`"`, fmt.Sprintf(`"interactive":%t`, w.interactive()), cluster)
		if !w.clusterInfo && strings.Contains(passed, `"cluster"`) {
			h.t.Errorf("the plugin was passed cluster information: %s", passed)
		}
	}
	h.ran(1, 1)
	h.requests(1, -1)
}
