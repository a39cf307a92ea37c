//go:build netns && linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The tests of this file run in namespaces of their own, where the fixed addresses of Azure can be had:
//
//	go test -tags netns -run '^TestAlone' .

const unitName = "/etc/systemd/system/deploy.service"

// unitKeys are those of systemd.exec(5) and systemd.service(5) that the page's files have.
var unitKeys = map[string]bool{"Type": true, "User": true, "StateDirectory": true, "WorkingDirectory": true, "Environment": true, "ExecStart": true, "SupplementaryGroups": true}

// readUnit reads a file of systemd's.
func readUnit(t *testing.T, text string) (keys map[string]string, commands []string) {
	t.Helper()
	keys = map[string]string{}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if lines[0] != "[Service]" {
		t.Fatalf("%q", lines)
	}
	for _, line := range lines[1:] {
		key, value, ok := strings.Cut(line, "=")
		switch {
		case !ok || !unitKeys[key]:
			t.Errorf("what is %q?", line)
		case key == "ExecStart":
			commands = append(commands, value)
		default:
			keys[key] = value
		}
	}
	return keys, commands
}

// unit runs the commands of the unit one after the other, as systemd does where one is oneshot, in a machine's environment.
func (j *job) unit(machine ...string) (string, error) {
	j.t.Helper()
	keys, commands := readUnit(j.t, fileOf(j.t, unitName))
	if keys["Type"] != "oneshot" || keys["WorkingDirectory"] != "/var/lib/"+keys["StateDirectory"] || keys["User"] == "" {
		j.t.Fatalf("%v", keys)
	}
	env := append(machine, j.installed(), "ENTRALOGIN_CONFIG="+filepath.Join(j.dir, ".config", "entralogin", "config.yaml"))
	env = append(env, strings.Fields(strings.ReplaceAll(keys["Environment"], keys["WorkingDirectory"], j.work))...)
	var all strings.Builder
	for _, command := range commands {
		out, err := j.step(j.work, env, "sh", "-c", "exec "+command)
		if all.WriteString(out); err != nil {
			return all.String(), err
		}
	}
	return all.String(), nil
}

// TestAlonePageMachine runs the unit on a virtual machine, twice: what is there from the last time is in nobody's way.
func TestAlonePageMachine(t *testing.T) {
	if !entratest.Alone(t) {
		return
	}
	if err := entratest.SetMetadata(entratest.MetadataHere); err != nil {
		t.Fatal(err)
	}
	j := newJob(t)
	m, err := entratest.StartIMDS(j.sim, entratest.IMDSAddress)
	if err != nil {
		t.Fatal(err)
	}
	out, err := j.unit()
	j.deployed(entratest.SystemIdentity().ClientID, out, err)
	if out, err = j.unit(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	j.asked("imds", 4) // with the probe, for each of two tokens
	m.Close()
	j.refused("no managed identity here", uint32(os.Getuid()))
}

// TestAlonePageArc runs the unit on a server of Azure Arc, whose agent has a fixed address and folder.
func TestAlonePageArc(t *testing.T) {
	if !entratest.Alone(t) {
		return
	}
	if keys, commands := readUnit(t, fileOf(t, unitName+".d/arc.conf")); keys["SupplementaryGroups"] != "himds" || len(commands) != 0 {
		t.Errorf("%v %q", keys, commands)
	}
	j := newJob(t)
	a, err := entratest.StartArc(j.sim, entratest.ArcAddress, entratest.ArcKeys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	if err := entratest.PutArcAgent(); err != nil {
		t.Fatal(err)
	}
	out, err := j.unit()
	j.deployed(entratest.SystemIdentity().ClientID, out, err)
	j.asked("arc", 4)     // each time once for the key, once for the token
	if os.Getuid() == 0 { // whoever may read all keys is in no need of the group
		j.refused("himds", 65534)
	}
}

// refused has a user get a token in vain, and compares the exit code with that of the page.
func (j *job) refused(says string, user uint32) {
	j.t.Helper()
	page, _ := readPage(j.t)
	home, err := os.MkdirTemp("", "entralogin-kubectl-home-") // t.TempDir is no other user's
	if err := errors.Join(err, os.Chmod(binaries, 0o755)); err != nil {
		j.t.Fatal(err)
	}
	j.t.Cleanup(func() { os.RemoveAll(home) })
	cmd := exec.Command(filepath.Join(binaries, "entralogin"), "get-token", "--login", "msi", "--server-id", aks)
	cmd.Env, cmd.Dir = []string{"HOME=" + home, "PATH=/usr/bin:/bin"}, home
	if user != uint32(os.Getuid()) {
		if err := os.Chown(home, int(user), int(user)); errors.Is(err, syscall.EINVAL) {
			j.t.Skip("there is no other user in these namespaces")
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	}
	out, err := cmd.CombinedOutput()
	failed, _ := errors.AsType[*exec.ExitError](err)
	if failed == nil || !strings.Contains(string(out), says) || failureRows(page)[says] != failed.ExitCode() {
		j.t.Errorf("%v, and the page has %d:\n%s", err, failureRows(page)[says], out)
	}
}
