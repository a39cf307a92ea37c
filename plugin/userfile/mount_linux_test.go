package userfile

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A file that is mounted over another one, which is what a container has of its host's kubeconfig, is changed where it
// comes from, and nothing lies about. The test runs itself again in a name space of its own, where it may mount.
func TestUpdateBindMount(t *testing.T) {
	const mounted = "USERFILE_TEST_MOUNTED"
	if file, place, inside := strings.Cut(os.Getenv(mounted), "\n"); inside {
		if err := errors.Join(syscall.Mount(file, place, "", syscall.MS_BIND, ""), update(context.Background(), place, to("new"))); err != nil {
			t.Fatal(err)
		}
		return
	}
	file, place := filepath.Join(t.TempDir(), "outside"), filepath.Join(t.TempDir(), "config")
	writeFile(t, file, "old and longer")
	writeFile(t, place, "")
	cmd := exec.Command(os.Args[0], "-test.run=^TestUpdateBindMount$")
	cmd.Env = append(os.Environ(), mounted+"="+file+"\n"+place)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}, GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if readFile(t, file) != "new" || readFile(t, place) != "" || names(t, filepath.Dir(place)) != "config" {
		t.Errorf("%q, %q, %s", readFile(t, file), readFile(t, place), names(t, filepath.Dir(place)))
	}
}
