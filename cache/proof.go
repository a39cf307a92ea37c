package cache

import (
	"encoding/json"
	"errors"

	"github.com/entralogin/entralogin/cache/route"
)

// proofs is the folder of the keys to which tokens are bound.
const proofs = route.Keys

// EntryProof is the Kind of such a key.
const EntryProof = "key"

// proofFile is the key of its holder, as calls name it. It serves all tenants and resources.
type proofFile struct {
	header
	Key
	JWK json.RawMessage `json:"jwk"`
}

// holder is who has the key to which the token of k is bound. Its hash is the name of the key's file.
func (k Key) holder() Key {
	return Key{SessionID: k.SessionID, Account: k.Account, Credential: k.Credential, Identity: k.Identity}
}

// ProofKey returns the key to which a token of k is to be bound, a JSON Web Key. Errors: those of Token.
func ProofKey(s *Store, k Key) (Secret, error) {
	var f proofFile
	name := k.holder().Hash()
	if err := s.find(proofs, name, &f); err != nil {
		return Secret{}, err
	}
	if f.Hash() != name || len(f.JWK) == 0 {
		return Secret{}, ErrCorrupt
	}
	return NewSecret(string(f.JWK)), nil
}

// KeepProofKey stores a new key in the place of what stands there, and deletes the tokens that were bound to that. The
// lock of k.Renewal is held.
func KeepProofKey(s *Store, k Key, jwk Secret) error {
	holder := k.holder()
	err := s.encode(proofs, holder.Hash(), proofFile{header{schema}, holder, json.RawMessage(jwk.Reveal())})
	return errors.Join(err, s.everywhere(func(place *Folder) error {
		return place.empty(tokens, func(name string) bool {
			var f tokenFile
			return place.decode(tokens, name, &f) == nil && f.KeyID != "" && f.Key.holder().Hash() == holder.Hash()
		})
	}))
}

func (f *proofFile) describe(name string, e *Entry) bool {
	e.Kind, e.Authority, e.Client = EntryProof, f.Authority, f.Client
	if f.Account != "" {
		e.Accounts = []string{f.Account}
	}
	return f.Hash() == name && len(f.JWK) > 0
}
