package entratest_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// applicationAsks sends a client credentials request of the daemon, with these parameters besides.
func applicationAsks(t *testing.T, s *entratest.Server, tenant string, form url.Values) (int, map[string]any) {
	t.Helper()
	all := url.Values{"grant_type": {"client_credentials"}, "client_id": {entratest.DaemonID}, "scope": {serverScope}}
	maps.Copy(all, form)
	return post(t, s.Client(), s.URL+"/"+tenant+"/oauth2/v2.0/token", all)
}

// The answer has a token and nothing by which to go on, whatever the client would like.
func TestClientCredentials(t *testing.T) {
	s := newServer(t)
	secret := s.Applications.Get(entratest.DaemonID).AddSecret(time.Hour)
	status, answer := applicationAsks(t, s, entratest.DomainContoso, url.Values{"client_secret": {secret}, "client_info": {"1"},
		"scope": {"openid offline_access profile " + serverScope}})
	if keys := slices.Sorted(maps.Keys(answer)); status != http.StatusOK || fmt.Sprint(keys) != "[access_token expires_in ext_expires_in token_type]" {
		t.Errorf("%d %v", status, keys)
	}
	if log := s.RequestLog(); len(log) != 1 || log[0].Grant != "client_credentials" || log[0].Endpoint != "token" {
		t.Errorf("the log is %+v", log)
	}
	basic, _ := http.NewRequest("POST", s.URL+"/"+entratest.TenantContoso+"/oauth2/v2.0/token", strings.NewReader(url.Values{"grant_type": {"client_credentials"}, "scope": {serverScope}}.Encode()))
	basic.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	basic.SetBasicAuth(entratest.DaemonID, url.QueryEscape(secret))
	if resp, err := s.Client().Do(basic); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("with the secret in the header: %v %v", resp, err)
	}
	for _, test := range []struct {
		tenant string
		form   url.Values
		name   string
		aadsts float64
	}{
		{"common", url.Values{"client_secret": {secret}}, "invalid_request", 50059},
		{entratest.TenantFabrikam, url.Values{"client_secret": {secret}}, "unauthorized_client", 7000229},
		{entratest.TenantContoso, url.Values{}, "invalid_client", 7000216},
		{entratest.TenantContoso, url.Values{"client_id": {entratest.ClientID}, "client_secret": {secret}}, "invalid_client", 7000216},
		{entratest.TenantContoso, url.Values{"client_id": {entratest.ServerID}, "client_secret": {secret}}, "unauthorized_client", 700016},
		{entratest.TenantContoso, url.Values{"client_assertion": {"x.y.z"}}, "invalid_request", 900144},
		{entratest.TenantContoso, url.Values{"client_secret": {secret}, "scope": {""}}, "invalid_request", 900144},
		{entratest.TenantContoso, url.Values{"client_secret": {secret}, "scope": {"a\x01/.default"}}, "invalid_scope", 70011},
		{entratest.TenantContoso, url.Values{"client_secret": {secret}, "scope": {"User.Read"}}, "invalid_scope", 1002012},
		{entratest.TenantContoso, url.Values{"client_secret": {secret}, "scope": {".default"}}, "invalid_scope", 1002012},
		{entratest.TenantContoso, url.Values{"client_secret": {secret}, "scope": {"openid"}}, "invalid_scope", 1002012},
		{entratest.TenantContoso, url.Values{"client_secret": {secret}, "scope": {entratest.ServerID + "/user.read"}}, "invalid_scope", 1002012},
		{entratest.TenantContoso, url.Values{"client_secret": {secret}, "scope": {serverScope + " https://graph.microsoft.com/.default"}}, "invalid_scope", 70011},
		{entratest.TenantContoso, url.Values{"client_secret": {secret}, "scope": {"api://nobody/.default"}}, "invalid_resource", 500011},
	} {
		status, body := applicationAsks(t, s, test.tenant, test.form)
		wantError(t, status, body, test.name, test.aadsts)
	}
}

