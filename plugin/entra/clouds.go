package entra

import (
	"crypto/x509"
	"strings"
)

// Authority is a sign-in service that is trusted, and what belongs to it.
type Authority struct {
	Environment  string         // "AzurePublicCloud", ...; "" for one of the user's configuration
	Host         string         // "login.microsoftonline.com"; host:port where the port is not 443
	Graph        []string       // origins of its Microsoft Graph, the default first
	Verification []string       // hosts on which a person may be asked to enter a code, besides Host
	Roots        *x509.CertPool // nil: the system's
}

// Clouds lists the clouds of Microsoft, the public one first. Each has one host here, though some answer
// under several names: a session belongs to one host.
//
// See https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud and
// https://learn.microsoft.com/graph/deployments.
func Clouds() []Authority {
	pages := []string{"microsoft.com", "www.microsoft.com", "login.microsoft.com"}
	return []Authority{
		{
			Environment:  "AzurePublicCloud",
			Host:         "login.microsoftonline.com",
			Graph:        []string{"https://graph.microsoft.com"},
			Verification: pages,
		},
		{
			Environment:  "AzureUSGovernmentCloud",
			Host:         "login.microsoftonline.us",
			Graph:        []string{"https://graph.microsoft.us", "https://dod-graph.microsoft.us"},
			Verification: pages,
		},
		{
			Environment:  "AzureChinaCloud",
			Host:         "login.partner.microsoftonline.cn",
			Graph:        []string{"https://microsoftgraph.chinacloudapi.cn"},
			Verification: pages,
		},
	}
}

// Cloud returns the cloud that goes by the name environment, in any case of letters. A name that is not
// known is never the public cloud.
func Cloud(environment string) (Authority, bool) {
	for _, a := range Clouds() {
		if strings.EqualFold(a.Environment, environment) {
			return a, true
		}
	}
	return Authority{}, false
}
