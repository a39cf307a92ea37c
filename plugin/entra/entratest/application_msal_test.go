package entratest_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const serverScope = entratest.ServerID + "/.default"

// confidentialClient is MSAL's for the daemon in Contoso.
func confidentialClient(t *testing.T, s *entratest.Server, by confidential.Credential, options ...confidential.Option) confidential.Client {
	t.Helper()
	options = append(options, confidential.WithInstanceDiscovery(false), confidential.WithHTTPClient(s.Client()))
	app, err := confidential.New(s.URL+"/"+entratest.TenantContoso, entratest.DaemonID, by, options...)
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func bySecret(t *testing.T, secret string) confidential.Credential {
	t.Helper()
	c, err := confidential.NewCredFromSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func byCertificate(t *testing.T, text []byte) confidential.Credential {
	t.Helper()
	chain, key, err := confidential.CertFromPEM(text, "")
	if err != nil {
		t.Fatal(err)
	}
	c, err := confidential.NewCredFromCert(chain, key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func byAssertion(raw string) confidential.Credential {
	return confidential.NewCredFromAssertionCallback(func(context.Context, confidential.AssertionRequestOptions) (string, error) { return raw, nil })
}

// tokenOf asks for a token of the server application and checks what is in it.
func tokenOf(t *testing.T, s *entratest.Server, app confidential.Client) map[string]any {
	t.Helper()
	got, err := app.AcquireTokenByCredential(t.Context(), []string{serverScope})
	if err != nil {
		t.Error(err)
		return nil
	}
	claims, err := s.VerifyToken(got.AccessToken, entratest.ServerID)
	if err != nil {
		t.Error(err)
	}
	return claims
}

// refused asks for one that must not be given.
func refused(t *testing.T, app confidential.Client, aadsts int) {
	t.Helper()
	_, err := app.AcquireTokenByCredential(t.Context(), []string{serverScope})
	if want := fmt.Sprintf("AADSTS%d:", aadsts); !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("%v, not %s", err, want)
	}
}

// A token of an application says who it is, and nothing of a person.
func TestApplicationMSALSecret(t *testing.T) {
	s := newServer(t)
	daemon := s.Applications.Get(entratest.DaemonID)
	good, ended := daemon.AddSecret(time.Hour), daemon.AddSecret(-time.Second)
	daemon.Assign(entratest.ServerID, "Cluster.Read")
	claims := tokenOf(t, s, confidentialClient(t, s, bySecret(t, good), confidential.WithClientCapabilities([]string{"cp1"})))
	object := daemon.ObjectID(entratest.TenantContoso)
	for name, want := range map[string]any{"azp": entratest.DaemonID, "appid": entratest.DaemonID, "azpacr": "1", "idtyp": "app", "oid": object, "sub": object,
		"tid": entratest.TenantContoso, "roles": []any{"Cluster.Read"}, "xms_cc": []any{"cp1"}, "scp": nil, "preferred_username": nil, "name": nil, "upn": nil} {
		if fmt.Sprint(claims[name]) != fmt.Sprint(want) {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	refused(t, confidentialClient(t, s, bySecret(t, "wrong")), 7000215)
	refused(t, confidentialClient(t, s, bySecret(t, ended)), 7000222)
}

// A certificate is known by its thumbprint; one that nobody registered is believed for its name, if it comes along.
func TestApplicationMSALCertificate(t *testing.T) {
	s := newServer(t)
	authority := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "authority", CA: true})
	registered := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "daemon"})
	renewed := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "daemon.contoso.example", Issuer: authority})
	daemon := s.Applications.Get(entratest.DaemonID)
	daemon.AddCertificate(registered)
	for _, options := range [][]confidential.Option{nil, {confidential.WithX5C()}} {
		if claims := tokenOf(t, s, confidentialClient(t, s, byCertificate(t, registered.PEM()), options...)); claims["azpacr"] != "2" {
			t.Errorf("azpacr is %v", claims["azpacr"])
		}
		refused(t, confidentialClient(t, s, byCertificate(t, renewed.PEM()), options...), 700027)
	}
	daemon.TrustName("somebody.else.example", authority)
	refused(t, confidentialClient(t, s, byCertificate(t, renewed.PEM()), confidential.WithX5C()), 700027)
	daemon.TrustName("daemon.contoso.example", authority)
	tokenOf(t, s, confidentialClient(t, s, byCertificate(t, renewed.PEM()), confidential.WithX5C()))
	refused(t, confidentialClient(t, s, byCertificate(t, renewed.PEM())), 700027)
	pretended := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "authority", CA: true})
	forged := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "daemon.contoso.example", Issuer: pretended})
	refused(t, confidentialClient(t, s, byCertificate(t, forged.PEM()), confidential.WithX5C()), 700027)
}

