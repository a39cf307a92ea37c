package credential

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/text"
)

// soon is how long ahead the end of a certificate is said.
const soon = 30 * 24 * time.Hour

// byCertificate is the way of an application with a certificate and its key, in a PEM or PFX file.
func byCertificate(c Call) plugin.Source {
	return c.Service.Application(func(ctx context.Context) (entra.Proof, error) {
		held, err := c.certificate(ctx)
		if err != nil {
			return entra.Proof{}, err
		}
		sends, err := c.sendsChain()
		if err != nil {
			return entra.Proof{}, err
		}
		// MSAL writes the whole chain into x5c where it is to be sent, and signs with PS256 and x5t#S256.
		return entra.CertificateProof(held.chain, held.key, sends)
	})
}

// certificate is the one of the settings, if it will do.
func (c Call) certificate(ctx context.Context) (certificate, error) {
	data, err := c.read(ctx, config.ClientCertificate)
	if err != nil {
		return certificate{}, err
	}
	held, err := openCertificate(ctx, data, c.Target.Secret(config.ClientCertificatePassword))
	if err == nil {
		err = held.checkTime(c)
	}
	if wrong, ok := errors.AsType[*plugin.MachineError](err); ok {
		path, origin := c.Target.Get(config.ClientCertificate)
		wrong.What = fmt.Sprintf("%s (%s): %s %s", config.ClientCertificate, origin, text.Short(path, 200), wrong.What)
	}
	if err != nil {
		return certificate{}, err
	}
	leaf := held.chain[0]
	c.explain("the certificate is the one with the thumbprint %X, with an RSA key of %d bits, and ends in %s, on %s", // as Entra's pages have it
		sha1.Sum(leaf.Raw), held.key.N.BitLen(), text.Span(leaf.NotAfter.Sub(c.now())), leaf.NotAfter.UTC().Format(time.DateOnly))
	return held, nil
}

// sendsChain is the setting, which is 1 in variables of Azure's libraries.
func (c Call) sendsChain() (bool, error) {
	value, origin := c.Target.Get(config.SendCertificateChain)
	switch strings.ToLower(value) {
	case "1", "true":
		return true, nil
	case "", "0", "false":
		return false, nil
	}
	return false, config.Bad(config.SendCertificateChain, value, origin, "is neither true nor false")
}

// certificate is what a file holds.
type certificate struct {
	chain []*x509.Certificate // the one of the key first, then who issued it, and so on
	key   *rsa.PrivateKey
}

// unfit says what is wrong with a certificate or its key, and whose turn it is. The file is named in front of it.
func unfit(what, hint string) error { return &plugin.MachineError{What: what, Hint: hint} }

// newOne is the hint where only another key helps.
const newOne = "The application owner's turn: make a certificate with an RSA key and register it: az ad app credential reset --append --create-cert --id CLIENT-ID"

// openLimit bounds the decryption of a file.
const openLimit = 20 * time.Second

// openCertificate is readCertificate, which nothing ends and which may take hours: the file itself says how often the
// password is hashed. Errors: *plugin.MachineError, and the cause of ctx.
func openCertificate(ctx context.Context, data []byte, password cache.Secret) (certificate, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, openLimit, unfit(fmt.Sprintf("can't be decrypted within %v: its password is hashed too often", openLimit), newFile))
	defer cancel()
	done := make(chan struct{})
	var read certificate
	var unread error
	go func() {
		defer close(done)
		read, unread = readCertificate(data, password)
	}()
	select {
	case <-done:
		return read, unread
	case <-ctx.Done():
		return certificate{}, context.Cause(ctx)
	}
}

// newFile is the hint where the same key in another file will do.
const newFile = "Your turn, to have it encrypted anew: openssl pkcs12 -in OLD.pfx -nodes | openssl pkcs12 -export -out NEW.pfx"

// readCertificate finds the one key in a PEM or PFX file, and its certificate. Errors: *plugin.MachineError, which show
// nothing of the file.
func readCertificate(data []byte, password cache.Secret) (certificate, error) {
	read := readPFX
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		read = readPEM
	}
	certs, key, err := read(data, password)
	switch {
	case err != nil:
		return certificate{}, err
	case key == nil:
		return certificate{}, unfit("has no private key", "Your turn: put the key into the file, beside the certificate (cat CERTIFICATE.pem KEY.pem).")
	case len(certs) == 0:
		return certificate{}, unfit("has a key, but no certificate", "Your turn: put the certificate into the file, beside the key (cat CERTIFICATE.pem KEY.pem).")
	}
	own, ok := key.(*rsa.PrivateKey)
	if !ok {
		return certificate{}, unfit("has a key that is no RSA key (an EC or Ed25519 key), and the service takes RSA keys alone", newOne)
	}
	if own.N.BitLen() < 2048 {
		return certificate{}, unfit(fmt.Sprintf("has an RSA key of %d bits, which is too weak: 2048 is the least", own.N.BitLen()), newOne)
	}
	chain := chainOf(certs, &own.PublicKey)
	if len(chain) == 0 {
		return certificate{}, unfit("has a certificate that is not of the key beside it", "Your turn: put both of one pair into the file.")
	}
	return certificate{chain, own}, nil
}

