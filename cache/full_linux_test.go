package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A disk that fills up between two calls, for real: what is refreshed then is kept, again and again, and the
// token that finds no room is said to have none.
func TestFullDisk(t *testing.T) {
	cmd := startable(t, "disk", t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS} // the mount is this child's alone
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
	}
	out, err := cmd.Output()
	if errors.Is(err, syscall.EPERM) {
		t.Skip("nothing can be mounted here: ", err)
	}
	if err != nil || string(out) != "done\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

func childDisk(args []string) {
	dir := args[0]
	check(syscall.Mount("none", dir, "tmpfs", 0, "size=512k,mode=700"))
	s := &Store{Folder: Folder{Dir: filepath.Join(dir, "cache")}}
	check(s.KeepSession(testSession, bigSession("first")))
	check(s.KeepToken(testKey, testToken("old")))
	check(fillUp(filepath.Join(dir, "filler")))
	place := (*Error)(nil)
	for _, secret := range []string{"second", "third", "fourth"} {
		check(s.Reserve(testSession))
		if err := s.KeepSession(testSession, bigSession(secret)); err != nil {
			check(fmt.Errorf("%s: %w", secret, err))
		}
		got, err := s.Session(testSession)
		if check(err); !strings.Contains(string(got.Reveal()), secret) {
			check(fmt.Errorf("%s is lost", secret))
		}
	}
	other := testKey
	other.Tenant = "another"
	if err := s.KeepToken(other, testToken(strings.Repeat("x", 100<<10))); !errors.As(err, &place) || !errors.Is(err, syscall.ENOSPC) {
		check(fmt.Errorf("the disk is not full: %v", err))
	}
	id := testSession
	id.Client = "another"
	if err := s.Reserve(id); !errors.As(err, &place) || !errors.Is(err, syscall.ENOSPC) {
		check(fmt.Errorf("room was made where there is none: %v", err))
	}
	fmt.Println("done")
}

// fillUp writes a file until there is no room for another byte.
func fillUp(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for size := 64 << 10; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			return err
		}
	}
	return nil
}
