package authority

import "strings"

// DevAzure is the host of Azure DevOps, beside those of the organisations below visualstudio.com.
const DevAzure = "dev.azure.com"

// IsAzureDevOps reports whether host, in lower case, is one of Azure DevOps:
// https://learn.microsoft.com/azure/devops/extend/develop/work-with-urls
//
// The hosts for SSH take no tokens.
func IsAzureDevOps(host string) bool {
	name, ok := strings.CutSuffix(host, ".visualstudio.com")
	return host == DevAzure || ok && IsOrganization(name) && name != "vs-ssh"
}

// IsOrganization reports whether s can be the name of an organisation of Azure DevOps: at most 63 ASCII
// letters, digits and hyphens, no hyphen at either end.
// https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions#organization-names
func IsOrganization(s string) bool { return isLabel(s) }
