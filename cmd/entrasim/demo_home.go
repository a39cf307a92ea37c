package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A home is the temporary folder in which everything happens: the home of a person who has nothing but
// entralogin, a folder for programs and one for temporary files.
type home struct{ root string }

// newHome makes one in a folder, "" being the system's for temporary files.
func newHome(folder string) (home, error) {
	root, err := os.MkdirTemp(folder, "entrasim-demo-")
	if err != nil {
		return home{}, err
	}
	h := home{root}
	for _, dir := range []string{h.path(), h.bin(), h.temp()} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return home{}, errors.Join(err, h.remove())
		}
	}
	if runtime.GOOS != "windows" {
		if err := entratest.WriteProgram(h.browser(), "#!/bin/sh\n"); err != nil {
			return home{}, errors.Join(err, h.remove())
		}
	}
	return h, nil
}

func (h home) remove() error { return os.RemoveAll(h.root) }

// path is a file below the person's home.
func (h home) path(names ...string) string {
	return filepath.Join(append([]string{h.root, "home"}, names...)...)
}

func (h home) bin() string  { return filepath.Join(h.root, "bin") }
func (h home) temp() string { return filepath.Join(h.root, "tmp") }

// entralogin is where the program goes. It is found there through the PATH.
func (h home) entralogin() string { return h.program("entralogin") }

func (h home) program(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(h.bin(), name)
}

// browser is a command that opens no page, and is content.
func (h home) browser() string {
	if runtime.GOOS == "windows" {
		return "cmd /c rem"
	}
	return filepath.Join(h.bin(), "browser")
}

// write writes a file below the person's home, in folders of their own.
func (h home) write(text string, names ...string) error {
	path := h.path(names...)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}

// configure writes entralogin's configuration, and the certificate that it names beside it.
func (h home) configure(text string, s *entratest.Server) error {
	return errors.Join(
		h.write(text, ".config", "entralogin", "config.yaml"),
		h.write(string(s.CertPEM()), ".config", "entralogin", "ca.pem"))
}

// environ is the whole environment of the programs that are shown. What could lead them elsewhere (CI,
// GIT_TERMINAL_PROMPT, GCM_INTERACTIVE, ENTRALOGIN_*, KUBERNETES_EXEC_INFO, proxies) is not in it.
func (h home) environ() []string {
	env := []string{
		"HOME=" + h.path(), "USERPROFILE=" + h.path(),
		"XDG_CONFIG_HOME=" + h.path(".config"), "XDG_CACHE_HOME=" + h.path(".cache"),
		"KUBECONFIG=" + h.path(".kube", "config"), "KUBECACHEDIR=" + h.path(".kube", "cache"),
		"BROWSER=" + h.browser(), // else the system's might be started
		"ENTRALOGIN_AGENT=none",  // else the person's own might be asked
		"PATH=" + h.bin() + string(os.PathListSeparator) + os.Getenv("PATH"),
	}
	for _, name := range []string{"TERM", "NO_COLOR", "TZ", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT", "PATHEXT"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return append(env, h.temporary()...)
}

// temporary keeps the temporary files of a program within the home.
func (h home) temporary() []string {
	return []string{"TMPDIR=" + h.temp(), "TMP=" + h.temp(), "TEMP=" + h.temp(), "GOTMPDIR=" + h.temp()}
}

// buildEnviron is the person's own environment, for Go finds its modules and its cache through it.
func (h home) buildEnviron() []string { return slices.Concat(os.Environ(), h.temporary()) }

func kubeconfigText(s *entratest.Server) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: demo
contexts:
- name: demo
  context: {cluster: demo, user: me}
clusters:
- name: demo
  cluster: {server: "%s", certificate-authority: ca.pem}
users:
- name: me
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: entralogin
      args: [get-token, --server-id, %s]
      interactiveMode: IfAvailable
      provideClusterInfo: true
`, s.URL, entratest.ServerID)
}

// install takes a ready program under a name of the PATH.
func (h home) install(ready, name string) error {
	path, err := exec.LookPath(ready)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return err
	}
	if os.Symlink(path, h.program(name)) == nil {
		return nil
	}
	text, err := os.ReadFile(path) // where links take a privilege
	if err != nil {
		return err
	}
	return os.WriteFile(h.program(name), text, 0o700)
}
