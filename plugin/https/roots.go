package https

import (
	"crypto/x509"

	"github.com/entralogin/entralogin/plugin/text"
)

// Roots returns the system's certificates with those of a PEM file that a person named. nil, which stands for
// the system's alone, is returned for "". Errors are *text.FileError.
func Roots(caFile string) (*x509.CertPool, error) {
	if caFile == "" {
		return nil, nil
	}
	pem, err := text.ReadUserFile(caFile)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, &text.FileError{Path: caFile, What: "holds no certificate (PEM)"}
	}
	return pool, nil
}
