package azcli

import (
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// clouds are those that the Azure CLI knows, in its order, each with its name in the other tools; "" for the one in Germany,
// which ended in 2021.
func clouds() [][2]string {
	return [][2]string{{"AzureCloud", "AzurePublicCloud"}, {"AzureChinaCloud", "AzureChinaCloud"}, {"AzureUSGovernment", "AzureUSGovernmentCloud"}, {"AzureGermanCloud", ""}}
}

// cloudTable says what the Azure CLI knows of each cloud, in its order: a value for each, or one for all. "-" is none. The
// lines behind the empty one are suffixes. A slash at the end is a part of the name of a resource.
//
// https://github.com/Azure/azure-cli/blob/azure-cli-2.45.0/src/azure-cli-core/azure/cli/core/cloud.py
const cloudTable = `
management https://management.core.windows.net/ https://management.core.chinacloudapi.cn/ https://management.core.usgovcloudapi.net/ https://management.core.cloudapi.de/
resourceManager https://management.azure.com/ https://management.chinacloudapi.cn https://management.usgovcloudapi.net/ https://management.microsoftazure.de
sqlManagement https://management.core.windows.net:8443/ https://management.core.chinacloudapi.cn:8443/ https://management.core.usgovcloudapi.net:8443/ https://management.core.cloudapi.de:8443/
batchResourceId https://batch.core.windows.net/ https://batch.chinacloudapi.cn/ https://batch.core.usgovcloudapi.net/ https://batch.cloudapi.de/
gallery https://gallery.azure.com/ https://gallery.chinacloudapi.cn/ https://gallery.usgovcloudapi.net/ https://gallery.cloudapi.de/
activeDirectory https://login.microsoftonline.com https://login.chinacloudapi.cn https://login.microsoftonline.us https://login.microsoftonline.de
activeDirectoryResourceId https://management.core.windows.net/ https://management.core.chinacloudapi.cn/ https://management.core.usgovcloudapi.net/ https://management.core.cloudapi.de/
activeDirectoryGraphResourceId https://graph.windows.net/ https://graph.chinacloudapi.cn/ https://graph.windows.net/ https://graph.cloudapi.de/
microsoftGraphResourceId https://graph.microsoft.com/ https://microsoftgraph.chinacloudapi.cn https://graph.microsoft.us/ https://graph.microsoft.de
activeDirectoryDataLakeResourceId https://datalake.azure.net/ - - -
vmImageAliasDoc https://raw.githubusercontent.com/Azure/azure-rest-api-specs/main/arm-compute/quickstart-templates/aliases.json
mediaResourceId https://rest.media.azure.net https://rest.media.chinacloudapi.cn https://rest.media.usgovcloudapi.net https://rest.media.cloudapi.de
ossrdbmsResourceId https://ossrdbms-aad.database.windows.net https://ossrdbms-aad.database.chinacloudapi.cn https://ossrdbms-aad.database.usgovcloudapi.net https://ossrdbms-aad.database.cloudapi.de
logAnalyticsResourceId https://api.loganalytics.io https://api.loganalytics.azure.cn https://api.loganalytics.us -
appInsightsResourceId https://api.applicationinsights.io https://api.applicationinsights.azure.cn https://api.applicationinsights.us -
appInsightsTelemetryChannelResourceId https://dc.applicationinsights.azure.com/v2/track https://dc.applicationinsights.azure.cn/v2/track https://dc.applicationinsights.us/v2/track -
synapseAnalyticsResourceId https://dev.azuresynapse.net https://dev.azuresynapse.azure.cn https://dev.azuresynapse.usgovcloudapi.net -
attestationResourceId https://attest.azure.net - - -
portal https://portal.azure.com https://portal.azure.cn https://portal.azure.us https://portal.microsoftazure.de
azmirrorStorageAccountResourceId -

storageEndpoint core.windows.net core.chinacloudapi.cn core.usgovcloudapi.net core.cloudapi.de
storageSyncEndpoint afs.azure.net - afs.azure.us -
keyvaultDns .vault.azure.net .vault.azure.cn .vault.usgovcloudapi.net .vault.microsoftazure.de
mhsmDns .managedhsm.azure.net .managedhsm.azure.cn .managedhsm.usgovcloudapi.net .managedhsm.microsoftazure.de
sqlServerHostname .database.windows.net .database.chinacloudapi.cn .database.usgovcloudapi.net .database.cloudapi.de
mysqlServerEndpoint .mysql.database.azure.com .mysql.database.chinacloudapi.cn .mysql.database.usgovcloudapi.net .mysql.database.cloudapi.de
postgresqlServerEndpoint .postgres.database.azure.com .postgres.database.chinacloudapi.cn .postgres.database.usgovcloudapi.net .postgres.database.cloudapi.de
mariadbServerEndpoint .mariadb.database.azure.com .mariadb.database.chinacloudapi.cn .mariadb.database.usgovcloudapi.net .mariadb.database.cloudapi.de
azureDatalakeStoreFileSystemEndpoint azuredatalakestore.net - - -
azureDatalakeAnalyticsCatalogAndJobEndpoint azuredatalakeanalytics.net - - -
acrLoginServerEndpoint .azurecr.io .azurecr.cn .azurecr.us -
synapseAnalyticsEndpoint .dev.azuresynapse.net .dev.azuresynapse.azure.cn .dev.azuresynapse.usgovcloudapi.net -
attestationEndpoint .attest.azure.net - - -
`

// cloudValue is what a line of the table says of one cloud, "" for nothing.
func cloudValue(fields []string, cloud int) string {
	value := fields[1]
	if len(fields) > 2 {
		value = fields[1+cloud]
	}
	return strings.TrimPrefix(value, "-")
}

// sovereign are the endpoints of the clouds in France, Germany and Singapore, as far as they are known.
func sovereign(cloud string) map[string]string {
	country := map[string]string{"AzureBleuCloud": "fr", "AzureDelosCloud": "de", "AzureGovSGCloud": "sg"}[cloud]
	if country == "" {
		return nil
	}
	return map[string]string{
		"activeDirectory":           "https://login.sovcloud-identity." + country,
		"activeDirectoryResourceId": "https://management.core.sovcloud-api." + country + "/",
		"microsoftGraphResourceId":  "https://graph.svc.sovcloud." + country + "/",
		"resourceManager":           "https://management.sovcloud-api." + country + "/",
	}
}

// resourceTypes are what --resource-type takes, and the endpoint that is such a resource.
func resourceTypes() map[string]string {
	return map[string]string{
		"aad-graph": "activeDirectoryGraphResourceId",
		"arm":       "activeDirectoryResourceId",
		"batch":     "batchResourceId",
		"data-lake": "activeDirectoryDataLakeResourceId",
		"media":     "mediaResourceId",
		"ms-graph":  "microsoftGraphResourceId",
		"oss-rdbms": "ossrdbmsResourceId",
	}
}

// resourceOf is the resource of a type in a cloud such as AzurePublicCloud, "" where there is none.
func resourceOf(kind, cloud string) string {
	endpoint := resourceTypes()[kind]
	if of := sovereign(cloud)[endpoint]; of != "" {
		return of
	}
	i := slices.IndexFunc(clouds(), func(known [2]string) bool { return known[1] != "" && known[1] == cloud })
	for line := range strings.Lines(cloudTable) {
		if fields := strings.Fields(line); i >= 0 && len(fields) > 0 && fields[0] == endpoint {
			return cloudValue(fields, i)
		}
	}
	return ""
}

// Cloud is what the Azure CLI says of a cloud.
type Cloud struct {
	Name      string  `json:"name"`
	Endpoints Ordered `json:"endpoints"`
	Suffixes  Ordered `json:"suffixes"`
	Profile   string  `json:"profile"`
	Active    bool    `json:"isActive"`
}

// Clouds are what "az cloud list" answers. active is the cloud of the settings, such as AzurePublicCloud, "" where it is
// none of Microsoft's; one that the Azure CLI does not know comes last, with what is known of it.
func Clouds(active string) []Cloud {
	var all []Cloud
	for i, known := range clouds() {
		all = append(all, describe(known[0], known[1] != "" && known[1] == active, func(fields []string) string { return cloudValue(fields, i) }))
	}
	if known := sovereign(active); known != nil {
		all = append(all, describe(active, true, func(fields []string) string { return known[fields[0]] }))
	}
	return all
}

func describe(name string, active bool, value func(fields []string) string) Cloud {
	parts := []*object{newObject()}
	for line := range strings.Lines(strings.TrimSpace(cloudTable)) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			parts = append(parts, newObject())
			continue
		}
		parts[len(parts)-1].set(fields[0], nil)
		if v := value(fields); v != "" {
			parts[len(parts)-1].set(fields[0], v)
		}
	}
	return Cloud{name, Ordered{parts[0]}, Ordered{parts[1]}, "latest", active}
}

// FindCloud is what "az cloud show" answers of one of Clouds: of the active one, where name is "". Errors: *AccountError, in
// the words of the Azure CLI.
func FindCloud(clouds []Cloud, name string) (Cloud, error) {
	for _, c := range clouds {
		if c.Name == name || name == "" && c.Active {
			return c, nil
		}
	}
	return Cloud{}, &AccountError{"The cloud '" + text.Short(name, 80) + "' is not registered.", "Your turn: az cloud list -o table shows those that there are."}
}

// ResourceTypes are the names of well-known resources, in the order of their names.
func ResourceTypes() []string { return slices.Sorted(maps.Keys(resourceTypes())) }
