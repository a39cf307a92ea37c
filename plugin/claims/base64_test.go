package claims

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
)

// A token of three parts is one only if all of them are base64url, and the second a JSON object.
func TestReadRefuses(t *testing.T) {
	const good = "e30.eyJhIjoxfQ.c2ln"
	if _, err := Read(cache.NewSecret(good)); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"", "opaque", "a.b", "a.b.c", "..", "e30.e30.", "e30.bnVsbA.c2ln", "e30.W10.c2ln", "e30.e30", "e30.e30.c2ln.d", "e30.e30=!.c2ln",
		"e30.eyJhIjoxfQ==.c2ln", "e30.eyJh\nIjoxfQ.c2ln", "e30.eyJhIjoxfQ.c2l+", "e30.eyJhIjoxfQ\r.c2ln"} {
		if c, err := Read(cache.NewSecret(token)); err == nil {
			t.Errorf("%q was read: %+v", token, c)
		} else if token != "" && strings.Contains(err.Error(), token) {
			t.Errorf("%q stands in the error %v", token, err)
		}
	}
}

func TestRequest(t *testing.T) {
	const request = `{"access_token":{"acrs":{"essential":true,"value":"c1"},"x":"??>>"}}`
	plain := []byte(request)
	for name, encoded := range map[string]string{
		"base64": base64.StdEncoding.EncodeToString(plain), "without padding": base64.RawStdEncoding.EncodeToString(plain),
		"base64url": base64.URLEncoding.EncodeToString(plain), "base64url without padding": base64.RawURLEncoding.EncodeToString(plain),
	} {
		if got, err := Request(encoded); err != nil || got != request {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, content := range map[string]string{
		"nothing": "", "null": "null", "a list": "[]", "a text": `"x"`, "cut": request[:20], "two": "{}{}", "ESC": "{\"a\":\"\x1b\"}", "bidi": "{\"a\":\"\u202e\"}",
		"over 8 KiB": `{"a":"` + strings.Repeat("x", 8<<10) + `"}`, "a word": "hunter2",
	} {
		got, err := Request(base64.StdEncoding.EncodeToString([]byte(content)))
		if err == nil || got != "" || IsRequest(content) {
			t.Errorf("%s was taken: %q", name, got)
		}
	}
	if got, err := Request("hunter2!"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%q, %v", got, err)
	}
}
