//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A kubectl that is a dispatcher runs the current context's plugin even to say its version. The doctor's has no
// kubeconfig to find one in, and an entralogin that a program of the doctor's runs asks nobody.
func TestDoctorsProgramsAskNobody(t *testing.T) {
	t.Parallel()
	r := newDoctorRig(t, setUp(t))
	const unasked = `[ "$ENTRALOGIN_PROMPT" = never ] || exit 9` + "\n"
	r.kubectl(unasked + `if grep -q get-token "${KUBECONFIG:-$HOME/.kube/config}"
then ENTRALOGIN_PROMPT=auto entralogin get-token --server-id ` + entratest.ServerID + `
fi
echo 'Client Version: v1.33.1'`)
	git := "#!/bin/sh\n" + unasked + "PATH=${PATH#*:} exec git \"$@\"\n"
	r.must(os.WriteFile(filepath.Join(r.dir, "bin", "git"), []byte(git), 0o700))
	for _, kubeconfig := range []string{"", "KUBECONFIG"} {
		if kubeconfig != "" {
			r.set(kubeconfig, filepath.Join(r.home, ".kube/config"))
		}
		r.finds(0, "ok", "kubectl v1.33.1", "")
	}
}
