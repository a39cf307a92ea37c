// Package identity answers Azure's SDKs and tools in the protocols by which they ask for tokens on Azure's own machines:
// that of App Service for managed identities, and that of the Azure Developer CLI for the program that started it. What it
// hands out are tokens of the person, to whoever has the key.
//
//   - https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
//   - https://github.com/Azure/azure-dev/blob/main/cli/azd/docs/external-authentication.md
package identity

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
)

// Asked is what a program asks for. Its text is the program's: nothing in it is clean.
type Asked struct {
	Scopes   []string // of one resource
	Tenant   string   // "" for the tenant of the settings
	Identity string   // the managed identity that the program names, "" for none
}

// Tokens gives a token of the person, whom it never asks. Errors: *Error.
type Tokens func(ctx context.Context, a Asked) (cache.Token, error)

// Error says why there is no token. Message is clean, and goes to the program.
type Error struct {
	Message string
	Person  bool // somebody has to sign in
	Again   bool // the same may succeed in a while: programs try it again by themselves
}

func (e *Error) Error() string { return e.Message }

// Bounds of a request, in bytes, and of the time that its head may take.
const (
	mostBody = 64 << 10
	mostHead = 16 << 10
	patience = 10 * time.Second
)

// Server hands out tokens to programs that have its key. It listens on a loopback address, which every program of the
// machine reaches, and so may a page in a browser.
type Server struct {
	Address  string // HOST:PORT, where it listens: no other name of it is answered
	Key      cache.Secret
	ClientID string // of the application whose tokens these are
	Tokens   Tokens
}

// NewKey makes a key of 256 bits.
func NewKey() cache.Secret {
	var key [32]byte
	rand.Read(key[:]) // never fails: https://pkg.go.dev/crypto/rand#Read
	return cache.NewSecret(hex.EncodeToString(key[:]))
}

// Listen opens a free port of the loopback address. Errors: those of net.Listen.
func Listen() (net.Listener, error) { return net.Listen("tcp4", "127.0.0.1:0") }

// HTTP is the server over a listener's connections.
func (s *Server) HTTP() *http.Server {
	return &http.Server{Handler: s, ReadHeaderTimeout: patience, ReadTimeout: patience, IdleTimeout: time.Minute, MaxHeaderBytes: mostHead, ErrorLog: silent()}
}

const (
	tokenPath = "/msi/token" // that of App Service
	azdPath   = "/token"
)

// Variables are what programs find the server by, "NAME=value" each.
//
// IDENTITY_ENDPOINT and IDENTITY_HEADER are looked for first by all of Azure's SDKs. MSI_ENDPOINT and MSI_SECRET are their
// older form, and all that go-autorest knows, and the Azure CLI of Debian 12; the latter goes by it only where
// APPSETTING_WEBSITE_SITE_NAME is set, and otherwise takes MSI_ENDPOINT for that of Cloud Shell, which has no secret.
// Terraform's azurerm takes its endpoint from ARM_MSI_ENDPOINT alone, once ARM_USE_MSI is set.
func (s *Server) Variables() []string {
	endpoint, key := "http://"+s.Address, s.Key.Reveal()
	return []string{
		"IDENTITY_ENDPOINT=" + endpoint + tokenPath, "IDENTITY_HEADER=" + key,
		"MSI_ENDPOINT=" + endpoint + tokenPath, "MSI_SECRET=" + key, "APPSETTING_WEBSITE_SITE_NAME=entralogin",
		"ARM_MSI_ENDPOINT=" + endpoint + tokenPath, "ARM_MSI_API_VERSION=" + newest,
		"AZD_AUTH_ENDPOINT=" + endpoint, "AZD_AUTH_KEY=" + key,
	}
}

// ServeHTTP answers a request. Nothing is said to who comes by another name than the address, as a page does that has its
// own name lead here, nor to a browser.
func (s *Server) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case req.Host != s.Address, fromBrowser(req.Header):
		refuse(w, http.StatusForbidden, "this address is for programs that entralogin exec has started")
	case req.URL.Path == azdPath:
		s.developer(w, req)
	case strings.TrimSuffix(req.URL.Path, "/") == tokenPath: // the Azure CLI puts a slash behind it
		s.appService(w, req)
	default:
		refuse(w, http.StatusNotFound, "there is nothing here")
	}
}

// fromBrowser reports whether a page made the request: browsers say so, and programs don't.
//
//   - https://fetch.spec.whatwg.org/#origin-header
//   - https://w3c.github.io/webappsec-fetch-metadata/
func fromBrowser(h http.Header) bool {
	for name := range h {
		if name == "Origin" || strings.HasPrefix(name, "Sec-Fetch-") {
			return true
		}
	}
	return false
}
