package authority

import (
	"net/url"
	"slices"
	"strings"
)

// The public applications of AKS with Entra ID, the same in all tenants.
// https://azure.github.io/kubelogin/concepts/aks.html
const (
	AKSServer = "6dae42f8-4368-4678-94ff-3960e28e3630" // what tokens are for
	AKSClient = "80faf920-1908-4b52-b5ef-a8e7bedfc67a" // what may sign in
)

// FirstParty names an application of Microsoft's own that people sign in with, "" for any other. Each of these is the
// same in all tenants, needs no registration, and may get tokens for services that hold data of an organisation.
// https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
func FirstParty(client string) string {
	return map[string]string{
		AKSClient:                              "Azure Kubernetes Service",
		"3f4439ff-e698-4d6d-84fe-09c9d574f06b": "Azure Arc for Kubernetes",
		"04b07795-8ddb-461a-bbee-02f9e1bf7b46": "the Azure CLI",
		"1950a258-227b-4e31-a9cf-717495945fc2": "Azure PowerShell",
		"14d82eec-204b-4c2f-b7e8-296a70dab67e": "the Microsoft Graph command line tools",
		"1b730954-1685-4b74-9bfd-dac224a7b894": "Azure Active Directory PowerShell",
		"872cd9fa-d31f-45e0-9eab-6e460a02d1f1": "Visual Studio",
		"aebc6443-996d-45c2-90f0-388ff96faa56": "Visual Studio Code",
		"29d9ed98-a469-4536-ade2-f981bc1d605e": "the Microsoft Authentication Broker",
		"d3590ed6-52b3-4102-aeff-aad2292ab01c": "Microsoft Office",
		"1fec8e78-bce4-4aaf-ab1b-5451cc387264": "Microsoft Teams",
		"ab9b8c07-8f02-4f72-87fa-80105867a763": "OneDrive",
		"9bc3ab49-b65d-410a-85ad-de819febfddc": "the SharePoint Online Management Shell",
		"12128f48-ec9e-42f0-b203-ea49fb6af367": "Teams PowerShell",
		"fb78d390-0c51-40cd-8e17-fdbfab77341b": "Exchange PowerShell",
	}[strings.ToLower(client)]
}

// Service is one of Microsoft's own that holds data of an organisation, or manages what it has: whoever gets a
// person's token for it can do there what the person may.
type Service struct {
	Name  string   // "Azure Key Vault"
	IDs   []string // application IDs, the same in all tenants
	Hosts []string // of its resource URIs, in all clouds; with a dot in front all that end so
}

