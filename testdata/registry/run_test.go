//go:build linux

package registry

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/docker"
)

// limit is how long a program may take. None comes near it unless it hangs.
const limit = 3 * time.Minute

// command is a program in the home.
func (w *world) command(args ...string) *exec.Cmd {
	w.Helper()
	if slices.Contains(debian(), args[0]) { // which, for root, keep a file below /var/lib, whatever they are told
		args = append([]string{"unshare", "--mount", "sh", "-c", `mount --bind "$0" /var/lib && exec "$@"`, w.Path("var")}, args...)
	} else if path, err := exec.LookPath(filepath.Join(programs, args[0])); err == nil {
		args = append([]string{path}, args[1:]...)
	}
	return w.Program(limit, []string{
		"XDG_RUNTIME_DIR=" + w.Path("run"), "PATH=" + w.Path("bin") + ":" + programs + ":" + os.Getenv("PATH"),
		"CONTAINERS_CONF=" + w.Path("containers.conf"), "CONTAINERS_STORAGE_CONF=" + w.Path("storage.conf"), "BUILDAH_ISOLATION=chroot",
		"CONTAINERS_REGISTRIES_CONF=" + w.Path(".config/containers/registries.conf"),
		"SSL_CERT_FILE=" + w.Path("ca.pem"), "SSL_CERT_DIR=" + w.Path("run"),
		"http_proxy=" + w.Proxy, "HTTP_PROXY=" + w.Proxy,
	}, args[0], args[1:]...)
}

// succeed runs a program that has to succeed and returns what it wrote.
func (w *world) succeed(args ...string) (stdout, stderr string) {
	w.Helper()
	return w.MustSucceed(w.Begin(w.command(args...)))
}

// fail runs a program that has to fail by itself, and returns what it wrote.
func (w *world) fail(args ...string) string {
	w.Helper()
	stdout, stderr := w.MustFail(w.Begin(w.command(args...)))
	return stdout + stderr
}

// requests is the log of the simulator, one request a line, for people.
func (w *world) requests() string {
	var b strings.Builder
	for _, r := range w.Sim.RequestLog() {
		fmt.Fprintln(&b, r.Status, r.Method, r.Host+r.Path, r.Grant, r.Error)
	}
	return b.String()
}

// counts checks how many device codes were asked for in all, and how many exchanges there were.
func (w *world) counts(codes, exchanges int) {
	w.Helper()
	if c, e := w.Sim.Requests("devicecode"), w.Sim.Requests("exchange"); c != codes || e != exchanges {
		w.Errorf("%d device codes and %d exchanges, want %d and %d:\n%s", c, e, codes, exchanges, w.requests())
	}
}

// checkSecrets looks for secrets in every file of the home but those of the cache, also in the form that they have in
// docker's file.
func (w *world) checkSecrets() {
	secrets := w.Sim.Secrets()
	for _, secret := range secrets {
		for _, user := range []string{docker.User, "<token>"} {
			secrets = append(secrets, base64.StdEncoding.EncodeToString([]byte(user+":"+secret)))
		}
	}
	w.CheckSecrets(secrets)
}
