package server

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/failure"
)

// mostKeys bounds how many keys are kept. A cache folder has one; one that changes its storage has two for a moment.
const mostKeys = 64

// Keys are those of the storage agent, in memory alone: a cache.Vault of the agent's own process, and the handler of
// agent.KeyPath, for the socket Main. It has to be asked nothing while the agent is locked. The zero value has none.
type Keys struct {
	mu   sync.Mutex
	keys map[string]cache.Secret
}

// Load returns a key. Errors: cache.ErrKeyGone.
func (k *Keys) Load(id string) (cache.Secret, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if key, ok := k.keys[id]; ok {
		return key, nil
	}
	return cache.Secret{}, cache.ErrKeyGone
}

// Save keeps a key for as long as this process lives. A key is named by what it is, so that no other takes its name.
// Errors: *agent.Error.
func (k *Keys) Save(id string, key cache.Secret) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	refuse := func(why string) error {
		return &agent.Error{Code: agent.Failed, Class: failure.Storage, Message: why}
	}
	before, known := k.keys[id]
	switch {
	case !isKeyID(id) || len(key.Reveal()) != agent.KeySize:
		return refuse("this is no key of a storage")
	case known && !before.Equal(key):
		return refuse("another key has this name")
	case !known && len(k.keys) >= mostKeys:
		return refuse("it has too many keys")
	}
	if k.keys == nil {
		k.keys = map[string]cache.Secret{}
	}
	k.keys[id] = key
	return nil
}

// Remove forgets a key, if it is there.
func (k *Keys) Remove(id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.keys, id)
	return nil
}

// Forget forgets all keys: nobody can open again what is stored under them.
func (k *Keys) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys = nil
}

// isKeyID reports whether a text is a name as package cache gives it: 16 bytes in hexadecimal digits.
func isKeyID(id string) bool {
	return len(id) == 32 && strings.Trim(id, "0123456789abcdef") == ""
}

// ServeHTTP gives, takes and forgets a key.
func (k *Keys) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, agent.KeyPath)
	var key cache.Secret
	var err error
	switch r.Method {
	case http.MethodGet:
		key, err = k.Load(id)
	case http.MethodPut:
		blob, failed := io.ReadAll(io.LimitReader(r.Body, agent.KeySize+1))
		if err = failed; err == nil {
			err = k.Save(id, cache.NewSecret(string(blob)))
		}
	case http.MethodDelete:
		err = k.Remove(id)
	default:
		w.Header().Set("Allow", "GET, PUT, DELETE")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if err != nil {
		refuseKey(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "no-store")
	io.WriteString(w, key.Reveal())
}

// refuseKey says why there is no key.
func refuseKey(w http.ResponseWriter, err error) {
	status, e := http.StatusBadRequest, &agent.Error{Code: agent.Failed, Class: failure.Storage, Message: "the key can't be read"}
	switch refused, ok := err.(*agent.Error); {
	case err == cache.ErrKeyGone:
		status, e = http.StatusNotFound, &agent.Error{Code: agent.NoKey, Class: failure.SignIn, Message: "it has no such key"}
	case ok:
		e = refused
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(agent.Note{Error: e})
}
