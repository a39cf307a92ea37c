package calls

import "github.com/entralogin/entralogin/plugin/config"

// GraphScopes are the scopes of a token for Graph: those that were named, or else otherwise. The scopes of variables and
// of the config file are for the cluster and say nothing of Graph.
func GraphScopes(t config.Target, otherwise string) ([]string, error) {
	return t.Of(config.ByFlag, config.ByCluster).Scopes(t.Authority, otherwise)
}