// Services are Microsoft's own resources that no cluster has business with. A resource is named by application ID or by
// URI.
//
//   - https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
//   - https://learn.microsoft.com/azure/developer/identity/authentication-resource-ids
//   - https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure
//   - https://learn.microsoft.com/azure/china/resources-developer-guide
//
// Of the sovereign clouds' services few names are known. All of those end in a few domains, in which there is nothing else.
func Services() []Service {
	return []Service{
		{"Azure Resource Manager", []string{"797f4846-ba00-4fd7-ba43-dac1f8f63013"},
			[]string{"management.azure.com", "management.core.windows.net", "management.usgovcloudapi.net", "management.core.usgovcloudapi.net",
				"management.chinacloudapi.cn", "management.core.chinacloudapi.cn",
				"management.sovcloud-api.fr", "management.core.sovcloud-api.fr", "management.sovcloud-api.de", "management.core.sovcloud-api.de",
				"management.sovcloud-api.sg", "management.core.sovcloud-api.sg"}},
		{"Microsoft Graph", []string{"00000003-0000-0000-c000-000000000000"},
			[]string{"graph.microsoft.com", "canary.graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn",
				"graph.svc.sovcloud.fr", "graph.svc.sovcloud.de", "graph.svc.sovcloud.sg"}},
		{"Azure AD Graph", []string{"00000002-0000-0000-c000-000000000000"},
			[]string{"graph.windows.net", "graph.microsoftazure.us", "graph.chinacloudapi.cn"}},
		{"Azure Key Vault", []string{"cfa8b339-82a2-471a-a3c9-0fc0be7a4093", "589d5083-6f11-4d30-a62a-a4b316a14abf"},
			[]string{"vault.azure.net", "vault.usgovcloudapi.net", "vault.azure.cn", "managedhsm.azure.net", "managedhsm.usgovcloudapi.net", "managedhsm.azure.cn",
				".vault.azure.net", ".vault.usgovcloudapi.net", ".vault.azure.cn", ".managedhsm.azure.net", ".managedhsm.usgovcloudapi.net", ".managedhsm.azure.cn"}},
		{"Azure Storage", []string{"e406a681-f3d4-42a8-90b6-c2b029497af1"},
			slices.Concat([]string{"storage.azure.com"}, storageHosts())},
		{"Azure DevOps", []string{"499b84ac-1321-427f-aa17-267ca6975798"},
			[]string{DevAzure, "app.vssps.visualstudio.com", ".visualstudio.com", ".dev.azure.com"}},
		{"Azure SQL Database", []string{"022907d3-0f1b-48f7-badc-1ba6abab6d66"},
			[]string{"database.windows.net", "database.usgovcloudapi.net", "database.chinacloudapi.cn"}},
		{"Azure Database for PostgreSQL and MySQL", []string{"123cd850-d9df-40bd-94d5-c9f07b7fa203"},
			[]string{"ossrdbms-aad.database.windows.net", "ossrdbms-aad.database.usgovcloudapi.net", "ossrdbms-aad.database.chinacloudapi.cn"}},
		{"Azure Cosmos DB", []string{"a232010e-820c-4083-83bb-3ace5fc29d0b"},
			[]string{"cosmos.azure.com", ".documents.azure.com", ".documents.azure.us", ".documents.azure.cn"}},
		{"Azure Service Bus", []string{"80a10ef9-8168-493d-abf9-3297c4ef6e3c"},
			[]string{"servicebus.azure.net", ".servicebus.windows.net", ".servicebus.usgovcloudapi.net", ".servicebus.chinacloudapi.cn"}},
		{"Azure Event Hubs", []string{"80369ed6-5f11-4dd9-bef3-692475845e77"}, []string{"eventhubs.azure.net"}},
		{"Azure Batch", []string{"ddbf3205-c6bd-46ae-8127-60eb93363864"},
			[]string{"batch.core.windows.net", "batch.core.usgovcloudapi.net", "batch.chinacloudapi.cn"}},
		{"Azure Data Lake", []string{"e9f49c6b-5ce5-44c8-925d-015017e9f7ad"}, []string{"datalake.azure.net"}},
		{"Azure Data Explorer", []string{"2746ea77-4702-4b45-80ca-3c97e680e8b7"},
			[]string{".kusto.windows.net", ".kusto.usgovcloudapi.net", ".kusto.chinacloudapi.cn"}},
		{"Azure Databricks", []string{"2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"}, nil},
		{"Azure Media Services", nil, []string{"rest.media.azure.net", "rest.media.usgovcloudapi.net", "rest.media.chinacloudapi.cn"}},
		{"Log Analytics", []string{"ca7f3f0b-7d91-482c-8e09-c5d840d0eac5"},
			[]string{"api.loganalytics.io", "api.loganalytics.us", "api.loganalytics.azure.com", "api.loganalytics.azure.cn"}},
		{"Application Insights", []string{"f5c26e74-f226-4ae8-85f0-b4af0080ac9e"}, []string{"api.applicationinsights.io", "api.applicationinsights.us", "api.applicationinsights.azure.cn"}},
		{"Azure App Configuration", []string{"35ffadb3-7fc1-497e-b61b-381d28e744cc"},
			[]string{"azconfig.io", ".azconfig.io", ".azconfig.azure.us", ".azconfig.azure.cn"}},
		{"Azure Container Registry", []string{"6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26"},
			[]string{"containerregistry.azure.net", ".azurecr.io", ".azurecr.us", ".azurecr.cn"}},
		{"Exchange Online", []string{"00000002-0000-0ff1-ce00-000000000000"},
			[]string{"outlook.office365.com", "outlook.office.com", "outlook.office365.us", "partner.outlook.cn"}},
		{"SharePoint Online", []string{"00000003-0000-0ff1-ce00-000000000000"},
			[]string{".sharepoint.com", ".sharepoint.us", ".sharepoint.cn"}},
		{"Azure portal and role management", []string{"74658136-14ec-4630-ad9b-26e160ff0fc6"}, []string{"api.azrbac.mspim.azure.com", "main.iam.ad.ext.azure.com"}},
		{"Azure AI services", nil, []string{"cognitiveservices.azure.com", "cognitiveservices.azure.us", "cognitiveservices.azure.cn", "ai.azure.com", "search.azure.com", "search.azure.us", "search.azure.cn"}},
		{"Azure Synapse Analytics", nil, []string{"dev.azuresynapse.net", "dev.azuresynapse.usgovcloudapi.net", "dev.azuresynapse.azure.cn"}},
		{"Microsoft Fabric", nil, []string{"api.fabric.microsoft.com"}},
		{"Microsoft Purview", nil, []string{"purview.azure.net", "purview.azure.com"}},
		{"Azure Monitor", nil, []string{"monitor.azure.com", "monitor.azure.us", "monitor.azure.cn"}},
		{"Azure Cache for Redis", nil, []string{"redis.azure.com"}},
		{"Azure Digital Twins", nil, []string{"digitaltwins.azure.net"}},
		{"Power BI", []string{"00000009-0000-0000-c000-000000000000"},
			[]string{"analysis.windows.net", "analysis.usgovcloudapi.net", "analysis.chinacloudapi.cn", "api.powerbi.com"}},
		{"a service of a sovereign cloud", nil, sovereignDomains()},
	}
}

