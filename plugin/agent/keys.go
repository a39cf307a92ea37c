package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

// Keys are those that the running agent of this machine has in its memory: a cache.Vault for other processes than the
// agent's own. No other agent is asked, whatever a variable names.
type Keys struct {
	Getenv func(string) string
	UID    int // the effective user
}

// Load returns a key. Errors: cache.ErrKeyGone, cache.ErrNoAgent, cache.ErrAgentLocked, *Error.
func (k Keys) Load(id string) (cache.Secret, error) {
	key, err := k.do(http.MethodGet, id, cache.Secret{})
	if err == nil && len(key.Reveal()) != KeySize {
		return cache.Secret{}, cache.ErrKeyGone
	}
	return key, err
}

// Save gives a key to the agent. Errors: as Load.
func (k Keys) Save(id string, key cache.Secret) error {
	_, err := k.do(http.MethodPut, id, key)
	return err
}

// Remove has the agent forget a key. Errors: as Load.
func (k Keys) Remove(id string) error {
	_, err := k.do(http.MethodDelete, id, cache.Secret{})
	if errors.Is(err, cache.ErrKeyGone) {
		return nil
	}
	return err
}

// do makes one request and returns the body of a good answer.
func (k Keys) do(method, id string, key cache.Secret) (cache.Secret, error) {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	conn, err := k.dial(ctx)
	if err != nil {
		return cache.Secret{}, err
	}
	defer conn.Close()
	status, body, err := exchange(ctx, conn, method, KeyPath+id, []byte(key.Reveal()), MostBytes)
	if err != nil {
		return cache.Secret{}, fmt.Errorf("%w: %s", cache.ErrNoAgent, text.Short(err.Error(), 200))
	}
	if status == http.StatusOK {
		return cache.NewSecret(string(body)), nil
	}
	return cache.Secret{}, keyError(status, body)
}

// dial connects to the agent. Errors: cache.ErrNoAgent (wrapped).
func (k Keys) dial(ctx context.Context) (net.Conn, error) {
	none := cache.ErrNoAgent
	for p, err := range FindOwn(k.Getenv, k.UID) {
		if err != nil {
			return nil, fmt.Errorf("%w (%v)", cache.ErrNoAgent, err)
		}
		conn, err := Dial(ctx, p, k.UID)
		if err == nil {
			return conn, nil
		}
		if none == cache.ErrNoAgent {
			none = fmt.Errorf("%w at %s (%v)", cache.ErrNoAgent, text.Short(p.Path, 200), err)
		}
	}
	return nil, none
}

// keyError is the error of a bad answer.
func keyError(status int, body []byte) error {
	var n Note
	switch err := json.Unmarshal(body, &n); {
	case err != nil || n.Error == nil:
		return fmt.Errorf("the agent gives no keys (HTTP %d)", status)
	case n.Error.Code == NoKey:
		return cache.ErrKeyGone
	case n.Error.Code == Locked:
		return cache.ErrAgentLocked
	}
	n.Error.Message = text.Short(n.Error.Message, 300)
	return n.Error
}
