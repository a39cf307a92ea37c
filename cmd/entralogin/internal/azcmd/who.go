package azcmd

import (
	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
)

// who settles whom a call as az means: see cli.AsAz.
func who(f *cli.Factory, call config.Call) (config.Call, cache.AzureProfile, error) {
	return cli.AsAz(f, call)
}
