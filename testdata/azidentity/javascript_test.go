//go:build unix

package azidentity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// daemonAsks runs application.cjs with these fields besides those that all kinds have, and returns its token or, in
// place of it, the message of the error.
func (w *world) daemonAsks(kind string, given map[string]any) (token, message string) {
	w.Helper()
	all := map[string]any{"kind": kind, "authorityHost": w.sim.URL, "tenantId": entratest.TenantContoso, "clientId": entratest.DaemonID, "scope": armScope}
	maps.Copy(all, given)
	text, err := json.Marshal(all)
	if err != nil {
		w.Fatal(err)
	}
	w.Setenv("NODE_EXTRA_CA_CERTS", w.path("config/entralogin/ca.pem"))
	cmd := exec.Command(w.node(), "../azidentity-js/application.cjs")
	cmd.Stdin = bytes.NewReader(text)
	a := w.answer(cmd)
	if left := time.Until(time.UnixMilli(int64(a.Expires))); a.Token != "" && (left < 30*time.Minute || left > 2*time.Hour) {
		w.Errorf("the token ends in %v", left)
	}
	return a.Token, a.Error + ": " + a.Message
}

func (w *world) daemonGetsJS(kind string, given map[string]any) {
	w.Helper()
	token, message := w.daemonAsks(kind, given)
	if token == "" {
		w.Error(message)
		return
	}
	w.ofDaemon(token)
}

func (w *world) daemonRefusedJS(kind string, given map[string]any, aadsts int) {
	w.Helper()
	_, message := w.daemonAsks(kind, given)
	w.contains(message, fmt.Sprintf("AADSTS%d:", aadsts))
}

func TestJavaScriptSecret(t *testing.T) {
	w := newWorld(t)
	good, ended := w.daemon().AddSecret(time.Hour), w.daemon().AddSecret(-time.Second)
	w.daemonGetsJS("secret", map[string]any{"secret": good})
	w.daemonRefusedJS("secret", map[string]any{"secret": "wrong"}, 7000215)
	w.daemonRefusedJS("secret", map[string]any{"secret": ended}, 7000222)
}

// The SDK reads PEM alone.
func TestJavaScriptCertificate(t *testing.T) {
	w := newWorld(t)
	authority := entratest.NewCertificate(w.sim, entratest.CertificateOptions{Subject: "authority", CA: true})
	own := entratest.NewCertificate(w.sim, entratest.CertificateOptions{Subject: "daemon", Issuer: authority})
	w.write("daemon.pem", string(own.PEM()))
	given := map[string]any{"certificate": w.path("daemon.pem")}
	w.daemonRefusedJS("certificate", given, 700027)
	w.daemon().AddCertificate(own)
	w.daemonGetsJS("certificate", given)
	renewed := entratest.NewCertificate(w.sim, entratest.CertificateOptions{Subject: "daemon", Issuer: authority})
	w.write("daemon.pem", string(renewed.PEM()))
	w.daemon().TrustName("daemon", authority)
	w.daemonRefusedJS("certificate", given, 700027)
	given["chain"] = true
	w.daemonGetsJS("certificate", given)
}

func TestJavaScriptAssertion(t *testing.T) {
	w := newWorld(t)
	issuer := w.cluster()
	w.daemonGetsJS("assertion", map[string]any{"assertion": issuer.Sign(entratest.Assertion{Subject: account})})
	for aadsts, assertion := range strange(issuer) {
		w.daemonRefusedJS("assertion", map[string]any{"assertion": assertion}, aadsts)
	}
}
