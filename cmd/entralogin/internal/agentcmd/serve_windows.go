package agentcmd

import (
	"context"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/agent/server"
)

// serve refuses. Errors: *cli.Advised.
func serve(context.Context, *cli.Factory, server.Settings, *rest, time.Duration) error {
	return notHere()
}
