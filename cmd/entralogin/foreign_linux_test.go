package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// houseOfAnotherUser is one with a copy of the program, which is the user's.
func houseOfAnotherUser(t *testing.T) (h *house, copied string) {
	asAnotherUser(t)
	h = newHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	h.shell(t, program(t), "cp ${E%% *} $HOUSE/entralogin")
	copied = filepath.Join(h.dir, "entralogin")
	h.letIn()
	h.shell(t, copied, "chown -R "+nobodyAtAll+":"+nobodyAtAll+" $HOUSE")
	return h, copied
}

// A caller whose environment can't be read, here one of another user, counts as one that has set the same: the call goes
// on, and -v says so. It takes root and setpriv.
func TestCallerOfAnotherUser(t *testing.T) {
	t.Parallel()
	h, program := houseOfAnotherUser(t)
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

// Where the caller's environment can't be read, no program is run that the kubeconfig may have chosen: not by the PATH, which
// is the usual one then, and not by a setting.
func TestProgramsOfAnotherUsersCaller(t *testing.T) {
	t.Parallel()
	h, program := houseOfAnotherUser(t)
	made := filepath.Join(h.dir, "made")
	if err := os.Mkdir(made, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := entratest.WriteProgram(filepath.Join(made, "azd"), "#!/bin/sh\ntouch \"$0.run\"\n"); err != nil {
		t.Fatal(err)
	}
	ready := h.shell(t, program, "chmod 755 $HOUSE/made/azd && chown -R "+nobodyAtAll+" $HOUSE/made && "+as+"$HOUSE/made/azd && rm $HOUSE/made/azd.run; exit $?")
	if code := ready.cmd.ProcessState.ExitCode(); code != 0 {
		t.Fatalf("the other user can't run the program: exit code %d: %s", code, ready.err.Bytes())
	}
	const call = `export KUBERNETES_EXEC_INFO='{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{}}'; `
	lines := map[string]string{
		"ENTRALOGIN_ASSERTION_COMMAND=$HOUSE/made/azd " + as + "$E":                         "assertion-command (ENTRALOGIN_ASSERTION_COMMAND) decides which program is run",
		"AZURE_CONFIG_DIR=$HOUSE/made PATH=$HOUSE/made:$PATH " + as + "$E --login azurecli": "azure-config-dir (AZURE_CONFIG_DIR) decides which program is run",
	}
	const azd = "PATH=$HOUSE/made:$PATH " + as + "$E --login azd"
	usual := []string{"/opt/homebrew/bin/azd", "/usr/local/bin/azd", "/usr/bin/azd", "/bin/azd", "/usr/sbin/azd", "/sbin/azd"}
	if slices.ContainsFunc(usual, func(path string) bool { _, err := os.Stat(path); return err == nil }) {
		h.shell(t, program, call+azd+"; true") // which runs that one, whatever it says
	} else {
		lines[azd] = "azd is not installed: it is not on the PATH"
	}
	for line, want := range lines {
		r := h.shell(t, program, call+line+"; exit $?")
		if code := r.cmd.ProcessState.ExitCode(); code != 3 || !strings.Contains(string(r.err.Bytes()), want) {
			t.Errorf("%s: exit code %d: %s", line, code, r.err.Bytes())
		}
	}
	if _, err := os.Stat(filepath.Join(made, "azd.run")); err == nil {
		t.Error("the kubeconfig's program was run")
	}
}
