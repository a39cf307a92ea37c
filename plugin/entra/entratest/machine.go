package entratest

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An Identity is a managed identity: a service principal of TenantContoso that a Machine gives tokens of.
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview
type Identity struct {
	ClientID   string
	ObjectID   string
	ResourceID string // a user-assigned identity's own, or that of the machine whose system-assigned identity it is
}

// SystemIdentity is the system-assigned identity of every Machine.
func SystemIdentity() Identity {
	return Identity{derivedGUID("client", "system"), derivedGUID("principal", "system"), "/subscriptions/" + derivedGUID("subscription") +
		"/resourcegroups/sim/providers/Microsoft.Compute/virtualMachines/sim"}
}

// AssignedIdentity is the user-assigned identity of a name.
func AssignedIdentity(name string) Identity {
	return Identity{derivedGUID("client", name), derivedGUID("principal", name), "/subscriptions/" + derivedGUID("subscription") +
		"/resourcegroups/sim/providers/Microsoft.ManagedIdentity/userAssignedIdentities/" + name}
}

// A Machine stands in for a place in Azure whose programs get tokens of its managed identities from an endpoint beside
// them. Its tokens are those of its Server, as are its faults and the log of its requests: under the name of its route.
// It begins with a system-assigned identity and with AssignedIdentity("deploy").
type Machine struct {
	URL string   // of the token endpoint
	Env []string // "NAME=value": what a program there finds in its environment

	server   *Server
	listener net.Listener
	http     *http.Server
	secret   string // that a program there knows, or ""

	mu       sync.Mutex // guards all below
	system   bool
	assigned []Identity
	life     time.Duration
}

// place is what the machines differ in.
type place struct {
	route   string           // "imds"
	path    string           // of the token endpoint
	slash   bool             // it may end in one, too
	methods []string         // nil is GET
	addr    string           // "" is a free port of 127.0.0.1
	leaf    *tls.Certificate // nil is plain HTTP
	serve   func(*Machine, http.ResponseWriter, *http.Request)
}

// startMachine serves a place until Close.
func startMachine(s *Server, p place) (*Machine, error) {
	m := &Machine{server: s, system: true, assigned: []Identity{AssignedIdentity("deploy")}, life: 24 * time.Hour, secret: newGUID()}
	r := route{name: p.route, methods: p.methods, serve: func(w http.ResponseWriter, req *http.Request) { p.serve(m, w, req) }}
	if r.methods == nil {
		r.methods = []string{"GET"}
	}
	mux := http.NewServeMux()
	mux.Handle(p.path, s.observed(r))
	if p.slash {
		mux.Handle(p.path+"/{$}", s.observed(r))
	}
	mux.Handle("/", s.observed(route{name: "unknown", serve: http.NotFound}))
	l, h, origin, err := listen(p.addr, p.leaf, mux)
	if err != nil {
		return nil, err
	}
	m.listener, m.http, m.URL = l, h, origin+p.path
	s.keepSecrets(m.secret)
	return m, nil
}

// listen serves a handler at an address, with TLS if there is a certificate.
func listen(addr string, leaf *tls.Certificate, handler http.Handler) (l net.Listener, h *http.Server, origin string, err error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	if l, err = net.Listen("tcp", addr); err != nil {
		return nil, nil, "", err
	}
	h = &http.Server{Handler: handler, ReadHeaderTimeout: 30 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	origin = "http://" + l.Addr().String()
	serving := l
	if leaf != nil {
		origin = "https://" + l.Addr().String()
		serving = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*leaf}, MinVersion: tls.VersionTLS12})
	}
	go h.Serve(serving)
	return l, h, origin, nil
}

// Close stops the endpoint, and ends the requests that a fault keeps waiting.
func (m *Machine) Close() {
	m.listener.Close()
	m.http.Close()
}

// Assign says which user-assigned identities the machine has from now on, and whether it has a system-assigned one.
func (m *Machine) Assign(system bool, assigned ...Identity) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.system, m.assigned = system, assigned
}

// SetLife says how long the tokens live that the machine gives from now on: 24 hours, if nothing is said.
func (m *Machine) SetLife(life time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.life = life
}

// field is how a parameter names an identity.
type field func(Identity) string

func byClient(i Identity) string   { return i.ClientID }
func byObject(i Identity) string   { return i.ObjectID }
func byResource(i Identity) string { return i.ResourceID }

// pick finds the identity that a request names, with the parameter that names it. Where none does it is the
// system-assigned one, or the only one.
func (m *Machine) pick(query url.Values, fields map[string]field) (id Identity, parameter string, refused *OAuthError) {
	for name := range fields {
		if query.Get(name) == "" {
			continue
		}
		if parameter != "" {
			return id, "", &OAuthError{Error: "invalid_request", Description: "More than one parameter names an identity."}
		}
		parameter = name
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if parameter != "" {
		for _, i := range m.assigned {
			if sameFold(fields[parameter](i), query.Get(parameter)) {
				return i, parameter, nil
			}
		}
	}
	switch {
	case m.system && (parameter == "" || sameFold(fields[parameter](SystemIdentity()), query.Get(parameter))):
		return SystemIdentity(), parameter, nil
	case parameter == "" && len(m.assigned) == 1:
		return m.assigned[0], "", nil
	case parameter == "" && len(m.assigned) > 1:
		return id, "", &OAuthError{Error: "invalid_request",
			Description: "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request"}
	}
	return id, "", &OAuthError{Error: "invalid_request", Description: "Identity not found"}
}

// A machineToken is a token of a managed identity with what all places say of it.
type machineToken struct {
	raw          string
	begins, ends time.Time
	identity     Identity
	resource     string // as in the request
}

// issue makes a token for a resource: of version 1 it is the very audience, and no scope.
func (m *Machine) issue(id Identity, resource string) (machineToken, *OAuthError) {
	if resource == "" || strings.HasSuffix(resource, "/.default") {
		return machineToken{}, describe("invalid_resource", 500011, "The resource principal named %s was not found in the tenant named Contoso. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.", resource)
	}
	m.mu.Lock()
	life := m.life
	m.mu.Unlock()
	in, _ := findTenant(TenantContoso)
	issued, refused := applicationIssue{client: id.ClientID, object: id.ObjectID, tenant: in, scope: resource + "/.default", proof: "2", life: life,
		more: map[string]any{"idp": "https://sts.windows.net/" + in.id + "/", "xms_mirid": id.ResourceID}}.answer(m.server)
	if refused != nil {
		return machineToken{}, refused
	}
	now := m.server.now()
	return machineToken{raw: str(issued["access_token"]), begins: now.Add(-5 * time.Minute), ends: now.Add(life), identity: id, resource: resource}, nil
}

// answer has the fields that all places have, in the types of most: numbers are text.
func (t machineToken) answer() map[string]any {
	return map[string]any{"access_token": t.raw, "expires_on": epoch(t.ends), "not_before": epoch(t.begins),
		"resource": t.resource, "token_type": "Bearer", "client_id": t.identity.ClientID}
}

func epoch(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// whole is a number as text, which is how these places write most of them.
func whole(n any) string {
	switch n := n.(type) {
	case int:
		return strconv.Itoa(n)
	case float64:
		return strconv.FormatInt(int64(n), 10)
	}
	return ""
}
