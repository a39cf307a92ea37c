//go:build keyring && linux

package cache

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// insideKeyring names what a copy of the test binary does on a bus of its own.
const insideKeyring = "ENTRALOGIN_TEST_KEYRING"

// TestGNOMEKeyring runs itself again on a session bus of its own with a real gnome-keyring, first unlocked and
// then locked. It fails where dbus-run-session or gnome-keyring-daemon is missing.
//
//	go test -count=1 -tags keyring -run Keyring ./cache
func TestGNOMEKeyring(t *testing.T) {
	if what := os.Getenv(insideKeyring); what != "" {
		testInsideKeyring(t, what)
		return
	}
	exe, err := os.Executable()
	must(t, err)
	home := t.TempDir()
	run := filepath.Join(home, "run")
	must(t, os.Mkdir(run, 0o700))
	for _, step := range []struct{ what, daemon string }{
		{"unlocked", "printf pw | gnome-keyring-daemon --unlock --components=secrets"},
		{"locked", "gnome-keyring-daemon --start --components=secrets"},
	} {
		script := step.daemon + ` >/dev/null && "$0" -test.run '^TestGNOMEKeyring$' -test.v`
		cmd := exec.CommandContext(t.Context(), "dbus-run-session", "--", "sh", "-c", script, exe)
		cmd.Env = append(os.Environ(), insideKeyring+"="+step.what, "HOME="+home, "XDG_RUNTIME_DIR="+run, "XDG_DATA_HOME="+filepath.Join(home, "data"),
			"CACHE_OF_TEST="+filepath.Join(home, "cache"), "DISPLAY=", "WAYLAND_DISPLAY=")
		cmd.WaitDelay = 10 * time.Second
		out, err := cmd.CombinedOutput()
		t.Logf("%s:\n%s", step.what, out)
		if err != nil || !strings.Contains(string(out), "--- PASS: TestGNOMEKeyring") {
			t.Errorf("%s: %v", step.what, err)
		}
	}
}

// testInsideKeyring is the part on the bus.
func testInsideKeyring(t *testing.T, what string) {
	s := &Store{Folder: Folder{Dir: os.Getenv("CACHE_OF_TEST")}}
	if what == "locked" {
		start := time.Now()
		err := s.ApplyStorage(t.Context(), "")
		if refused := (*StorageError)(nil); !errors.As(err, &refused) || time.Since(start) > keyringWait+time.Minute {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		t.Logf("after %v: %v", time.Since(start), err)
		return
	}
	must(t, s.ApplyStorage(t.Context(), Keyring))
	p, err := s.pinned()
	must(t, err)
	must(t, s.KeepSession(testSession, testMSAL(t, "a-refresh-token")))
	later := &Store{Folder: Folder{Dir: s.Dir}}
	session, err := later.Session(testSession)
	if err != nil || !strings.Contains(string(session.Reveal()), "a-refresh-token") || lies(t, s.Dir, "a-refresh-token") != 0 {
		t.Errorf("not sealed, or not to be opened: %v", err)
	}
	must(t, later.ApplyStorage(t.Context(), File))
	if _, err := (keyringVault{}).load(p.Key); !errors.Is(err, ErrKeyGone) || lies(t, s.Dir, "a-refresh-token") != 1 {
		t.Errorf("did not move back, or the key stays: %v", err)
	}
	must(t, later.ApplyStorage(t.Context(), Keyring))
	p, err = later.pinned()
	must(t, err)
	must(t, keyringVault{}.remove(p.Key))
	if _, err := (&Store{Folder: Folder{Dir: s.Dir}}).Session(testSession); !errors.Is(err, ErrKeyGone) {
		t.Errorf("got %v", err)
	}
	last := &Store{Folder: Folder{Dir: s.Dir}}
	must(t, last.ApplyStorage(t.Context(), ""))
	must(t, last.KeepSession(testSession, testMSAL(t, "a-new-one")))
}
