//go:build unix

package feeds

import (
	"os/exec"
	"path/filepath"
	"strings"
)

// pip installs the package of feeds into a folder of the home. The first address is that of --index-url.
func (w *world) pip(p pip, into string, indexes ...string) *exec.Cmd {
	args := []string{filepath.Join(p.wheel, "pip"), "install", "--no-cache-dir", "--target", w.Path(into), "demo"}
	for i, index := range indexes {
		args = append(args, map[bool]string{true: "--index-url", false: "--extra-index-url"}[i == 0], index)
	}
	return w.program(python, args...)
}

// pypi is the address of a feed for pip, which asks the program keyring only about somebody whom it can name.
func pypi(user, feed string) string { return "https://" + user + "@" + feed + "/pypi/simple/" }

// installedByPip runs what pip installed, which says where it came from.
func (w *world) installedByPip(into, want string) {
	w.Helper()
	cmd := w.program(python, "-m", "demo")
	cmd.Env = append(cmd.Env, "PYTHONPATH="+w.Path(into))
	w.said(cmd, want)
}

// npmProject makes a project whose packages come from a feed.
func (w *world) npmProject(dir, feed string) {
	w.Helper()
	w.Write(dir+"/package.json", `{"name": "app", "version": "0.0.0", "dependencies": {"demo": "1.0.0"}}`)
	w.Write(dir+"/.npmrc", "registry=https://"+feed+"/npm/registry/\nalways-auth=true\n")
}

// npm installs what a project depends on, by one of npms.
func (w *world) npm(manager, dir string) *exec.Cmd {
	cmd := w.program(manager, "install")
	cmd.Dir = w.Path(dir)
	return cmd
}

// installedByNPM loads what npm installed.
func (w *world) installedByNPM(dir, want string) {
	w.Helper()
	cmd := w.program("node", "--print", `require("demo")`)
	cmd.Dir = w.Path(dir)
	w.said(cmd, want)
}

// cargoProject makes a project that depends on the package of a feed. provider is what cargo's configuration says of who
// knows the token: https://doc.rust-lang.org/cargo/reference/registry-authentication.html
func (w *world) cargoProject(dir, feed, provider string) {
	w.Helper()
	w.Write(dir+"/Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n"+
		"[dependencies]\ndemo = { version = \"1.0.0\", registry = \"deps\" }\n")
	w.Write(dir+"/src/main.rs", "fn main() { println!(\"{}\", demo::FEED) }\n")
	w.Write(dir+"/.cargo/config.toml", "[registries.deps]\nindex = \"sparse+https://"+feed+"/Cargo/index/\"\n"+provider)
}

// inCargo runs cargo in a project, with a home of cargo's own there, which has no package yet.
func (w *world) inCargo(dir string, args ...string) *exec.Cmd {
	cmd := w.program(cargo, args...)
	cmd.Dir = w.Path(dir)
	cmd.Env = append(cmd.Env, "CARGO_HOME="+w.Path(dir+"/home"))
	return cmd
}

// said checks what a program writes.
func (w *world) said(cmd *exec.Cmd, want string) {
	w.Helper()
	if out, _ := w.succeed(cmd); strings.TrimSpace(out) != want {
		w.Errorf("%q said %q, want %q", cmd.Args, out, want)
	}
}
