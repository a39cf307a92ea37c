package pop

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"
)

// key is made once: it takes a while.
var key = sync.OnceValue(func() *Key {
	k, err := New()
	if err != nil {
		panic(err)
	}
	return k
})

// The example of RFC 7638, section 3.1.
func TestThumbprintOfTheRFC(t *testing.T) {
	p := public{E: "AQAB", Kty: "RSA", N: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}
	if got := p.thumbprint(); got != "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" {
		t.Error(got)
	}
}

func TestSign(t *testing.T) {
	k := key()
	now := time.Unix(1790000000, 999)
	signed, err := k.Sign("aaa.bbb.ccc", "/subscriptions/s/a&b", now)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(signed, ".")
	if len(parts) != 3 {
		t.Fatal(signed)
	}
	var header, payload map[string]any
	for i, to := range []*map[string]any{&header, &payload} {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(b, to) != nil {
			t.Fatal(parts[i], err)
		}
	}
	if len(header) != 3 || header["typ"] != "pop" || header["alg"] != "RS256" || header["kid"] != k.ID() {
		t.Error(header)
	}
	jwk, _ := payload["cnf"].(map[string]any)["jwk"].(map[string]any)
	if len(payload) != 5 || payload["at"] != "aaa.bbb.ccc" || payload["ts"] != 1790000000.0 || payload["u"] != "/subscriptions/s/a&b" ||
		len(jwk) != 3 || jwk["kty"] != "RSA" || jwk["e"] != "AQAB" {
		t.Error(payload)
	}
	n, _ := base64.RawURLEncoding.DecodeString(jwk["n"].(string))
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(&rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}, crypto.SHA256, digest[:], signature); err != nil {
		t.Error(err)
	}
	if again, _ := k.Sign("aaa.bbb.ccc", "/subscriptions/s/a&b", now); again == signed {
		t.Error("two requests are alike: the nonce is missing")
	}
}

func TestKeyComesBack(t *testing.T) {
	text := key().Marshal()
	again, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if again.ID() != key().ID() || !bytes.Equal(again.Marshal(), text) {
		t.Error("another key came back")
	}
	if _, err := again.Sign("a", "b", time.Now()); err != nil {
		t.Error(err)
	}
}

