// Package credential has the ways in which machines sign in: an application with its secret, its certificate or another
// service's token, a managed identity, and the sign-ins of az and azd. Nobody is asked, and there is no session.
//
// Each is a plugin.Source. It reads its file, variable or program when a token is asked of the service, and not before:
// a call that the cache answers reads none of them.
package credential

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/failure"
)

// Call is a call that a machine makes.
type Call struct {
	Target  config.Target
	Service *entra.Service
	Getenv  func(string) string
	// Environ is the environment of a program that is run, NAME=VALUE: that of the person, and not what a kubeconfig made
	// of it. It is called when one is run, and not before. Errors: *config.Error, where the kubeconfig moved what chooses
	// the program.
	Environ func() ([]string, error)
	// Kept is what az login was given, with its secrets. It is called for a token of such a login, and not before.
	Kept    func() (cache.AzureProfile, error)
	Warn    func(string) // hears what went wrong though the answer is right
	Explain func(string) // hears what was decided (-v)

	// stubbable for testing
	roots *x509.CertPool                             // of the services that issue assertions to jobs; nil means the system's
	limit time.Duration                              // of a program; 0 means 10 seconds
	sleep func(context.Context, time.Duration) error // nil means https.Sleep
}

// way is a way to sign in.
type way struct {
	source func(Call) plugin.Source
	look   func(context.Context, Call) error // see Call.Look
}

// way is the one that the target names.
func (c Call) way() (way, error) {
	w, ok := map[string]way{
		config.BySecret:         {bySecret, lookAtSecret},
		config.ByCertificate:    {byCertificate, lookAtCertificate},
		config.AzureCLI:         {byAzureCLI, lookAtCLI("az")},
		config.AzureDeveloper:   {byAzureDeveloper, lookAtCLI("azd")},
		config.Federated:        {byAssertion, lookAtAssertion},
		config.WorkloadIdentity: {workloadIdentity, lookAtServiceAccount},
		config.GitHubActions:    {gitHubActions, lookAtJob(gitHubRequest)},
		config.AzurePipelines:   {azurePipelines, lookAtJob(pipelinesRequest)},
		config.ManagedIdentity:  {managedIdentity, lookAtIdentity},
	}[c.Target.Request.Credential]
	if !ok {
		return way{}, fmt.Errorf("there is no way to sign in named %s", c.Target.Request.Credential)
	}
	return w, nil
}

// Source is the way to sign in that the target names.
func (c Call) Source() (plugin.Source, error) {
	word := c.Target.Request.Credential
	if slices.Contains(strings.Split(c.Getenv(running), ","), word) {
		return nil, &ProgramError{Program: "entralogin", What: "was run by a program that an entralogin has run to sign in in the same way (" + word + ")", Kind: failure.Config}
	}
	w, err := c.way()
	if err != nil {
		return nil, err
	}
	return w.source(c), nil
}

func (c Call) explain(format string, args ...any) {
	c.Explain(fmt.Sprintf(format, args...))
}

func (c Call) now() time.Time {
	if c.Service.Now == nil {
		return time.Now()
	}
	return c.Service.Now()
}