// chainOf puts the certificate of a key first, of several the one that ends last, and behind each certificate the one of
// its issuer, as x5c wants it (https://www.rfc-editor.org/rfc/rfc7515#section-4.1.6).
func chainOf(certs []*x509.Certificate, key *rsa.PublicKey) (chain []*x509.Certificate) {
	var leaf *x509.Certificate
	for _, c := range certs {
		if key.Equal(c.PublicKey) && (leaf == nil || c.NotAfter.After(leaf.NotAfter)) {
			leaf = c
		}
	}
	for next := leaf; next != nil && len(chain) < len(certs); {
		chain = append(chain, next)
		last := next
		next = nil
		for _, c := range certs {
			if !c.Equal(last) && bytes.Equal(c.RawSubject, last.RawIssuer) && last.CheckSignatureFrom(c) == nil {
				next = c
			}
		}
	}
	return chain
}

// checkTime refuses a certificate that the service will not take, and says ahead when it will not any more.
func (h certificate) checkTime(c Call) error {
	now, leaf := c.now(), h.chain[0]
	left := leaf.NotAfter.Sub(now)
	switch {
	case left <= 0:
		return unfit("has a certificate that has expired, on "+leaf.NotAfter.UTC().Format(time.DateOnly), newOne)
	case leaf.NotBefore.After(now):
		return unfit("has a certificate that is not valid before "+leaf.NotBefore.UTC().Format(time.DateTime)+" UTC", "Your turn: check this machine's clock, or wait.")
	case left <= soon:
		c.Warn(fmt.Sprintf("the certificate of %s expires in %s, on %s: register a new one in time (entralogin help machines)",
			c.Target.Request.Client, text.Span(left), leaf.NotAfter.UTC().Format(time.DateOnly)))
	}
	return nil
}

// readPEM reads certificates, and a key in the form PKCS #8 or PKCS #1 (RFC 7468, RFC 8017).
func readPEM(data []byte, password cache.Secret) (certs []*x509.Certificate, key crypto.PrivateKey, err error) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, nil, unfit("has a malformed certificate", "Your turn: copy it anew, as a whole.")
			}
			certs = append(certs, c)
			continue
		}
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		if key != nil {
			return nil, nil, unfit("has several private keys", "Your turn: leave in that of the certificate alone.")
		}
		if key, err = readKey(block, password); err != nil {
			return nil, nil, err
		}
	}
	return certs, key, nil
}

// readKey reads a key, which may be encrypted.
func readKey(block *pem.Block, password cache.Secret) (key crypto.PrivateKey, err error) {
	const convert = "Your turn, to have it encrypted as it is done today: openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD.pem -out KEY.pem"
	der, kind := block.Bytes, block.Type
	if block.Headers["DEK-Info"] != "" {
		return nil, unfit("has a key that is encrypted in the old way of OpenSSL (DEK-Info), which is weak", convert)
	}
	if kind == "ENCRYPTED PRIVATE KEY" {
		kind = "PRIVATE KEY"
		if password.IsZero() {
			return nil, needsPassword()
		}
		der, err = decryptKey(der, password.Reveal())
		if errors.Is(err, errCipher) {
			return nil, unfit("has a key that is encrypted in a way that is not known here", convert)
		}
		if err != nil {
			return nil, wrongPassword()
		}
	}
	switch kind {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(der)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(der)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(der)
	default:
		return nil, unfit("has a key of a kind that is not known here ("+text.Short(kind, 40)+")", convert)
	}
	switch {
	case err != nil && block.Type != kind: // right padding by chance
		return nil, wrongPassword()
	case err != nil:
		return nil, unfit("has a malformed private key", "Your turn: copy it anew, as a whole.")
	}
	return key, nil
}

// readPFX reads a PKCS #12 file (RFC 7292).
func readPFX(data []byte, password cache.Secret) ([]*x509.Certificate, crypto.PrivateKey, error) {
	key, leaf, others, err := pkcs12.DecodeChain(data, password.Reveal())
	_, unknown := errors.AsType[pkcs12.NotImplementedError](err)
	switch {
	case err == nil:
		return append([]*x509.Certificate{leaf}, others...), key, nil
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && password.IsZero():
		return nil, nil, needsPassword()
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return nil, nil, wrongPassword()
	case unknown:
		return nil, nil, unfit("is a PFX file of a kind that is not known here", "Your turn, to make a PEM file of it: openssl pkcs12 -in OLD.pfx -out NEW.pem")
	}
	return nil, nil, unfit("is neither a PEM nor a PFX file with one certificate and its key", "Your turn: name a file that has both. What is in it, says: openssl pkcs12 -info -noout -in FILE")
}

func needsPassword() error {
	return unfit("is encrypted, and there is no password", "Your turn: set "+config.Variable(config.ClientCertificatePassword)+".")
}

func wrongPassword() error {
	return unfit("is encrypted with another password", "Your turn: check "+config.Variable(config.ClientCertificatePassword)+" (entralogin help machines).")
}
