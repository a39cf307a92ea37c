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

// proofFile is the key of an account, as calls name it, with a client. It serves all tenants and resources.
type proofFile struct {
	header
	SessionID
	Account    string          `json:"account,omitempty"`
	Credential string          `json:"credential,omitempty"`
	Identity   string          `json:"identity,omitempty"`
	JWK        json.RawMessage `json:"jwk"`
}

// owner is whose key it is.
func (f proofFile) owner() Key {
	return Key{SessionID: f.SessionID, Account: f.Account, Credential: f.Credential, Identity: f.Identity}
}

// holder is who has the key to which the token of k is bound. Its hash is the name of the key's file.
func (k Key) holder() Key {
	return proofFile{header{}, k.SessionID, k.Account, k.Credential, k.Identity, nil}.owner()
}

// ProofKey returns the key to which a token of k is to be bound, a JSON Web Key. Errors: those of Token.
func (s *Store) ProofKey(k Key) (Secret, error) {
	var f proofFile
	name := k.holder().Hash()
	if err := s.find(proofs, name, &f); err != nil {
		return Secret{}, err
	}
	if f.owner().Hash() != name || len(f.JWK) == 0 {
		return Secret{}, ErrCorrupt
	}
	return NewSecret(string(f.JWK)), nil
}

// KeepProofKey stores a new key in the place of what stands there, and deletes the tokens that were bound to that. The
// lock of k.Renewal is held.
func (s *Store) KeepProofKey(k Key, jwk Secret) error {
	holder := k.holder()
	err := s.encode(proofs, holder.Hash(), proofFile{header{schema}, k.SessionID, k.Account, k.Credential, k.Identity, json.RawMessage(jwk.Reveal())})
	return errors.Join(err, s.everywhere(func(place *Folder) error {
		return place.empty(tokens, func(name string) bool {
			var f tokenFile
			return place.decode(tokens, name, &f) == nil && f.KeyID != "" && f.Key.holder().Hash() == holder.Hash()
		})
	}))
}

// forgetProofs deletes the keys of people in a session for which match is true, and those that are too damaged to tell whose
// they are: another one is made where one is missing.
func (s *Folder) forgetProofs(id SessionID, match func(Key, Token) bool) error {
	var unknown []error
	err := s.empty(proofs, func(name string) bool {
		var f proofFile
		err := s.decode(proofs, name, &f)
		place, storage := (*Error)(nil), (*StorageError)(nil)
		if errors.As(err, &place) || errors.As(err, &storage) {
			unknown = append(unknown, err)
			return false
		}
		owner := f.owner()
		if err != nil || owner.Hash() != finished(name) {
			return true
		}
		return owner.Person() && sessionName(f.SessionID) == sessionName(id) && match(owner, Token{Account: f.Account})
	})
	return errors.Join(append(unknown, err)...)
}

func (f *proofFile) describe(name string, e *Entry) bool {
	e.Kind, e.Authority, e.Client = EntryProof, f.Authority, f.Client
	if f.Account != "" {
		e.Accounts = []string{f.Account}
	}
	return f.owner().Hash() == name && len(f.JWK) > 0
}
