//go:build !linux

package cache

// keyctlVault is the kernel's keyring, which Linux alone has.
type keyctlVault struct{}

func (keyctlVault) refuse() error {
	return &StorageError{Storage: Keyctl, What: "can't be used: the kernel's keyring is one of Linux"}
}

func (v keyctlVault) load(string) ([]byte, error) { return nil, v.refuse() }
func (v keyctlVault) save(string, []byte) error   { return v.refuse() }
func (v keyctlVault) remove(string) error         { return v.refuse() }

// inMemory refuses: this system has no folder that is known to be in memory.
func inMemory(string) error {
	return &StorageError{Storage: Memory, What: "can't be used: there is no XDG_RUNTIME_DIR in memory but on Linux"}
}
