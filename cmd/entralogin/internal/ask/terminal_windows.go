package ask

import (
	"context"

	"github.com/entralogin/entralogin/plugin/agent/server"
)

// terminal is no way on Windows: a read of a console can't be taken back, and would swallow what is typed next.
type terminal struct{}

func noConsole() error { return &cantAsk{"nobody is asked at a console of Windows"} }

func (terminal) ask(context.Context, server.Question) (bool, error) { return false, noConsole() }
func (terminal) show(context.Context, string) error                 { return noConsole() }
