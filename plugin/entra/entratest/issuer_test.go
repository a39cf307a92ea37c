package entratest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// An issuer's assertion says what it was told to say, and its signature can be checked by what its URL leads to.
func TestFederatedIssuer(t *testing.T) {
	s := newServer(t)
	issuer := entratest.NewFederatedIssuer(s, "/contoso")
	raw := issuer.Sign(entratest.Assertion{Subject: "sc://contoso/app/main", Claims: map[string]any{"repository": "contoso/app", "jti": nil}})
	claims := verifyIndependently(t, trusting(issuer.CertPEM()), issuer.URL[:len(issuer.URL)-len("/contoso")], raw)
	for name, want := range map[string]any{
		"iss": issuer.URL, "sub": "sc://contoso/app/main", "aud": "api://AzureADTokenExchange", "repository": "contoso/app", "jti": nil,
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	if left := time.Until(time.Unix(int64(claims["exp"].(float64)), 0)); left < 9*time.Minute || left > 11*time.Minute {
		t.Errorf("it lives for %v", left)
	}
	if !slices.Contains(s.Secrets(), raw) {
		t.Error("it is not among the secrets")
	}
	if n, m := issuer.Fetched("openid-configuration"), issuer.Fetched("jwks"); n != 1 || m != 1 {
		t.Errorf("%d and %d requests", n, m)
	}
}
