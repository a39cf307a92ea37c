package apiserver

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/apis/apiserver/install"
	"k8s.io/apiserver/pkg/apis/apiserver/validation"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	authenticationcel "k8s.io/apiserver/pkg/authentication/cel"
	"k8s.io/apiserver/pkg/authentication/group"
	"k8s.io/apiserver/pkg/authentication/request/bearertoken"
	"k8s.io/apiserver/pkg/authentication/token/union"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
)

// discoveryLimit is how long an issuer may take to say what its keys are.
const discoveryLimit = 30 * time.Second

// newAuthenticator makes an authenticator of a configuration as kube-apiserver does, and returns when it is ready.
func newAuthenticator(ctx context.Context, text string) (authenticator.Request, error) {
	config, err := decode(text)
	if err != nil {
		return nil, err
	}
	compiler := authenticationcel.NewDefaultCompiler()
	if err := validation.ValidateAuthenticationConfiguration(compiler, config, nil).ToAggregate(); err != nil {
		return nil, err
	}
	var tokens []authenticator.Token
	for _, jwt := range config.JWT {
		token, err := newToken(ctx, compiler, jwt)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
	}
	return group.NewAuthenticatedGroupAdder(bearertoken.New(union.New(tokens...))), nil
}

// decode is strict: a field that does not exist is an error.
func decode(text string) (*apiserver.AuthenticationConfiguration, error) {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	codecs := serializer.NewCodecFactory(scheme, serializer.EnableStrict)
	object, err := runtime.Decode(codecs.UniversalDecoder(), []byte(text))
	if err != nil {
		return nil, err
	}
	config, ok := object.(*apiserver.AuthenticationConfiguration)
	if !ok {
		return nil, fmt.Errorf("not an AuthenticationConfiguration but %T", object)
	}
	return config, nil
}

// newToken returns the authenticator for the tokens of one issuer, when it has the issuer's configuration.
func newToken(ctx context.Context, compiler authenticationcel.Compiler, jwt apiserver.JWTAuthenticator) (authenticator.Token, error) {
	ca, err := dynamiccertificates.NewStaticCAContent("oidc-authenticator", []byte(jwt.Issuer.CertificateAuthority))
	if err != nil {
		return nil, err
	}
	token, err := oidc.New(ctx, oidc.Options{JWTAuthenticator: jwt, CAContentProvider: ca, Compiler: compiler,
		SupportedSigningAlgs: oidc.AllValidSigningAlgorithms()})
	if err != nil {
		return nil, err
	}
	end := time.Now().Add(discoveryLimit)
	for err = token.HealthCheck(); err != nil; err = token.HealthCheck() {
		if time.Now().After(end) {
			return nil, err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return token, nil
}

// refusals remembers why an authenticator refused requests.
type refusals struct {
	authenticator.Request

	mu      sync.Mutex
	reasons []string
}

func (r *refusals) AuthenticateRequest(req *http.Request) (*authenticator.Response, bool, error) {
	resp, ok, err := r.Request.AuthenticateRequest(req)
	if !ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.reasons = append(r.reasons, fmt.Sprint(err))
	}
	return resp, ok, err
}

func (r *refusals) list() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.reasons...)
}
