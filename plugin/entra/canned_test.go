package entra_test

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// canned starts an authority whose token endpoint is answer.
func canned(t testing.TB, answer http.HandlerFunc) (host string, roots *x509.CertPool) {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		base := "https://" + req.Host + "/" + entratest.TenantContoso + "/"
		if req.Method == http.MethodGet {
			json.NewEncoder(w).Encode(map[string]string{"issuer": base + "v2.0", "token_endpoint": base + "oauth2/v2.0/token"})
			return
		}
		answer(w, req)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "https://"), server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
}

// cannedSession is a session with one account, as MSAL writes it.
func cannedSession(t testing.TB, host string) cache.Session {
	t.Helper()
	s, err := cache.NewSession([]byte(fmt.Sprintf(`{
		"RefreshToken":{"u.t-%[1]s-refreshtoken-%[2]s-":{"home_account_id":"u.t","environment":"%[1]s","credential_type":"RefreshToken","client_id":"%[2]s","secret":"r"}},
		"Account":{"u.t-%[1]s-%[3]s":{"home_account_id":"u.t","environment":"%[1]s","realm":"%[3]s","authority_type":"MSSTS","username":"a@b.example"}},
		"AppMetadata":{"appmetadata-%[1]s-%[2]s":{"client_id":"%[2]s","environment":"%[1]s"}}}`,
		host, entratest.ClientID, entratest.TenantContoso)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
