package entratest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"
)

const testCluster = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Kubernetes/connectedClusters/arc"

// request is a signed request of a caller that changes what it sends.
type request struct {
	key             *rsa.PrivateKey
	header, payload map[string]any
}

func (r request) sign(t *testing.T) string {
	t.Helper()
	text := ""
	for _, part := range []map[string]any{r.header, r.payload} {
		b, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		text += base64.RawURLEncoding.EncodeToString(b) + "."
	}
	digest := sha256.Sum256([]byte(text[:len(text)-1]))
	signature, err := rsa.SignPKCS1v15(nil, r.key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + base64.RawURLEncoding.EncodeToString(signature)
}

func TestVerifyProof(t *testing.T) {
	s := NewServer()
	defer s.Close()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	n := base64.RawURLEncoding.EncodeToString(key.N.Bytes())
	e := base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())
	sum := sha256.Sum256([]byte(`{"e":"` + e + `","kty":"RSA","n":"` + n + `"}`))
	id := base64.RawURLEncoding.EncodeToString(sum[:])
	token := func(claims map[string]any) string {
		all := map[string]any{"iss": s.issuer(TenantContoso), "tid": TenantContoso, "aud": ServerID,
			"exp": time.Now().Add(2 * time.Hour).Unix(), "nbf": time.Now().Add(-2 * time.Hour).Unix()}
		for name, value := range claims {
			all[name] = value
		}
		return s.sign(all)
	}
	bound := token(map[string]any{"cnf": map[string]any{"kid": id}})
	for name, change := range map[string]func(r *request){
		"right":                  func(*request) {},
		"right in capitals":      func(r *request) { r.payload["u"] = strings.ToUpper(testCluster) },
		"right from the future":  func(r *request) { r.payload["ts"] = time.Now().Add(time.Hour).Unix() },
		"right after 14 minutes": func(r *request) { r.payload["ts"] = time.Now().Add(-14 * time.Minute).Unix() },
		"old":                    func(r *request) { r.payload["ts"] = time.Now().Add(-16 * time.Minute).Unix() },
		"other cluster":          func(r *request) { r.payload["u"] = testCluster + "2" },
		"no cluster":             func(r *request) { delete(r.payload, "u") },
		"no nonce":               func(r *request) { delete(r.payload, "nonce") },
		"typ":                    func(r *request) { r.header["typ"] = "JWT" },
		"alg":                    func(r *request) { r.header["alg"] = "PS256" },
		"kid":                    func(r *request) { r.header["kid"] = "x" },
		"other key":              func(r *request) { r.key, _ = rsa.GenerateKey(rand.Reader, 2048) },
		"bearer token":           func(r *request) { r.payload["at"] = token(nil) },
		"other token's key":      func(r *request) { r.payload["at"] = token(map[string]any{"cnf": map[string]any{"kid": "x"}}) },
		"expired token": func(r *request) {
			r.payload["at"] = token(map[string]any{"cnf": map[string]any{"kid": id}, "exp": time.Now().Unix() - 1})
		},
	} {
		r := request{key, map[string]any{"typ": "pop", "alg": "RS256", "kid": id}, map[string]any{"at": bound, "ts": time.Now().Unix(), "u": testCluster,
			"cnf": map[string]any{"jwk": map[string]any{"e": e, "kty": "RSA", "n": n}}, "nonce": "x"}}
		change(&r)
		if _, err := VerifyProof(s, r.sign(t), testCluster); (err == nil) != strings.HasPrefix(name, "right") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, raw := range []string{"", bound, "a.b.c"} {
		if _, err := VerifyProof(s, raw, testCluster); err == nil {
			t.Errorf("%.10q passes", raw)
		}
	}
}

func TestConfirmation(t *testing.T) {
	id := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	cnf := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for _, one := range []struct {
		kind, cnf, want string
		refused         bool
	}{
		{"", "", "", false}, {"", cnf(`{"kid":"` + id + `"}`), "", false}, {"pop", cnf(`{"kid":"` + id + `","xms_ksl":"sw"}`), id, false},
		{"pop", "", "", true}, {"pop", cnf(`{"kid":"x"}`), "", true}, {"pop", cnf(`{}`), "", true}, {"pop", "!", "", true}, {"mac", cnf(`{"kid":"` + id + `"}`), "", true},
	} {
		got, e := confirmation(url.Values{"token_type": {one.kind}, "req_cnf": {one.cnf}})
		if got != one.want || (e != nil) != one.refused {
			t.Errorf("%+v: %q, %v", one, got, e)
		}
	}
}
