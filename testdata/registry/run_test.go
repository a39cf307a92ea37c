//go:build linux

package registry

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
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

// shown is the last line of a prompt.
const shown = "Continue only if you started this yourself, just now."

// command is a program with nothing of the test's own environment. All that it writes stays in the home.
func (w *world) command(args ...string) *exec.Cmd {
	w.Helper()
	if slices.Contains(debian(), args[0]) { // which, for root, keep a file below /var/lib, whatever they are told
		args = append([]string{"unshare", "--mount", "sh", "-c", `mount --bind "$0" /var/lib && exec "$@"`, w.path("var")}, args...)
	} else if path, err := exec.LookPath(filepath.Join(programs, args[0])); err == nil {
		args = append([]string{path}, args[1:]...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	w.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.WaitDelay = 10 * time.Second
	cmd.Dir = w.dir
	cmd.Env = append([]string{
		"HOME=" + w.dir, "TMPDIR=" + w.dir, "XDG_RUNTIME_DIR=" + w.path("run"), "PATH=" + w.path("bin") + ":" + programs + ":" + os.Getenv("PATH"),
		"CONTAINERS_CONF=" + w.path("containers.conf"), "CONTAINERS_STORAGE_CONF=" + w.path("storage.conf"), "BUILDAH_ISOLATION=chroot",
		"CONTAINERS_REGISTRIES_CONF=" + w.path(".config/containers/registries.conf"),
		"SSL_CERT_FILE=" + w.path("ca.pem"), "SSL_CERT_DIR=" + w.path("run"),
		"https_proxy=" + w.sim.ProxyURL, "HTTPS_PROXY=" + w.sim.ProxyURL, "http_proxy=" + w.sim.ProxyURL, "HTTP_PROXY=" + w.sim.ProxyURL,
		"no_proxy=127.0.0.1", "NO_PROXY=127.0.0.1", "CI=",
	}, w.env...)
	return cmd
}

// succeed runs a program that has to succeed and returns what it wrote.
func (w *world) succeed(args ...string) (stdout, stderr string) {
	w.Helper()
	var out, said bytes.Buffer
	cmd := w.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		w.Fatalf("%q: %v\n%s%s\n%s", args, err, out.String(), said.String(), w.requests())
	}
	return out.String(), said.String()
}

// fail runs a program that has to fail by itself, and returns what it wrote.
func (w *world) fail(args ...string) string {
	w.Helper()
	cmd := w.command(args...)
	said, err := cmd.CombinedOutput()
	if err == nil || !cmd.ProcessState.Exited() {
		w.Fatalf("%q did not fail by itself: %v\n%s", args, err, said)
	}
	return string(said)
}

// requests is the log of the simulator, one request a line, for people.
func (w *world) requests() string {
	var b strings.Builder
	for _, r := range w.sim.RequestLog() {
		fmt.Fprintln(&b, r.Status, r.Method, r.Host+r.Path, r.Grant, r.Error)
	}
	return b.String()
}

// counts checks how many device codes were asked for in all, and how many exchanges there were.
func (w *world) counts(codes, exchanges int) {
	w.Helper()
	if c, e := w.sim.Requests("devicecode"), w.sim.Requests("exchange"); c != codes || e != exchanges {
		w.Errorf("%d device codes and %d exchanges, want %d and %d:\n%s", c, e, codes, exchanges, w.requests())
	}
}

// runs counts how often the helper was run for an operation.
func (w *world) runs(operation string) int {
	w.Helper()
	files, err := filepath.Glob(w.path("runs/*"))
	if err != nil {
		w.Fatal(err)
	}
	n := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			w.Fatal(err)
		}
		if strings.TrimSpace(string(text)) == operation {
			n++
		}
	}
	return n
}

// checkSecrets looks for secrets in every file of the home but those of the cache, also in the form that they have in
// docker's file.
func (w *world) checkSecrets() {
	secrets := w.sim.Secrets()
	for _, secret := range secrets {
		for _, user := range []string{docker.User, "<token>"} {
			secrets = append(secrets, base64.StdEncoding.EncodeToString([]byte(user+":"+secret)))
		}
	}
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == w.path(".cache/entralogin"):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		for _, secret := range secrets {
			if bytes.Contains(content, []byte(secret)) {
				w.Errorf("a secret lies in %s", path)
			}
		}
		return err
	})
	if err != nil {
		w.Error(err)
	}
}
