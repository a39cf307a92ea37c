package entra

import (
	"crypto/tls"
	"net/url"
	"strings"
)

// TokenProxy takes token requests in place of the authority, as that of AKS's identity bindings does. The rest of an
// address is the authority's: https://learn.microsoft.com/azure/aks/identity-bindings-concepts
type TokenProxy struct {
	URL *url.URL
	TLS *tls.Config // how to know it
}

// address is where a request for the authority's address goes.
func (p *TokenProxy) address(authoritys string) string {
	u, err := url.Parse(authoritys)
	if err != nil {
		return authoritys // which goes nowhere: it is on none of the client's hosts
	}
	through := p.URL.JoinPath(u.EscapedPath())
	through.RawQuery = u.RawQuery
	return through.String()
}

// usualEndpoints are Entra's: a proxy is asked for tokens, and for nothing else.
func usualEndpoints(host, tenant string) endpoints {
	base := "https://" + host + "/" + strings.ToLower(tenant)
	return endpoints{Issuer: base + "/v2.0", Token: base + "/oauth2/v2.0/token", Authorize: base + "/oauth2/v2.0/authorize"}
}