func TestParseTakesNoOtherKey(t *testing.T) {
	change := func(name string, change func(string) any) []byte {
		var fields map[string]any
		if err := json.Unmarshal(key().Marshal(), &fields); err != nil {
			t.Fatal(err)
		}
		fields[name] = change(fields[name].(string))
		text, _ := json.Marshal(fields)
		return text
	}
	other, _ := New()
	var foreign jwk
	if err := json.Unmarshal(other.Marshal(), &foreign); err != nil {
		t.Fatal(err)
	}
	is := func(value any) func(string) any { return func(string) any { return value } }
	for name, text := range map[string][]byte{
		"nothing":      nil,
		"null":         []byte("null"),
		"cut":          key().Marshal()[:200],
		"other type":   change("kty", is("EC")),
		"no d":         change("d", is("")),
		"number":       change("d", is(7)),
		"other n":      change("n", is(foreign.N)),
		"other p":      change("p", is(foreign.P)),
		"other dp":     change("dp", is(foreign.DP)),
		"other d":      change("d", is(foreign.D)),
		"exponent 3":   change("e", is("Aw")),
		"short n":      change("n", func(n string) any { return n[:171] }),
		"long n":       change("n", func(n string) any { return n + "AAAA" }),
		"padded":       change("q", func(q string) any { return q + "=" }),
		"not base64":   change("qi", func(q string) any { return "!" + q[1:] }),
		"zero qi":      change("qi", is("AA")),
		"p and q swap": change("p", is(foreign.Q)),
	} {
		if _, err := Parse(text); err != ErrKey {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever stands in a key's file, reading it ends with an error or with a key that signs.
func FuzzParse(f *testing.F) {
	f.Add("n", []byte{0})
	for _, field := range []string{"e", "d", "p", "q", "dp", "dq", "qi"} {
		f.Add(field, []byte{1})
		f.Add(field, bytes.Repeat([]byte{0xfe}, bits/16))
	}
	f.Fuzz(func(t *testing.T, field string, number []byte) {
		var fields map[string]any
		if err := json.Unmarshal(key().Marshal(), &fields); err != nil {
			t.Fatal(err)
		}
		fields[field] = base64.RawURLEncoding.EncodeToString(number)
		text, _ := json.Marshal(fields)
		k, err := Parse(text)
		if err != nil {
			return
		}
		if _, err := k.Sign("a", "u", time.Now()); err != nil || k.ID() != key().ID() {
			t.Errorf("%s: %v", text, err)
		}
	})
}

func FuzzParseClaims(f *testing.F) {
	f.Add("u=/subscriptions/s,host=h")
	f.Add("a=1, u=x ,b=2")
	f.Fuzz(func(t *testing.T, text string) {
		cluster, err := ParseClaims(text)
		if (cluster == "") != (err != nil) || err == nil && !strings.Contains(text, ClusterClaim+"="+cluster) {
			t.Errorf("%q: %q, %v", text, cluster, err)
		}
	})
}

func TestScheme(t *testing.T) {
	s := Scheme("thumb")
	p := s.TokenRequestParams()
	cnf, err := base64.RawURLEncoding.DecodeString(p["req_cnf"])
	if len(p) != 2 || p["token_type"] != "pop" || err != nil || string(cnf) != `{"kid":"thumb","xms_ksl":"sw"}` {
		t.Error(p, string(cnf), err)
	}
	if token, err := s.FormatAccessToken("a.b.c"); token != "a.b.c" || err != nil || s.KeyID() != "thumb" || s.AccessTokenType() != "pop" {
		t.Error(token, err, s.KeyID(), s.AccessTokenType())
	}
}

func TestBound(t *testing.T) {
	id := key().ID()
	jwk, _ := json.Marshal(key().public)
	for claims, want := range map[string]bool{
		`{"cnf":{"kid":"` + id + `"}}`:                             true,
		`{"cnf":{"kid":"` + id + `","xms_ksl":"sw"}}`:              true,
		`{"cnf":{"jwk":` + string(jwk) + `}}`:                      true,
		`{"cnf":{"kid":"` + id + `","jwk":` + string(jwk) + `}}`:   true,
		`{"cnf":{"kid":"x","jwk":` + string(jwk) + `}}`:            false,
		`{"cnf":{"kid":"` + id + `","jwk":{"e":"AQAB","n":"AA"}}}`: false,
		`{"cnf":{"kid":"` + strings.ToUpper(id) + `"}}`:            false,
		`{"cnf":{"jwk":{"e":"AQAB","kty":"RSA","n":"AA"}}}`:        false,
		`{"cnf":{}}`: false, `{"cnf":"` + id + `"}`: false, `{}`: false, `null`: false, ``: false, `[`: false,
	} {
		if Bound([]byte(claims), id) != want {
			t.Errorf("%s: not %v", claims, want)
		}
	}
	if Bound([]byte(`{}`), "") {
		t.Error("a token without a key is bound to none")
	}
}

func TestParseClaims(t *testing.T) {
	for text, want := range map[string]string{
		"u=/subscriptions/s/c":           "/subscriptions/s/c",
		"u=/subscriptions/s/c,host=h":    "/subscriptions/s/c",
		"a=1, u=x ,b=2":                  "x",
		"":                               "no list",
		"u":                              "no list",
		"u=":                             "no list",
		"=x":                             "no list",
		"u=x,":                           "no list",
		"u=x,u=y":                        "no list",
		"u=x=y":                          "no list",
		"u=a b":                          "no list",
		"host=h":                         "no claim u",
		"U=x":                            "no claim u",
		"u=" + strings.Repeat("x", 2049): "too long",
		"u=ok,nonce=" + strings.Repeat("x", 3000): "ok",
	} {
		got, err := ParseClaims(text)
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != want || !strings.Contains(got, want) {
			t.Errorf("%.60q: %.80q, want %q", text, got, want)
		}
	}
}

func BenchmarkWarm(b *testing.B) {
	text := key().Marshal()
	for b.Loop() {
		k, err := Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := k.Sign("a.b.c", "u", time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
