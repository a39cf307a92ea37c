package kubecmd

import (
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
)

// recordPlaces takes down the config file and the cache folder that the arguments of an entry name, before it is
// written: get-token takes none from a kubeconfig that are not on record. Errors: *config.Error.
func recordPlaces(f *cli.Factory, args []string) error {
	var lines []string
	for i, arg := range args[:max(len(args)-1, 0)] {
		for _, name := range cli.Places() {
			if arg == "--"+name {
				lines = append(lines, config.Recorded(name, args[i+1]))
			}
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return f.Config().RecordPlaces(lines)
}
