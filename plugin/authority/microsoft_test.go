package authority

import "testing"

// Microsoft's own are known by URI and application ID, in all clouds and spellings; others are not.
func TestServiceOf(t *testing.T) {
	public, _ := Cloud("public")
	own := Authority{Host: "login.example", Graph: []string{"https://graph.example:8443"}, ResourceManager: "https://arm.example"}
	for resource, want := range map[string]string{
		"https://management.azure.com": "Azure Resource Manager", "https://management.azure.com/": "Azure Resource Manager",
		"https://Management.Azure.COM//": "Azure Resource Manager", "https://management.core.windows.net/": "Azure Resource Manager",
		"https://management.azure.com:443": "Azure Resource Manager", "https://management.usgovcloudapi.net": "Azure Resource Manager",
		"https://management.core.chinacloudapi.cn": "Azure Resource Manager", "797f4846-ba00-4fd7-ba43-dac1f8f63013": "Azure Resource Manager",
		"api://797F4846-BA00-4FD7-BA43-DAC1F8F63013": "Azure Resource Manager", "spn:797f4846-ba00-4fd7-ba43-dac1f8f63013": "Azure Resource Manager",
		"https://graph.microsoft.com": "Microsoft Graph", "https://graph.microsoft.us": "Microsoft Graph", "https://dod-graph.microsoft.us": "Microsoft Graph",
		"https://microsoftgraph.chinacloudapi.cn": "Microsoft Graph", "00000003-0000-0000-c000-000000000000": "Microsoft Graph", "": "Microsoft Graph",
		"00000003-0000-0000-c000-000000000000/ags.windows.net": "Microsoft Graph", "https://graph.windows.net/": "Azure AD Graph",
		"https://vault.azure.net": "Azure Key Vault", "https://vault.azure.cn": "Azure Key Vault", "https://vault.usgovcloudapi.net": "Azure Key Vault",
		"cfa8b339-82a2-471a-a3c9-0fc0be7a4093": "Azure Key Vault", "https://my.vault.azure.net": "Azure Key Vault",
		"https://storage.azure.com": "Azure Storage", "e406a681-f3d4-42a8-90b6-c2b029497af1": "Azure Storage",
		"https://mine.blob.core.windows.net": "Azure Storage", "https://mine.dfs.core.usgovcloudapi.net": "Azure Storage",
		"https://mine.queue.core.chinacloudapi.cn": "Azure Storage", "499b84ac-1321-427f-aa17-267ca6975798": "Azure DevOps",
		"https://help.kusto.windows.net": "Azure Data Explorer", "https://kusto.kusto.chinacloudapi.cn": "Azure Data Explorer",
		"https://rest.media.usgovcloudapi.net": "Azure Media Services", "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d": "Azure Databricks",
		"https://app.vssps.visualstudio.com": "Azure DevOps", "https://dev.azure.com": "Azure DevOps", "https://contoso.visualstudio.com/": "Azure DevOps",
		"https://graph.svc.sovcloud.de/": "Microsoft Graph",
		"https://vault.sovcloud-api.fr":  "a service of a sovereign cloud", "https://mine.blob.core.sovcloud-api.sg": "a service of a sovereign cloud",
		"https://my-sovcloud-api.fr": "",
		AKSServer:                    "", "https://kubernetes.example": "", "api://shop": "", "https://evilmanagement.azure.com": "", "https://management.azure.com.example": "",
		"https://example/management.azure.com": "", "https://blob.core.windows.net": "", "11111111-2222-3333-4444-555555555555": "", "https://graph.example:8443": "",
	} {
		if s, ok := public.ServiceOf(resource); s.Name != want || ok != (want != "") {
			t.Errorf("%q is %q, not %q", resource, s.Name, want)
		}
	}
	for _, country := range []string{"fr", "de", "sg"} {
		for _, host := range []string{"management.", "management.core."} {
			if s, _ := public.ServiceOf("https://" + host + "sovcloud-api." + country); s.Name != "Azure Resource Manager" {
				t.Errorf("%s of %s is %q", host, country, s.Name)
			}
		}
	}
	if s, _ := own.ServiceOf("https://graph.example:8443/"); s.Name != "Microsoft Graph" {
		t.Errorf("the Graph of an authority of one's own is %q", s.Name)
	}
	if s, _ := own.ServiceOf("https://arm.example/"); s.Name != "Azure Resource Manager" {
		t.Errorf("the Azure Resource Manager of an authority of one's own is %q", s.Name)
	}
	if s, _ := own.ServiceOf("https://graph.example"); s.Name != "" {
		t.Errorf("another port is %q", s.Name)
	}
}

// Each of the five kinds that hold most is there, with an application ID, and no ID or host is of two.
func TestServices(t *testing.T) {
	seen := map[string]string{}
	for _, s := range Services() {
		for _, id := range append(s.IDs, s.Hosts...) {
			if seen[id] != "" {
				t.Errorf("%s is of %s and %s", id, seen[id], s.Name)
			}
			seen[id] = s.Name
		}
		for _, id := range s.IDs {
			if !IsGUID(id) {
				t.Errorf("%s: %q", s.Name, id)
			}
		}
	}
	for _, c := range Clouds() {
		for _, graph := range c.Graph {
			if s, _ := (Authority{}).ServiceOf(graph); s.Name != "Microsoft Graph" {
				t.Errorf("%s of %s is not known", graph, c.Environment)
			}
		}
		if s, _ := (Authority{}).ServiceOf(c.ResourceManager); s.Name != "Azure Resource Manager" {
			t.Errorf("%q of %s is not known", c.ResourceManager, c.Environment)
		}
	}
}

func TestSameResource(t *testing.T) {
	public, _ := Cloud("public")
	for pair, want := range map[[2]string]bool{
		{"https://management.azure.com", "https://management.azure.com//"}:             true,
		{"https://management.azure.com", "https://management.core.windows.net/"}:       true,
		{"https://management.azure.com", "797f4846-ba00-4fd7-ba43-dac1f8f63013"}:       true,
		{"https://graph.microsoft.com", ""}:                                            true,
		{"https://graph.microsoft.com", "https://vault.azure.net"}:                     false,
		{"https://storage.azure.com", "https://mine.blob.core.windows.net"}:            false,
		{"https://mine.blob.core.windows.net", "https://mine.blob.core.windows.net/"}:  true,
		{"https://mine.blob.core.windows.net", "https://other.blob.core.windows.net"}:  false,
		{"https://mine.blob.core.windows.net", "e406a681-f3d4-42a8-90b6-c2b029497af1"}: false,
	} {
		if got := public.SameResource(pair[0], pair[1]); got != want {
			t.Errorf("%q: %v", pair, got)
		}
	}
}
