//go:build unix

package azidentity

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// These tests hold the simulator: what the SDK's own credentials of applications get from it is what Entra gives them.

// options are those of a client of the simulator.
func (w *world) options() policy.ClientOptions { return w.client("").ClientOptions }

// daemonGets checks the token that a credential brings for the daemon.
func (w *world) daemonGets(c azcore.TokenCredential) {
	w.Helper()
	token, err := c.GetToken(w.Context(), scopes(armScope))
	if err != nil {
		w.Error(err)
		return
	}
	w.verify(token, "https://management.azure.com", entratest.TenantContoso)
	w.ofDaemon(token.Token)
}

// ofDaemon checks whose token it is.
func (w *world) ofDaemon(token string) {
	w.Helper()
	claims, err := w.sim.VerifyToken(token, "")
	if want := w.daemon().ObjectID(entratest.TenantContoso); err != nil || claims["oid"] != want || claims["idtyp"] != "app" {
		w.Errorf("%v: oid %v, idtyp %v", err, claims["oid"], claims["idtyp"])
	}
}

func (w *world) daemon() *entratest.Application { return w.sim.Applications.Get(entratest.DaemonID) }

// daemonRefused checks the number of the error that a credential brings.
func (w *world) daemonRefused(c azcore.TokenCredential, aadsts int) {
	w.Helper()
	_, err := c.GetToken(w.Context(), scopes(armScope))
	w.contains(fmt.Sprint(err), fmt.Sprintf("AADSTS%d:", aadsts))
}

func (w *world) bySecret(secret string) azcore.TokenCredential {
	w.Helper()
	c, err := azidentity.NewClientSecretCredential(entratest.TenantContoso, entratest.DaemonID, secret,
		&azidentity.ClientSecretCredentialOptions{ClientOptions: w.options(), DisableInstanceDiscovery: true})
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func TestClientSecret(t *testing.T) {
	w := newWorld(t)
	w.daemonGets(w.bySecret(w.daemon().AddSecret(time.Hour)))
	w.daemonRefused(w.bySecret("wrong"), 7000215)
	w.daemonRefused(w.bySecret(w.daemon().AddSecret(-time.Second)), 7000222)
}

func (w *world) byCertificate(text []byte, password string, chain bool) azcore.TokenCredential {
	w.Helper()
	certificates, key, err := azidentity.ParseCertificates(text, []byte(password))
	if err != nil {
		w.Fatal(err)
	}
	c, err := azidentity.NewClientCertificateCredential(entratest.TenantContoso, entratest.DaemonID, certificates, key,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: w.options(), DisableInstanceDiscovery: true, SendCertificateChain: chain})
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func TestClientCertificate(t *testing.T) {
	w := newWorld(t)
	root := entratest.NewCertificate(w.sim, entratest.CertificateOptions{Subject: "root", CA: true})
	between := entratest.NewCertificate(w.sim, entratest.CertificateOptions{Subject: "between", CA: true, Issuer: root})
	own := entratest.NewCertificate(w.sim, entratest.CertificateOptions{Subject: "daemon.contoso.example", Issuer: between})
	w.daemonRefused(w.byCertificate(own.PEM(), "", true), 700027)
	w.daemon().TrustName("daemon.contoso.example", root)
	w.daemonGets(w.byCertificate(own.PEM(), "", true))
	w.daemonRefused(w.byCertificate(own.PEM(), "", false), 700027)
	w.daemon().AddCertificate(own)
	w.daemonGets(w.byCertificate(own.PEM(), "", false))
	w.daemonGets(w.byCertificate(own.PFX("pass", true), "pass", false))
	if _, _, err := azidentity.ParseCertificates(own.PFX("pass", false), []byte("pass")); err == nil {
		t.Error("the SDK reads today's PFX files, too: have it sign in with one")
	}
	ended := entratest.NewCertificate(w.sim, entratest.CertificateOptions{Subject: "daemon", Life: -time.Hour})
	w.daemon().AddCertificate(ended)
	w.daemonRefused(w.byCertificate(ended.PEM(), "", false), 700027)
}

// cluster is an issuer whose assertions about one service account the daemon trusts.
func (w *world) cluster() *entratest.FederatedIssuer {
	issuer := entratest.NewFederatedIssuer(w.sim, "/tenant/cluster/")
	w.daemon().AddFederated(entratest.FederatedCredential{Issuer: issuer.URL, Subject: account})
	return issuer
}

const account = "system:serviceaccount:default:daemon"

// strange are assertions that the daemon must not be believed for, by the number of the error.
func strange(issuer *entratest.FederatedIssuer) map[int]string {
	sign := issuer.Sign
	return map[int]string{
		700211: sign(entratest.Assertion{Issuer: strings.TrimSuffix(issuer.URL, "/"), Subject: account}),
		700212: sign(entratest.Assertion{Subject: account, Audience: "https://kubernetes.default.svc"}),
		700213: sign(entratest.Assertion{Subject: "system:serviceaccount:default:default"}),
		700024: sign(entratest.Assertion{Subject: account, Life: -time.Minute}),
	}
}

func TestClientAssertion(t *testing.T) {
	w := newWorld(t)
	issuer := w.cluster()
	by := func(assertion string) azcore.TokenCredential {
		c, err := azidentity.NewClientAssertionCredential(entratest.TenantContoso, entratest.DaemonID, func(context.Context) (string, error) { return assertion, nil },
			&azidentity.ClientAssertionCredentialOptions{ClientOptions: w.options(), DisableInstanceDiscovery: true})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	w.daemonGets(by(issuer.Sign(entratest.Assertion{Subject: account, Claims: map[string]any{"aud": []string{entratest.ExchangeAudience}}})))
	for aadsts, assertion := range strange(issuer) {
		w.daemonRefused(by(assertion), aadsts)
	}
}
