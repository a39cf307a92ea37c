package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A caller whose environment can't be read, here one of another user, counts as one that has set the same: the call goes
// on, and -v says so. It takes root and setpriv.
func TestCallerOfAnotherUser(t *testing.T) {
	t.Parallel()
	asAnotherUser(t)
	h := newHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	h.shell(t, program(t), "cp ${E%% *} $HOUSE/entralogin")
	program := filepath.Join(h.dir, "entralogin")
	for dir := filepath.Dir(h.dir); dir != "/"; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o001 == 0 {
			if err := os.Chmod(dir, info.Mode().Perm()|0o011); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.shell(t, program, "chown -R "+nobodyAtAll+":"+nobodyAtAll+" $HOUSE")
	const as = "setpriv --reuid " + nobodyAtAll + " --regid " + nobodyAtAll + " --clear-groups "
	const caller = `export SSL_CERT_FILE=/evil.pem KUBERNETES_EXEC_INFO='{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{}}'; `
	r := h.shell(t, program, caller+as+"$E -v; exit $?")
	delivered(t, "another user's caller", r, 0)
	if !strings.Contains(string(r.err.Bytes()), "the caller's can't be read: permission denied") {
		t.Errorf("nothing is said of the caller: %s", r.err.Bytes())
	}
	h.env = append(h.env, "CALLER="+caller+"$E --force-refresh; exit $?")
	r = h.shell(t, program, as+`sh -c "$CALLER"; exit $?`)
	if code := r.cmd.ProcessState.ExitCode(); code != 3 || !strings.Contains(string(r.err.Bytes()), "SSL_CERT_FILE (the environment)") {
		t.Errorf("a caller of the same user: exit code %d: %s", code, r.err.Bytes())
	}
}
