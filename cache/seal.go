package cache

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrKeyGone means that a file is sealed under a key that is no more, such as one of the kernel after a
// restart. Nobody can open it again.
var ErrKeyGone = errors.New("the key of what is stored is gone")

// sealed is a file that is sealed: AES-256-GCM (NIST SP 800-38D) under a key of Keyring, Keyctl or Agent. It
// says of itself how it can be opened.
type sealed struct {
	Version int     `json:"version"`
	Sealed  Storage `json:"sealed"`
	Key     string  `json:"key"`
	Data    []byte  `json:"data"` // nonce (12 bytes, random), ciphertext and tag (16 bytes)
}

// sealedMark begins each sealed file of this schema, and no plain one.
const sealedMark = `{"version":1,"sealed":`

// boundTo is the additional data of a sealed file, so that no file can be put in the place of another one.
// A temporary file and one that was set aside have the place of the finished one.
func boundTo(folder, name string) []byte {
	return []byte(folder + "/" + finished(name))
}

func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// parseSealed returns the envelope of a sealed file; ok is false for a plain one.
func parseSealed(blob []byte) (f sealed, ok bool, err error) {
	if !bytes.HasPrefix(blob, []byte(sealedMark)) {
		return f, false, nil
	}
	if json.Unmarshal(blob, &f) != nil || !f.Sealed.Seals() || f.Version != schema {
		return f, true, ErrCorrupt
	}
	return f, true, nil
}

// seal makes of a file's content what is written, by the pin that is in force.
func (s *Store) seal(folder, name string, blob []byte) ([]byte, error) {
	if s.unpinned != nil {
		return s.keys().seal(*s.unpinned, folder, name, blob)
	}
	p, err := s.pinned()
	if err != nil {
		return nil, err
	}
	return s.keys().seal(p, folder, name, blob)
}

// seal makes of a file's content what is written by a pin.
func (k *safe) seal(p pin, folder, name string, blob []byte) ([]byte, error) {
	if !p.Storage.Seals() {
		return blob, nil
	}
	key, err := k.get(p.Storage, p.Key)
	if errors.Is(err, ErrKeyGone) {
		err = &StorageError{Storage: p.Storage, What: "has no key to seal with", Err: err}
	}
	if err != nil {
		return nil, err
	}
	gcm, err := aead(key)
	if err != nil {
		return nil, err
	}
	blob, err = json.Marshal(sealed{schema, p.Storage, p.Key, gcm.Seal(nil, nil, blob, boundTo(folder, name))})
	return append(blob, '\n'), err
}

// unseal returns the content of a file that was read, be it sealed or plain. Errors: ErrCorrupt,
// ErrKeyGone, *StorageError.
func (s *Folder) unseal(folder, name string, blob []byte) ([]byte, error) {
	f, ok, err := parseSealed(blob)
	if !ok || err != nil {
		return blob, err
	}
	key, err := s.keys().get(f.Sealed, f.Key)
	if errors.Is(err, ErrKeyGone) {
		s.keys().sayGone(f.Sealed, s.note)
	}
	if err != nil {
		return nil, err
	}
	gcm, err := aead(key)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nil, f.Data, boundTo(folder, name))
	if err != nil {
		return nil, ErrCorrupt
	}
	return plain, nil
}

// newer is the error of a file with a schema that is not known here.
func (s *Folder) newer(folder, name string, version int) error {
	return &Error{Path: s.path(folder, name),
		What: fmt.Sprintf("was written by a newer entralogin (schema %d, this one knows %d)", version, schema)}
}
