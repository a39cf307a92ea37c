//go:build unix

package apiserver

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/user"
)

const (
	pageAudience = "11111111-2222-3333-4444-555555555555"
	pageIssuer   = "https://login.microsoftonline.com/c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0f/v2.0"
)

// An anyIssuer signs whatever claims a test wants.
type anyIssuer struct {
	*httptest.Server
	key *rsa.PrivateKey
}

func newAnyIssuer(t *testing.T) *anyIssuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &anyIssuer{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"issuer": i.URL, "jwks_uri": i.URL + "/keys"})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		encode := base64.RawURLEncoding.EncodeToString
		json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]string{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1",
			"n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes())}}})
	})
	i.Server = httptest.NewTLSServer(mux)
	t.Cleanup(i.Close)
	return i
}

// token has the claims that Entra's tokens have, changed: nil takes one away.
func (i *anyIssuer) token(t *testing.T, changes map[string]any) string {
	t.Helper()
	now := time.Now()
	claims := map[string]any{"iss": i.URL, "aud": pageAudience, "iat": 1700000000, "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(),
		"oid": "0a1b", "preferred_username": "alice@contoso.example", "groups": []string{"g1", "g2"}, "ver": "2.0"}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + encode(payload)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, i.key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + encode(signature)
}

// authenticator is that of a configuration of the page: a whole one, or what stands below an issuer.
func (i *anyIssuer) authenticator(t *testing.T, text string) authenticator.Request {
	t.Helper()
	if !strings.HasPrefix(text, "apiVersion:") {
		text = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer:\n    url: " + pageIssuer +
			"\n    audiences: [" + pageAudience + "]\n  " + strings.ReplaceAll(text, "\n", "\n  ")
	}
	ca, err := json.Marshal(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Certificate().Raw})))
	if err != nil {
		t.Fatal(err)
	}
	text = strings.Replace(text, "    url: "+pageIssuer, "    url: "+i.URL+"\n    certificateAuthority: "+string(ca), 1)
	auth, err := newAuthenticator(t.Context(), text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return auth
}

// seen is who a token is, or why it is refused.
func seen(t *testing.T, auth authenticator.Request, token string) (user.Info, string) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, ok, err := auth.AuthenticateRequest(req)
	switch {
	case err != nil:
		return nil, err.Error()
	case !ok:
		return nil, "nobody"
	}
	return resp.User, ""
}

// oidcPage returns the page, and its examples for the API server by a word that only one of them has.
func oidcPage(t *testing.T) (page string, example func(word string) string) {
	t.Helper()
	text, err := os.ReadFile("../../cmd/entralogin/docs/oidc.md")
	if err != nil {
		t.Fatal(err)
	}
	fenced := regexp.MustCompile("(?ms)^( *)```yaml\n(.*?)^ *```$")
	return string(text), func(word string) string {
		var found []string
		for _, m := range fenced.FindAllStringSubmatch(string(text), -1) {
			if block := strings.ReplaceAll("\n"+m[2], "\n"+m[1], "\n")[1:]; strings.Contains(block, "claimMappings") && strings.Contains(block, word) {
				found = append(found, block)
			}
		}
		if len(found) != 1 {
			t.Fatalf("%d examples with %q", len(found), word)
		}
		return found[0]
	}
}

