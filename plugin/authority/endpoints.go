package authority

import (
	"net/url"
	"slices"
	"strings"
)

// endpoint is a resource with the hosts that take its tokens. A label * stands for one label: an account's or a region's.
//
// A host may stand here where Microsoft itself answers under all its names. Left out is what hands a request on to
// programs of whoever made the account, with the token in it (Service Bus relays, web applications, notebooks).
type endpoint struct {
	resource string
	hosts    []string
}

// endpoints are those of a cloud, Azure Resource Manager first; Microsoft Graph stands in Authority, and so may another
// Resource Manager.
//
//   - https://learn.microsoft.com/azure/developer/identity/authentication-resource-ids
//   - https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure
//   - https://learn.microsoft.com/azure/china/resources-developer-guide
func endpoints(cloud string) []endpoint {
	storage := func(domain string) endpoint {
		var hosts []string
		for _, kind := range []string{"blob", "dfs", "file", "queue", "table"} {
			hosts = append(hosts, "*."+kind+"."+domain)
		}
		return endpoint{"https://storage.azure.com/", hosts}
	}
	sovereign := func(country string) []endpoint {
		return []endpoint{{"https://management.core.sovcloud-api." + country + "/", []string{"management.sovcloud-api." + country}}}
	}
	return map[string][]endpoint{
		"AzurePublicCloud": append([]endpoint{
			{"https://management.core.windows.net/", []string{"management.azure.com", "management.core.windows.net"}},
			{"https://graph.windows.net/", []string{"graph.windows.net"}},
			{"https://vault.azure.net", []string{"*.vault.azure.net"}},
			{"https://managedhsm.azure.net", []string{"*.managedhsm.azure.net"}},
			storage("core.windows.net"),
			{"499b84ac-1321-427f-aa17-267ca6975798", devOpsHosts()},
		}, publicServices()...),
		"AzureUSGovernmentCloud": {
			{"https://management.core.usgovcloudapi.net/", []string{"management.usgovcloudapi.net", "management.core.usgovcloudapi.net"}},
			{"https://vault.usgovcloudapi.net", []string{"*.vault.usgovcloudapi.net"}},
			{"https://managedhsm.usgovcloudapi.net", []string{"*.managedhsm.usgovcloudapi.net"}},
			storage("core.usgovcloudapi.net"),
		},
		"AzureChinaCloud": {
			{"https://management.core.chinacloudapi.cn/", []string{"management.chinacloudapi.cn", "management.core.chinacloudapi.cn"}},
			{"https://vault.azure.cn", []string{"*.vault.azure.cn"}},
			{"https://managedhsm.azure.cn", []string{"*.managedhsm.azure.cn"}},
			storage("core.chinacloudapi.cn"),
		},
		"AzureBleuCloud": sovereign("fr"), "AzureDelosCloud": sovereign("de"), "AzureGovSGCloud": sovereign("sg"),
	}[cloud]
}

// publicServices are less known ones of the public cloud.
func publicServices() []endpoint {
	return []endpoint{
		{"https://batch.core.windows.net/", []string{"*.*.batch.azure.com"}},
		{"https://api.loganalytics.io", []string{"api.loganalytics.io", "api.loganalytics.azure.com"}},
		{"https://api.applicationinsights.io", []string{"api.applicationinsights.io"}},
		{"https://azconfig.io", []string{"*.azconfig.io"}},
		{"https://cognitiveservices.azure.com", []string{"*.cognitiveservices.azure.com", "*.openai.azure.com"}},
		{"https://search.azure.com", []string{"*.search.windows.net"}},
		{"https://dev.azuresynapse.net", []string{"*.dev.azuresynapse.net"}},
		{"https://analysis.windows.net/powerbi/api", []string{"api.powerbi.com"}},
		{"https://api.fabric.microsoft.com", []string{"api.fabric.microsoft.com"}},
	}
}

// devOpsHosts are those of Azure DevOps that have an API.
// https://learn.microsoft.com/azure/devops/organizations/security/allow-list-ip-url
func devOpsHosts() []string {
	hosts := []string{DevAzure, "app.vssps.visualstudio.com"}
	for _, part := range []string{"almsearch", "auditservice", "extmgmt", "feeds", "pkgs", "vsaex", "vsrm", "vssps"} {
		hosts = append(hosts, part+"."+DevAzure)
	}
	return hosts
}

// ResourceAt is the resource whose tokens a host takes, in a cloud whose sign-in service may be another than its usual
// one; "" where none is known. The host is in lower case, and has its port if that is not 443.
func (a Authority) ResourceAt(host, cloud string) string {
	for _, resource := range a.resourcesAt(host, cloud) {
		return resource
	}
	return ""
}

// resourcesAt are more than one where the configuration has Graph and Azure Resource Manager at one host.
func (a Authority) resourcesAt(host, cloud string) []string {
	var all []string
	named, _ := Cloud(cloud)
	if slices.Contains(slices.Concat(a.Graph, named.Graph), "https://"+host) {
		all = append(all, "https://"+host+"/")
	}
	for i, e := range endpoints(cloud) {
		if i == 0 && a.ResourceManager == "https://"+host || slices.ContainsFunc(e.hosts, func(known string) bool { return matches(host, known) }) {
			all = append(all, e.resource)
		}
	}
	return all
}

// TakesTokenOf reports whether a host may be sent a token of resource: it is the host of the resource's own https URI, or
// one that takes tokens of it.
func (a Authority) TakesTokenOf(resource, host, cloud string) bool {
	if u, err := url.Parse(resource); err == nil && u.Scheme == "https" && u.User == nil && strings.TrimSuffix(strings.ToLower(u.Host), ":443") == host {
		return true
	}
	return slices.ContainsFunc(a.resourcesAt(host, cloud), func(known string) bool { return a.SameResource(resource, known) })
}

// matches compares label by label.
func matches(host, known string) bool {
	labels, pattern := strings.Split(host, "."), strings.Split(known, ".")
	return len(labels) == len(pattern) && !slices.ContainsFunc(labels, func(label string) bool { return !isLabel(label) }) &&
		slices.EqualFunc(labels, pattern, func(label, want string) bool { return want == "*" || label == want })
}
