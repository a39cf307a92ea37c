// Package authority knows the sign-in services that may be trusted, and says what may become a part of an
// address or of a request: hosts, tenants, client IDs, scopes. It alone validates these.
package authority

import (
	"crypto/x509"
	"strings"
)

// Authority is a sign-in service that is trusted, and what belongs to it.
type Authority struct {
	Environment     string         // "AzurePublicCloud", ...; "" for one of the user's configuration
	Aliases         []string       // other names of the environment: a short one, and that of the Azure CLI
	Host            string         // "login.microsoftonline.com"; host:port where the port is not 443
	Graph           []string       // origins of its Microsoft Graph, the default first
	ResourceManager string         // origin of its Azure Resource Manager; "" where none is known
	Verification    []string       // hosts on which a person may be asked to enter a code, besides Host
	CAFile          string         // PEM, trusted besides the system's certificates; read before the first request; or ""
	Roots           *x509.CertPool // in their place; nil: the system's, with those of CAFile
}

// Clouds lists the clouds of Microsoft, the public one first. Each has one host here, though some answer
// under several names: a session belongs to one host. Those of France, Germany and Singapore are run by others.
//
//   - https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
//   - https://learn.microsoft.com/graph/deployments
//   - https://learn.microsoft.com/azure/azure-resource-manager/management/control-plane-and-data-plane#control-plane
//   - https://github.com/AzureAD/microsoft-authentication-library-for-go/blob/v1.10.1/apps/internal/oauth/ops/authority/known_metadata.go
//   - https://github.com/microsoftgraph/msgraph-sdk-powershell/pull/3523
func Clouds() []Authority {
	pages := []string{"microsoft.com", "www.microsoft.com", "login.microsoft.com"}
	return []Authority{
		{
			Environment:     "AzurePublicCloud",
			Aliases:         []string{"public", "AzureCloud"},
			Host:            "login.microsoftonline.com",
			Graph:           []string{"https://graph.microsoft.com"},
			ResourceManager: "https://management.azure.com",
			Verification:    pages,
		},
		{
			Environment:     "AzureUSGovernmentCloud",
			Aliases:         []string{"usgov", "AzureUSGovernment"},
			Host:            "login.microsoftonline.us",
			Graph:           []string{"https://graph.microsoft.us", "https://dod-graph.microsoft.us"},
			ResourceManager: "https://management.usgovcloudapi.net",
			Verification:    pages,
		},
		{
			Environment:     "AzureChinaCloud",
			Aliases:         []string{"china"},
			Host:            "login.partner.microsoftonline.cn",
			Graph:           []string{"https://microsoftgraph.chinacloudapi.cn"},
			ResourceManager: "https://management.chinacloudapi.cn",
			Verification:    pages,
		},
		sovereign("Bleu", "fr"), sovereign("Delos", "de"), sovereign("GovSG", "sg"),
	}
}

// sovereign is a cloud of Microsoft's make that another company runs in its country, with the names that az, MSAL.NET and
// Graph's PowerShell have for it. On which page of it a code is entered is not known: its own host, or Microsoft's.
func sovereign(name, country string) Authority {
	return Authority{
		Environment:     "Azure" + name + "Cloud",
		Aliases:         []string{strings.ToLower(name), "Azure" + name, name + "Cloud"},
		Host:            "login.sovcloud-identity." + country,
		Graph:           []string{"https://graph.svc.sovcloud." + country},
		ResourceManager: "https://management.sovcloud-api." + country,
		Verification:    []string{"microsoft.com", "www.microsoft.com", "login.microsoft.com"},
	}
}

// Cloud returns the cloud that goes by the name or alias environment, in any case of letters. A name that is not
// known is never the public cloud.
func Cloud(environment string) (Authority, bool) {
	for _, a := range Clouds() {
		for _, name := range append(a.Aliases, a.Environment) {
			if strings.EqualFold(name, environment) {
				return a, true
			}
		}
	}
	return Authority{}, false
}

// Unsupported names the kind of sign-in service that an address is of where entralogin is known not to work
// with it, "" for all others. The address may lack its https:// and have a path.
//
// See https://learn.microsoft.com/entra/identity-platform/msal-client-application-configuration#authority.
func Unsupported(address string) string {
	_, rest, ok := strings.Cut(strings.ToLower(address), "://")
	if !ok {
		rest = strings.ToLower(address)
	}
	host, path, _ := strings.Cut(rest, "/")
	host = host[strings.LastIndex(host, "@")+1:]
	host, _, _ = strings.Cut(host, ":")
	first, _, _ := strings.Cut(path, "/")
	switch {
	case strings.HasSuffix(host, ".ciamlogin.com"):
		return "Microsoft Entra External ID (CIAM)"
	case strings.HasSuffix(host, ".b2clogin.com"), first == "tfp":
		return "Azure AD B2C"
	case first == "adfs", strings.HasPrefix(host, "adfs."):
		return "Active Directory Federation Services (AD FS)"
	}
	return ""
}
