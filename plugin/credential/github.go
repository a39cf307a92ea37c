package credential

import (
	"fmt"
	"net/http"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// The variables of a job of GitHub Actions that may ask for its token.
const (
	gitHubAddress = "ACTIONS_ID_TOKEN_REQUEST_URL"
	gitHubToken   = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
)

// gitHubActions is the source of a job of GitHub's:
// https://docs.github.com/actions/reference/security/oidc
func gitHubActions(c Call) plugin.Source { return federated{c, jobAssertion(gitHubRequest)} }

// gitHubPermission is what a job needs, and has not by itself.
const gitHubPermission = "Give the job, or its whole workflow, this permission: \"permissions: id-token: write\" (entralogin help ci)."

// gitHubRequest is what the job asks its token with.
func gitHubRequest(c Call) (jobTokens, error) {
	address, token := c.Getenv(gitHubAddress), c.Getenv(gitHubToken)
	if address == "" || token == "" {
		return jobTokens{}, &plugin.MachineError{What: fmt.Sprintf("GitHub lets this job ask for no token (%s and %s are not both set), or it is none of GitHub Actions", gitHubAddress, gitHubToken), Hint: gitHubPermission}
	}
	u, err := parseIssuer(gitHubAddress, address)
	if err != nil {
		return jobTokens{}, err
	}
	if !authority.IsVisible(token) {
		return jobTokens{}, &plugin.MachineError{What: gitHubToken + " is no token", Hint: "GitHub sets it; nobody else should."}
	}
	query := u.Query()
	query.Set("audience", c.audience())
	u.RawQuery = query.Encode()
	header := http.Header{"Authorization": {"bearer " + token}, "Accept": {"application/json; api-version=2.0"}}
	host := text.Redact(u.Host, 100)
	c.explain("GitHub Actions lets this job ask for a token, at %s", host)
	return jobTokens{http.MethodGet, u, header, "value", func(status int) *plugin.MachineError {
		return &plugin.MachineError{What: fmt.Sprintf("%s gives this job no token (%d)", host, status), Hint: gitHubPermission + " A job that has ended gets none."}
	}}, nil
}
