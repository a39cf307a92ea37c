package credential

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"
)

var (
	errPassword = errors.New("the password is wrong")
	errCipher   = errors.New("the key is encrypted in a way that is not known here")
)

// decryptKey decrypts a key in the form EncryptedPrivateKeyInfo (RFC 5958, section 3) with PBES2, PBKDF2 and AES-CBC (RFC
// 8018), as OpenSSL has written it for years: crypto/x509 has no such thing, and neither has MSAL. Errors: errPassword,
// errCipher.
func decryptKey(der []byte, password string) ([]byte, error) {
	var info struct {
		Scheme pkix.AlgorithmIdentifier
		Data   []byte
	}
	var scheme struct{ Derivation, Encryption pkix.AlgorithmIdentifier }
	var derivation struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	var iv []byte
	const pbes2, pbkdf2ID = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12"
	if !whole(der, &info) || info.Scheme.Algorithm.String() != pbes2 || !whole(info.Scheme.Parameters.FullBytes, &scheme) ||
		scheme.Derivation.Algorithm.String() != pbkdf2ID || !whole(scheme.Derivation.Parameters.FullBytes, &derivation) ||
		!whole(scheme.Encryption.Parameters.FullBytes, &iv) {
		return nil, errCipher
	}
	prf := map[string]func() hash.Hash{"": sha1.New, "1.2.840.113549.2.7": sha1.New, "1.2.840.113549.2.9": sha256.New,
		"1.2.840.113549.2.10": sha512.New384, "1.2.840.113549.2.11": sha512.New}[derivation.PRF.Algorithm.String()]
	size := map[string]int{"2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32}[scheme.Encryption.Algorithm.String()]
	const most = 10_000_000 // iterations, some seconds
	if prf == nil || size == 0 || len(iv) != aes.BlockSize || len(info.Data) == 0 || len(info.Data)%aes.BlockSize != 0 || derivation.Iterations > most {
		return nil, errCipher
	}
	key, err := pbkdf2.Key(prf, password, derivation.Salt, derivation.Iterations, size)
	if err != nil {
		return nil, errCipher
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errCipher
	}
	plain := make([]byte, len(info.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, info.Data)
	return unpad(plain)
}

// whole reports whether der is one value that fits.
func whole(der []byte, value any) bool {
	rest, err := asn1.Unmarshal(der, value)
	return err == nil && len(rest) == 0
}

// unpad takes off the padding of RFC 8018, section 6.1.1, which is hardly ever right behind a wrong password.
func unpad(plain []byte) ([]byte, error) {
	n := int(plain[len(plain)-1])
	if n < 1 || n > aes.BlockSize {
		return nil, errPassword
	}
	for _, c := range plain[len(plain)-n:] {
		if int(c) != n {
			return nil, errPassword
		}
	}
	return plain[:len(plain)-n], nil
}