// The examples of the page, with tokens that have and lack each claim.
func TestPageExamples(t *testing.T) {
	t.Parallel()
	issuer := newAnyIssuer(t)
	_, example := oidcPage(t)
	overage := map[string]any{"groups": nil, "_claim_names": map[string]string{"groups": "src1"},
		"_claim_sources": map[string]any{"src1": map[string]string{"endpoint": issuer.URL + "/members"}}}
	both := []string{"entra:g1", "entra:g2", "system:authenticated"}
	none := []string{"system:authenticated"}
	for _, test := range []struct {
		word, name string
		claims     map[string]any
		groups     []string
		readable   []string
		refusal    string
	}{
		{"userValidationRules", "all", nil, both, nil, ""},
		{"userValidationRules", "no oid", map[string]any{"oid": nil}, nil, nil, "claim not present"},
		{"userValidationRules", "no groups", map[string]any{"groups": nil}, none, nil, ""},
		{"userValidationRules", "one group as a text", map[string]any{"groups": "g1"}, []string{"entra:g1", "system:authenticated"}, nil, ""},
		{"userValidationRules", "overage", overage, nil, nil, "could not expand distributed claims"},
		{"extra", "all", nil, none, []string{"alice@contoso.example"}, ""},
		{"extra", "no name", map[string]any{"preferred_username": nil}, none, nil, ""},
		{"extra", "an empty name", map[string]any{"preferred_username": ""}, none, nil, ""},
		{"expression: >-", "all", nil, both, nil, ""},
		{"expression: >-", "no groups", map[string]any{"groups": nil}, none, nil, ""},
		{"expression: >-", "empty groups", map[string]any{"groups": []string{}}, none, nil, ""},
		{"expression: >-", "overage", overage, none, nil, ""},
		{"expression: >-", "one group as a text", map[string]any{"groups": "g1"}, nil, nil, "expected iterable type"},
	} {
		t.Run(test.word+"/"+test.name, func(t *testing.T) {
			who, refusal := seen(t, issuer.authenticator(t, example(test.word)), issuer.token(t, test.claims))
			if who == nil || test.refusal != "" {
				if test.refusal == "" || !strings.Contains(refusal, test.refusal) {
					t.Errorf("refused for %q, want %q", refusal, test.refusal)
				}
				return
			}
			if who.GetName() != "entra:0a1b" || !slices.Equal(who.GetGroups(), test.groups) || !slices.Equal(who.GetExtra()["contoso.example/name"], test.readable) {
				t.Errorf("the cluster sees %+v", who)
			}
		})
	}
}

// What the page says of expressions, each of which stands there.
func TestPageExpressions(t *testing.T) {
	t.Parallel()
	issuer := newAnyIssuer(t)
	page, _ := oidcPage(t)
	for _, test := range []struct {
		expression string
		claims     map[string]any
		want       string // the name, or
		refusal    string
	}{
		{`claims.preferred_username`, nil, "alice@contoso.example", ""},
		{`claims.preferred_username`, map[string]any{"preferred_username": nil}, "", "no such key"},
		{`claims.?preferred_username.orValue("")`, nil, "alice@contoso.example", ""},
		{`claims.?preferred_username.orValue("")`, map[string]any{"preferred_username": nil}, "", "empty username"},
		{`string(claims.iat)`, nil, "1.7e+09", ""},
		{`string(int(claims.iat))`, nil, "1700000000", ""},
		{`has(claims.groups) ? "some" : "none"`, nil, "some", ""},
		{`has(claims.groups) ? "some" : "none"`, map[string]any{"groups": nil}, "none", ""},
		{`"groups" in claims ? "some" : "none"`, nil, "", "no such overload"},
	} {
		quoted, err := json.Marshal(test.expression)
		if err != nil {
			t.Fatal(err)
		}
		who, refusal := seen(t, issuer.authenticator(t, "claimMappings:\n  username:\n    expression: "+string(quoted)), issuer.token(t, test.claims))
		switch {
		case test.refusal != "" && !strings.Contains(refusal, test.refusal), test.refusal == "" && who == nil:
			t.Errorf("%s with %v: refused for %q, want %q", test.expression, test.claims, refusal, test.refusal)
		case test.refusal == "" && who.GetName() != test.want:
			t.Errorf("%s with %v: %q, want %q", test.expression, test.claims, who.GetName(), test.want)
		}
		if inner, _, _ := strings.Cut(test.expression, " ?"); !strings.Contains(page, "`"+inner+"`") {
			t.Errorf("the page does not have %s", inner)
		}
	}
}

// The page says by how much the clocks may differ.
func TestPageLeeway(t *testing.T) {
	t.Parallel()
	issuer := newAnyIssuer(t)
	page, example := oidcPage(t)
	if !strings.Contains(page, "one minute before its `nbf`") || !strings.Contains(page, "none after its `exp`") {
		t.Error("the page says something else")
	}
	auth := issuer.authenticator(t, example("userValidationRules"))
	for _, test := range []struct {
		claim   string
		from    time.Duration
		refusal string
	}{
		{"nbf", 50 * time.Second, ""},
		{"nbf", 2 * time.Minute, "before the nbf (not before) time"},
		{"exp", -time.Second, "token is expired"},
		{"iat", time.Hour, ""},
	} {
		_, refusal := seen(t, auth, issuer.token(t, map[string]any{test.claim: time.Now().Add(test.from).Unix()}))
		if (refusal == "") != (test.refusal == "") || !strings.Contains(refusal, test.refusal) {
			t.Errorf("%s in %v: refused for %q, want %q", test.claim, test.from, refusal, test.refusal)
		}
	}
}
