package credential

import (
	"context"
	"errors"
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
func gitHubActions(c Call) plugin.Source { return federated{c, gitHubAssertion} }

func gitHubAssertion(ctx context.Context, c Call) (assertion, error) {
	address, token := c.Getenv(gitHubAddress), c.Getenv(gitHubToken)
	const hint = "Give the job, or its whole workflow, this permission: \"permissions: id-token: write\" (entralogin help ci)."
	if address == "" || token == "" {
		return assertion{}, &plugin.MachineError{What: fmt.Sprintf("GitHub lets this job ask for no token (%s and %s are not both set), or it is none of GitHub Actions", gitHubAddress, gitHubToken), Hint: hint}
	}
	u, err := parseIssuer(gitHubAddress, address)
	if err != nil {
		return assertion{}, err
	}
	if !authority.IsVisible(token) {
		return assertion{}, &plugin.MachineError{What: gitHubToken + " is no token", Hint: "GitHub sets it; nobody else should."}
	}
	query := u.Query()
	query.Set("audience", c.audience())
	u.RawQuery = query.Encode()
	header := http.Header{"Authorization": {"bearer " + token}, "Accept": {"application/json; api-version=2.0"}}
	a, err := jobTokens{http.MethodGet, u, header, "value"}.ask(ctx, c)
	if refused, ok := errors.AsType[*statusError](err); ok {
		return assertion{}, &plugin.MachineError{What: fmt.Sprintf("%s gives this job no token (%d)", text.Redact(refused.host, 100), refused.status), Err: err,
			Hint: hint + " A job that has ended gets none."}
	}
	return a, err
}
