package entratest

import (
	"crypto/rand"
	"encoding/base64"
)

func newGUID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return formatGUID(b)
}

// newSecret is n random bytes in the alphabet of Entra's opaque tokens.
func newSecret(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// newUserCode has the nine characters of Entra's codes, without those that look alike.
func newUserCode() string {
	const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789" // 32 of them: no bias
	b := make([]byte, 9)
	rand.Read(b)
	for i := range b {
		b[i] = alphabet[b[i]%32]
	}
	return string(b)
}
