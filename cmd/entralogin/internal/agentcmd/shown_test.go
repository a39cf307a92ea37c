package agentcmd

import (
	"testing"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/authority"
)

// A narrow terminal has the words for resources that --allow takes, and no half of a GUID.
func TestShortNames(t *testing.T) {
	for resource, want := range map[string]string{
		authority.AKSServer:                    "aks",
		"api://" + authority.AKSServer:         "aks",
		"499B84AC-1321-427F-AA17-267CA6975798": "devops",
		"https://vault.azure.net":              "https://vault.azure.net",
		"":                                     "-",
	} {
		if got := summary([]agent.Entry{{Resource: resource}})[1][2]; got != want {
			t.Errorf("%q: %q, not %q", resource, got, want)
		}
	}
}
