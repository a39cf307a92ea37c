package npmrc

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
)

const (
	shop = "https://pkgs.dev.azure.com/contoso/_packaging/shop/npm/registry/"
	key1 = "//pkgs.dev.azure.com/contoso/_packaging/shop/npm/registry/:_authToken"
	key2 = "//pkgs.dev.azure.com/contoso/_packaging/shop/npm/:_authToken"
)

// jwt is a token with claims.
func jwt(claims string) string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"RS256"}`) + "." + part(claims) + "." + part("signature")
}

func ofEntra(name string) string {
	return jwt(`{"tid":"11111111-2222-3333-4444-555555555555","sub":"` + name + `"}`)
}

func set(t *testing.T, content, token string) string {
	t.Helper()
	got, err := Set([]byte(content), []Token{{shop, cache.NewSecret(token)}}, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestSet(t *testing.T) {
	old, fresh := ofEntra("old"), ofEntra("new")
	both := key1 + "=" + fresh + "\n" + key2 + "=" + fresh + "\n"
	for name, c := range map[string]struct{ content, want string }{
		"nothing":           {"", both},
		"no end":            {"a=b", "a=b\n" + both},
		"replaced":          {key1 + "=" + old + "\n# x\n" + key2 + "=" + old, key1 + "=" + fresh + "\n# x\n" + key2 + "=" + fresh + "\n"},
		"spaces, quotes":    {" \"" + key1 + "\" = '" + old + "' \n", both},
		"an empty one":      {key1 + "=\n", both},
		"no value":          {key1 + "\n", both},
		"a comment":         {"; " + key1 + "=" + old + "\n", "; " + key1 + "=" + old + "\n" + both},
		"behind it":         {key1 + "=" + old + " ; mine\n", both},
		"behind it, too":    {key1 + "=" + old + "# mine\n", both},
		"another comment":   {"# " + key1 + "=PAT\n", "# " + key1 + "=PAT\n" + both},
		"CRLF":              {"a=b\r\n; c\r\n", "a=b\r\n; c\r\n" + strings.ReplaceAll(both, "\n", "\r\n")},
		"CR":                {"a=b\r" + key1 + "=" + old + "\r", "a=b\r" + key1 + "=" + fresh + "\r" + key2 + "=" + fresh + "\n"},
		"a section":         {"a=b\n[x]\n" + key1 + "=" + old, "a=b\n" + both + "[x]\n" + key1 + "=" + old},
		"no section":        {"[x] y\n[\n", "[x] y\n[\n" + both},
		"another feed":      {strings.Replace(key1, "shop", "Shop", 1) + "=PAT\n", strings.Replace(key1, "shop", "Shop", 1) + "=PAT\n" + both},
		"another host":      {strings.Replace(key1, ".com", ".com.example", 1) + "=PAT\n", strings.Replace(key1, ".com", ".com.example", 1) + "=PAT\n" + both},
		"a password":        {strings.Replace(key1, "_authToken", "_password", 1) + "=UEFU\n", strings.Replace(key1, "_authToken", "_password", 1) + "=UEFU\n" + both},
		"twice":             {key1 + "=" + old + "\n" + key1 + "=" + old + "\n", key1 + "=" + fresh + "\n" + both},
		"a byte order mark": {"\ufeff" + key1 + "=" + old + "\n", both},
		"escaped comment":   {`x\;y=1` + "\n", `x\;y=1` + "\n" + both},
	} {
		got := set(t, c.content, fresh)
		if name == "twice" {
			c.want = key1 + "=" + fresh + "\n" + key1 + "=" + fresh + "\n" + key2 + "=" + fresh + "\n"
		}
		if got != c.want {
			t.Errorf("%s: %q", name, got)
		}
		if again := set(t, got, fresh); again != got {
			t.Errorf("%s, again: %q", name, again)
		}
	}
}

// What somebody else put there stays without a word for it.
func TestSetLeavesOthers(t *testing.T) {
	for value, line := range map[string]string{"PAT": "=PAT", "${NPM_TOKEN}": "=${NPM_TOKEN}", "ey": "=" + jwt(`{"iss":"app.vstoken.visualstudio.com"}`), "a.b.c": "=a.b.c", "true": "=true", "list": "[]=list"} {
		content := []byte(key1 + line + "\n")
		var taken *TakenError
		got, err := Set(content, []Token{{shop, cache.NewSecret(ofEntra("new"))}}, false)
		if !errors.As(err, &taken) || got != nil || strings.Contains(err.Error(), value) {
			t.Errorf("%s: %v", value, err)
		}
		got, err = Set(content, []Token{{shop, cache.NewSecret(ofEntra("new"))}}, true)
		if err != nil || bytes.Contains(got, content) {
			t.Errorf("%s: %s, %v", value, got, err)
		}
		if rest, n := Remove(content, shop); n != 0 || !bytes.Equal(rest, content) {
			t.Errorf("%s: %s", value, rest)
		}
	}
}

// An address or a token with a sign of the format would be another line, or another key.
func TestSetRefuses(t *testing.T) {
	for _, registry := range []string{"", "pkgs.dev.azure.com/contoso", shop + "\nx=y", shop + "a=b/", shop + "a;b/", shop + "${HOME}/", shop + "[]/", shop + "a'b/"} {
		var wrong *Error
		if got, err := Set(nil, []Token{{registry, cache.NewSecret(ofEntra("x"))}}, true); !errors.As(err, &wrong) {
			t.Errorf("%q: %q, %v", registry, got, err)
		}
	}
	for _, registry := range []string{shop + `a"b/`, shop + "a b/", shop + "ä/", shop + "#;=/"} { // which an address writes in another way, or not at all
		got, err := Set(nil, []Token{{registry, cache.NewSecret(ofEntra("x"))}}, true)
		if key, _, _ := strings.Cut(string(got), tokenMark); err != nil || strings.ContainsFunc(key, func(r rune) bool { return !isPart(r, "-._~%/") }) {
			t.Errorf("%q: %q, %v", registry, got, err)
		}
	}
	for _, token := range []string{"", "a\nb=c", "a b", "a;b", "a#b", "a=b", `"a"`, "${HOME}", "ä"} {
		if got, err := Set(nil, []Token{{shop, cache.NewSecret(token)}}, true); err == nil {
			t.Errorf("%q: %q", token, got)
		}
	}
}

