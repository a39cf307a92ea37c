package arm

import (
	"net/http"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/https"
)

// Error is a refusal of Azure Resource Manager.
// https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
type Error struct{ https.Refusal }

func (e *Error) Error() string { return e.Describe(e.hint()) }

// hint says whose turn it is.
func (e *Error) hint() string {
	switch {
	case e.Code == "InvalidAuthenticationTokenTenant":
		return "name the tenant of the subscription"
	case e.Status == http.StatusUnauthorized:
		return "sign in again"
	case e.Status == http.StatusForbidden:
		return "whoever manages it has to give the account a role such as Reader"
	}
	return ""
}

// orChallenge is e, or what asks for another token.
func (e *Error) orChallenge(h http.Header) error {
	if wanted := claims.Wanted(e.Status, h); wanted != "" {
		return &plugin.ChallengeError{Claims: wanted, Err: e}
	}
	return e
}
