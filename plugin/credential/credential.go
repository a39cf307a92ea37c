// Package credential has the ways in which machines sign in: an application with its secret, its certificate or another
// service's token, a managed identity, and the sign-ins of az and azd. Nobody is asked, and there is no session.
//
// Each is a plugin.Source. It reads its file, variable or program when a token is asked of the service, and not before:
// a call that the cache answers reads none of them.
package credential

import (
	"fmt"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
)

// Call is a call that a machine makes.
type Call struct {
	Target  config.Target
	Service *entra.Service
	Getenv  func(string) string
	Warn    func(string) // hears what went wrong though the answer is right
	Explain func(string) // hears what was decided (-v)
}

// Source is the way to sign in that the target names.
func (c Call) Source() (plugin.Source, error) {
	ways := map[string]func(Call) plugin.Source{
		config.BySecret:      bySecret,
		config.ByCertificate: byCertificate,
	}
	way, ok := ways[c.Target.Request.Credential]
	if !ok {
		return nil, fmt.Errorf("there is no way to sign in named %s", c.Target.Request.Credential)
	}
	return way(c), nil
}
