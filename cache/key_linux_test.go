package cache

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The kernel's own keyring. Where the kernel of a machine gives out no keys, the error has to say so.
func TestKernelKeyring(t *testing.T) {
	s, _ := newStore(t)
	err := s.ApplyStorage(t.Context(), Keyctl)
	if refused := (*StorageError)(nil); errors.As(err, &refused) {
		if !strings.Contains(err.Error(), "storage keyctl can't be used: the kernel refuses keys here") {
			t.Errorf("got %v", err)
		}
		t.Logf("the kernel of this machine refuses: %v", err)
		return
	}
	must(t, err)
	p, err := s.pinned()
	must(t, err)
	defer keyctlVault{}.remove(p.Key)
	must(t, s.KeepSession(testSession, testMSAL(t, "a-refresh-token")))
	keepToken(t, s, testKey, "a-token-of-mine")
	if lies(t, s.Dir, "a-refresh-token")+lies(t, s.Dir, "a-token-of-mine") != 0 {
		t.Error("stored plainly")
	}
	key, err := keyctlVault{}.load(p.Key)
	if err != nil || len(key) != keySize || lies(t, s.Dir, string(key)) != 0 {
		t.Fatalf("a key of %d bytes, %v, or it lies beside what it seals", len(key), err)
	}
	later := &Store{Folder: Folder{Dir: s.Dir}} // as in another process, with nothing at hand
	if got, err := both(t, later, testKey); err != nil || got.Value.Reveal() != "a-token-of-mine" {
		t.Errorf("got %v", err)
	}
	must(t, keyctlVault{}.remove(p.Key)) // as after a restart
	later = &Store{Folder: Folder{Dir: s.Dir}}
	if _, err := later.Session(testSession); !errors.Is(err, ErrKeyGone) {
		t.Errorf("got %v", err)
	}
	must(t, later.ApplyStorage(t.Context(), ""))
	p, err = later.pinned()
	must(t, err)
	must(t, later.KeepSession(testSession, testMSAL(t, "a-new-one")))
	must(t, later.ApplyStorage(t.Context(), File))
	if lies(t, s.Dir, "a-new-one") != 1 {
		t.Error("did not move back")
	}
	if _, err := (keyctlVault{}).load(p.Key); !errors.Is(err, ErrKeyGone) {
		t.Errorf("the key stays: %v", err)
	}
}

// What the kernel says: https://man7.org/linux/man-pages/man2/add_key.2.html, ERRORS.
func TestKeyctlErrors(t *testing.T) {
	for errno, want := range map[unix.Errno]string{unix.EPERM: "refuses keys here", unix.ENOSYS: "refuses keys here", unix.EACCES: "refuses keys here",
		unix.EDQUOT: "quota", unix.ENOKEY: ErrKeyGone.Error(), unix.EKEYREVOKED: ErrKeyGone.Error(), unix.EKEYEXPIRED: ErrKeyGone.Error()} {
		if err := keyctlError(errno); !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", errno, err)
		}
	}
}

// No bus: no keyring, and no program that would start one.
func TestNoBus(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	t.Setenv("PATH", "")
	s, _ := newStore(t)
	for _, address := range []string{"", "autolaunch:"} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		if err := s.ApplyStorage(t.Context(), Keyring); err == nil || !strings.Contains(err.Error(), "there is no session bus") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if p, err := s.pinned(); err != nil || p.Storage != File {
		t.Errorf("pinned %+v, %v", p, err)
	}
}

// A keyring that does not answer, since it waits for its password: the limit ends the wait.
func TestKeyringHangs(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/does/not/exist")
	start := time.Now()
	_, err := askKeyring(func() (string, error) { select {} })
	if refused := (*StorageError)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), "no answer in 3s") || time.Since(start) < keyringWait {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
}
