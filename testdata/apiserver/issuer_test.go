//go:build unix

package apiserver

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// An issuer is an entry under "jwt" of an AuthenticationConfiguration, without the issuer's certificate.
type issuer struct {
	URL, DiscoveryURL string
	Audiences         []string
	Rest              string // YAML: claimMappings and so on
}

// plain are the mappings that --oidc-username-claim and --oidc-groups-claim come to.
const plain = `
  claimMappings:
    username: {claim: preferred_username, prefix: ""}
    groups: {claim: groups, prefix: ""}
`

// contoso believes access tokens for the server's application.
func contoso(sim *entratest.Server) []issuer {
	return []issuer{{URL: issuerURL(sim, entratest.TenantContoso), Audiences: []string{entratest.ServerID}, Rest: plain}}
}

func issuerURL(sim *entratest.Server, tenant string) string { return sim.URL + "/" + tenant + "/v2.0" }

// authentication is the file for kube-apiserver's --authentication-config.
func authentication(sim *entratest.Server, issuers ...issuer) string {
	quoted := func(v any) string {
		text, _ := json.Marshal(v)
		return string(text)
	}
	text := "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n"
	for _, i := range issuers {
		text += fmt.Sprintf("- issuer:\n    url: %s\n    audiences: %s\n    certificateAuthority: %s\n",
			quoted(i.URL), quoted(i.Audiences), quoted(string(sim.CertPEM())))
		if i.DiscoveryURL != "" {
			text += "    discoveryURL: " + quoted(i.DiscoveryURL) + "\n"
		}
		if len(i.Audiences) > 1 {
			text += "    audienceMatchPolicy: MatchAny\n"
		}
		text += strings.TrimLeft(i.Rest, "\n")
	}
	return text
}
