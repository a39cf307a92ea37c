//go:build unix

package main

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// maxVariable is how long Linux lets a variable of the environment be, with its name and a zero byte
// (MAX_ARG_STRLEN).
const maxVariable = 128 << 10

// caOf is a CA file of some size in bytes: the simulator's certificate, and lines that are empty.
func (h *home) caOf(size int) []byte {
	return append(h.sim.CertPEM(), bytes.Repeat([]byte("\n"), size-len(h.sim.CertPEM()))...)
}

// largestCA is the size of the largest CA with which kubectl can run a plugin that gets cluster info. It
// follows from what kubectl passes for a small one.
func (h *home) largestCA(k kubectl) int {
	h.t.Helper()
	h.succeed(k, "get", "--raw", "/version")
	for process, passed := range h.runs() {
		variable := len("KUBERNETES_EXEC_INFO=") + len(strings.TrimSuffix(passed, "\n")) + 2 // the line's end, and the zero byte
		rest := maxVariable - variable + base64.StdEncoding.EncodedLen(len(h.ca))
		if err := os.Remove(filepath.Join(h.dir, "runs", process)); err != nil {
			h.t.Fatal(err)
		}
		return rest / 4 * 3
	}
	h.t.Fatal("the plugin was not run")
	return 0
}

// The cluster's CA is passed to the plugin in a variable, whose size systems limit: kubectl can't even run
// the plugin where the CA is larger, be it in the kubeconfig or in a file beside it. What fits does no harm.
// Without cluster info every size does.
func TestLargeCA(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newHome(t, func(u *user) { u.ProvideClusterInfo = true })
		h.sim.AutoApprove(entratest.Alice, 0)
		largest := h.largestCA(k)
		t.Logf("the largest CA that works with cluster info: %d bytes", largest)
		h.requests(1, 1)

		h.ca = h.caOf(largest)
		h.kubeconfig()
		h.succeed(k, "get", "--raw", "/version")
		h.ran(1, 1)
		if runtime.GOOS == "linux" {
			h.ca = h.caOf(largest + 1)
			h.kubeconfig()
			contains(t, h.fail(k, "get", "--raw", "/version"), "argument list too long")
			h.ran(1, 1)

			h.caFile = h.caOf(100 << 10)
			h.kubeconfig()
			contains(t, h.fail(k, "get", "--raw", "/version"), "argument list too long")
			h.ran(1, 1)
		}

		h.user.ProvideClusterInfo = false
		h.kubeconfig()
		h.succeed(k, "get", "--raw", "/version")
		h.ca, h.caFile = h.caOf(100<<10), nil
		h.kubeconfig()
		h.succeed(k, "get", "--raw", "/version")
		h.ran(3, 3)
		h.requests(1, 1)
	})
}
