package entratest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// BindingsAudience is that of a pod's token which the proxy of identity bindings takes, and Entra does not.
const BindingsAudience = "api://AKSIdentityBinding"

// Bindings stands in for the proxy of a cluster on Azure Kubernetes Service that has identity bindings. It takes a pod's
// token request in Entra's place: where the cluster lets the pod's service account have the identity, it asks the
// Server with an assertion of its own.
// https://learn.microsoft.com/azure/aks/identity-bindings-concepts
type Bindings struct {
	URL string   // https://127.0.0.1:PORT, where it is known by another name alone
	Env []string // "NAME=value": what the pod's webhook puts into its environment

	server   *Server
	listener net.Listener
	http     *http.Server
	cluster  *FederatedIssuer // of the pods' tokens
	own      *FederatedIssuer // of the assertions that Entra trusts
	name     string
	dir      string
	client   string

	mu      sync.Mutex // guards all below
	allowed map[string]bool
}

// PodSubject is the service account of a pod with identity bindings, as the cluster's tokens have it.
const PodSubject = "system:serviceaccount:default:sim"

// StartBindings starts a proxy for the pods of a cluster, and writes into a folder what a pod finds in files: the
// proxy's certificate and PodSubject's token, which may have the identity of that client ID. The identity trusts the
// proxy from now on.
func StartBindings(s *Server, cluster *FederatedIssuer, dir, clientID string) (*Bindings, error) {
	b := &Bindings{server: s, cluster: cluster, own: NewFederatedIssuer(s, "/bindings"), name: newGUID() + ".ests.aks", dir: dir, client: clientID, allowed: map[string]bool{}}
	leaf, certPEM, err := selfSigned(b.name)
	if err != nil {
		return nil, err
	}
	if err := b.write(certPEM); err != nil {
		return nil, err
	}
	if b.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	b.URL = "https://" + b.listener.Addr().String()
	b.Env = []string{"AZURE_KUBERNETES_TOKEN_PROXY=" + b.URL, "AZURE_KUBERNETES_SNI_NAME=" + b.name, "AZURE_KUBERNETES_CA_FILE=" + b.path("ca.crt"),
		"AZURE_FEDERATED_TOKEN_FILE=" + b.path("azure-identity-token"), "AZURE_CLIENT_ID=" + clientID, "AZURE_TENANT_ID=" + TenantContoso, "AZURE_AUTHORITY_HOST=" + s.URL + "/"}
	b.http = &http.Server{Handler: b.handler(), ReadHeaderTimeout: 30 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	// It shares its address with the cluster's API server, and is told from it by the name alone.
	config := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if hello.ServerName != b.name {
			return nil, errors.New("this is the API server")
		}
		return &leaf, nil
	}}
	go b.http.Serve(tls.NewListener(b.listener, config))
	s.Applications.Get(clientID).AddFederated(FederatedCredential{Issuer: b.own.URL, Subject: b.subject(clientID)})
	b.Allow(PodSubject, clientID)
	return b, nil
}

func (b *Bindings) path(name string) string { return filepath.Join(b.dir, name) }

func (b *Bindings) write(certPEM []byte) error {
	token := b.cluster.Sign(Assertion{Subject: PodSubject, Audience: BindingsAudience, Life: time.Hour})
	return errors.Join(os.WriteFile(b.path("ca.crt"), certPEM, 0o644), os.WriteFile(b.path("azure-identity-token"), []byte(token), 0o644))
}

// subject is whom the proxy's own assertions are about: an identity in this cluster.
func (b *Bindings) subject(clientID string) string { return "binding:" + clientID }

// Close stops the proxy, and ends the requests that a fault keeps waiting.
func (b *Bindings) Close() {
	b.listener.Close()
	b.http.Close()
}

// Allow lets a service account have an identity (the verb use-managed-identity of the cluster's role).
func (b *Bindings) Allow(subject, clientID string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.allowed[subject+" "+clientID] = true
}

// handler lets through what a client asks Entra before it asks for a token.
func (b *Bindings) handler() http.Handler {
	entra := b.server.http.Handler
	mux := http.NewServeMux()
	mux.Handle("/{tenant}/oauth2/v2.0/token", b.server.observed(route{name: "bindings", methods: []string{"POST"}, serve: b.serve}))
	mux.Handle("/{tenant}/v2.0/.well-known/openid-configuration", entra)
	mux.Handle("/common/discovery/instance", entra)
	mux.Handle("/", b.server.observed(route{name: "unknown", serve: http.NotFound}))
	return mux
}

// serve asks the Server in the pod's place, and hands its answer on.
func (b *Bindings) serve(w http.ResponseWriter, req *http.Request) {
	clientID := req.PostFormValue("client_id")
	subject, refused := b.pod(req.PostFormValue("client_assertion"))
	b.mu.Lock()
	allowed := b.allowed[subject+" "+clientID]
	b.mu.Unlock()
	switch {
	case refused != nil:
		refused.Status = http.StatusUnauthorized
		writeOAuthError(w, req, refused)
		return
	case !allowed:
		writeOAuthError(w, req, &OAuthError{Error: "unauthorized_client", Status: http.StatusForbidden,
			Description: fmt.Sprintf("%s is not allowed to use-managed-identity %s", subject, clientID)})
		return
	}
	form := url.Values{}
	for name, values := range req.PostForm {
		form[name] = values
	}
	form.Set("client_assertion", b.own.Sign(Assertion{Subject: b.subject(clientID)}))
	body := form.Encode()
	again := req.Clone(req.Context())
	again.Form, again.PostForm = nil, nil
	again.Body, again.ContentLength = io.NopCloser(bytes.NewReader([]byte(body))), int64(len(body))
	again.Header.Set("Content-Length", strconv.Itoa(len(body)))
	b.server.http.Handler.ServeHTTP(w, again)
}

// pod checks a pod's token as the cluster does, and returns its service account.
func (b *Bindings) pod(raw string) (subject string, refused *OAuthError) {
	a, err := parseAssertion(raw)
	if err != nil {
		return "", describe("invalid_client", 50027, "JWT token is invalid or malformed.")
	}
	cluster := Application{sim: b.server, federated: []FederatedCredential{{Issuer: b.cluster.URL, Subject: a.claims.Sub, Audience: BindingsAudience}}}
	return a.claims.Sub, cluster.checkFederated(a)
}
