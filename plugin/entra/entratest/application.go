package entratest

import (
	"crypto/x509"
	"maps"
	"slices"
	"strings"
	"time"
)

// DaemonID is an application of every Server that signs in as itself, once it has been given something to do it with.
const DaemonID = "0c11e47f-7f80-4192-8eaf-5a6b7c8d9ea0"

// Applications are those of a Server that sign in as themselves, with the foreign issuers that they may trust. Its methods
// may be called from several goroutines.
type Applications struct {
	sim *Server

	// guarded by the Server's mu
	all     map[string]*Application // by client ID
	issuers []*FederatedIssuer
	owners  map[string]string // secret -> client ID of the application whose it is
	keys    int               // how many spare ones were taken
}

// An Application is a client that signs in as itself, with the client credentials grant: a service principal, the
// identity of a workload or of a pipeline. What it may present is added by its methods, which may be called from
// several goroutines.
type Application struct {
	sim *Server
	id  string

	// guarded by the Server's mu
	tenants   []string // IDs of those in which it has a service principal
	secrets   []clientSecret
	keys      []*x509.Certificate
	names     []trustedName
	federated []FederatedCredential
	roles     map[string][]string // by audience
}

// A clientSecret is known by its value.
type clientSecret struct {
	value   string
	expires time.Time
}

// A trustedName is a certificate's subject that is believed where this authority has issued it, whatever its key.
type trustedName struct {
	subject string
	root    *x509.Certificate
}

// A FederatedCredential is a trust in assertions of a foreign issuer. All three are compared letter by letter
// (https://learn.microsoft.com/entra/identity-platform/reference-breaking-changes).
type FederatedCredential struct {
	Issuer   string // the URL of a FederatedIssuer, or the Server's own issuer: URL + "/" + tenant ID + "/v2.0"
	Subject  string
	Audience string // "" is ExchangeAudience
}

// Get returns the application with that client ID, such as DaemonID. One that nobody has heard of is registered,
// with nothing to sign in with, and a service principal in Contoso.
func (all *Applications) Get(clientID string) *Application {
	id := strings.ToLower(clientID)
	all.sim.mu.Lock()
	defer all.sim.mu.Unlock()
	a := all.all[id]
	if a == nil {
		a = &Application{sim: all.sim, id: id, tenants: []string{TenantContoso}, roles: map[string][]string{}}
		all.all[id] = a
	}
	return a
}

// ClientID is what the application is known by.
func (a *Application) ClientID() string { return a.id }

// ObjectID is the object ID of its service principal in a tenant: the claims oid and sub of its tokens.
func (a *Application) ObjectID(tenantID string) string {
	return derivedGUID("service principal", tenantID, a.id)
}

// change changes the application.
func (a *Application) change(change func()) {
	a.sim.mu.Lock()
	defer a.sim.mu.Unlock()
	change()
}

// snapshot is the application as it is now, for reading.
func (a *Application) snapshot() Application {
	a.sim.mu.Lock()
	defer a.sim.mu.Unlock()
	now := *a
	now.tenants, now.secrets, now.keys = slices.Clone(a.tenants), slices.Clone(a.secrets), slices.Clone(a.keys)
	now.names, now.federated, now.roles = slices.Clone(a.names), slices.Clone(a.federated), maps.Clone(a.roles)
	return now
}

// Join gives it a service principal in another tenant, too.
func (a *Application) Join(tenantID string) {
	a.change(func() { a.tenants = append(a.tenants, tenantID) })
}

// AddSecret makes a client secret that lives so long; one of a negative life has ended already.
func (a *Application) AddSecret(life time.Duration) string {
	value := "sim8Q~" + newSecret(26) // like Entra's, which have a tilde
	a.sim.Applications.keepSecrets(a.id, value)
	expires := a.sim.now().Add(life)
	a.change(func() { a.secrets = append(a.secrets, clientSecret{value, expires}) })
	return value
}

// AddCertificate registers a certificate, by its own first one: those above it don't count.
func (a *Application) AddCertificate(c *Certificate) {
	a.sim.Applications.keepSecrets(a.id, c.forms()...)
	a.change(func() { a.keys = append(a.keys, c.Chain[0]) })
}

// TrustName has any certificate with this common name or DNS name be good that comes with its chain and leads to the
// authority: "subject name and issuer" trust, for which a client sends x5c.
func (a *Application) TrustName(subject string, authority *Certificate) {
	a.change(func() { a.names = append(a.names, trustedName{subject, authority.Chain[0]}) })
}

// AddFederated makes it trust a foreign issuer's assertions about a subject.
func (a *Application) AddFederated(c FederatedCredential) {
	if c.Audience == "" {
		c.Audience = ExchangeAudience
	}
	a.change(func() { a.federated = append(a.federated, c) })
}

// Assign gives it roles of a resource (its URI or ID, such as ServerID or "https://graph.microsoft.com"), which
// stand in the claim roles of its tokens.
func (a *Application) Assign(resource string, roles ...string) {
	audience, _, ok := a.sim.resource(resource, a.id)
	if !ok {
		panic("entratest: no resource " + resource)
	}
	a.change(func() { a.roles[audience] = append(a.roles[audience], roles...) })
}

// find returns what Get has registered, or nil.
func (all *Applications) find(clientID string) *Application {
	all.sim.mu.Lock()
	defer all.sim.mu.Unlock()
	return all.all[strings.ToLower(clientID)]
}

// checkClient checks that there is such a client, for people or an application.
func (all *Applications) checkClient(id, tenant string) *OAuthError {
	if id == "" {
		return describe("invalid_request", 900144, "The request body must contain the following parameter: 'client_id'.")
	}
	if _, ok := client(id); !ok && all.find(id) == nil {
		return describe("unauthorized_client", 700016, "Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.", id, tenant)
	}
	return nil
}

// confidential says whether people's flows of a client need a secret, too.
func (all *Applications) confidential(clientID string) bool {
	_, public := client(clientID)
	return clientID == ConfidentialClientID || !public && all.find(clientID) != nil
}

// keepSecrets notes secrets, and whose they are.
func (all *Applications) keepSecrets(clientID string, secrets ...string) {
	all.sim.mu.Lock()
	defer all.sim.mu.Unlock()
	for _, secret := range secrets {
		if !slices.Contains(all.sim.secrets, secret) {
			all.sim.secrets = append(all.sim.secrets, secret)
		}
		all.owners[secret] = clientID
	}
}
