package managed

import (
	"cmp"
	"crypto/sha1" // what Service Fabric names its certificate by
	"encoding/hex"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// place is a service that gives tokens of managed identities.
type place struct {
	name     string // as Azure has it
	why      string // by what it was chosen
	variable string // that names the address; "" where it is known
	endpoint *url.URL
	version  string            // of its API
	form     bool              // the resource is in the body
	metadata bool              // it wants the header that no browser sends
	header   string            // that takes the secret; "" where there is none
	secret   cache.Secret      // of a variable: that a program runs there
	ids      map[string]string // parameters of the query, by the kind of ID that they name an identity with
	more     url.Values        // parameters that a request has besides
	pin      []byte            // SHA-1 of its certificate; nil: the system knows who signed it
	imds     bool
	arc      bool
}

// The parameters that name an identity.
func metadataIDs() map[string]string {
	return map[string]string{"client": "client_id", "object": "object_id", "resource": "msi_res_id"}
}

func appServiceIDs() map[string]string {
	return map[string]string{"client": "client_id", "object": "object_id", "resource": "mi_res_id"}
}

// azureIMDS is where each virtual machine finds the metadata service.
const azureIMDS = "http://169.254.169.254"

const metadataPath = "/metadata/identity/oauth2/token"

// place chooses the service by the variables that it has in the environment of its programs, as Microsoft's libraries do:
//
//   - App Service: https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
//   - Service Fabric: https://learn.microsoft.com/azure/service-fabric/how-to-managed-identity-service-fabric-app-code
//   - Azure Machine Learning, by App Service's API of 2017, and the Cloud Shell
//   - Azure Arc: https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication
//   - IMDS: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
//
// Errors: *Error.
func (s Source) place() (place, error) {
	set := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return s.Getenv(name) == "" })
	}
	secret := func(name string) cache.Secret { return cache.NewSecret(s.Getenv(name)) }
	switch {
	case set("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT"):
		p := place{name: "Service Fabric", why: "IDENTITY_ENDPOINT, IDENTITY_HEADER and IDENTITY_SERVER_THUMBPRINT are set",
			variable: "IDENTITY_ENDPOINT", version: "2019-07-01-preview", header: "Secret", secret: secret("IDENTITY_HEADER")}
		if p.pin = thumbprint(s.Getenv("IDENTITY_SERVER_THUMBPRINT")); p.pin == nil {
			return p, unable("IDENTITY_SERVER_THUMBPRINT is no SHA-1 thumbprint of a certificate", leftOver)
		}
		return p.at(s.Getenv("IDENTITY_ENDPOINT"))
	case set("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
		p := place{name: "App Service", why: "IDENTITY_ENDPOINT and IDENTITY_HEADER are set", variable: "IDENTITY_ENDPOINT",
			version: "2019-08-01", header: "X-IDENTITY-HEADER", secret: secret("IDENTITY_HEADER"), ids: appServiceIDs()}
		return p.at(s.Getenv("IDENTITY_ENDPOINT"))
	case set("MSI_ENDPOINT", "MSI_SECRET"):
		p := place{name: "Azure Machine Learning", why: "MSI_ENDPOINT and MSI_SECRET are set", variable: "MSI_ENDPOINT",
			version: "2017-09-01", header: "secret", secret: secret("MSI_SECRET"), ids: map[string]string{"client": "clientid"}}
		if own := s.Getenv("DEFAULT_IDENTITY_CLIENT_ID"); own != "" {
			p.more = url.Values{"clientid": {own}}
		}
		return p.at(s.Getenv("MSI_ENDPOINT"))
	case set("MSI_ENDPOINT"):
		p := place{name: "the Cloud Shell", why: "MSI_ENDPOINT is set, and MSI_SECRET is not", variable: "MSI_ENDPOINT", form: true, metadata: true}
		return p.at(s.Getenv("MSI_ENDPOINT"))
	}
	p := place{name: "Azure Arc", version: "2020-06-01", metadata: true, ids: metadataIDs(), arc: true}
	if set("IDENTITY_ENDPOINT", "IMDS_ENDPOINT") {
		p.variable, p.why = "IDENTITY_ENDPOINT", "IDENTITY_ENDPOINT and IMDS_ENDPOINT are set"
		return p.at(s.Getenv("IDENTITY_ENDPOINT"))
	}
	if program := s.agent.installed(s.Getenv); program != "" {
		p.why = "its agent is installed (" + text.Short(program, 200) + ")"
		return p.at("http://127.0.0.1:40342" + metadataPath)
	}
	p = place{name: "IMDS", why: "no variable names another service", version: "2018-02-01", metadata: true, ids: metadataIDs(), imds: true}
	return p.at(cmp.Or(s.imds, azureIMDS) + metadataPath)
}

// leftOver is the advice about variables that can't be meant.
const leftOver = "On a machine of Azure's they are set for you. If they are left over from elsewhere, unset them."

// at gives the place its address. What belongs to the machine is asked for by plain http, and nothing else: a secret
// goes with it.
func (p place) at(address string) (place, error) {
	u, err := url.Parse(address)
	wrong := ""
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || text.Clean(address) != address:
		wrong = "is no address of a service"
	case p.pin != nil && u.Scheme != "https":
		wrong = "is no https address, and Service Fabric has no other"
	case u.Scheme == "http" && !isNear(u.Hostname()):
		wrong = fmt.Sprintf("leads away from this machine (%s) without TLS, and a secret would be sent there", text.Short(u.Host, 100))
	}
	if wrong != "" {
		return p, unable(p.variable+" "+wrong, leftOver)
	}
	if value := p.secret.Reveal(); p.header != "" && !authority.IsVisible(value) {
		return p, unable(fmt.Sprintf("the secret that goes with %s has a character that no header has", p.variable), leftOver)
	}
	p.endpoint = u
	return p, nil
}

// isNear reports whether a host is this machine, or an address of no network but its own.
func isNear(host string) bool {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host == "localhost"
	}
	return ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsPrivate()
}

// thumbprint reads a SHA-1 thumbprint in the forms that Windows' tools show it in; nil for anything else.
func thumbprint(value string) []byte {
	hash, err := hex.DecodeString(strings.Map(func(r rune) rune {
		if r == ':' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, value))
	if err != nil || len(hash) != sha1.Size {
		return nil
	}
	return hash
}
