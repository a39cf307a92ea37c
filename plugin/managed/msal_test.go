package managed

import (
	"context"
	"crypto/sha1"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/managedidentity"

	"github.com/entralogin/entralogin/cache"
)

// recorder is a service of any place, which takes down what it is asked. It knows the probe by what that lacks.
func recorder(t *testing.T, seen *[]string, secure bool) *httptest.Server {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.RawQuery == "" && len(body) == 0 {
			return
		}
		line := fmt.Sprintf("%s %s?%s %s", r.Method, r.URL.Path, r.URL.RawQuery, body)
		for _, name := range []string{"Metadata", "X-Identity-Header", "Secret", "Content-Type", "Authorization"} {
			line += fmt.Sprintf(" %s=%q", name, r.Header.Get(name))
		}
		*seen = append(*seen, line)
		if r.URL.Path == "/arc" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"a.b.c","expires_in":3600,"token_type":"Bearer"}`)
	}))
	t.Cleanup(s.Close)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	return s
}

// MSAL's own client makes the very same requests, in each environment and for each identity.
func TestAsMSAL(t *testing.T) {
	var seen []string
	plain, secure := recorder(t, &seen, false), recorder(t, &seen, true)
	ours := map[string]managedidentity.ID{"system": managedidentity.SystemAssigned(), "client:a": managedidentity.UserAssignedClientID("a"),
		"object:b": managedidentity.UserAssignedObjectID("b"), "resource:/c": managedidentity.UserAssignedResourceID("/c")}
	for place, env := range map[string][]string{
		"IMDS":           nil,
		"App Service":    {"IDENTITY_ENDPOINT=" + plain.URL + "/app?x=y", "IDENTITY_HEADER=" + secret, "MSI_ENDPOINT=http://localhost/", "MSI_SECRET=x"},
		"Service Fabric": {"IDENTITY_ENDPOINT=" + secure.URL + "/sf", "IDENTITY_HEADER=" + secret, fmt.Sprintf("IDENTITY_SERVER_THUMBPRINT=%x", sha1.Sum(secure.Certificate().Raw))},
		"Azure ML":       {"MSI_ENDPOINT=" + plain.URL + "/ml", "MSI_SECRET=" + secret, "DEFAULT_IDENTITY_CLIENT_ID=d"},
		"Cloud Shell":    {"MSI_ENDPOINT=" + plain.URL + "/shell", "IDENTITY_ENDPOINT=http://localhost/"},
		"Arc":            {"IDENTITY_ENDPOINT=" + plain.URL + "/arc", "IMDS_ENDPOINT=http://localhost/"},
	} {
		for id, theirs := range ours {
			t.Run(place+" "+id, func(t *testing.T) {
				for _, name := range []string{"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT", "MSI_ENDPOINT", "MSI_SECRET", "DEFAULT_IDENTITY_CLIENT_ID"} {
					t.Setenv(name, "")
				}
				for _, pair := range env {
					name, value, _ := strings.Cut(pair, "=")
					t.Setenv(name, value)
				}
				seen = nil
				s := source(env, new(heard))
				s.imds = plain.URL
				_, err := s.Token(t.Context(), request(id), cache.Session{})
				mine := seen
				seen = nil
				asked := askMSAL(t, theirs, plain.Listener.Addr().String())
				if !slices.Equal(mine, seen) || (len(mine) == 0) != (place == "Cloud Shell" && id != "system" || place == "Service Fabric" && id != "system" ||
					place == "Azure ML" && !slices.Contains([]string{"system", "client:a"}, id)) {
					t.Errorf("%q (%v), and MSAL %q (%v)", mine, err, seen, asked)
				}
			})
		}
	}
}

// askMSAL asks with MSAL; what is meant for the metadata service goes to imds.
func askMSAL(t *testing.T, id managedidentity.ID, imds string) error {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr == "169.254.169.254:80" {
			addr = imds
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}}
	c, err := managedidentity.New(id, managedidentity.WithHTTPClient(client), managedidentity.WithRetryPolicyDisabled())
	if err == nil {
		_, err = c.AcquireToken(t.Context(), arm, managedidentity.WithClaims("{}")) // claims make it ask though it knows a token
	}
	return err
}
