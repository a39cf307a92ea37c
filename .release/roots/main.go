// Roots prints the certificates of the authorities that Mozilla trusts, for the image, which has no system below it to
// take them from. Their module is pinned as every other one. Those that Mozilla trusts within limits are left out, for a
// file of certificates can't state limits.
package main

import (
	"encoding/pem"
	"log"
	"os"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func main() {
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		if err := pem.Encode(os.Stdout, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			log.Fatal(err)
		}
	}
}
