//go:build unix

package feeds

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// limit is how long a program may take. None comes near it unless it hangs.
const limit = 5 * time.Minute

// program is a program in the home.
func (w *world) program(path string, args ...string) *exec.Cmd {
	ca := w.Path("devops.pem")
	return w.Program(limit, []string{
		"SSL_CERT_FILE=" + ca,
		"PATH=" + strings.Join([]string{w.Path("bin"), filepath.Dir(cargo), filepath.Dir(npms[0]), os.Getenv("PATH")}, ":"),
		"PIP_CERT=" + ca, "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_KEYRING_PROVIDER=subprocess",
		"CARGO_HTTP_CAINFO=" + ca, "GIT_CONFIG_NOSYSTEM=1", "GIT_SSL_CAINFO=" + ca,
		"NODE_EXTRA_CA_CERTS=" + ca, "npm_config_globalconfig=" + w.Path("no-npmrc"), "npm_config_update_notifier=false",
		"npm_config_audit=false", "npm_config_fund=false", "npm_config_fetch_retries=0",
		"YARN_CACHE_FOLDER=" + w.Path("yarn"), "yarn_cafile=" + ca,
	}, path, args...)
}

// succeed runs a program that has to succeed and returns what it wrote.
func (w *world) succeed(cmd *exec.Cmd) (stdout, stderr string) {
	w.Helper()
	return w.MustSucceed(w.Begin(cmd))
}

// fail runs a program that has to fail by itself, and returns what it wrote to both.
func (w *world) fail(cmd *exec.Cmd) string {
	w.Helper()
	stdout, stderr := w.MustFail(w.Begin(cmd))
	return stdout + stderr
}
