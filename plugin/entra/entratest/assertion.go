package entratest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// early is how far an assertion may begin in the future, for clocks differ.
const early = 5 * time.Minute

// An assertion is a JSON Web Token that a client presents, taken apart but not believed yet.
type assertion struct {
	header struct {
		Alg, Kid, X5t string
		X5tS256       string   `json:"x5t#S256"`
		X5c           []string // DER in base64, the client's own first (RFC 7515, section 4.1.6)
	}
	claims struct {
		Iss, Sub, Jti string
		Aud           audiences
		Exp, Nbf      float64
	}
	signed    string
	signature []byte
}

// audiences are one or several (RFC 7519, section 4.1.3); a cluster's tokens have a list.
type audiences []string

// UnmarshalJSON takes both.
func (a *audiences) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audiences{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// checkAssertion tells a client's own assertion, which its certificate has signed, from a foreign issuer's.
func (app Application) checkAssertion(tenant, raw string) *OAuthError {
	a, err := parseAssertion(raw)
	if err != nil {
		return describe("invalid_client", 50027, "JWT token is invalid or malformed.")
	}
	if validGUID(a.claims.Iss) {
		return app.checkOwn(tenant, a)
	}
	return app.checkFederated(a)
}

func parseAssertion(raw string) (a assertion, err error) {
	header, payload, signature, err := splitJWT(raw)
	if err != nil {
		return a, err
	}
	a.signed, a.signature = raw[:strings.LastIndexByte(raw, '.')], signature
	return a, errors.Join(json.Unmarshal(header, &a.header), json.Unmarshal(payload, &a.claims))
}

// checkOwn checks an assertion that the client made (RFC 7523, section 3).
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials
func (app Application) checkOwn(tenant string, a assertion) *OAuthError {
	if !strings.EqualFold(a.claims.Iss, app.id) || !strings.EqualFold(a.claims.Sub, app.id) {
		return describe("invalid_client", 700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
	}
	key, e := app.keyOf(a)
	if e != nil {
		return e
	}
	if !a.verify(key) {
		return badSignature("The provided signature value did not match the expected signature value.")
	}
	if !slices.ContainsFunc(a.claims.Aud, func(aud string) bool { return isTokenEndpoint(app.sim.URL, tenant, aud) }) {
		return describe("invalid_client", 700023, "Client assertion audience claim does not match Realm issuer.")
	}
	if a.claims.Jti == "" {
		return describe("invalid_client", 50027, "JWT token is invalid or malformed: it has no jti.")
	}
	return a.checkTimes(app.sim.now())
}

func badSignature(format string, args ...any) *OAuthError {
	return describe("invalid_client", 700027, "Client assertion contains an invalid signature. [Reason - %s]", fmt.Sprintf(format, args...))
}

// keyOf finds the certificate that an assertion names: among the registered ones, or by its name, if it came along
// and the application trusts that name.
func (app Application) keyOf(a assertion) (*rsa.PublicKey, *OAuthError) {
	now := app.sim.now()
	found := app.named(a, now)
	if i := slices.IndexFunc(app.keys, a.names); found == nil && i >= 0 {
		found = app.keys[i]
	}
	if found == nil {
		return nil, badSignature("The key was not found., Thumbprint of key used by client: '%s'", a.thumbprint())
	}
	if now.After(found.NotAfter) || now.Before(found.NotBefore) {
		return nil, badSignature("The key used is expired., Found key 'Start=%s, End=%s'", found.NotBefore.UTC(), found.NotAfter.UTC())
	}
	key, ok := found.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, badSignature("The key is not one of RSA.")
	}
	return key, nil
}

// named is the certificate that came with the assertion, where its chain leads to an authority that is trusted to
// give out its name; or nil.
func (app Application) named(a assertion, now time.Time) *x509.Certificate {
	if len(app.names) == 0 || len(a.header.X5c) == 0 {
		return nil
	}
	var chain []*x509.Certificate
	for _, text := range a.header.X5c {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil
		}
		one, err := x509.ParseCertificate(der)
		if err != nil {
			return nil
		}
		chain = append(chain, one)
	}
	if !a.names(chain[0]) {
		return nil
	}
	between := x509.NewCertPool()
	for _, one := range chain[1:] {
		between.AddCert(one)
	}
	for _, trust := range app.names {
		roots := x509.NewCertPool()
		roots.AddCert(trust.root)
		_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		if err == nil && (chain[0].Subject.CommonName == trust.subject || slices.Contains(chain[0].DNSNames, trust.subject)) {
			return chain[0]
		}
	}
	return nil
}

// names says whether the header names this certificate. All names that are there must be right, and one must be.
func (a assertion) names(c *x509.Certificate) bool {
	old, new := sha1.Sum(c.Raw), sha256.Sum256(c.Raw)
	one := false
	for _, name := range []struct {
		given string
		want  []byte
	}{{a.header.X5t, old[:]}, {a.header.X5tS256, new[:]}} {
		if name.given == "" {
			continue
		}
		if !slices.Equal(anyBase64(name.given), name.want) {
			return false
		}
		one = true
	}
	return one || strings.EqualFold(a.header.Kid, thumbprint(c))
}

// thumbprint is what the header names the certificate by, in the form of the error message.
func (a assertion) thumbprint() string {
	if a.header.X5tS256 != "" {
		return fmt.Sprintf("%X", anyBase64(a.header.X5tS256))
	}
	if a.header.X5t != "" {
		return fmt.Sprintf("%X", anyBase64(a.header.X5t))
	}
	return a.header.Kid
}

// anyBase64 decodes the alphabet of URLs, which RFC 7515 wants for thumbprints, and the older one with padding, which
// MSAL for Go sends and Entra takes.
func anyBase64(text string) []byte {
	text = strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(text)
	b, _ := base64.RawURLEncoding.DecodeString(text)
	return b
}

// verify checks the signature, RS256 or PS256.
func (a assertion) verify(key *rsa.PublicKey) bool {
	digest := sha256.Sum256([]byte(a.signed))
	switch a.header.Alg {
	case "RS256":
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], a.signature) == nil
	case "PS256":
		return rsa.VerifyPSS(key, crypto.SHA256, digest[:], a.signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
	}
	return false
}

// isTokenEndpoint says whether an audience is the token endpoint of the tenant, under its ID or its domain.
func isTokenEndpoint(origin, tenant, aud string) bool {
	in, _ := findTenant(tenant)
	return slices.Contains([]string{origin + "/" + in.id + "/oauth2/v2.0/token", origin + "/" + in.domain + "/oauth2/v2.0/token"}, aud)
}

func (a assertion) checkTimes(now time.Time) *OAuthError {
	at := func(seconds float64) time.Time { return time.Unix(int64(seconds), 0).UTC() }
	begin, end := at(a.claims.Nbf), at(a.claims.Exp)
	if now.Before(end) && !now.Add(early).Before(begin) {
		return nil
	}
	const form = "2006-01-02T15:04:05.0000000Z"
	return describe("invalid_client", 700024, "The client assertion is outside of its time: it is %s now, and the assertion is good from %s to %s.",
		now.UTC().Format(form), begin.Format(form), end.Format(form))
}
