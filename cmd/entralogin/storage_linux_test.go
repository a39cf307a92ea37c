package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

const keyring = unix.KEY_SPEC_USER_KEYRING

// kernelHasKeys reports whether the kernel of this machine gives out keys, by trying.
func kernelHasKeys() bool {
	id, err := unix.AddKey("user", "entralogin-test", []byte("test"), keyring)
	if err == nil {
		_, err = unix.KeyctlInt(unix.KEYCTL_UNLINK, id, keyring, 0, 0)
	}
	return err == nil
}

// forgetKey takes the key of a script's cache out of the kernel, as a restart does.
func forgetKey(ts *testscript.TestScript) {
	var pin struct{ Storage, Key string }
	blob, err := os.ReadFile(filepath.Join(ts.Getenv("CACHE"), "storage"))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	ts.Check(err)
	ts.Check(json.Unmarshal(blob, &pin))
	if pin.Storage != "keyctl" {
		return
	}
	id, err := unix.KeyctlSearch(keyring, "user", "entralogin:"+pin.Key, 0)
	ts.Check(err)
	_, err = unix.KeyctlInt(unix.KEYCTL_UNLINK, id, keyring, 0, 0)
	ts.Check(err)
}
