package cache

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sync"
)

// keySize is that of AES-256.
const keySize = 32

// vault keeps keys outside of the cache. load returns ErrKeyGone if it has no such key; any other error
// is a *StorageError.
type vault interface {
	load(id string) ([]byte, error)
	save(id string, key []byte) error
	remove(id string) error
}

// safe holds the keys that this process has used, and knows where the others are.
type safe struct {
	vaults map[Storage]vault

	mu     sync.Mutex
	loaded map[string][]byte
	gone   sync.Once // a key, and that was told
}

// keys returns the safe of the Store.
func (s *Folder) keys() *safe {
	s.safeOnce.Do(func() {
		if s.safe == nil {
			s.safe = &safe{vaults: map[Storage]vault{Keyring: keyringVault{}, Keyctl: keyctlVault{}, Agent: agentVault{s.Vault}}}
		}
	})
	return s.safe
}

// keyID names a key by what it is: another key under its name is none of ours. A hash of 32 random bytes
// gives nothing away.
func keyID(key []byte) string {
	sum := sha256.Sum256(append([]byte("entralogin key\n"), key...))
	return hex.EncodeToString(sum[:16])
}

// get returns a key. Errors: ErrKeyGone, *StorageError.
func (k *safe) get(st Storage, id string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if key := k.loaded[id]; key != nil {
		return key, nil
	}
	if id == "" || k.vaults[st] == nil {
		return nil, ErrKeyGone
	}
	key, err := k.vaults[st].load(id)
	if err != nil {
		return nil, err
	}
	if len(key) != keySize || keyID(key) != id {
		return nil, ErrKeyGone
	}
	if k.loaded == nil {
		k.loaded = map[string][]byte{}
	}
	k.loaded[id] = key
	return key, nil
}

// ready returns the name of a key that can be had: id, or a new one if that is gone or "".
func (k *safe) ready(st Storage, id string) (string, error) {
	_, err := k.get(st, id)
	if !errors.Is(err, ErrKeyGone) {
		return id, err
	}
	key := make([]byte, keySize)
	rand.Read(key) // never fails: crypto/rand
	id = keyID(key)
	if err := k.vaults[st].save(id, key); err != nil {
		return "", err
	}
	if found, err := k.get(st, id); err != nil || !bytes.Equal(found, key) {
		return "", &StorageError{Storage: st, What: "can't be used: it does not give back what it was given", Err: err}
	}
	return id, nil
}

// forget deletes a key that nothing is sealed under any more. One that stays does no harm.
func (k *safe) forget(st Storage, id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.loaded, id)
	if v := k.vaults[st]; v != nil {
		_ = v.remove(id)
	}
}

// sayGone tells once that a key is gone.
func (k *safe) sayGone(st Storage, note func(format string, args ...any)) {
	k.gone.Do(func() {
		note("%s: a new sign-in is needed", st.goneWords())
	})
}

// goneWords says that a key is gone.
func (st Storage) goneWords() string {
	switch st {
	case Agent:
		return "the session ended with the agent"
	case Keyctl:
		return "the key of what is stored is gone from the kernel's keyring, as after a restart"
	}
	return "the key of what is stored is gone from the keyring"
}
