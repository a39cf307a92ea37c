package calls

import (
	"strings"

	"github.com/entralogin/entralogin/plugin/config"
)

// GraphScopes are the scopes of a token for Graph: those that were named, or else otherwise, or what a machine is granted
// there, which has one token for all of it. The scopes of variables and of the config file are for the cluster and say
// nothing of Graph.
func GraphScopes(t config.Target, otherwise string) ([]string, error) {
	if t.Machine != "" && len(t.Authority.Graph) > 0 && !strings.Contains(otherwise, "/") {
		otherwise = t.Authority.Graph[0] + "/.default"
	}
	return t.Of(config.ByFlag, config.ByCluster).Scopes(t.Authority, otherwise)
}
