package userfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"
)

// Who waited for a lock file that its holder deleted has a lock that nobody else sees, and tries again. That is between
// two calls of the system, and too short to be met in a test of many holders.
func TestHeldIsAt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config"+lockMark)
	held := flock.New(path)
	defer held.Close()
	if taken, err := held.TryLock(); err != nil || !taken || !isAt(held, path) {
		t.Error("a lock", taken, err)
	}
	if err := os.Remove(path); err != nil || isAt(held, path) {
		t.Error("a lock whose file is gone", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil || isAt(held, path) {
		t.Error("a lock whose file is another one", err)
	}
}