// An application needs what it signs in with for people's flows, too, and a web app may sign in as itself.
func TestApplicationAndPeople(t *testing.T) {
	s := newServer(t)
	s.AutoApprove(entratest.Alice, 0)
	web := s.Applications.Get(entratest.ConfidentialClientID)
	secret := web.AddSecret(time.Hour)
	s.Applications.Get(entratest.ClientID2).AddSecret(time.Hour)
	for id, public := range map[string]bool{entratest.ConfidentialClientID: false, entratest.DaemonID: false, entratest.ClientID2: true} {
		_, code := post(t, s.Client(), s.URL+"/"+entratest.TenantContoso+"/oauth2/v2.0/devicecode", url.Values{"client_id": {id}, "scope": {everything}})
		status, body := post(t, s.Client(), s.URL+"/"+entratest.TenantContoso+"/oauth2/v2.0/token", url.Values{
			"client_id": {id}, "grant_type": {rfcGrant}, "device_code": {fmt.Sprint(code["device_code"])}})
		if !public {
			wantError(t, status, body, "invalid_client", 7000218)
		} else if status != http.StatusOK {
			t.Errorf("%s: %d %v", id, status, body)
		}
	}
	if status, body := applicationAsks(t, s, entratest.TenantContoso, url.Values{"client_id": {web.ClientID()}, "client_secret": {secret}}); status != http.StatusOK {
		t.Errorf("%d %v", status, body)
	}
}

// sign is a client's own assertion, as a test wants it.
func sign(t *testing.T, key crypto.Signer, header, claims map[string]any) url.Values {
	t.Helper()
	head, _ := json.Marshal(header)
	body, _ := json.Marshal(claims)
	text := base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(body)
	digest := sha256.Sum256([]byte(text))
	var options crypto.SignerOpts = crypto.SHA256
	if header["alg"] == "PS256" {
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	}
	signature, err := key.Sign(rand.Reader, digest[:], options)
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion": {text + "." + base64.RawURLEncoding.EncodeToString(signature)}}
}

// changed is an object with other fields, and without those that are nil.
func changed(object, changes map[string]any) map[string]any {
	maps.Copy(object, changes)
	maps.DeleteFunc(object, func(_ string, value any) bool { return value == nil })
	return object
}

