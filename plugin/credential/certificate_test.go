package credential

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const password = "a pässword of the key"

// openssl runs it on a file and returns what it writes to another one.
func openssl(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip(err)
	}
	from, to := filepath.Join(t.TempDir(), "in"), filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(from, in, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, append(args, "-in", from, "-out", to)...)
	cmd.Env = append(os.Environ(), "PASSWORD="+password)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	out, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// pkcs8 encrypts a key as OpenSSL does.
func pkcs8(t *testing.T, key []byte, args ...string) []byte {
	return openssl(t, key, append([]string{"pkcs8", "-topk8", "-passout", "env:PASSWORD"}, args...)...)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, []byte("some words between\n")) }

// All the forms in which programs write a certificate with its key are read, and the certificate of the key stands first,
// then its issuers.
func TestReadCertificate(t *testing.T) {
	sim := entratest.NewServer()
	defer sim.Close()
	root := entratest.NewCertificate(sim, entratest.CertificateOptions{Subject: "root", CA: true})
	middle := entratest.NewCertificate(sim, entratest.CertificateOptions{Subject: "middle", CA: true, Issuer: root})
	c := entratest.NewCertificate(sim, entratest.CertificateOptions{Subject: "daemon", Issuer: middle})
	other := entratest.NewCertificate(sim, entratest.CertificateOptions{Subject: "other"})
	key, cert := c.KeyPEM(), c.CertPEM()
	export := []string{"pkcs12", "-export", "-passout", "env:PASSWORD"}
	forms := map[string][]byte{
		"PKCS #8":                   join(key, cert),
		"PKCS #8 behind":            join(cert, key),
		"PKCS #1":                   join(openssl(t, key, "rsa", "-traditional"), cert),
		"encrypted":                 join(pkcs8(t, key), cert),
		"encrypted, SHA-1, AES-128": join(cert, pkcs8(t, key, "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1")),
		"encrypted, SHA-512":        join(cert, pkcs8(t, key, "-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512", "-iter", "10")),
		"PFX":                       c.PFX(password, false),
		"old PFX":                   c.PFX(password, true),
		"OpenSSL's PFX":             openssl(t, join(key, cert), export...),
		"OpenSSL's old PFX":         openssl(t, join(key, cert), append(export, "-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1")...),
		"from the root on":          join(root.CertPEM(), other.CertPEM(), middle.CertPEM(), key, cert),
	}
	for name, data := range forms {
		held, err := readCertificate(data, cache.NewSecret(password))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !held.key.Equal(c.Key) || len(held.chain) < 2 || !held.chain[0].Equal(c.Chain[0]) || !held.chain[1].Equal(middle.Chain[0]) ||
			slices.ContainsFunc(held.chain, other.Chain[0].Equal) {
			t.Errorf("%s: %d certificates, the first is %v", name, len(held.chain), held.chain[0].Subject)
		}
		if name == "from the root on" && (len(held.chain) != 3 || !held.chain[2].Equal(root.Chain[0])) {
			t.Errorf("%s: %d certificates", name, len(held.chain))
		}
	}
}

// Of two certificates of one key the one counts that ends last, wherever it stands.
func TestReadRenewedCertificate(t *testing.T) {
	sim := entratest.NewServer()
	defer sim.Close()
	old := entratest.NewCertificate(sim, entratest.CertificateOptions{Subject: "daemon", Life: time.Hour})
	template := *old.Chain[0]
	template.NotAfter = template.NotAfter.Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, old.Key.Public(), old.Key)
	if err != nil {
		t.Fatal(err)
	}
	renewed := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for _, data := range [][]byte{join(old.PEM(), renewed), join(renewed, old.PEM())} {
		held, err := readCertificate(data, cache.Secret{})
		if err != nil || len(held.chain) != 1 || !bytes.Equal(held.chain[0].Raw, der) {
			t.Errorf("%d certificates, %v", len(held.chain), err)
		}
	}
}

