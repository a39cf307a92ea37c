package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestInt128Grants changes "command:" in kubeconfigs of int128/kubelogin, one for each of its grants, and has client-go ask a
// cluster with them, cold and warm.
func TestInt128Grants(t *testing.T) {
	t.Parallel()
	public, own := newDropIn(t, "login.microsoftonline.com"), newDropIn(t, "")
	secret := public.sim.Applications.Get(entratest.DaemonID).AddSecret(time.Hour)
	pages, err := visitPages(own.sim, entratest.Alice)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pages.Close() })
	browser := []string{"BROWSER=browse", pagesAt + "=" + pages.Addr().String()}
	issuer := "--oidc-issuer-url=https://login.microsoftonline.com/" + entratest.TenantContoso + "/v2.0"
	older := "--oidc-issuer-url=https://sts.windows.net/" + entratest.TenantContoso + "/"
	here := "--oidc-issuer-url=" + own.sim.URL + "/" + entratest.TenantContoso + "/v2.0"
	access := []string{"--oidc-use-access-token", "--oidc-extra-scope=" + entratest.ServerID + "/.default"}
	for name, grant := range map[string]struct {
		d             *dropIn
		client        string
		args          []string
		env           []string
		audience, who string
		single        bool // the redirect URI is that of a single-page application
	}{
		"device-code":        {d: own, args: []string{here, "--grant-type=device-code", "--oidc-extra-scope=email"}, audience: entratest.ClientID},
		"authcode-keyboard":  {d: own, args: []string{here, "--grant-type=authcode-keyboard", "--oidc-redirect-url=http://localhost"}, audience: entratest.ClientID},
		"access token":       {d: public, args: append([]string{issuer, "--grant-type=device-code"}, access...), audience: entratest.ServerID},
		"v1.0":               {d: public, args: []string{older, "--grant-type=device-code"}, audience: entratest.ClientID},
		"auto":               {d: own, args: []string{here, "--token-cache-storage=disk"}, env: browser, audience: entratest.ClientID},
		"authcode":           {d: own, args: append([]string{here, "--grant-type=authcode", "--oidc-pkce-method=S256"}, access...), env: browser, audience: entratest.ServerID},
		"Origin":             {d: own, args: []string{here, "--oidc-request-header=Origin=localhost"}, env: browser, audience: entratest.ClientID, single: true},
		"client-credentials": {d: public, client: entratest.DaemonID, args: append([]string{issuer, "--grant-type=client-credentials", "--oidc-client-secret=" + secret}, access...), audience: entratest.ServerID, who: entratest.DaemonID},
	} {
		t.Run(name, func(t *testing.T) {
			d, client := grant.d, grant.client
			if client == "" {
				client = entratest.ClientID
			}
			if err := os.RemoveAll(filepath.Join(d.dir, ".cache")); err != nil {
				t.Fatal(err)
			}
			d.sim.Set(func(s *entratest.Settings) { s.SinglePage = grant.single })
			args := slices.Concat([]string{"get-token", "--oidc-client-id=" + client}, grant.args)
			for _, warm := range []bool{false, true} {
				d.sim.ResetRequests()
				_, stderr, _ := d.call(args, grant.env)
				claims, err := d.sim.VerifyToken(d.bearer, grant.audience)
				switch {
				case strings.Contains(stderr, secret):
					t.Errorf("a secret is said: %s", stderr)
				case err != nil || grant.who == "" && claims["name"] != "Alice Adams" || grant.who != "" && claims["azp"] != grant.who:
					t.Fatalf("got %v: %v\n%s", claims, err, stderr)
				case warm && (d.sim.Requests("") != 0 || strings.Contains(stderr, "entralogin: ")):
					t.Errorf("%d requests\n%s", d.sim.Requests(""), stderr)
				}
			}
		})
	}
}
