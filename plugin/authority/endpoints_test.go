package authority

import (
	"slices"
	"strings"
	"testing"
)

func TestResourceAt(t *testing.T) {
	for address, want := range map[string]string{
		"management.azure.com": "https://management.core.windows.net/", "graph.microsoft.com": "https://graph.microsoft.com/",
		"mine.vault.azure.net": "https://vault.azure.net", "mine.blob.core.windows.net": "https://storage.azure.com/",
		"dev.azure.com": "499b84ac-1321-427f-aa17-267ca6975798", "a.westeurope.batch.azure.com": "https://batch.core.windows.net/",
		"graph.windows.net": "https://graph.windows.net/", "mine.managedhsm.azure.net": "https://managedhsm.azure.net", "mine.queue.core.windows.net": "https://storage.azure.com/",
		"feeds.dev.azure.com": "499b84ac-1321-427f-aa17-267ca6975798", "app.vssps.visualstudio.com": "499b84ac-1321-427f-aa17-267ca6975798",
		"api.loganalytics.azure.com": "https://api.loganalytics.io", "api.applicationinsights.io": "https://api.applicationinsights.io", "mine.azconfig.io": "https://azconfig.io",
		"mine.openai.azure.com": "https://cognitiveservices.azure.com", "mine.search.windows.net": "https://search.azure.com", "mine.dev.azuresynapse.net": "https://dev.azuresynapse.net",
		"api.powerbi.com": "https://analysis.windows.net/powerbi/api", "api.fabric.microsoft.com": "https://api.fabric.microsoft.com",
		"vault.azure.net": "", ".vault.azure.net": "", "a.b.vault.azure.net": "", "evilvault.azure.net": "", "mine.vault.azure.net.evil.example": "",
		"management.azure.com.": "", "management.azure.com:8443": "", "xmanagement.azure.com": "", "mine_.vault.azure.net": "", "": "",
		"relay.servicebus.windows.net": "", "mine.azurewebsites.net": "", "management.usgovcloudapi.net": "", "graph.microsoft.us": "", "evil.dev.azure.com": "",
	} {
		public, _ := Cloud("public")
		if got := public.ResourceAt(address, public.Environment); got != want {
			t.Errorf("%s takes tokens of %q, not of %q", address, got, want)
		}
	}
	own := Authority{Host: "login.example", Graph: []string{"https://graph.example:8443"}, ResourceManager: "https://arm.example"}
	if got := own.ResourceAt("graph.example:8443", ""); got != "https://graph.example:8443/" {
		t.Errorf("the Graph of one's own authority: %q", got)
	}
	if got := own.ResourceAt("management.azure.com", "") + own.ResourceAt("arm.example", ""); got != "" {
		t.Errorf("a cloud that is none has %q", got)
	}
	if got := own.ResourceAt("arm.example", "AzurePublicCloud"); got != "https://management.core.windows.net/" || own.TakesTokenOf("https://vault.azure.net", "arm.example", "AzurePublicCloud") {
		t.Errorf("one's own Resource Manager takes tokens of %q", got)
	}
}

var microsoftDomains = []string{"azure.com", "azure.net", "azure.cn", "windows.net", "usgovcloudapi.net", "chinacloudapi.cn", "visualstudio.com", "loganalytics.io",
	"applicationinsights.io", "azconfig.io", "azuresynapse.net", "powerbi.com", "microsoft.com", "sovcloud-api.fr", "sovcloud-api.de", "sovcloud-api.sg"}

// Each cloud has its Resource Manager, and each host here is one of a service that a cluster gets no token of, in a domain
// of Microsoft's.
func TestEndpointsAreServices(t *testing.T) {
	for _, c := range Clouds() {
		arm := strings.TrimPrefix(c.ResourceManager, "https://")
		if s, _ := c.ServiceOf(c.ResourceAt(arm, c.Environment)); s.Name != "Azure Resource Manager" {
			t.Errorf("%s: %q is of %q", c.Environment, arm, s.Name)
		}
		for _, e := range endpoints(c.Environment) {
			if _, ok := c.ServiceOf(e.resource); !ok {
				t.Errorf("%s would be given to a cluster", e.resource)
			}
			for _, host := range e.hosts {
				labels := strings.Split(host, ".")
				domain := strings.Join(labels[max(0, len(labels)-2):], ".")
				if !slices.Contains(microsoftDomains, domain) || strings.Contains(strings.TrimLeft(host, "*."), "*") {
					t.Errorf("%s gets tokens of %s", host, e.resource)
				}
			}
		}
	}
}

func TestTakesTokenOf(t *testing.T) {
	public, _ := Cloud("public")
	for pair, want := range map[[2]string]bool{
		{"https://management.azure.com/", "management.azure.com"}:                         true,
		{"https://management.azure.com", "management.azure.com"}:                          true,
		{"797f4846-ba00-4fd7-ba43-dac1f8f63013", "management.azure.com"}:                  true,
		{"https://storage.azure.com", "mine.blob.core.windows.net"}:                       true,
		{"https://mine.blob.core.windows.net", "mine.blob.core.windows.net"}:              true,
		{"https://api.contoso.example/x", "api.contoso.example"}:                          true,
		{"https://api.contoso.example:443", "api.contoso.example"}:                        true,
		{"https://api.contoso.example", "api.contoso.example:8443"}:                       false,
		{"https://other.blob.core.windows.net", "mine.blob.core.windows.net"}:             false,
		{"https://management.azure.com/", "graph.microsoft.com"}:                          false,
		{"https://management.azure.com/", "evil.example"}:                                 false,
		{"https://management.azure.com@evil.example/", "evil.example"}:                    false,
		{"api://evil.example", "evil.example"}:                                            false,
		{"http://evil.example", "evil.example"}:                                           false,
		{"evil.example", "evil.example"}:                                                  false,
		{"https://graph.microsoft.com", "management.azure.com"}:                           false,
		{"https://vault.azure.net", "management.azure.com"}:                               false,
		{"6dae42f8-4368-4678-94ff-3960e28e3630", "management.azure.com"}:                  false,
		{"https://management.usgovcloudapi.net", "management.azure.com"}:                  true, // one service, with one application ID
		{"https://management.core.windows.net/", "management.core.windows.net"}:           true,
		{"https://management.core.windows.net/", "management.azure.com"}:                  true,
		{"https://evil.example/https://management.azure.com", "management.azure.com"}:     false,
		{"https://servicebus.azure.net", "relay.servicebus.windows.net"}:                  false,
		{"https://vault.azure.net", "mine.managedhsm.azure.net"}:                          true, // one service
		{"499b84ac-1321-427f-aa17-267ca6975798", "vssps.dev.azure.com"}:                   true,
		{"api://499b84ac-1321-427f-aa17-267ca6975798", "dev.azure.com"}:                   true,
		{"499b84ac-1321-427f-aa17-267ca6975798", "contoso.visualstudio.com.evil.example"}: false,
	} {
		if got := public.TakesTokenOf(pair[0], pair[1], public.Environment); got != want {
			t.Errorf("%q: %v", pair, got)
		}
	}
}