// What RFC 7523 and Entra want of a client's own assertion.
func TestOwnAssertion(t *testing.T) {
	s := newServer(t)
	daemon := s.Applications.Get(entratest.DaemonID)
	known, unknown := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "daemon"}), entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "daemon"})
	authority := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "authority", CA: true})
	named := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "named", Issuer: authority})
	daemon.TrustName("named", authority)
	came := []string{base64.StdEncoding.EncodeToString(named.Chain[0].Raw)}
	ec := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "daemon", EC: true})
	daemon.AddCertificate(known)
	daemon.AddCertificate(ec)
	thumb1, thumb256 := sha1.Sum(known.Chain[0].Raw), sha256.Sum256(known.Chain[0].Raw)
	named256 := sha256.Sum256(named.Chain[0].Raw)
	ec256 := sha256.Sum256(ec.Chain[0].Raw)
	url64 := base64.RawURLEncoding.EncodeToString
	now := time.Now()
	type object = map[string]any
	for _, test := range []struct {
		header, claims object // what is changed; nil leaves out
		key            crypto.Signer
		aadsts         float64 // 0: it is good
	}{
		{object{}, object{}, known.Key, 0},
		{object{"alg": "PS256"}, object{}, known.Key, 0},
		{object{"x5t#S256": nil, "x5t": url64(thumb1[:])}, object{}, known.Key, 0},
		{object{"x5t#S256": base64.StdEncoding.EncodeToString(thumb256[:])}, object{}, known.Key, 0},
		{object{"x5t#S256": nil, "kid": known.Thumbprint()}, object{}, known.Key, 0},
		{object{}, object{"aud": s.URL + "/" + entratest.DomainContoso + "/oauth2/v2.0/token", "nbf": now.Add(4 * time.Minute).Unix()}, known.Key, 0},
		{object{"x5t#S256": url64(named256[:]), "x5c": came}, object{}, named.Key, 0},
		{object{"x5c": came}, object{}, named.Key, 700027}, // names another one than came along
		{object{"x5t#S256": url64(named256[:]), "x5c": []string{"!"}}, object{}, named.Key, 700027},
		{object{"x5t#S256": nil}, object{}, known.Key, 700027},
		{object{"x5t": url64(thumb256[:20])}, object{}, known.Key, 700027},
		{object{"x5t": url64(thumb1[:]), "x5t#S256": url64(thumb1[:])}, object{}, known.Key, 700027},
		{object{}, object{}, unknown.Key, 700027},
		{object{"alg": "none"}, object{}, known.Key, 700027},
		{object{"x5t#S256": url64(ec256[:]), "alg": "ES256"}, object{}, ec.Key, 700027},
		{object{}, object{"aud": s.URL + "/" + entratest.TenantFabrikam + "/oauth2/v2.0/token"}, known.Key, 700023},
		{object{}, object{"aud": s.URL}, known.Key, 700023},
		{object{}, object{"aud": nil}, known.Key, 700023},
		{object{}, object{"iss": entratest.ClientID}, known.Key, 700021},
		{object{}, object{"sub": entratest.ClientID}, known.Key, 700021},
		{object{}, object{"iss": nil}, known.Key, 70021}, // is taken for somebody else's
		{object{}, object{"jti": nil}, known.Key, 50027},
		{object{}, object{"exp": now.Add(-time.Second).Unix()}, known.Key, 700024},
		{object{}, object{"exp": nil}, known.Key, 700024},
		{object{}, object{"nbf": now.Add(time.Hour).Unix()}, known.Key, 700024},
		{object{}, object{"exp": "soon"}, known.Key, 50027},
	} {
		header := changed(object{"alg": "RS256", "typ": "JWT", "x5t#S256": url64(thumb256[:])}, test.header)
		claims := changed(object{"aud": s.URL + "/" + entratest.TenantContoso + "/oauth2/v2.0/token", "iss": entratest.DaemonID, "sub": entratest.DaemonID,
			"jti": "4c5d6e7f", "nbf": now.Unix(), "exp": now.Add(time.Minute).Unix()}, test.claims)
		status, body := applicationAsks(t, s, entratest.TenantContoso, sign(t, test.key, header, claims))
		if (status == http.StatusOK) != (test.aadsts == 0) {
			t.Errorf("%v %v: %d %v", test.header, test.claims, status, body["error_description"])
		} else if test.aadsts != 0 {
			wantError(t, status, body, "invalid_client", test.aadsts)
		}
	}
}

// What an application has to hide is among the secrets, as its own and nobody else's.
func TestSecretsOfApplication(t *testing.T) {
	s := newServer(t)
	issuer := entratest.NewFederatedIssuer(s, "")
	daemon, other := s.Applications.Get(entratest.DaemonID), s.Applications.Get(entratest.ClientID2)
	daemon.AddFederated(entratest.FederatedCredential{Issuer: issuer.URL, Subject: "x"})
	secret, own := daemon.AddSecret(time.Hour), entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "daemon"})
	daemon.AddCertificate(own)
	assertion := issuer.Sign(entratest.Assertion{Subject: "x"})
	_, answer := applicationAsks(t, s, entratest.TenantContoso, url.Values{"client_assertion": {assertion},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}})
	its := s.SecretsOf(strings.ToUpper(entratest.DaemonID))
	for _, one := range []any{secret, assertion, answer["access_token"]} {
		if !slices.Contains(its, fmt.Sprint(one)) {
			t.Errorf("%.10v is not among its secrets", one)
		}
	}
	if !slices.ContainsFunc(its, func(one string) bool { return bytes.Contains(own.KeyPEM(), []byte(one)) }) {
		t.Error("no line of the key is among its secrets")
	}
	for _, one := range its {
		if !slices.Contains(s.Secrets(), one) {
			t.Error("one of its secrets is not among all")
		}
	}
	if foreign := append(s.SecretsOf(other.ClientID()), s.SecretsOf("")...); len(foreign) != 0 {
		t.Errorf("%d secrets are others'", len(foreign))
	}
}