// The chain of a certificate may have a part between.
func TestApplicationMSALChain(t *testing.T) {
	s := newServer(t)
	root := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "root", CA: true})
	between := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "between", CA: true, Issuer: root})
	own := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "daemon", Issuer: between})
	s.Applications.Get(entratest.DaemonID).TrustName("daemon", root)
	if len(own.Chain) != 2 {
		t.Fatalf("the chain has %d parts", len(own.Chain))
	}
	tokenOf(t, s, confidentialClient(t, s, byCertificate(t, own.PEM()), confidential.WithX5C()))
	own.Chain = []*x509.Certificate{own.Chain[0]}
	refused(t, confidentialClient(t, s, byCertificate(t, own.PEM()), confidential.WithX5C()), 700027)
}

func TestApplicationMSALEnded(t *testing.T) {
	s := newServer(t)
	ended := entratest.NewCertificate(s, entratest.CertificateOptions{Subject: "daemon", Life: -time.Hour})
	s.Applications.Get(entratest.DaemonID).AddCertificate(ended)
	refused(t, confidentialClient(t, s, byCertificate(t, ended.PEM())), 700027)
}

// A foreign issuer's assertion is believed where issuer, subject and audience are registered, and the issuer's own
// documents have the key.
func TestApplicationMSALFederated(t *testing.T) {
	s := newServer(t)
	issuer, other := entratest.NewFederatedIssuer(s, "/contoso/"), entratest.NewFederatedIssuer(s, "")
	daemon := s.Applications.Get(entratest.DaemonID)
	try := func(a entratest.Assertion) confidential.Client {
		return confidentialClient(t, s, byAssertion(issuer.Sign(a)))
	}
	good := entratest.Assertion{Subject: "repo:contoso/app"}
	refused(t, try(good), 70021)
	daemon.AddFederated(entratest.FederatedCredential{Issuer: issuer.URL, Subject: "repo:contoso/app"})
	daemon.AddFederated(entratest.FederatedCredential{Issuer: other.URL, Subject: "repo:contoso/other", Audience: "api://other"})
	if claims := tokenOf(t, s, try(good)); claims["azpacr"] != "2" {
		t.Errorf("azpacr is %v", claims["azpacr"])
	}
	if n, m := issuer.Fetched("openid-configuration"), issuer.Fetched("jwks"); n != 1 || m != 1 {
		t.Errorf("%d and %d documents were fetched", n, m)
	}
	several := good
	several.Claims = map[string]any{"aud": []string{"https://kubernetes.default.svc", entratest.ExchangeAudience}}
	tokenOf(t, s, try(several))
	for _, test := range []struct {
		aadsts int
		change entratest.Assertion
	}{
		{700211, entratest.Assertion{Issuer: strings.TrimSuffix(issuer.URL, "/"), Subject: good.Subject}},
		{700213, entratest.Assertion{Subject: "repo:contoso/other"}},
		{700213, entratest.Assertion{Subject: good.Subject + ":environment:x"}},
		{7002138, entratest.Assertion{Subject: "repo:Contoso/App"}},
		{700212, entratest.Assertion{Subject: good.Subject, Audience: "api://other"}},
		{700024, entratest.Assertion{Subject: good.Subject, Life: -time.Second}},
		{700024, entratest.Assertion{Subject: good.Subject, Claims: map[string]any{"exp": nil}}},
		{700024, entratest.Assertion{Subject: good.Subject, Claims: map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}}},
	} {
		refused(t, try(test.change), test.aadsts)
	}
	forged := other.Sign(entratest.Assertion{Issuer: issuer.URL, Subject: good.Subject})
	refused(t, confidentialClient(t, s, byAssertion(forged)), 7000272)
	parts, bad := strings.Split(issuer.Sign(good), "."), strings.Split(forged, ".")
	refused(t, confidentialClient(t, s, byAssertion(parts[0]+"."+parts[1]+"."+bad[2])), 700027)
	refused(t, confidentialClient(t, s, byAssertion("nonsense")), 50027)
	refused(t, confidentialClient(t, s, byAssertion(issuer.Sign(good)+"\n")), 50027)
}

