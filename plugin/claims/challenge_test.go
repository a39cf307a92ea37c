package claims

import (
	"strings"
	"testing"
)

// What is no challenge is none; what is one has an object.
func FuzzChallenge(f *testing.F) {
	f.Add(`Bearer realm="a\"b", claims="e30="`)
	f.Add(`Negotiate abc==, Basic realm="x"`)
	f.Add(`Bearer claims="`)
	f.Fuzz(func(t *testing.T, header string) {
		if claims := Challenge([]string{header}); claims != "" && !strings.HasPrefix(claims, "{") {
			t.Errorf("%q", claims)
		}
	})
}
