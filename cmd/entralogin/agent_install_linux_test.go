package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// installer is a laptop with the program at a path of its own.
type installer struct {
	*laptop
	program string
	units   string // the folder of the units
}

func newInstaller(t *testing.T, folder string) *installer {
	t.Helper()
	h := newLaptop(t)
	dir := filepath.Join(h.dir, folder)
	i := &installer{h, filepath.Join(dir, "entralogin"), filepath.Join(h.home, ".config/systemd/user")}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	// Another process copies it: what this one has open to write a program that another test starts meanwhile may have open, too,
	// and then nobody can run it. A link would change the program that all tests share (its ctime).
	if r := h.call("cp", built(t), i.program); !r.cmd.ProcessState.Success() {
		t.Fatalf("%s", r.err.Bytes())
	}
	return i
}

// runs runs a command of the group, wants that exit code, and returns both streams.
func (i *installer) runs(code int, args ...string) string {
	i.t.Helper()
	r := i.call(append([]string{i.program, "agent"}, args...)...)
	if r.cmd.ProcessState.ExitCode() != code {
		i.t.Errorf("%q ends with %v, not %d: %s", args, r.cmd.ProcessState, code, r.err.Bytes())
	}
	return string(r.out.Bytes()) + string(r.err.Bytes())
}

// verified are the complaints of systemd about the units.
func (i *installer) verified() string {
	i.t.Helper()
	var units []string
	for _, name := range []string{"entralogin-agent.socket", "entralogin-agent-forward.socket", "entralogin-agent.service"} {
		units = append(units, filepath.Join(i.units, name))
	}
	r := i.call(append([]string{"systemd-analyze", "--user", "--man=no", "verify"}, units...)...)
	said := string(r.out.Bytes()) + string(r.err.Bytes())
	if !r.cmd.ProcessState.Success() && said == "" {
		said = r.cmd.ProcessState.String()
	}
	return said
}

// Systemd takes what is written, whatever the program's path, or the path is refused.
func TestAgentInstall(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Fatal(err, "(of Debian's package systemd)")
	}
	for folder, refused := range map[string]bool{"bin": false, "a b": false, "$HOME": false, "${x}$$": false, "%h%%": false, "-@:+!;#é": false, `a"b`: true, "a'b": true, `a\b`: true, "a\nb": true, "a\xffb": true} {
		i := newInstaller(t, folder)
		if refused {
			if said := i.runs(3, "install"); !strings.Contains(said, "no unit can start") {
				t.Errorf("%q: %s", folder, said)
			}
			if _, err := os.Lstat(i.units); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%q: something is written: %v", folder, err)
			}
			continue
		}
		if said := i.runs(0, "install"); !strings.Contains(said, "systemctl --user enable --now entralogin-agent.socket") {
			t.Errorf("%q: %s", folder, said)
		}
		if said := i.verified(); said != "" {
			t.Errorf("%q: systemd says: %s", folder, said)
		}
		if err := os.Remove(i.program); err != nil {
			t.Fatal(err)
		}
		if said := i.verified(); !strings.Contains(said, "is not executable") {
			t.Errorf("%q: systemd looks for another program: %s", folder, said)
		}
	}
}

// What stands there already stays, unless it is ours or the person says so; uninstall removes what install wrote, and no more.
func TestAgentInstallKeeps(t *testing.T) {
	t.Parallel()
	i := newInstaller(t, "bin")
	theirs := filepath.Join(i.units, "entralogin-agent.service")
	if err := errors.Join(os.MkdirAll(i.units, 0o700), os.WriteFile(theirs, []byte("[Service]\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	untouched := func(when string) {
		t.Helper()
		entries, err := os.ReadDir(i.units)
		blob, _ := os.ReadFile(theirs)
		if err != nil || len(entries) != 1 || string(blob) != "[Service]\n" {
			t.Errorf("%s: %v, %q, %v", when, entries, blob, err)
		}
	}
	printed := i.runs(0, "install", "--print")
	for _, part := range []string{"# " + theirs, "FileDescriptorName=forward", "ExecStart=\"" + i.program + "\" agent", "SocketMode=0600", "DirectoryMode=0700"} {
		if !strings.Contains(printed, part) {
			t.Errorf("--print lacks %q: %s", part, printed)
		}
	}
	untouched("--print")
	if said := i.runs(3, "install"); !strings.Contains(said, "Nothing was written") || !strings.Contains(said, "--force") {
		t.Errorf("%s", said)
	}
	untouched("install")
	if said := i.runs(0, "uninstall"); !strings.Contains(said, "was not written by") || !strings.Contains(said, "nothing to remove") {
		t.Errorf("%s", said)
	}
	untouched("uninstall")
	i.runs(0, "install", "--force")
	if said := i.verified(); said != "" {
		t.Errorf("systemd says: %s", said)
	}
	i.runs(0, "install")
	wanted := filepath.Join(i.units, "sockets.target.wants") // where "systemctl enable" puts links
	for _, name := range []string{"entralogin-agent.socket", "other.socket"} {
		if err := errors.Join(os.MkdirAll(wanted, 0o700), os.Symlink(filepath.Join(i.units, name), filepath.Join(wanted, name))); err != nil {
			t.Fatal(err)
		}
	}
	if said := i.runs(0, "uninstall"); !strings.Contains(said, "systemctl --user stop") {
		t.Errorf("%s", said)
	}
	if left, err := filepath.Glob(i.units + "/*"); err != nil || !slices.Equal(left, []string{wanted}) {
		t.Errorf("uninstall leaves %q, %v", left, err)
	}
	if left, err := filepath.Glob(wanted + "/*"); err != nil || !slices.Equal(left, []string{filepath.Join(wanted, "other.socket")}) {
		t.Errorf("uninstall leaves %q, %v", left, err)
	}
}