// The keys are asked for anew each time, of the issuer and of nobody else.
func TestForeignKeys(t *testing.T) {
	s := newServer(t)
	issuer := entratest.NewFederatedIssuer(s, "")
	daemon := s.Applications.Get(entratest.DaemonID)
	daemon.AddFederated(entratest.FederatedCredential{Issuer: issuer.URL, Subject: "x"})
	old := issuer.Sign(entratest.Assertion{Subject: "x"})
	tokenOf(t, s, confidentialClient(t, s, byAssertion(old)))
	issuer.Rotate()
	refused(t, confidentialClient(t, s, byAssertion(old)), 7000272)
	tokenOf(t, s, confidentialClient(t, s, byAssertion(issuer.Sign(entratest.Assertion{Subject: "x"}))))
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("keys were asked for over http") }))
	defer plain.Close()
	for wrong, why := range map[string]string{
		issuer.URL + "/elsewhere": "404",
		issuer.URL + "/":          "that of the issuer",
		"https://192.0.2.1":       "not a loopback address",
		plain.URL:                 "not an address of https",
	} {
		daemon.AddFederated(entratest.FederatedCredential{Issuer: wrong, Subject: "x"})
		app := confidentialClient(t, s, byAssertion(issuer.Sign(entratest.Assertion{Issuer: wrong, Subject: "x"})))
		refused(t, app, 501661)
		if _, err := app.AcquireTokenByCredential(t.Context(), []string{serverScope}); !strings.Contains(fmt.Sprint(err), why) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	issuer.Close()
	refused(t, confidentialClient(t, s, byAssertion(issuer.Sign(entratest.Assertion{Subject: "x"}))), 501661)
}

// A managed identity's token may be the assertion of an application, also in another tenant.
func TestOwnTokenAsAssertion(t *testing.T) {
	s := newServer(t)
	identity, daemon := s.Applications.Get("0c11e480-8091-42a3-8fb0-6b7c8d9ea0b1"), s.Applications.Get(entratest.DaemonID)
	daemon.AddFederated(entratest.FederatedCredential{Issuer: s.URL + "/" + entratest.TenantContoso + "/v2.0", Subject: identity.ObjectID(entratest.TenantContoso)})
	status, answer := post(t, s.Client(), s.URL+"/"+entratest.TenantContoso+"/oauth2/v2.0/token", map[string][]string{"grant_type": {"client_credentials"},
		"client_id": {identity.ClientID()}, "client_secret": {identity.AddSecret(time.Hour)}, "scope": {entratest.ExchangeAudience + "/.default"}})
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, answer)
	}
	tokenOf(t, s, confidentialClient(t, s, byAssertion(answer["access_token"].(string))))
	app, err := confidential.New(s.URL+"/"+entratest.DomainFabrikam, entratest.DaemonID, byAssertion(answer["access_token"].(string)),
		confidential.WithInstanceDiscovery(false), confidential.WithHTTPClient(s.Client()))
	if err != nil {
		t.Fatal(err)
	}
	refused(t, app, 7000229)
	daemon.Join(entratest.TenantFabrikam)
	if claims := tokenOf(t, s, app); claims["oid"] != daemon.ObjectID(entratest.TenantFabrikam) || claims["tid"] != entratest.TenantFabrikam {
		t.Errorf("claims are %v", claims)
	}
}
