package client

import (
	"sync"

	"github.com/entralogin/entralogin/plugin"
)

// screen is a plugin.UI that shows each code once, however many goroutines wait for it.
type screen struct {
	show func(plugin.Request, plugin.Prompt) error

	mu   sync.Mutex
	last string // the code that was shown last
}

func (s *screen) Show(r plugin.Request, p plugin.Prompt) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == p.UserCode {
		return nil
	}
	s.last = p.UserCode
	return s.show(r, p)
}

// Count shows nothing: a program has lines of its own on its terminal.
func (*screen) Count(plugin.Request, plugin.Prompt) (stop func()) { return func() {} }