func TestKeys(t *testing.T) {
	for registry, want := range map[string][]string{
		shop:                          {"//pkgs.dev.azure.com/contoso/_packaging/shop/npm/registry/", "//pkgs.dev.azure.com/contoso/_packaging/shop/npm/"},
		strings.TrimSuffix(shop, "/"): {"//pkgs.dev.azure.com/contoso/_packaging/shop/npm/registry/", "//pkgs.dev.azure.com/contoso/_packaging/shop/npm/"},
		"https://contoso@PKGS.dev.azure.com:443/contoso?x=y#z": {"//pkgs.dev.azure.com/contoso/"},
		"https://contoso.pkgs.visualstudio.com":                {"//contoso.pkgs.visualstudio.com/"},
		"https://pkgs.dev.azure.com/contoso/my%20shop/":        {"//pkgs.dev.azure.com/contoso/my%20shop/"},
		"x": nil,
	} {
		if got := Keys(registry); !slices.Equal(got, want) {
			t.Errorf("%s: %q", registry, got)
		}
	}
}

func TestRemove(t *testing.T) {
	content := "a=b\r\n; c\n[x]\ny=z"
	fabrikam := "https://fabrikam.pkgs.visualstudio.com/_packaging/x/npm/registry"
	got, err := Set([]byte(content), []Token{{shop, cache.NewSecret(ofEntra("a"))}, {fabrikam, cache.NewSecret(ofEntra("b"))}}, false)
	if err != nil {
		t.Fatal(err)
	}
	if all := Written(got); !slices.Equal(all, []string{shop, fabrikam + "/"}) || !HasToken(got, shop) || HasToken(got, shop+"other/") {
		t.Error(all)
	}
	if rest, n := Remove(got, "https://pkgs.dev.azure.com/cont"); n != 0 || !bytes.Equal(rest, got) {
		t.Errorf("%d: %s", n, rest)
	}
	rest, n := Remove(got, "https://pkgs.dev.azure.com/contoso")
	if n != 2 || HasToken(rest, shop) || !HasToken(rest, fabrikam) {
		t.Errorf("%d: %s", n, rest)
	}
	if rest, n = Remove(rest, fabrikam); n != 2 || string(rest) != content {
		t.Errorf("%d: %q", n, rest)
	}
}

func TestRegistries(t *testing.T) {
	content := "registry = https://a.example/ ; all\n@x:registry=\"https://b.example/\"\n@y:registry=https://a.example/\r\n" +
		"; registry=https://no.example\n@z:registry=https://${ORG}.example/${NONE}\nx:registry=https://no.example\nregistry=\n@u:registry=${ORG\n[s]\nregistry=https://no.example/\n"
	want := []string{"https://a.example/", "https://b.example/", "https://contoso.example/${NONE}", "${ORG"}
	got := Registries([]byte(content), func(name string) string { return map[string]string{"ORG": "contoso"}[name] })
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// Whatever stands in a file: all of it is there afterwards, and what was put in goes out again.
func FuzzSet(f *testing.F) {
	for _, seed := range []string{"", "a=b", "a=b\r\n[x]\n", key1 + "=" + ofEntra("old"), "[x", "\r", "\"" + key1 + "\"=", "\ufeff" + key1 + "=PAT", ";\n#\n\\;=\\"} {
		f.Add(seed)
	}
	token := cache.NewSecret(ofEntra("new"))
	f.Fuzz(func(t *testing.T, content string) {
		got, err := Set([]byte(content), []Token{{shop, token}}, false)
		if err != nil {
			return
		}
		if !HasToken(got, shop) {
			t.Errorf("%q: %q has no token", content, got)
		}
		again, err := Set(got, []Token{{shop, token}}, false)
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("%q: %q, then %q, %v", content, got, again, err)
		}
		if HasToken([]byte(content), shop) || strings.Contains(content, "pkgs.dev.azure.com") {
			return
		}
		if rest, n := Remove(got, shop); n != 2 || strings.TrimRight(string(rest), "\r\n") != strings.TrimRight(content, "\r\n") {
			t.Errorf("%q: %d lines out: %q", content, n, rest)
		}
	})
}
