package plugin

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

// MachineName is what a token goes by in a table that is no person's, in place of an account: "application (secret)",
// "managed identity (system)"; "" for a person's.
func MachineName(k cache.Key) string {
	var name string
	switch k.Credential {
	case "":
		return ""
	case "msi":
		kind, id := k.ManagedIdentity()
		return fmt.Sprintf("managed identity (%s)", text.Short(strings.TrimSuffix(kind+":"+id, ":"), 200))
	case "azurecli":
		name = "az"
	case "azd":
		name = "azd"
	default:
		return fmt.Sprintf("application (%s)", text.Clean(k.Credential))
	}
	identity := k.Identity
	if at := strings.LastIndex(identity, "@"); at == 0 || at > 0 && identity[at-1] == '|' { // which tells sign-ins apart, and nothing to a person
		identity = strings.TrimSuffix(identity[:at], "|")
	}
	return strings.TrimSpace(name + " " + text.Short(identity, 200))
}

// DescribeMachine names who signs in to a person where that is no person: "the application 1111... by its secret".
func DescribeMachine(k cache.Key) string {
	switch k.Credential {
	case "msi":
		if kind, id := k.ManagedIdentity(); id != "" {
			return fmt.Sprintf("the managed identity with the %s ID %s", kind, text.Short(id, 200))
		}
		return "the managed identity of this machine"
	case "azurecli", "azd":
		return "whoever is signed in to " + MachineName(k)
	}
	by := map[string]string{"secret": "its secret", "certificate": "its certificate", "federated": "another service's token",
		"workloadidentity": "the token of its service account", "githubactions": "a token of GitHub Actions", "azurepipelines": "a token of Azure Pipelines"}
	return fmt.Sprintf("the application %s by %s", text.Short(cmp.Or(k.Client, "?"), 100), cmp.Or(by[k.Credential], text.Clean(k.Credential)))
}
