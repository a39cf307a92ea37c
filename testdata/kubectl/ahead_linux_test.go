package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// alone runs a program in a PID namespace whose first process is bash. When the program has ended and nobody has its streams
// any more, it says how that went and how many processes are left, and waits until there is none, be it a zombie.
const alone = `#!/bin/sh
exec unshare --pid --fork --kill-child --mount-proc bash -c '"$@" 2>&1 | cat; code=$PIPESTATUS; set -- /proc/[0-9]*; echo; echo "ended with $code, $(($#-1)) left"; until set -- /proc/[0-9]*; [ $# = 1 ]; do sleep 0.05; done' bash '%s' "$@"
`

// Kubectl has its answer, and goes, while the token that it had is renewed.
func TestRenewedAhead(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root makes PID namespaces")
	}
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newHome(t)
		h.env = append(h.env, "ENTRALOGIN_RENEW_AHEAD=")
		h.write("bin/alone", 0o700, fmt.Sprintf(alone, k.path))
		contained := kubectl{path: filepath.Join(h.dir, "bin", "alone")}
		h.sim.AutoApprove(entratest.Alice, 0)
		h.succeed(k, "get", "--raw", "/version")
		h.age(45 * time.Minute)
		h.sim.ResetRequests()
		held, let := make(chan bool, 1), make(chan bool)
		release := sync.OnceFunc(func() { close(let) })
		defer release()
		h.sim.Fault("token", entratest.Fault{Times: 1, Grant: "refresh_token", Rewrite: func(map[string]any) { held <- true; <-let }})

		r := h.start(contained, "get", "--raw", "/version")
		r.stdout.Await(t, limit, "\nended with 0, 1 left\n")
		select {
		case <-held:
		case <-time.After(limit):
			t.Fatal("nobody renews")
		}
		release()
		stdout, stderr := h.succeeded(r)
		contains(t, stdout, "entrasim")
		if strings.Contains(stdout, "entralogin:") || stderr != "" {
			t.Errorf("%s%s", stdout, stderr)
		}
		h.age(30 * time.Minute) // the old token would be stale
		h.succeed(k, "get", "--raw", "/version")
		h.requests(0, 1)
	})
}

// age makes the stored tokens older.
func (h *home) age(by time.Duration) {
	h.t.Helper()
	if err := entratest.AgeTokens(filepath.Join(h.dir, ".cache", "entralogin"), by); err != nil {
		h.t.Fatal(err)
	}
}