// sovereignDomains are those in which the clouds of France, Germany and Singapore have their services.
func sovereignDomains() []string {
	var domains []string
	for _, country := range []string{"fr", "de", "sg"} {
		domains = append(domains, ".sovcloud-api."+country, ".sovcloud."+country, ".sovcloud-sharepoint."+country)
	}
	return domains
}

// storageHosts are the hosts of accounts of Azure Storage, each of which is a resource of its own, too.
func storageHosts() []string {
	var hosts []string
	for _, kind := range []string{"blob", "dfs", "file", "queue", "table"} {
		for _, cloud := range []string{"core.windows.net", "core.usgovcloudapi.net", "core.chinacloudapi.cn", "storage.azure.net"} {
			hosts = append(hosts, "."+kind+"."+cloud)
		}
	}
	return hosts
}

// ServiceOf returns the service that a resource is of. A resource without a name is that of a bare scope, which Entra
// ID takes for one of Microsoft Graph's; the Graph of a is one wherever it is, and so is its Azure Resource Manager.
func (a Authority) ServiceOf(resource string) (Service, bool) {
	id, host := resourceParts(resource)
	named := ""
	if own := func(origin string) bool { _, at := resourceParts(origin); return at != "" && at == host }; resource == "" || slices.ContainsFunc(a.Graph, own) {
		named = "Microsoft Graph"
	} else if own(a.ResourceManager) {
		named = "Azure Resource Manager"
	}
	for _, s := range Services() {
		if s.Name == named || slices.Contains(s.IDs, id) || slices.ContainsFunc(s.Hosts, func(known string) bool {
			return host == known || strings.HasPrefix(known, ".") && strings.HasSuffix(host, known)
		}) {
			return s, true
		}
	}
	return Service{}, false
}

// SameResource reports whether two names are of one resource: the same but for case, port 443 and slashes at the end, or
// application ID and URI of one service that is named as a whole.
func (a Authority) SameResource(one, other string) bool {
	id, host := resourceParts(one)
	otherID, otherHost := resourceParts(other)
	if id == otherID && host == otherHost {
		return true
	}
	s, ok := a.ServiceOf(one)
	t, okToo := a.ServiceOf(other)
	whole := func(id, host string) bool { return slices.Contains(s.IDs, id) || slices.Contains(s.Hosts, host) }
	return ok && okToo && s.Name == t.Name && (one == "" || whole(id, host)) && (other == "" || whole(otherID, otherHost))
}

// resourceParts are the application ID of a resource, or all of it in lower case where it has none, and the host of its
// URI with a port that is not 443, or "". What stands behind an application ID names a host of that application.
func resourceParts(resource string) (id, host string) {
	id = strings.ToLower(strings.TrimRight(resource, "/"))
	bare := id
	for _, form := range []string{"api://", "spn:"} {
		bare = strings.TrimPrefix(bare, form)
	}
	first, _, _ := strings.Cut(bare, "/")
	if n := strings.NewReplacer("-", "", "{", "", "}", "", "(", "", ")", "").Replace(first); len(n) == 32 {
		// The forms of https://learn.microsoft.com/dotnet/api/system.guid.parse: a service may take them all.
		if guid := strings.Join([]string{n[:8], n[8:12], n[12:16], n[16:20], n[20:]}, "-"); IsGUID(guid) {
			return guid, ""
		}
	}
	if !strings.Contains(bare, "://") {
		bare = "https://" + bare
	}
	u, err := url.Parse(bare)
	if err != nil {
		return id, ""
	}
	return id, strings.TrimSuffix(strings.TrimSuffix(u.Host, ":443"), ".")
}
