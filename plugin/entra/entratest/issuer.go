package entratest

import (
	"crypto/rsa"
	"crypto/tls"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// ExchangeAudience is the audience of an assertion that a FederatedCredential expects where none is named
// (https://learn.microsoft.com/entra/workload-id/workload-identity-federation).
const ExchangeAudience = "api://AzureADTokenExchange"

// assertionLife is how long an assertion of a FederatedIssuer lives where nothing else is said.
const assertionLife = 10 * time.Minute

// A FederatedIssuer is a foreign identity provider whose assertions an application may be told to trust: what
// GitHub's, Azure Pipelines' and a cluster's are in the real world. It serves its openid-configuration and its keys
// over https, where the Server fetches them for each exchange. Its methods may be called from several goroutines.
type FederatedIssuer struct {
	URL string // the issuer as it stands in the claim iss; it may end in a slash, as those of AKS do

	sim    *Server
	path   string // "" or "/org"
	caPEM  []byte
	http   *http.Server
	ln     net.Listener
	origin string

	mu      sync.Mutex // guards all below
	key     *rsa.PrivateKey
	fetched map[string]int // requests, by the last word of the path
}

// An Assertion is what a FederatedIssuer signs.
type Assertion struct {
	Issuer   string         // "" is the issuer's own
	Subject  string         // "repo:contoso/app:ref:refs/heads/main"
	Audience string         // "" is ExchangeAudience
	Life     time.Duration  // 0 is ten minutes; the assertion of a negative one has ended already
	Claims   map[string]any // more of them; one of nil leaves the claim out
}

// NewFederatedIssuer starts an issuer on a loopback port of its own, which Close of the Server ends. Its URL ends in
// path, which may be "". Like NewServer it panics where it can't listen.
func NewFederatedIssuer(s *Server, path string) *FederatedIssuer {
	caPEM, leaf, err := newCA()
	if err != nil {
		panic("entratest: " + err.Error())
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("entratest: " + err.Error())
	}
	i := &FederatedIssuer{sim: s, path: strings.TrimSuffix(path, "/"), caPEM: caPEM, ln: ln, origin: "https://" + ln.Addr().String(), key: s.Applications.nextKey(), fetched: map[string]int{}}
	i.URL = i.origin + path
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+i.path+"/.well-known/openid-configuration", i.serveConfiguration)
	mux.HandleFunc("GET "+i.path+"/jwks", i.serveKeys)
	i.http = &http.Server{Handler: mux, ReadHeaderTimeout: 30 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	s.mu.Lock()
	s.Applications.issuers = append(s.Applications.issuers, i)
	s.mu.Unlock()
	go i.http.Serve(tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12}))
	return i
}

// Sign returns an assertion, a JSON Web Token with RS256, and notes it among the secrets of the Server.
func (i *FederatedIssuer) Sign(a Assertion) string {
	now := i.sim.now()
	claims := map[string]any{
		"iss": i.URL,
		"sub": a.Subject,
		"aud": ExchangeAudience,
		"jti": newGUID(),
		"iat": now.Unix(),
		"nbf": now.Unix(),
		"exp": now.Add(assertionLife).Unix(),
	}
	if a.Issuer != "" {
		claims["iss"] = a.Issuer
	}
	if a.Audience != "" {
		claims["aud"] = a.Audience
	}
	if a.Life > 0 {
		claims["exp"] = now.Add(a.Life).Unix()
	} else if a.Life < 0 {
		claims["exp"] = now.Add(a.Life).Unix()
		claims["iat"] = now.Add(a.Life - assertionLife).Unix()
		claims["nbf"] = claims["iat"]
	}
	maps.Copy(claims, a.Claims)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	i.mu.Lock()
	key := i.key
	i.mu.Unlock()
	signed := signJWT(key, claims)
	i.sim.keepSecrets(signed)
	return signed
}

// Rotate replaces the signing key: assertions of the old one are not to be trusted any more.
func (i *FederatedIssuer) Rotate() {
	key := i.sim.Applications.nextKey()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key = key
}

// Fetched counts the requests for a document: "openid-configuration" or "jwks".
func (i *FederatedIssuer) Fetched(document string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetched[document]
}

// count notes a request and returns the key as it is.
func (i *FederatedIssuer) count(document string) *rsa.PublicKey {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fetched[document]++
	return &i.key.PublicKey
}

func (i *FederatedIssuer) serveConfiguration(w http.ResponseWriter, _ *http.Request) {
	i.count("openid-configuration")
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                i.URL,
		"jwks_uri":                              i.origin + i.path + "/jwks",
		"response_types_supported":              []string{"id_token"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

func (i *FederatedIssuer) serveKeys(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"keys": []any{publicJWK(i.count("jwks"))}})
}

// closeIssuers closes those that were not closed early.
func (all *Applications) closeIssuers() {
	all.sim.mu.Lock()
	defer all.sim.mu.Unlock()
	for _, i := range all.issuers {
		i.Close()
	}
}

// CertPEM is the certificate of the CA that the issuer's server is under.
func (i *FederatedIssuer) CertPEM() []byte { return append([]byte(nil), i.caPEM...) }

// Close ends it early. Assertions can still be signed.
func (i *FederatedIssuer) Close() {
	i.ln.Close() // which the server knows only once it runs
	i.http.Close()
}
