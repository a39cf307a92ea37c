package entratest_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const rfcGrant = "urn:ietf:params:oauth:grant-type:device_code"

func trusting(pem []byte) *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
}

// newServer is a Server for one test.
func newServer(t *testing.T, opts ...entratest.Option) *entratest.Server {
	t.Helper()
	s := entratest.NewServer(opts...)
	t.Cleanup(s.Close)
	return s
}

// post sends a form and returns the status and the JSON object of the answer.
func post(t *testing.T, client *http.Client, target string, form url.Values) (int, map[string]any) {
	t.Helper()
	resp, err := client.PostForm(target, form)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, resp)
}

// get sends a GET request with a bearer token.
func get(t *testing.T, client *http.Client, target, token string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", target, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, resp)
}

func read(t *testing.T, resp *http.Response) (int, map[string]any) {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil {
		t.Fatalf("%s: %v in %q", resp.Status, err, body)
	}
	return resp.StatusCode, object
}

// begin asks for a device code in Contoso.
func begin(t *testing.T, s *entratest.Server, scope string) map[string]any {
	t.Helper()
	status, code := post(t, s.Client(), s.URL+"/"+entratest.TenantContoso+"/oauth2/v2.0/devicecode", url.Values{
		"client_id": {entratest.ClientID}, "scope": {scope}})
	if status != http.StatusOK {
		t.Fatalf("device code: %d %v", status, code)
	}
	return code
}

// poll asks for the tokens of a device code once.
func poll(t *testing.T, s *entratest.Server, code map[string]any, grant string) (int, map[string]any) {
	t.Helper()
	return post(t, s.Client(), s.URL+"/"+entratest.TenantContoso+"/oauth2/v2.0/token", url.Values{
		"client_id": {entratest.ClientID}, "grant_type": {grant}, "device_code": {code["device_code"].(string)}, "client_info": {"1"}})
}

// renew uses a refresh token in a tenant.
func renew(t *testing.T, s *entratest.Server, tenant, token, scope string) (int, map[string]any) {
	t.Helper()
	return post(t, s.Client(), s.URL+"/"+tenant+"/oauth2/v2.0/token", url.Values{
		"client_id": {entratest.ClientID}, "grant_type": {"refresh_token"}, "refresh_token": {token}, "scope": {scope}})
}

// signIn runs the device code flow where codes are approved by themselves, and returns the token answer.
func signIn(t *testing.T, client *http.Client, origin, tenant, scope string) map[string]any {
	t.Helper()
	status, code := post(t, client, origin+"/"+tenant+"/oauth2/v2.0/devicecode", url.Values{"client_id": {entratest.ClientID}, "scope": {scope}})
	if status != http.StatusOK {
		t.Fatalf("device code: %d %v", status, code)
	}
	status, tokens := post(t, client, origin+"/"+tenant+"/oauth2/v2.0/token", url.Values{
		"client_id": {entratest.ClientID}, "grant_type": {rfcGrant}, "device_code": {code["device_code"].(string)}, "client_info": {"1"}})
	if status != http.StatusOK {
		t.Fatalf("token: %d %v", status, tokens)
	}
	return tokens
}

// wantError checks an error answer of the authority.
func wantError(t *testing.T, status int, body map[string]any, name string, aadsts float64) {
	t.Helper()
	codes, _ := body["error_codes"].([]any)
	if status < 400 || body["error"] != name || aadsts != 0 && (len(codes) != 1 || codes[0] != aadsts) {
		t.Errorf("answer is %d %v %v, want %s, %v", status, body["error"], body["error_description"], name, aadsts)
	}
}

// verifyIndependently checks a token with the standard library alone, by what the discovery document leads to.
func verifyIndependently(t *testing.T, client *http.Client, origin, raw string) map[string]any {
	t.Helper()
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		t.Fatal("not a JSON Web Token")
	}
	var header struct{ Alg, Kid, Typ string }
	decode(t, parts[0], &header)
	var claims map[string]any
	decode(t, parts[1], &claims)
	_, configuration := get(t, client, claims["iss"].(string)+"/.well-known/openid-configuration", "")
	if configuration["issuer"] != claims["iss"] || !strings.HasPrefix(configuration["issuer"].(string), origin+"/") {
		t.Fatalf("issuer is %v in the token, %v in its configuration", claims["iss"], configuration["issuer"])
	}
	_, set := get(t, client, configuration["jwks_uri"].(string), "")
	for _, k := range set["keys"].([]any) {
		key := k.(map[string]any)
		if key["kid"] != header.Kid || key["kty"] != "RSA" || header.Alg != "RS256" || header.Typ != "JWT" {
			continue
		}
		n, _ := base64.RawURLEncoding.DecodeString(key["n"].(string))
		e, _ := base64.RawURLEncoding.DecodeString(key["e"].(string))
		public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
		signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
		digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature); err != nil {
			t.Fatal(err)
		}
		return claims
	}
	t.Fatalf("no key %q in the key set", header.Kid)
	return nil
}

func decode(t *testing.T, part string, v any) {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// insecure is a client for what signs its own certificate.
func insecure() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
}