// What can't sign is refused in words, with a hint, and without anything of the file.
func TestReadCertificateRefuses(t *testing.T) {
	sim := entratest.NewServer()
	defer sim.Close()
	c := entratest.NewCertificate(sim, entratest.CertificateOptions{Subject: "daemon"})
	other := entratest.NewCertificate(sim, entratest.CertificateOptions{Subject: "other"})
	ec := entratest.NewCertificate(sim, entratest.CertificateOptions{Subject: "ec", EC: true})
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edDER, err := x509.MarshalPKCS8PrivateKey(ed)
	if err != nil {
		t.Fatal(err)
	}
	edKey := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: edDER})
	key, cert := c.KeyPEM(), c.CertPEM()
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weakKey := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(weak)})
	scrypt := openssl(t, key, "pkcs8", "-topk8", "-passout", "env:PASSWORD", "-scrypt", "-scrypt_N", "16")
	legacy := openssl(t, key, "rsa", "-traditional", "-aes128", "-passout", "env:PASSWORD")
	nothing := cache.Secret{}
	for _, test := range []struct {
		data     []byte
		password cache.Secret
		what     string
	}{
		{cert, nothing, "has no private key"},
		{key, nothing, "has a key, but no certificate"},
		{join(key, key, cert), nothing, "has several private keys"},
		{join(key, other.CertPEM()), nothing, "has a certificate that is not of the key"},
		{ec.PEM(), nothing, "is no RSA key"},
		{join(openssl(t, ec.KeyPEM(), "ec"), ec.CertPEM()), nothing, "is no RSA key"},
		{ec.PFX(password, false), cache.NewSecret(password), "is no RSA key"},
		{join(edKey, cert), nothing, "is no RSA key"},
		{join(weakKey, cert), nothing, "1024 bits"},
		{join(legacy, cert), cache.NewSecret(password), "DEK-Info"},
		{join(pkcs8(t, key), cert), nothing, "is encrypted, and there is no password"},
		{join(pkcs8(t, key), cert), cache.NewSecret("wrong"), "is encrypted with another password"},
		{join(scrypt, cert), cache.NewSecret(password), "encrypted in a way that is not known"},
		{c.PFX(password, false), nothing, "is encrypted, and there is no password"},
		{c.PFX(password, false), cache.NewSecret("wrong"), "is encrypted with another password"},
		{c.PFX(password, true), cache.NewSecret("wrong"), "is encrypted with another password"},
		{[]byte("a secret that is in the wrong place"), nothing, "is neither a PEM nor a PFX file"},
		{c.PFX(password, false)[:800], cache.NewSecret(password), "is neither a PEM nor a PFX file"},
		{join(key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Chain[0].Raw[1:]})), nothing, "has a malformed certificate"},
		{join(cert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: edDER[1:]})), nothing, "has a malformed private key"},
		{join(cert, pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: edDER})), nothing, "of a kind that is not known here (OPENSSH PRIVATE KEY)"},
	} {
		_, err := readCertificate(test.data, test.password)
		refused, ok := errors.AsType[*plugin.MachineError](err)
		if !ok || !strings.Contains(refused.What, test.what) || !strings.Contains(refused.Hint, "turn") || refused.Err != nil {
			t.Errorf("%s: %v", test.what, err)
		}
	}
}

// What a wrong password leaves has any end.
func TestUnpad(t *testing.T) {
	for _, last := range []byte{0, 2, 17, 255} {
		plain := bytes.Repeat([]byte{1}, 16)
		plain[15] = last
		if got, err := unpad(plain); !errors.Is(err, errPassword) {
			t.Errorf("%d: %v, %v", last, got, err)
		}
	}
}

// FuzzReadCertificate: whatever the file holds, there is an answer, and no other error than one in words.
func FuzzReadCertificate(f *testing.F) {
	sim := entratest.NewServer()
	defer sim.Close()
	c := entratest.NewCertificate(sim, entratest.CertificateOptions{Subject: "daemon"})
	for _, seed := range [][]byte{c.PEM(), c.PFX("", false), c.PFX("", true), []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n")} {
		f.Add(seed, "")
	}
	f.Fuzz(func(t *testing.T, data []byte, password string) {
		held, err := readCertificate(data, cache.NewSecret(password))
		if _, ok := errors.AsType[*plugin.MachineError](err); err != nil && !ok || err == nil && (held.key == nil || len(held.chain) == 0) {
			t.Errorf("%v", err)
		}
	})
}

// A file says how often its password is hashed, which takes hours where somebody wants it to: whoever ends the call does not
// wait for that.
func TestOpenCertificateEnds(t *testing.T) {
	sim := entratest.NewServer()
	defer sim.Close()
	c := entratest.NewCertificate(sim, entratest.CertificateOptions{Subject: "daemon"})
	data := join(pkcs8(t, c.KeyPEM(), "-iter", "200000", "-v2prf", "hmacWithSHA512"), c.CertPEM())
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if _, err := openCertificate(ctx, data, cache.NewSecret(password)); !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
}
