package credential

import (
	"fmt"
	"net/http"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// The variables of a job of Azure Pipelines. The token of the job is there only where its step asks for it.
const (
	pipelinesAddress = "SYSTEM_OIDCREQUESTURI"
	pipelinesToken   = "SYSTEM_ACCESSTOKEN"
)

// azurePipelines is the source of a service connection of Azure Pipelines:
// https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
func azurePipelines(c Call) plugin.Source { return federated{c, jobAssertion(pipelinesRequest)} }

// pipelinesUnmapped is what a step needs, and has not by itself.
const pipelinesUnmapped = "Map it in the step that runs this, under env: \"" + pipelinesToken + ": $(System.AccessToken)\" (entralogin help ci)."

// pipelinesRequest is what the job asks its token with.
func pipelinesRequest(c Call) (jobTokens, error) {
	address, token := c.Getenv(pipelinesAddress), c.Getenv(pipelinesToken)
	id, origin := c.Target.Get(config.ServiceConnection)
	switch {
	case address == "":
		return jobTokens{}, &plugin.MachineError{What: pipelinesAddress + " is not set: this is no job of Azure Pipelines, or its agent is too old for tokens", Hint: "Elsewhere another way signs in: entralogin help machines"}
	case token == "" || !authority.IsVisible(token):
		return jobTokens{}, &plugin.MachineError{What: pipelinesToken + " is not set, or is no token", Hint: pipelinesUnmapped}
	case !authority.IsGUID(id):
		return jobTokens{}, missingConnection(id, origin)
	}
	u, err := parseIssuer(pipelinesAddress, address)
	if err != nil {
		return jobTokens{}, err
	}
	query := u.Query()
	query.Set("api-version", "7.1")
	query.Set("serviceConnectionId", id)
	u.RawQuery = query.Encode()
	header := http.Header{"Authorization": {"Bearer " + token}, "Accept": {"application/json"}, "Content-Type": {"application/json"},
		"X-TFS-FedAuthRedirect": {"Suppress"}} // else a refusal is a redirect to a page for people
	host := text.Redact(u.Host, 100)
	c.explain("Azure Pipelines lets this job ask for a token of the service connection %s, at %s", id, host)
	return jobTokens{http.MethodPost, u, header, "oidcToken", func(status int) *plugin.MachineError {
		if status == http.StatusUnauthorized {
			return &plugin.MachineError{What: fmt.Sprintf("%s does not take %s (401): it is not that of this job", host, pipelinesToken), Hint: pipelinesUnmapped}
		}
		return &plugin.MachineError{What: fmt.Sprintf("%s gives this job no token for the service connection %s (%d)", host, id, status),
			Hint: "Check its ID, that it is one with workload identity federation, and that the pipeline may use it (Project settings, Service connections)."}
	}}, nil
}

// missingConnection says where the ID of a service connection is found.
func missingConnection(id, origin string) error {
	what := config.ServiceConnection + " is not set, and nothing else says which service connection vouches for this job"
	if id != "" {
		what = fmt.Sprintf("%s (%s) is %q, which is no GUID", config.ServiceConnection, origin, text.Short(id, 80))
	}
	return &plugin.MachineError{What: what, Hint: "Its page in Project settings, Service connections, has it as \"resourceId\" in its address. " +
		"Give --" + config.ServiceConnection + " ID; the tasks AzureCLI and AzurePowerShell set AZURESUBSCRIPTION_SERVICE_CONNECTION_ID."}
}
