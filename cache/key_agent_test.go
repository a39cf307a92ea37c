package cache

import (
	"errors"
	"strings"
	"testing"
)

// voiceless is an agent that gives no keys.
type voiceless struct{ err error }

func (v voiceless) Load(string) (Secret, error) { return Secret{}, v.err }
func (v voiceless) Save(string, Secret) error {
	if errors.Is(v.err, ErrKeyGone) {
		return nil
	}
	return v.err
}
func (v voiceless) Remove(string) error { return v.err }

// Without an agent nothing is written in another way, and what was stored under its key is neither lost nor shown.
func TestNoAgentNoFallback(t *testing.T) {
	locked := errors.New("the agent is locked")
	for name, test := range map[string]struct {
		vault Vault
		want  string
		is    error
	}{
		"none is known":  {nil, "storage agent can't be used: no agent answers", ErrNoAgent},
		"none answers":   {voiceless{ErrNoAgent}, "the session ended with the agent", ErrNoAgent},
		"it is locked":   {voiceless{locked}, "storage agent can't be used: the agent is locked", locked},
		"it keeps none":  {voiceless{ErrKeyGone}, "has no key", ErrKeyGone},
		"it gives wrong": {voiceless{}, "has no key", ErrKeyGone},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newStore(t)
			s.Vault = test.vault
			keepToken(t, s, testKey, "a-token")
			refused := (*StorageError)(nil)
			if err := s.ApplyStorage(t.Context(), Agent); !errors.As(err, &refused) || refused.Storage != Agent {
				t.Errorf("it is put in force: %v", err)
			}
			if p, err := s.pinned(); err != nil || p.Storage != File {
				t.Errorf("pinned %v, %v", p.Storage, err)
			}
			must(t, s.keepPin(pin{Storage: Agent, Key: strings.Repeat("0", 32)}))
			err := s.KeepToken(testKey, Token{Value: NewSecret("another-token")})
			if !errors.As(err, &refused) || !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v", err)
			}
			if n := lies(t, s.Dir, "another-token"); n != 0 {
				t.Errorf("it is written in %d files", n)
			}
		})
	}
}
