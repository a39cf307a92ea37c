// Package apiserver is a Kubernetes API server made of Kubernetes' own code: the generic API server with its whole
// chain of handlers, and the OIDC authenticator with structured authentication configuration. The tests beside it show
// what a real cluster makes of the tokens.
//
// Two things come from elsewhere than in kube-apiserver, for Kubernetes has no module with them: where objects are
// stored, which is in memory, and the authorizer, which compares the rules of groups with Kubernetes' own comparison
// of RBAC rules.
package apiserver

import (
	"context"
	"encoding/pem"
	"fmt"
	"net"

	rbacv1 "k8s.io/api/rbac/v1"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"k8s.io/apiserver/pkg/util/compatibility"
	restclient "k8s.io/client-go/rest"
	"k8s.io/client-go/util/cert"
)

// A Config says whom a server believes and what they may do.
type Config struct {
	Authentication string                         // an AuthenticationConfiguration, as in the file that kube-apiserver reads
	Roles          map[string][]rbacv1.PolicyRule // by the name of the group
}

// A Server is an API server on one loopback port.
type Server struct {
	URL     string
	CertPEM []byte // what its certificate is checked with

	namespaces *namespaces
	refusals   *refusals
	stopped    chan error
	stop       context.CancelFunc
}

// Start starts a server that is ready for requests. The caller must close it.
func Start(config Config) (*Server, error) {
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{namespaces: newNamespaces(), stopped: make(chan error, 1), stop: stop}
	generic, err := s.generic(ctx, config)
	if err == nil {
		err = s.install(generic)
	}
	if err != nil {
		stop()
		return nil, err
	}
	ready := generic.PrepareRun()
	go func() { s.stopped <- ready.RunWithContext(ctx) }()
	return s, nil
}

// generic returns the server without its resources.
func (s *Server) generic(ctx context.Context, config Config) (*genericapiserver.GenericAPIServer, error) {
	authenticator, err := newAuthenticator(ctx, config.Authentication)
	if err != nil {
		return nil, err
	}
	serving, err := s.listen()
	if err != nil {
		return nil, err
	}
	s.refusals = &refusals{Request: authenticator}
	scheme, codecs := newScheme()
	c := genericapiserver.NewConfig(codecs)
	c.EffectiveVersion = compatibility.DefaultBuildEffectiveVersion()
	c.ExternalAddress = serving.Listener.Addr().String()
	c.LoopbackClientConfig = &restclient.Config{}
	c.SecureServing = serving
	c.Authentication.Authenticator = s.refusals
	c.Authorization.Authorizer = groupAuthorizer(config.Roles)
	c.OpenAPIV3Config = openAPI(scheme)
	c.SkipOpenAPIInstallation = true
	generic, err := c.Complete(nil).New("testdata", genericapiserver.NewEmptyDelegate())
	if err != nil {
		serving.Listener.Close()
	}
	return generic, err
}

// listen opens the port and makes a certificate for it.
func (s *Server) listen() (*genericapiserver.SecureServingInfo, error) {
	certificate, key, err := cert.GenerateSelfSignedCertKey("127.0.0.1", nil, nil)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	content, err := dynamiccertificates.NewStaticCertKeyContent("serving", certificate, key)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.URL, s.CertPEM = "https://"+listener.Addr().String(), last(certificate)
	return &genericapiserver.SecureServingInfo{Listener: listener, Cert: content}, nil
}

// last returns the last certificate of several, which signed the ones before: Ruby's client reads one and no more.
func last(certificates []byte) []byte {
	var block *pem.Block
	for b, rest := pem.Decode(certificates); b != nil; b, rest = pem.Decode(rest) {
		block = b
	}
	return pem.EncodeToMemory(block)
}

// Close ends the server and all of its requests.
func (s *Server) Close() error {
	s.namespaces.events.Shutdown()
	s.stop()
	return <-s.stopped
}

// Refusals are the reasons why requests were answered with 401 so far, as they stand in a cluster's log.
func (s *Server) Refusals() []string { return s.refusals.list() }

// Touch tells all who watch namespaces that one has changed.
func (s *Server) Touch(name string) error { return s.namespaces.touch(name) }
