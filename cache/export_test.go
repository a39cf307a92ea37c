package cache

import "os"

// SetStep has step called before each call that opens or changes a file; its error is the call's.
func (s *Folder) SetStep(step func(op, path string) error) { s.step = step }

// Changes reports whether a call may change what is on the disk. Where a process that dies leaves nothing else than
// at the call before, there is nothing to try.
func Changes(op, path string) bool {
	switch op {
	case "lock", "readdir", "fsync", "fsync folder":
		return false
	case "open":
		_, err := os.Lstat(path)
		return err != nil
	}
	return true
}

// IsTemp tells a temporary file from others for the tests outside of the package.
func IsTemp(name string) bool { return isTemp(name) }
