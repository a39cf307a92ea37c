package entratest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// A Certificate is a key with its certificate and those above it, without the topmost one.
type Certificate struct {
	Chain []*x509.Certificate // its own is the first
	Key   crypto.Signer
}

// CertificateOptions say what is made.
type CertificateOptions struct {
	Subject string        // the common name and, where it may be one, the DNS name
	Life    time.Duration // 0 is a year; the certificate of a negative one has ended already
	Issuer  *Certificate  // nil: it is signed with its own key
	CA      bool          // it may sign others
	EC      bool          // P-256 in place of RSA with 2048 bits
}

// NewCertificate makes a certificate by the server's clock, and notes its key among the secrets.
func NewCertificate(s *Server, o CertificateOptions) *Certificate {
	now := s.now()
	begin, end := now.Add(-time.Hour), now.Add(365*24*time.Hour)
	if o.Life > 0 {
		end = now.Add(o.Life)
	} else if o.Life < 0 {
		begin, end = now.Add(o.Life-24*time.Hour), now.Add(o.Life)
	}
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: o.Subject},
		NotBefore:             begin,
		NotAfter:              end,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		IsCA:                  o.CA,
		BasicConstraintsValid: true,
	}
	if plausibleTenant(o.Subject) { // has the look of a domain
		template.DNSNames = []string{o.Subject}
	}
	if o.CA {
		template.KeyUsage |= x509.KeyUsageCertSign
	}
	c := &Certificate{Key: newKey(s, o.EC)}
	parent, signer := template, c.Key
	if o.Issuer != nil {
		parent, signer = o.Issuer.Chain[0], o.Issuer.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, c.Key.Public(), signer)
	if err != nil {
		panic("entratest: " + err.Error())
	}
	own, err := x509.ParseCertificate(der)
	if err != nil {
		panic("entratest: " + err.Error())
	}
	c.Chain = []*x509.Certificate{own}
	if o.Issuer != nil && !bytes.Equal(o.Issuer.Chain[0].RawIssuer, o.Issuer.Chain[0].RawSubject) {
		c.Chain = append(c.Chain, o.Issuer.Chain...)
	}
	s.keepSecrets(c.forms()...)
	return c
}

func newKey(s *Server, ec bool) crypto.Signer {
	if !ec {
		return s.Applications.nextKey()
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("entratest: " + err.Error())
	}
	return key
}

// PEM is the key (PKCS #8) and the chain in one text.
func (c *Certificate) PEM() []byte {
	return append(c.KeyPEM(), c.CertPEM()...)
}

// KeyPEM is the key alone.
func (c *Certificate) KeyPEM() []byte {
	der, err := x509.MarshalPKCS8PrivateKey(c.Key)
	if err != nil {
		panic("entratest: " + err.Error())
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// CertPEM is the chain alone.
func (c *Certificate) CertPEM() []byte {
	var text []byte
	for _, one := range c.Chain {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: one.Raw})...)
	}
	return text
}

// PFX is the key and the chain as PKCS #12: as today's programs write it (PBES2 with AES), or as older ones did and some
// libraries read nothing else.
func (c *Certificate) PFX(password string, old bool) []byte {
	encoder := pkcs12.Modern
	if old {
		encoder = pkcs12.LegacyDES
	}
	blob, err := encoder.Encode(c.Key, c.Chain[0], c.Chain[1:], password)
	if err != nil {
		panic("entratest: " + err.Error())
	}
	return blob
}

// Thumbprint is the SHA-1 of the certificate in hexadecimal, as portals show it.
func (c *Certificate) Thumbprint() string { return thumbprint(c.Chain[0]) }

func thumbprint(c *x509.Certificate) string { return fmt.Sprintf("%X", sha1.Sum(c.Raw)) }

// forms are texts that betray the key: a line of each encoding of PEM, from its middle, and the private number.
func (c *Certificate) forms() []string {
	middle := func(der []byte) string {
		lines := strings.Fields(string(pem.EncodeToMemory(&pem.Block{Type: "KEY", Bytes: der})))
		return lines[len(lines)/2]
	}
	pkcs8, _ := x509.MarshalPKCS8PrivateKey(c.Key)
	if key, ok := c.Key.(*rsa.PrivateKey); ok {
		return []string{middle(pkcs8), middle(x509.MarshalPKCS1PrivateKey(key)), base64.RawURLEncoding.EncodeToString(key.D.Bytes())}
	}
	return []string{middle(pkcs8)}
}
