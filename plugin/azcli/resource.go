package azcli

import (
	"maps"
	"slices"
)

// resources are what --resource-type stands for in a cloud. A trailing slash is a part of the name.
// https://learn.microsoft.com/cli/azure/manage-clouds-azure-cli: "az cloud show" lists them.
func resources(cloud string) map[string]string {
	switch cloud {
	case "AzurePublicCloud":
		return map[string]string{
			"aad-graph": "https://graph.windows.net/",
			"arm":       "https://management.core.windows.net/",
			"batch":     "https://batch.core.windows.net/",
			"data-lake": "https://datalake.azure.net/",
			"media":     "https://rest.media.azure.net",
			"ms-graph":  "https://graph.microsoft.com/",
			"oss-rdbms": "https://ossrdbms-aad.database.windows.net",
		}
	case "AzureUSGovernmentCloud":
		return map[string]string{
			"aad-graph": "https://graph.windows.net/",
			"arm":       "https://management.core.usgovcloudapi.net/",
			"batch":     "https://batch.core.usgovcloudapi.net/",
			"media":     "https://rest.media.usgovcloudapi.net",
			"ms-graph":  "https://graph.microsoft.us/",
			"oss-rdbms": "https://ossrdbms-aad.database.usgovcloudapi.net",
		}
	case "AzureChinaCloud":
		return map[string]string{
			"aad-graph": "https://graph.chinacloudapi.cn/",
			"arm":       "https://management.core.chinacloudapi.cn/",
			"batch":     "https://batch.chinacloudapi.cn/",
			"media":     "https://rest.media.chinacloudapi.cn",
			"ms-graph":  "https://microsoftgraph.chinacloudapi.cn",
			"oss-rdbms": "https://ossrdbms-aad.database.chinacloudapi.cn",
		}
	}
	return nil
}

// ResourceTypes are the names of well-known resources, in the order of their names.
func ResourceTypes() []string {
	return slices.Sorted(maps.Keys(resources("AzurePublicCloud")))
}
