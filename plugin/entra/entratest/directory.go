package entratest

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// The two tenants of every Server. Each answers under its ID and its domain.
const (
	TenantContoso  = "c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
	DomainContoso  = "contoso.example"
	TenantFabrikam = "fab21ca0-2b3c-4d5e-9f60-7a8b9cadbecf"
	DomainFabrikam = "fabrikam.example"
)

// The applications of every Server. The public clients of the Azure CLI and of AKS are known besides.
const (
	ClientID             = "0c11e470-3c4d-4e5f-8a6b-1c2d3e4f5a6b" // a public client, in both tenants
	ClientID2            = "0c11e472-4d5e-4f60-9b7c-2d3e4f5a6b7c" // a second one
	ConfidentialClientID = "0c11e47c-5e6f-4071-8c8d-3e4f5a6b7c8d" // public client flows are off: AADSTS7000218
	ServerID             = "5e12fe20-6f70-4182-9d9e-4f5a6b7c8d9e" // "Kubernetes API server application"

	azureCLI        = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
	aksClientID     = "80faf920-1908-4b52-b5ef-a8e7bedfc67a"
	arcClientID     = "3f4439ff-e698-4d6d-84fe-09c9d574f06b" // of clusters that are connected to Azure Arc
	arcServerID     = "6256c85f-0aad-4d50-b960-e6e9b21efe35"
	aksServerID     = "6dae42f8-4368-4678-94ff-3960e28e3630"
	azureDevOpsID   = "499b84ac-1321-427f-aa17-267ca6975798"
	graphID         = "00000003-0000-0000-c000-000000000000"
	graphURL        = "https://graph.microsoft.com"
	azureManageURL  = "https://management.core.windows.net"
	azureARMURL     = "https://management.azure.com"
	azureStorageURL = "https://storage.azure.com"
	azureVaultURL   = "https://vault.azure.net"
	databricksID    = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
)

// The people of every Server.
const (
	Alice = "alice@contoso.example"  // Contoso; her manager is Bob
	Bob   = "bob@contoso.example"    // Contoso; has no manager
	Dana  = "dana@contoso.example"   // Contoso; a sparse profile: no phone, no office, no manager
	Carol = "carol@fabrikam.example" // Fabrikam, where Erin is her manager; a guest in Contoso, without one
	Erin  = "erin@fabrikam.example"  // Fabrikam; has no manager
)

type tenant struct{ id, domain, name string }

func tenants() []tenant {
	return []tenant{
		{TenantContoso, DomainContoso, "Contoso"},
		{TenantFabrikam, DomainFabrikam, "Fabrikam"},
	}
}

// A user is a person with one object per tenant: the ID differs between the home tenant and a tenant that they are a guest in.
type user struct {
	upn      string
	home     string // tenant ID
	guestIn  string // tenant ID, or ""
	given    string
	surname  string
	title    string
	phone    string
	office   string
	language string
	manager  string // UPN; known in the home tenant only
	groups   []string
}

func users() []user {
	return []user{
		{upn: Alice, home: TenantContoso, given: "Alice", surname: "Adams", title: "Platform Engineer", phone: "+1 425 555 0101",
			office: "18/2111", language: "en-US", manager: Bob, groups: []string{"platform", "everyone"}},
		{upn: Bob, home: TenantContoso, given: "Bob", surname: "Bjørnsen", title: "Director of Engineering", phone: "+47 555 01 02",
			office: "18/2100", language: "nb-NO", groups: []string{"everyone"}},
		{upn: Carol, home: TenantFabrikam, guestIn: TenantContoso, given: "Carol", surname: "Castillo", title: "Consultant",
			phone: "+34 555 010 103", office: "Madrid/4", language: "es-ES", manager: Erin, groups: []string{"consultants"}},
		{upn: Dana, home: TenantContoso, given: "Dana", surname: "D'Souza", groups: []string{"everyone"}},
		{upn: Erin, home: TenantFabrikam, given: "Erin", surname: "Évrard", title: "Partner", phone: "+33 5 55 01 04",
			office: "Paris/1", language: "fr-FR", groups: []string{"partners"}},
	}
}

func (u user) displayName() string { return u.given + " " + u.surname }

func (u user) in(tenantID string) bool { return tenantID == u.home || tenantID == u.guestIn }

// oid is the user's object ID in a tenant.
func (u user) oid(tenantID string) string { return derivedGUID("user", tenantID, u.upn) }

// upnIn is the user principal name in a tenant; a guest's is built from the one at home.
func (u user) upnIn(t tenant) string {
	if t.id == u.home {
		return u.upn
	}
	return strings.Replace(u.upn, "@", "_", 1) + "#EXT#@" + t.domain
}

// UserID is the object ID that user (such as Alice) has in the tenant with the given ID, or "" where there is none.
func UserID(user, tenantID string) string {
	u, ok := findUser(user)
	if !ok || !u.in(tenantID) {
		return ""
	}
	return u.oid(tenantID)
}

// GroupID is the object ID of a group, as it stands in the groups claim. Alice is in "platform" and "everyone" of Contoso.
func GroupID(tenantID, name string) string { return derivedGUID("group", tenantID, name) }

// HomeAccountID is what MSAL calls a user's home account ID: object ID and tenant ID of the home tenant.
func HomeAccountID(user string) string {
	u, ok := findUser(user)
	if !ok {
		return ""
	}
	return u.oid(u.home) + "." + u.home
}

// findUser takes a user principal name, or its local part alone where that is enough.
func findUser(name string) (user, bool) {
	for _, u := range users() {
		local, _, _ := strings.Cut(u.upn, "@")
		if strings.EqualFold(name, u.upn) || strings.EqualFold(name, local) {
			return u, true
		}
	}
	return user{}, false
}

func findTenant(name string) (tenant, bool) {
	for _, t := range tenants() {
		if strings.EqualFold(name, t.id) || strings.EqualFold(name, t.domain) {
			return t, true
		}
	}
	return tenant{}, false
}

// multiTenant says whether name stands for the home tenant of whoever signs in.
func multiTenant(name string) bool {
	return name == "common" || name == "organizations" || name == "consumers"
}

// client returns the display name of a known application.
func client(id string) (name string, ok bool) {
	switch strings.ToLower(id) {
	case ClientID:
		return "entralogin", true
	case ClientID2:
		return "entralogin (second)", true
	case ConfidentialClientID:
		return "Confidential web app", true
	case azureCLI:
		return "Microsoft Azure CLI", true
	case arcClientID:
		return "Azure Arc Kubernetes AAD Client", true
	case aksClientID:
		return "Azure Kubernetes Service AAD Client", true
	}
	return "", false
}

// redirects are the addresses that are registered for an application: those to which the authorization endpoint may
// send a browser back.
func redirects(id string) []string {
	switch strings.ToLower(id) {
	case ConfidentialClientID:
		return []string{"https://app.contoso.example/signin"}
	case ClientID2:
		return []string{"http://localhost", brokerRedirect, "http://127.0.0.1/Callback"}
	}
	return []string{"http://localhost", brokerRedirect}
}

// derivedGUID is the same on every run, so that expectations can be written down.
func derivedGUID(parts ...string) string {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return formatGUID(h[:16])
}

func formatGUID(b []byte) string {
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