// Faults reach the grant by its name.
func TestApplicationFault(t *testing.T) {
	s := newServer(t)
	secret := s.Applications.Get(entratest.DaemonID).AddSecret(time.Hour)
	s.Fault("token", entratest.Fault{Times: 1, Grant: "refresh_token", Status: http.StatusInternalServerError})
	s.Fault("token", entratest.Fault{Times: 1, Grant: "client_credentials", Status: http.StatusServiceUnavailable})
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusOK} {
		if status, _ := applicationAsks(t, s, entratest.TenantContoso, url.Values{"client_secret": {secret}}); status != want {
			t.Errorf("%d, want %d", status, want)
		}
	}
}

// Graph, a cluster and Azure Resource Manager know an application for what it is.
func TestApplicationAtResources(t *testing.T) {
	s := newServer(t)
	daemon := s.Applications.Get(entratest.DaemonID)
	secret := daemon.AddSecret(time.Hour)
	token := func(scope string) string {
		_, answer := applicationAsks(t, s, entratest.TenantContoso, url.Values{"client_secret": {secret}, "scope": {scope}})
		return fmt.Sprint(answer["access_token"])
	}
	const graph = "https://graph.microsoft.com"
	if status, body := get(t, s.Client(), s.URL+"/v1.0/users", token(graph+"/.default")); status != http.StatusForbidden {
		t.Errorf("%d %v", status, body)
	}
	daemon.Assign(graph, "User.Read.All")
	if status, body := get(t, s.Client(), s.URL+"/v1.0/users", token(graph+"/.default")); status != http.StatusOK {
		t.Errorf("%d %v", status, body)
	}
	if status, body := get(t, s.Client(), s.URL+"/v1.0/me", token(graph+"/.default")); status != http.StatusBadRequest {
		t.Errorf("%d %v", status, body)
	}
	_, body := get(t, s.Client(), s.URL+"/tenants?api-version=2022-12-01", token("https://management.azure.com/.default"))
	if list := body["value"].([]any); len(list) != 1 || list[0].(map[string]any)["tenantId"] != entratest.TenantContoso {
		t.Errorf("tenants are %v", list)
	}
	req, _ := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/apis/authentication.k8s.io/v1/selfsubjectreviews", strings.NewReader("{}"))
	req.Header.Set("Authorization", "Bearer "+token(serverScope))
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, review := read(t, resp)
	info, _ := review["status"].(map[string]any)["userInfo"].(map[string]any)
	if info["username"] != daemon.ObjectID(entratest.TenantContoso) {
		t.Errorf("the cluster sees %v", info)
	}
}

// Both kinds of PFX can be read with their password, and with no other.
func TestPFX(t *testing.T) {
	s := newServer(t)
	root := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "root", CA: true})
	between := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "between", CA: true, Issuer: root})
	own := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "daemon", Issuer: between})
	pbes2 := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d} // its object identifier
	for _, old := range []bool{false, true} {
		if bytes.Contains(own.PFX("pass", old), pbes2) == old {
			t.Errorf("old %v: not encrypted as it should be", old)
		}
		key, leaf, chain, err := pkcs12.DecodeChain(own.PFX("pass", old), "pass")
		if err != nil || !leaf.Equal(own.Chain[0]) || len(chain) != 1 || !chain[0].Equal(own.Chain[1]) || !own.Key.(*rsa.PrivateKey).Equal(key.(crypto.PrivateKey)) {
			t.Errorf("old %v: %v %d", old, err, len(chain))
		}
		if _, _, _, err := pkcs12.DecodeChain(own.PFX("pass", old), "wrong"); err == nil {
			t.Error("another password opens it")
		}
	}
}
