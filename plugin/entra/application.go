package entra

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/pop"
	"github.com/entralogin/entralogin/plugin/text"
)

// Proof is what an application shows to the service, so that it believes who it is.
type Proof struct {
	credential confidential.Credential
	options    []confidential.Option
	assertion  bool // another service's token
}

// SecretProof is a client secret.
func SecretProof(secret cache.Secret) (Proof, error) {
	credential, err := confidential.NewCredFromSecret(secret.Reveal())
	if err != nil {
		return Proof{}, errors.New("the client secret is empty")
	}
	return Proof{credential: credential}, nil
}

// CertificateProof signs with the key of the first certificate of a chain. withChain sends all of them, so that the
// service knows the certificate by its subject and issuer, and another one can take its place:
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials
func CertificateProof(chain []*x509.Certificate, key crypto.PrivateKey, withChain bool) (Proof, error) {
	credential, err := confidential.NewCredFromCert(chain, key)
	if err != nil {
		return Proof{}, errors.New("the key is no RSA key, or none of the certificate")
	}
	p := Proof{credential: credential}
	if withChain {
		p.options = append(p.options, confidential.WithX5C())
	}
	return p, nil
}

// AssertionProof is a token of another service, which vouches for the application (RFC 7523).
func AssertionProof(assertion cache.Secret) Proof {
	return Proof{assertion: true, credential: confidential.NewCredFromAssertionCallback(
		func(context.Context, confidential.AssertionRequestOptions) (string, error) {
			return assertion.Reveal(), nil
		})}
}

// Application is the source of an application that signs in by itself, with the client credentials grant (RFC 6749,
// section 4.4). prove is called once for each token that the service is asked for.
//
// Errors are those of prove, *plugin.MachineError, *Error and those of HTTP. None asks for a person.
func (s *Service) Application(prove func(context.Context) (Proof, error)) plugin.Source {
	return application{s, prove}
}

type application struct {
	*Service
	prove func(context.Context) (Proof, error)
}

func (a application) Token(ctx context.Context, r plugin.Request, _ cache.Session) (plugin.Grant, error) {
	if err := a.check(r); err != nil {
		return plugin.Grant{}, err
	}
	scope, err := applicationScope(r)
	if err != nil {
		return plugin.Grant{}, err
	}
	x := a.exchange(r)
	x.origin = "" // an application has no redirect URI
	ctx, cancel := within(ctx, silentLimit, x.host)
	defer cancel()
	proof, err := a.prove(ctx)
	if err != nil {
		return plugin.Grant{}, err
	}
	app, err := confidential.New("https://"+x.host+"/"+strings.ToLower(r.Tenant), r.Client, proof.credential, append(proof.options,
		confidential.WithInstanceDiscovery(false), // see Service.app
		confidential.WithHTTPClient(x),
		// MSAL_FORCE_REGION would have MSAL look for another host.
		confidential.WithAzureRegion("DisableMsalForceRegion"))...)
	if err != nil {
		return plugin.Grant{}, errors.New("MSAL does not take the authority")
	}
	var options []confidential.AcquireByCredentialOption
	if r.Claims != "" {
		options = append(options, confidential.WithClaims(r.Claims))
	}
	if x.key = r.KeyID; x.key != "" {
		options = append(options, confidential.WithAuthenticationScheme(pop.Scheme(x.key)))
	}
	_, _ = app.AcquireTokenByCredential(ctx, []string{scope}, options...) // what counts is what x saw
	if x.answer == nil {
		return plugin.Grant{}, applicationError(x.failure(ctx, &memory{}), proof)
	}
	if err := x.answer.unbound; err != nil {
		return plugin.Grant{}, &https.AnswerError{Host: x.host, What: err.Error()}
	}
	return plugin.Grant{Token: cache.Token{Kind: cache.Access, Value: x.answer.access, Obtained: x.answer.received,
		Expires: x.answer.received.Add(x.answer.life), Tenant: strings.ToLower(x.tenantID())}}, nil
}

// applicationScope is what the service is asked for: "the value passed for the scope parameter in this request should be
// the resource identifier of the resource you want, suffixed with .default"
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow). What the application may do
// there, its roles say, and no scope.
func applicationScope(r plugin.Request) (string, error) {
	if r.Kind != cache.Access {
		return "", &plugin.MachineError{What: "an ID token says who a person is, and " + text.Short(r.Client, 100) + " signs in as an application: it gets access tokens alone",
			Hint: "Ask for an access token (--token-kind access), or have a person sign in (--login auto)."}
	}
	if !authority.IsGUID(r.Tenant) && !authority.IsDomain(r.Tenant) {
		return "", &plugin.MachineError{What: "an application signs in to one tenant, and none is named", Hint: "Name it: --tenant-id with its GUID or domain name."}
	}
	resource := authority.Resource(r.Scopes)
	for _, scope := range r.Scopes {
		if other := authority.Resource([]string{scope}); other != "" && !strings.EqualFold(other, resource) {
			return "", &plugin.MachineError{What: fmt.Sprintf("the scopes are of two resources, %s and %s", text.Short(resource, 100), text.Short(other, 100)),
				Hint: "Ask for one of them at a time."}
		}
	}
	if resource == "" {
		return "", &plugin.MachineError{What: "the scopes say nothing of what the token is for: " + text.Short(strings.Join(r.Scopes, " "), 100),
			Hint: "Name the resource: --scope RESOURCE/.default"}
	}
	return resource + "/.default", nil
}

// applicationError has a refusal explained as one of an application: there is nobody who could sign in again.
func applicationError(err error, shown Proof) error {
	if refusal, ok := errors.AsType[*Error](err); ok {
		refusal.Application, refusal.Assertion = true, shown.assertion
	}
	return err
}
