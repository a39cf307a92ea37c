package entratest

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"
)

// checkFederated checks a foreign issuer's assertion: first whether the application trusts what it says, then
// whether the issuer said it.
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation
func (app Application) checkFederated(a assertion) *OAuthError {
	if e := app.trusts(a); e != nil {
		return e
	}
	keys, err := app.sim.Applications.keysOf(a.claims.Iss)
	if err != nil {
		return describe("invalid_client", 501661, "Request to External OIDC endpoint failed: %v.", err)
	}
	key := keys[a.header.Kid]
	if key == nil {
		return describe("invalid_client", 7000272, "The certificate with identifier %s used to sign the federated credential could not be found in the metadata of identity provider %s.", a.header.Kid, a.claims.Iss)
	}
	if a.header.Alg != "RS256" || !a.verify(key) {
		return badSignature("The provided signature value did not match the expected signature value.")
	}
	return a.checkTimes(app.sim.now())
}

// trusts looks for the federated credential, and says which of its three parts is the first that none has.
func (app Application) trusts(a assertion) *OAuthError {
	const advice = "Please check your federated identity credential Subject, Audience and Issuer against the presented assertion."
	refuse := func(aadsts int, part, value string) *OAuthError {
		return describe("invalid_client", aadsts, "No matching federated identity record found for presented assertion %s '%s'. %s", part, value, advice)
	}
	left := app.federated
	if len(left) == 0 {
		return describe("invalid_client", 70021, "No matching federated identity record found for presented assertion. Assertion Issuer: '%s'. Assertion Subject: '%s'. Assertion Audience: '%s'.",
			a.claims.Iss, a.claims.Sub, strings.Join(a.claims.Aud, ","))
	}
	keep := func(match func(FederatedCredential) bool) bool {
		left = slices.DeleteFunc(slices.Clone(left), func(c FederatedCredential) bool { return !match(c) })
		return len(left) > 0
	}
	if !keep(func(c FederatedCredential) bool { return c.Issuer == a.claims.Iss }) {
		return refuse(700211, "issuer", a.claims.Iss)
	}
	nearly := slices.ContainsFunc(left, func(c FederatedCredential) bool { return strings.EqualFold(c.Subject, a.claims.Sub) })
	if !keep(func(c FederatedCredential) bool { return c.Subject == a.claims.Sub }) {
		if nearly {
			return describe("invalid_client", 7002138, "No matching federated identity record found for presented assertion subject '%s': one differs in the case of its letters alone.", a.claims.Sub)
		}
		return refuse(700213, "subject", a.claims.Sub)
	}
	if !keep(func(c FederatedCredential) bool { return slices.Contains(a.claims.Aud, c.Audience) }) {
		return refuse(700212, "audience", strings.Join(a.claims.Aud, ","))
	}
	return nil
}

// keysOf fetches the keys of an issuer, as OpenID Connect Discovery 1.0, section 4, has them found. Its own the
// server knows: a managed identity's token may be the assertion.
func (all *Applications) keysOf(issuer string) (map[string]*rsa.PublicKey, error) {
	for _, t := range tenants() {
		if key := &signingKey().PublicKey; issuer == all.sim.issuer(t.id) {
			return map[string]*rsa.PublicKey{keyID(key): key}, nil
		}
	}
	client := all.client()
	var metadata struct {
		Issuer  string
		JWKSURI string `json:"jwks_uri"`
	}
	if err := fetch(client, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", &metadata); err != nil {
		return nil, err
	}
	if metadata.Issuer != issuer {
		return nil, fmt.Errorf("the metadata is that of the issuer %q", metadata.Issuer)
	}
	var set struct {
		Keys []struct{ Kty, Kid, N, E string }
	}
	if err := fetch(client, metadata.JWKSURI, &set); err != nil {
		return nil, err
	}
	keys := map[string]*rsa.PublicKey{}
	for _, k := range set.Keys {
		n, err := base64.RawURLEncoding.DecodeString(k.N)
		e, err2 := base64.RawURLEncoding.DecodeString(k.E)
		if k.Kty == "RSA" && err == nil && err2 == nil {
			keys[k.Kid] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
		}
	}
	return keys, nil
}

// client reaches the foreign issuers of the server, and nothing that is not on this machine.
func (all *Applications) client() *http.Client {
	pool := x509.NewCertPool()
	all.sim.mu.Lock()
	for _, i := range all.issuers {
		pool.AppendCertsFromPEM(i.caPEM)
	}
	all.sim.mu.Unlock()
	dialer := &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error { return checkLoopback(address) }}
	return &http.Client{
		Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true,
			TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("it was redirected") },
	}
}

// fetch reads a JSON object over https.
func fetch(client *http.Client, url string, object any) error {
	if !strings.HasPrefix(url, "https://") {
		return fmt.Errorf("%q is not an address of https", url)
	}
	resp, err := client.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer of %s is %s", url, resp.Status)
	}
	return json.NewDecoder(io.LimitReader(resp.Body, maxBody)).Decode(object)
}
