package broker

import (
	"encoding/json"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
)

// The kinds of authorization, as the broker numbers them.
const (
	silently      = 1
	interactively = 6
)

// account is a record of getAccounts.
type account struct {
	raw                     json.RawMessage // goes back as it came
	homeID, username, realm string
}

// is reports whether a is of an account that is known here.
func (a account) is(known cache.Account) bool {
	if a.homeID != "" && known.HomeID != "" {
		return strings.EqualFold(a.homeID, known.HomeID)
	}
	return known.Is(a.username)
}

// isNamed reports whether a is meant by a name, which may be a user name, its part before the "@", or a home ID; "" is
// anybody.
func (a account) isNamed(name string) bool {
	if name == "" || strings.EqualFold(a.username, name) || strings.EqualFold(a.homeID, name) {
		return true
	}
	return !strings.Contains(name, "@") && strings.EqualFold(plugin.LocalPart(a.username), name)
}

func accountsRequest(client string) map[string]any {
	return map[string]any{"clientId": client, "redirectUri": RedirectURI}
}

func removeRequest(client string, a account) map[string]any {
	return map[string]any{"clientId": client, "redirectUri": RedirectURI, "account": a.raw}
}

// tokenRequest asks for a token, of a where that is not nil. The account stands both beside the parameters and in
// them: brokers differ in where they look.
func tokenRequest(r plugin.Request, a *account, renews string, kind int) map[string]any {
	parameters := map[string]any{
		"authority":         "https://" + r.Authority + "/" + strings.ToLower(r.Tenant),
		"authorizationType": kind,
		"clientId":          r.Client,
		"redirectUri":       RedirectURI,
		"requestedScopes":   scopes(r),
		"uxContextHandle":   -1,
		"additionalQueryParametersForAuthorization": map[string]string{},
	}
	if r.Claims != "" {
		parameters["decodedClaims"] = r.Claims
	}
	if renews != "" {
		parameters["accessTokenToRenew"] = renews
	}
	request := map[string]any{"authParameters": parameters}
	switch {
	case a != nil:
		parameters["account"], parameters["username"], request["account"] = a.raw, a.username, a.raw
	case strings.Contains(r.Account, "@"):
		parameters["username"] = r.Account
	}
	return request
}

// scopes of a request for an ID token alone are none.
func scopes(r plugin.Request) []string {
	if len(r.Scopes) == 0 {
		return []string{"openid", "profile"}
	}
	return r.Scopes
}
