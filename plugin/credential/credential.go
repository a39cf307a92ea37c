// Package credential has the ways in which machines sign in: an application with its secret, its certificate or another
// service's token, a managed identity, and the sign-ins of az and azd. Nobody is asked, and there is no session.
//
// Each is a plugin.Source. It reads its file, variable or program when a token is asked of the service, and not before:
// a call that the cache answers reads none of them.
package credential

import (
	"fmt"
	"time"

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
		config.Federated:        byAssertion,
		config.WorkloadIdentity: workloadIdentity,
		config.GitHubActions:    gitHubActions,
		config.AzurePipelines:   azurePipelines,
	}
	way, ok := ways[c.Target.Request.Credential]
	if !ok {
		return nil, fmt.Errorf("there is no way to sign in named %s", c.Target.Request.Credential)
	}
	return way(c), nil
}

func (c Call) explain(format string, args ...any) {
	if c.Explain != nil {
		c.Explain(fmt.Sprintf(format, args...))
	}
}

func (c Call) now() time.Time {
	if c.Service.Now == nil {
		return time.Now()
	}
	return c.Service.Now()
}
