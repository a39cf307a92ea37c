package azcli

import (
	"maps"
	"slices"
)

// resources are what --resource-type stands for: in the public cloud, in that of the US government and in China, where
// it is offered. A trailing slash is a part of the name.
// https://learn.microsoft.com/cli/azure/manage-clouds-azure-cli: "az cloud show" lists them.
func resources() map[string][]string {
	return map[string][]string{
		"aad-graph": {"https://graph.windows.net/", "https://graph.windows.net/", "https://graph.chinacloudapi.cn/"},
		"arm":       {"https://management.core.windows.net/", "https://management.core.usgovcloudapi.net/", "https://management.core.chinacloudapi.cn/"},
		"batch":     {"https://batch.core.windows.net/", "https://batch.core.usgovcloudapi.net/", "https://batch.chinacloudapi.cn/"},
		"data-lake": {"https://datalake.azure.net/", "", ""},
		"media":     {"https://rest.media.azure.net", "https://rest.media.usgovcloudapi.net", "https://rest.media.chinacloudapi.cn"},
		"ms-graph":  {"https://graph.microsoft.com/", "https://graph.microsoft.us/", "https://microsoftgraph.chinacloudapi.cn"},
		"oss-rdbms": {"https://ossrdbms-aad.database.windows.net", "https://ossrdbms-aad.database.usgovcloudapi.net", "https://ossrdbms-aad.database.chinacloudapi.cn"},
	}
}

// sovereign are those of the clouds in France, Germany and Singapore, as far as they are known.
func sovereign() map[string]map[string]string {
	of := func(country string) map[string]string {
		return map[string]string{"arm": "https://management.core.sovcloud-api." + country + "/", "ms-graph": "https://graph.svc.sovcloud." + country + "/"}
	}
	return map[string]map[string]string{"AzureBleuCloud": of("fr"), "AzureDelosCloud": of("de"), "AzureGovSGCloud": of("sg")}
}

// resourceOf is the resource of a type in a cloud, "" where there is none.
func resourceOf(kind, cloud string) string {
	if of := sovereign()[cloud][kind]; of != "" {
		return of
	}
	i := slices.Index([]string{"AzurePublicCloud", "AzureUSGovernmentCloud", "AzureChinaCloud"}, cloud)
	if of := resources()[kind]; i >= 0 && of != nil {
		return of[i]
	}
	return ""
}

// ResourceTypes are the names of well-known resources, in the order of their names.
func ResourceTypes() []string { return slices.Sorted(maps.Keys(resources())) }
