package azcli

import (
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

// DeveloperVersion is the Azure Developer CLI (azd) whose answers these are: the first that takes --claims.
// https://learn.microsoft.com/azure/developer/azure-developer-cli/reference
const DeveloperVersion = "1.18.1"

// DeveloperToken is what "azd auth token" prints for a token.
func DeveloperToken(token cache.Token) ([]byte, error) {
	return text.JSON(struct {
		Token   string `json:"token"`
		Expires string `json:"expiresOn"`
	}{token.Value.Reveal(), developerTime(token)}, "  ")
}

// DeveloperStatus is what "azd auth login --check-status" prints, as JSON or in words: token is nil where nobody has signed
// in.
func DeveloperStatus(token *cache.Token, words bool) ([]byte, error) {
	status := struct {
		Status  string `json:"status"`
		Expires string `json:"expiresOn,omitempty"`
	}{Status: "unauthenticated"}
	said := "Not logged in, run `azd auth login` to login to Azure.\n"
	if token != nil {
		status.Status, status.Expires, said = "success", developerTime(*token), "Logged in to Azure.\n"
		if token.Account != "" {
			said = "(" + token.Account + ") " + said
		}
	}
	if words {
		return []byte(said), nil
	}
	return text.JSON(status, "  ")
}

// DeveloperVersions is what "azd version" prints: commit is none of its own.
func DeveloperVersions(entralogin string, words bool) ([]byte, error) {
	const commit = "0000000000000000000000000000000000000000"
	if words {
		return []byte("azd version " + DeveloperVersion + " (commit " + commit + ")\n"), nil
	}
	return text.JSON(map[string]any{"azd": map[string]string{"version": DeveloperVersion, "commit": commit}, "entralogin": entralogin}, "  ")
}

// developerTime is when a token ends: in UTC, which the SDK for Go takes alone.
func developerTime(token cache.Token) string {
	return token.Until().Truncate(time.Second).UTC().Format(time.RFC3339)
}
