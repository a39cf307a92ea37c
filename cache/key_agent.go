package cache

import "errors"

// ErrNoAgent means that no agent answers that could have a key.
var ErrNoAgent = errors.New("no agent answers")

// ErrAgentLocked means that the person has locked the agent, which gives no key until they unlock it.
var ErrAgentLocked = errors.New("the agent is locked")

// Vault is the memory of an agent, in its own process or beyond its socket. It has keys of 32 bytes for as long as it
// lives.
type Vault interface {
	// Load returns a key. Errors: ErrKeyGone, ErrNoAgent, ErrAgentLocked, others in clean words.
	Load(id string) (Secret, error)
	// Save keeps a key. Errors: as Load.
	Save(id string, key Secret) error
	// Remove forgets a key. One that is not there is no error.
	Remove(id string) error
}

// agentVault keeps keys in a Vault.
type agentVault struct{ Vault }

func (v agentVault) load(id string) ([]byte, error) {
	var key Secret
	err := v.ask(func() (err error) { key, err = v.Load(id); return err })
	return []byte(key.Reveal()), err
}

func (v agentVault) save(id string, key []byte) error {
	return v.ask(func() error { return v.Save(id, NewSecret(string(key))) })
}

func (v agentVault) remove(id string) error {
	return v.ask(func() error { return v.Remove(id) })
}

// ask calls the Vault, if there is one. No key is made or looked for anywhere else.
func (v agentVault) ask(call func() error) error {
	err := ErrNoAgent
	if v.Vault != nil {
		err = call()
	}
	switch {
	case err == nil, errors.Is(err, ErrKeyGone):
		return err
	case errors.Is(err, ErrNoAgent):
		return &StorageError{Storage: Agent, What: "can't be used: " + err.Error() + ". Where it has ended, the session ended with the agent", Err: err}
	}
	return &StorageError{Storage: Agent, What: "can't be used: " + err.Error(), Err: err}
}
