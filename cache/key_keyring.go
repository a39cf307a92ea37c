package cache

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/zalando/go-keyring"
)

const (
	keyringService = "entralogin"
	// keyringWait is how long the keyring may take. One that is locked asks for its password, and
	// nobody may see that.
	keyringWait = 3 * time.Second
)

// keyringVault keeps keys in the Secret Service (https://specifications.freedesktop.org/secret-service/),
// in the Keychain, or in the Credential Manager, which seals with DPAPI.
type keyringVault struct{}

func (keyringVault) load(id string) ([]byte, error) {
	text, err := askKeyring(func() (string, error) { return keyring.Get(keyringService, id) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil, ErrKeyGone
	}
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, ErrKeyGone
	}
	return key, nil
}

func (keyringVault) save(id string, key []byte) error {
	text := base64.StdEncoding.EncodeToString(key)
	_, err := askKeyring(func() (string, error) { return "", keyring.Set(keyringService, id, text) })
	return err
}

func (keyringVault) remove(id string) error {
	_, err := askKeyring(func() (string, error) { return "", keyring.Delete(keyringService, id) })
	return err
}

// askKeyring bounds a call. The goroutine of one that hangs ends with the process, which has nothing left
// to do then. The library says nothing of a deadline.
func askKeyring(call func() (string, error)) (string, error) {
	if !hasBus() {
		return "", &StorageError{Storage: Keyring, What: "can't be used: there is no session bus (DBUS_SESSION_BUS_ADDRESS is not set), and so no keyring"}
	}
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		text, err := call()
		done <- answer{text, err}
	}()
	select {
	case a := <-done:
		if a.err != nil && !errors.Is(a.err, keyring.ErrNotFound) {
			return "", &StorageError{Storage: Keyring, What: fmt.Sprintf("can't be used: %v", a.err), Err: a.err}
		}
		return a.text, a.err
	case <-time.After(keyringWait):
		return "", &StorageError{Storage: Keyring, What: fmt.Sprintf("can't be used: no answer in %v; it may be locked and wait for its password", keyringWait)}
	}
}

// hasBus reports whether there is a session bus to talk to. Without an address the library would start
// dbus-launch, and with it a bus that outlives this process.
func hasBus() bool {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return true
	}
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" && !strings.HasPrefix(address, "autolaunch:") {
		return true
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		return false
	}
	info, err := os.Stat(filepath.Join(dir, "bus"))
	return err == nil && info.Mode()&os.ModeSocket != 0
}
