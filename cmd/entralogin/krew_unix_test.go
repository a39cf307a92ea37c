//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// krewed installs a release into a home as krew does: a folder for each version, and one link to the newest.
func krewed(t *testing.T, h *house, version string) (link string) {
	t.Helper()
	folder := filepath.Join(h.home, ".krew")
	store := filepath.Join(folder, "store", "entralogin", version)
	link = filepath.Join(folder, "bin", "kubectl-entralogin")
	binary, err := os.ReadFile(built(t))
	if err := errors.Join(err, os.RemoveAll(filepath.Join(folder, "store")), os.RemoveAll(link), os.MkdirAll(store, 0o755), os.MkdirAll(filepath.Dir(link), 0o755),
		entratest.WriteProgram(filepath.Join(store, "entralogin"), string(binary)),
		os.Symlink(filepath.Join("..", "store", "entralogin", version, "entralogin"), link)); err != nil {
		t.Fatal(err)
	}
	return link
}

// TestKrew runs the program as krew installs it and kubectl runs it: what it writes names the link, which is there after
// an upgrade, and what it advises can be typed where there is no entralogin on the PATH.
func TestKrew(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "PATH=/usr/bin:/bin", "KUBECONFIG="+filepath.Join(t.TempDir(), "config"))
	file := strings.TrimPrefix(h.env[len(h.env)-1], "KUBECONFIG=")
	link := krewed(t, h, "v0.1.0")
	ran := func(code int, args ...string) string {
		t.Helper()
		r := h.call(args...)
		if got := r.cmd.ProcessState.ExitCode(); got != code {
			t.Fatalf("%q: exit code %d: %s", args, got, r.err.Bytes())
		}
		return string(r.out.Bytes()) + string(r.err.Bytes())
	}
	ran(0, link, "kubeconfig", "add", "--context", "c", "--server", "https://127.0.0.1:1", "--server-id", entratest.ServerID)
	files, err := kubeconfig.Load(kubeconfig.Rules(file, os.Getenv, ""))
	if err != nil {
		t.Fatal(err)
	}
	user, _ := files.User(files.Context("c").AuthInfo)
	entry, _ := user.Plugin()
	if entry.Command != link || !kubeconfig.IsOurs(entry) {
		t.Fatalf("the entry names %q, not %q", entry.Command, link)
	}
	call := append([]string{entry.Command}, entry.Args...)
	for _, args := range [][]string{append(call, "--prompt", "never"), {link, "status"}, {link, "kubeconfig", "check"}} {
		r := h.call(args...)
		if said := string(r.out.Bytes()) + string(r.err.Bytes()); !strings.Contains(said, "kubectl entralogin login") || strings.Contains(strings.ReplaceAll(said, "kubectl entralogin", ""), " entralogin login") {
			t.Errorf("%q: %s", args, said)
		}
	}
	if said := ran(0, link, "help", "status"); !strings.Contains(said, "\n  kubectl entralogin status") {
		t.Errorf("help says %q", said)
	}

	h.sim.AutoApprove(entratest.Alice, 0)
	ran(0, link, "login")
	if again := krewed(t, h, "v0.2.0"); again != link {
		t.Fatal(again)
	}
	if said := ran(0, call...); !strings.Contains(said, "ExecCredential") {
		t.Errorf("after an upgrade: %s", said)
	}
	ran(0, link, "git", "setup")
	if setup := readDoc(t, filepath.Join(h.home, ".gitconfig")); !strings.Contains(setup, link+" git-credential") {
		t.Errorf("git would run %s", setup)
	}
}

// TestKrewCompletes answers kubectl's question for the words of a plugin: https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
func TestKrewCompletes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.call("kubectl_complete-entralogin", "kubeconfig", "co")
	if out := r.out.Bytes(); !bytes.HasPrefix(out, []byte("convert\t")) || !bytes.HasSuffix(out, []byte(":4\n")) {
		t.Errorf("%q %s", out, r.err.Bytes())
	}
}
