//go:build unix

package credential

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/failure"
)

// A pod's token file may be read by a group (fsGroup), and written by its owner alone. What never ends, or is no file, does
// not keep anybody waiting.
func TestAssertionFileModes(t *testing.T) {
	s := newTrust(t)
	path := s.write("token", s.issuer.Sign(entratest.Assertion{Subject: subject}))
	for mode, good := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: true, 0o440: true, 0o644: true, 0o660: false, 0o602: false, 0o666: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if c := s.call(config.AssertionFile, path); good {
			s.good(c)
		} else {
			s.refused(c, failure.Config, "can be written by others")
		}
	}
	fifo, device, huge := filepath.Join(s.dir, "fifo"), filepath.Join(s.dir, "device"), s.write("huge", "")
	must(t, syscall.Mkfifo(fifo, 0o600))
	must(t, os.Symlink("/dev/zero", device))
	must(t, os.Truncate(huge, 100<<20))
	for what, path := range map[string]string{"is not a regular file": fifo, "not a regular": device, "is larger than": huge} {
		s.refused(s.call(config.AssertionFile, path), failure.Config, what)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The kubelet has the token behind two links, and replaces one of them while somebody reads:
// https://kubernetes.io/docs/concepts/storage/projected-volumes/
func TestAssertionFileRotates(t *testing.T) {
	s := newTrust(t)
	good := s.issuer.Sign(entratest.Assertion{Subject: subject})
	path := filepath.Join(s.dir, "azure-identity-token")
	must(t, os.Symlink("..data/azure-identity-token", path))
	rotate := func(n int) error {
		dir := filepath.Join(s.dir, "..2026_"+strconv.Itoa(n))
		next := filepath.Join(s.dir, "..data_tmp")
		old, _ := os.Readlink(filepath.Join(s.dir, "..data"))
		for _, step := range []func() error{
			func() error { return os.Mkdir(dir, 0o755) },
			func() error { return os.WriteFile(filepath.Join(dir, "azure-identity-token"), []byte(good), 0o640) },
			func() error { return os.Symlink(filepath.Base(dir), next) },
			func() error { return os.Rename(next, filepath.Join(s.dir, "..data")) },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		if old != "" {
			return os.RemoveAll(filepath.Join(s.dir, old))
		}
		return nil
	}
	must(t, rotate(0))
	stop, ended := make(chan struct{}), make(chan error)
	go func() {
		for n := 1; ; n++ {
			select {
			case <-stop:
				ended <- nil
				return
			default:
			}
			if err := rotate(n); err != nil {
				ended <- err
				return
			}
		}
	}()
	c := s.call(config.AssertionFile, path)
	for range 20000 {
		if a, err := c.fileAssertion(path, "--assertion-file"); err != nil || a.token.Reveal() != good {
			t.Errorf("while it rotates: %v", err)
			break
		}
	}
	close(stop)
	must(t, <-ended)
	s.good(c)
}
