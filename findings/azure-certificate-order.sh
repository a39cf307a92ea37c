#!/usr/bin/env bash
# @azure/identity takes the first certificate of a PEM file for its own; azidentity the last one that fits the key
#
# Versions: @azure/identity 4.14.1 (npm); github.com/Azure/azure-sdk-for-go/sdk/azidentity v1.15.0 (Go module).
# Needs:    Go, npm, node (20 was used). No root.
#
# The file of an application's certificate holds the private key, the certificate, and often those of its issuers. One
# would guess that either library of the Azure SDK finds the certificate that fits the key, or says that it can't. Go
# does, in any order. JavaScript doesn't compare: where the issuer stands first it signs with the key and names the
# issuer's certificate. Entra can only say that it has no such certificate, or a bad signature, and the same file works
# for a program in Go. With sendCertificateChain the x5c begins with the wrong one as well; RFC 7515 (4.1.6) wants the
# key's certificate there.
#
# A certificate that was renewed for the same key makes it odd for Go, too: with old and new in one file JavaScript
# names the first and Go the last, so that the two programs are registered, and end, with different certificates.
#
# Each line is a file, what an assertion that is made from it names, and whether that certificate verifies it.
#
# Output, which is compared:
#   | key leaf issuer: Go names leaf, verified; x5c leaf issuer
#   | key leaf issuer: JavaScript names leaf, verified; x5c leaf issuer
#   | key issuer leaf: Go names leaf, verified; x5c leaf issuer
#   | key issuer leaf: JavaScript names issuer, not verified; x5c issuer leaf
#   | key leaf renewed: Go names renewed, verified; x5c renewed leaf
#   | key leaf renewed: JavaScript names leaf, verified; x5c leaf renewed
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"bufio"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func check(err error) { must(0, err) }

// create writes NAME.pem for the parts, and for the cases the files that hold several of them.
func create(cases []string) {
	keys := map[string]*rsa.PrivateKey{"leaf": must(rsa.GenerateKey(rand.Reader, 2048)), "issuer": must(rsa.GenerateKey(rand.Reader, 2048))}
	keys["renewed"] = keys["leaf"]
	now := time.Now()
	issuer := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "issuer"}, NotBefore: now, NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	write := func(name, kind string, der []byte) {
		check(os.WriteFile(name+".pem", pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	}
	for i, name := range []string{"issuer", "leaf", "renewed"} {
		c := issuer
		if name != "issuer" {
			c = &x509.Certificate{SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: name}, NotBefore: now, NotAfter: now.Add(time.Hour)}
		}
		write(name, "CERTIFICATE", must(x509.CreateCertificate(rand.Reader, c, issuer, &keys[name].PublicKey, keys["issuer"])))
	}
	write("key", "PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(keys["leaf"])))
	for _, c := range cases {
		var whole []byte
		for _, part := range strings.Fields(c) {
			whole = append(whole, must(os.ReadFile(part+".pem"))...)
		}
		check(os.WriteFile(c, whole, 0o600))
	}
}

// assertion is what azidentity sends for that file.
func assertion(file string) (sent string) {
	var server *httptest.Server
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "openid-configuration") {
			fmt.Fprintf(w, `{"issuer":"%[1]s/t/v2.0","authorization_endpoint":"%[1]s/t/authorize","token_endpoint":"%[1]s/t/token"}`, server.URL)
			return
		}
		sent = r.FormValue("client_assertion")
		fmt.Fprint(w, `{"access_token":"a","token_type":"Bearer","expires_in":3600}`)
	}))
	defer server.Close()
	certs, key, err := azidentity.ParseCertificates(must(os.ReadFile(file)), nil)
	check(err)
	c := must(azidentity.NewClientCertificateCredential("t", "c", certs, key, &azidentity.ClientCertificateCredentialOptions{
		SendCertificateChain: true, DisableInstanceDiscovery: true,
		ClientOptions: azcore.ClientOptions{Transport: server.Client(), Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: server.URL}}}))
	must(c.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{"https://r.example/.default"}}))
	return sent
}

func decode(text string) []byte {
	return must(base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(text), "=")))
}

// judge says which certificate an assertion names, and whether its key made the signature.
func judge(file, who, sent string) {
	byPrint, byBytes := map[string]*x509.Certificate{}, map[string]string{}
	for _, name := range []string{"leaf", "issuer", "renewed"} {
		block, _ := pem.Decode(must(os.ReadFile(name + ".pem")))
		c := must(x509.ParseCertificate(block.Bytes))
		long, short := sha256.Sum256(c.Raw), sha1.Sum(c.Raw)
		byPrint[string(long[:])], byPrint[string(short[:])], byBytes[string(c.Raw)] = c, c, name
	}
	part := strings.Split(sent, ".")
	var header struct {
		Alg   string   `json:"alg"`
		Long  string   `json:"x5t#S256"`
		Short string   `json:"x5t"`
		Chain []string `json:"x5c"`
	}
	check(json.Unmarshal(decode(part[0]), &header))
	named := byPrint[string(decode(header.Long+header.Short))]
	sum, said := sha256.Sum256([]byte(part[0]+"."+part[1])), "verified"
	verify := func() error { return rsa.VerifyPKCS1v15(named.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], decode(part[2])) }
	if header.Alg == "PS256" {
		verify = func() error { return rsa.VerifyPSS(named.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], decode(part[2]), nil) }
	}
	if verify() != nil {
		said = "not verified"
	}
	fmt.Printf("%s: %s names %s, %s; x5c", file, who, named.Subject.CommonName, said)
	for _, c := range header.Chain {
		fmt.Print(" ", byBytes[string(must(base64.StdEncoding.DecodeString(c)))])
	}
	fmt.Println()
}

func main() {
	if os.Args[1] == "create" {
		create(os.Args[2:])
		return
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		file, sent, _ := strings.Cut(lines.Text(), "\t")
		judge(file, "Go", assertion(file))
		judge(file, "JavaScript", sent)
	}
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" >messages 2>&1 || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/Azure/azure-sdk-for-go/sdk/azidentity@v1.15.0
quiet go mod tidy
quiet go build -o finding .
quiet npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix . @azure/identity@4.14.1

cat >try.mjs <<'END'
import { ClientCertificateCredential } from "@azure/identity";
import { createHttpHeaders } from "@azure/core-rest-pipeline";

// An HTTP client stands in for the token service.
const authority = "https://login.microsoftonline.com/t";
let sent;
const httpClient = {
  async sendRequest(request) {
    const reply = (body) => ({ request, status: 200, headers: createHttpHeaders({}), bodyAsText: JSON.stringify(body) });
    if (request.url.endsWith("openid-configuration")) {
      return reply({ issuer: `${authority}/v2.0`, authorization_endpoint: `${authority}/authorize`, token_endpoint: `${authority}/token` });
    }
    sent = new URLSearchParams(request.body).get("client_assertion");
    return reply({ access_token: "a", token_type: "Bearer", expires_in: 3600 });
  },
};
for (const file of process.argv.slice(2)) {
  await new ClientCertificateCredential("t", "c", file, { sendCertificateChain: true, disableInstanceDiscovery: true, httpClient }).getToken("https://r.example/.default");
  console.log(`${file}\t${sent}`);
}
END
cases=("key leaf issuer" "key issuer leaf" "key leaf renewed")
timeout 60 ./finding create "${cases[@]}"
timeout 60 node try.mjs "${cases[@]}" >assertions
timeout 60 ./finding judge <assertions >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
