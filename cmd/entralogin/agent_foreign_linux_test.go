package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// kubectl runs entralogin as kubectl does for a kubeconfig that sets some variables, and has the runtime folder of the agent
// where login sessions have theirs: only there are variables not looked at for each call.
func (h *storageHouse) kubectl(variables string, args ...string) *run {
	h.t.Helper()
	const script = `mount -t tmpfs none /run && mkdir -p /run/user/$(id -u) && mount --bind "$XDG_RUNTIME_DIR" /run/user/$(id -u) || exit 99
		export XDG_RUNTIME_DIR=/run/user/$(id -u)
		exec sh -c "$VARIABLES"' KUBERNETES_EXEC_INFO="$INFO" "$@"; exit $?' sh "$@"`
	before := h.env
	defer func() { h.env = before }()
	h.env = append(slices.Clone(h.env), "VARIABLES="+variables, "INFO="+execInfo)
	return h.call(append([]string{"unshare", "--mount", "sh", "-c", script, "sh", h.program}, args...)...)
}

// refuses checks that a call was refused, and that it has got no token.
func (h *storageHouse) refuses(what string, r *run, says string) {
	h.t.Helper()
	if said := string(r.err.Bytes()); r.cmd.ProcessState.ExitCode() != 3 || tokenOf(string(r.out.Bytes())) != "" || !strings.Contains(said, says) {
		h.t.Errorf("%s: %v, %q: %s", what, r.cmd.ProcessState, r.out.Bytes(), said)
	}
}

// A kubeconfig gets through the agent of this machine what it gets without one, and early; where it has moved what the person
// trusts it gets nothing, though the agent goes by its own settings.
func TestAgentForKubeconfig(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root makes mount namespaces")
	}
	h := newStorageHouse(t)
	h.signIn()
	plain := h.env
	h.env = append(slices.Clone(h.env), "GODEBUG=inittrace=1")
	for turn := range 3 {
		r := h.kubectl("", h.getToken()...)
		said := string(r.err.Bytes())
		if tokenOf(string(r.out.Bytes())) == "" || !r.cmd.ProcessState.Success() {
			t.Fatalf("turn %d: %v: %s", turn, r.cmd.ProcessState, said)
		}
		if early := strings.Contains(said, "init os @") && !strings.Contains(said, "init net/http"); early != (turn > 0) {
			t.Errorf("turn %d: early: %v", turn, early)
		}
	}
	h.env = plain
	const says = "when the program that runs entralogin was started"
	other := filepath.Join(h.dir, "other")
	config, err := os.ReadFile(filepath.Join(h.home, ".config", "entralogin", "config.yaml"))
	ca, errCA := os.ReadFile(filepath.Join(h.home, ".config", "entralogin", "ca.pem"))
	pin, errPin := os.ReadFile(filepath.Join(h.cache(), "storage"))
	made := filepath.Join(other, ".config", "entralogin")
	cached := filepath.Join(other, ".cache", "entralogin")
	if err := errors.Join(err, errCA, errPin, os.MkdirAll(made, 0o700), os.MkdirAll(cached, 0o700),
		os.WriteFile(filepath.Join(made, "ca.pem"), ca, 0o600), os.WriteFile(filepath.Join(cached, "storage"), pin, 0o600),
		os.WriteFile(filepath.Join(cached, "CACHEDIR.TAG"), []byte("Signature: 8a477f597d28d172789f06886806bc55\n"), 0o600),
		os.WriteFile(filepath.Join(made, "config.yaml"), append(config, "storage: agent\nallow-resources: [https://management.azure.com]\n"...), 0o600)); err != nil {
		t.Fatal(err)
	}
	h.sim.ResetRequests()
	for _, variables := range []string{"HOME=" + other, "ENTRALOGIN_STORAGE=agent", "ENTRALOGIN_CACHE_DIR=" + cached, "XDG_CACHE_HOME=" + filepath.Join(other, ".cache"),
		"ENTRALOGIN_CONFIG=" + filepath.Join(made, "config.yaml"), "SSL_CERT_FILE=" + filepath.Join(made, "ca.pem"), "XDG_RUNTIME_DIR=" + h.runtime, "ENTRALOGIN_AGENT=" + h.socket(agent.Forward)} {
		h.refuses(variables, h.kubectl(variables, append(h.getToken(), "--server-id", entratest.ServerID)...), says)
		h.refuses(variables+", anew", h.kubectl(variables, append(h.getToken(), "--force-refresh")...), says)
	}
	h.refuses("a resource of Microsoft's", h.kubectl("", "get-token", "--server-id", "https://management.azure.com"), "")
	if n := h.asksService(); n > 0 {
		t.Errorf("%d requests", n)
	}
}

// A cache folder that somebody else has filled, to which a kubeconfig points, makes no call of the agent: neither one for a
// token that a kubeconfig can't have, nor to another socket. In the person's own folder the same route is good, which
// nobody else writes to.
func TestRouteOfAnother(t *testing.T) {
	t.Parallel()
	h := newStorageHouse(t)
	h.signIn()
	body := fmt.Sprintf(`{"authority":%q,"tenant":%q,"client_id":%q,"scopes":["https://management.azure.com/.default"]}`, h.sim.Host, entratest.TenantContoso, entratest.ClientID)
	status, line := h.ask(agent.Main, http.MethodPost, agent.TokenPath, body)
	before, between, token, ok := route.Split(line)
	if status != http.StatusOK || !ok || token == "" {
		t.Fatalf("%d %s", status, line)
	}
	args := []string{h.program, "get-token", "--server-id", "https://management.azure.com"}
	plant := func(dir, socket string) {
		env := append(slices.Clone(h.env), "KUBERNETES_EXEC_INFO="+execInfo, "ENTRALOGIN_CACHE_DIR="+dir)
		lookup := func(name string) (string, bool) {
			for _, entry := range slices.Backward(env) {
				if value, ok := strings.CutPrefix(entry, name+"="); ok {
					return value, true
				}
			}
			return "", false
		}
		q := route.Question{Program: h.program, Args: args, Lookup: lookup, Environ: env}
		r := route.Route{Question: q.Text(), Until: time.Now().Add(time.Hour), Socket: socket, Request: body, Before: before, Between: between, Answer: []route.Piece{{Slot: route.Token}}}
		place, ok := q.Place()
		if err := errors.Join(os.MkdirAll(filepath.Dir(place), 0o700), os.WriteFile(place, r.Encode(), 0o600)); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	call := func(dir string) string {
		r := h.call(append([]string{"sh", "-c", `ENTRALOGIN_CACHE_DIR=$0 KUBERNETES_EXEC_INFO='` + execInfo + `' "$@"; exit $?`, dir}, args...)...)
		return string(r.out.Bytes())
	}
	plant(h.cache(), h.socket(agent.Main))
	if got := call(h.cache()); got != token {
		t.Errorf("the route is no good in the person's own folder: %q", got)
	}
	other := filepath.Join(h.dir, "other")
	plant(other, h.socket(agent.Main))
	if got := call(other); got != "" {
		t.Errorf("a cache folder of somebody else has the agent give %q", got)
	}
}
