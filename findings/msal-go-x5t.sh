#!/usr/bin/env bash
# MSAL Go names a client's certificate in plain base64 with padding, where JOSE has base64url without
#
# Versions: github.com/AzureAD/microsoft-authentication-library-for-go v1.10.1 (Go module), @azure/msal-node 7.2.3 (npm).
# Needs:    Go, npm, node (20 was used), openssl. No root.
#
# A client with a certificate signs a JWT, and the member x5t#S256 of its header names the certificate by its SHA-256.
# RFC 7515 (4.1.8, with section 2) leaves no choice: base64url, which has no "+", "/" or "=". One would guess that
# Microsoft's libraries write the same for the same certificate. MSAL Node writes what the RFC says. MSAL Go writes the
# other alphabet and always a "=". Entra takes that, so nobody sees it there. Who verifies such an assertion elsewhere
# (another server, a proxy, a stand-in in tests) and compares the text with that of its key set, or decodes it as the RFC
# says, doesn't know the client in Go.
#
# The certificate is made anew until its hash has a "+" and a "/".
#
# Output, which is compared:
#   | MSAL Node: PS256, the text of the RFC
#   | MSAL Go: PS256, another text: has +, has /, has =; as plain base64 it is the certificate's hash
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

until [[ ${plain:-} == *+* && $plain == */* ]]; do
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=client 2>messages || { cat messages >&2; exit 2; }
	plain=$(openssl x509 -in cert.pem -outform DER | openssl dgst -sha256 -binary | base64)
done
cat key.pem cert.pem >both.pem

cat >main.go <<'END'
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
)

const tenant = "https://login.microsoftonline.com/t"

// service stands in for the token service, and prints the assertion that it gets.
type service struct{}

func (service) CloseIdleConnections() {}

func (service) Do(r *http.Request) (*http.Response, error) {
	body := `{"issuer":"` + tenant + `/v2.0","authorization_endpoint":"` + tenant + `/authorize","token_endpoint":"` + tenant + `/token"}`
	if strings.HasSuffix(r.URL.Path, "/token") {
		fmt.Println(r.FormValue("client_assertion"))
		body = `{"access_token":"a","token_type":"Bearer","expires_in":3600}`
	}
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	text, err := os.ReadFile("both.pem")
	check(err)
	certs, key, err := confidential.CertFromPEM(text, "")
	check(err)
	credential, err := confidential.NewCredFromCert(certs, key)
	check(err)
	app, err := confidential.New(tenant, "c", credential, confidential.WithHTTPClient(service{}), confidential.WithInstanceDiscovery(false),
		confidential.WithAzureRegion("DisableMsalForceRegion"))
	check(err)
	_, err = app.AcquireTokenByCredential(context.Background(), []string{"https://r.example/.default"})
	check(err)
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" >messages 2>&1 || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential@v1.10.1
quiet go build -o finding main.go
timeout 60 ./finding >go.jwt

quiet npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix . @azure/msal-node@7.2.3
cat >try.mjs <<'END'
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfidentialClientApplication } from "@azure/msal-node";

const hash = createHash("sha256").update(new X509Certificate(readFileSync("cert.pem")).raw).digest();
const authority = "https://login.microsoftonline.com/t";
const config = { issuer: `${authority}/v2.0`, jwks_uri: `${authority}/keys`, authorization_endpoint: `${authority}/authorize`, token_endpoint: `${authority}/token` };
const hosts = { tenant_discovery_endpoint: `${authority}/v2.0/.well-known/openid-configuration`,
  metadata: [{ preferred_network: "login.microsoftonline.com", preferred_cache: "login.windows.net", aliases: ["login.microsoftonline.com"] }] };
let sent;
const networkClient = {
  sendGetRequestAsync: async (url) => ({ status: 200, headers: {}, body: url.includes("/discovery/instance") ? hosts : config }),
  sendPostRequestAsync: async (url, { body }) => {
    sent = new URLSearchParams(body).get("client_assertion");
    return { status: 200, headers: {}, body: { access_token: "a", token_type: "Bearer", expires_in: 3600 } };
  },
};
const app = new ConfidentialClientApplication({ system: { networkClient },
  auth: { clientId: "c", authority, clientCertificate: { thumbprintSha256: hash.toString("hex"), privateKey: readFileSync("key.pem", "utf8") } } });
await app.acquireTokenByClientCredential({ scopes: ["https://r.example/.default"] });

function judge(who, assertion) {
  const { alg, "x5t#S256": text } = JSON.parse(Buffer.from(assertion.split(".")[0], "base64url"));
  let said = "the text of the RFC";
  if (text !== hash.toString("base64url")) {
    const odd = ["+", "/", "="].filter((c) => text.includes(c)).map((c) => `has ${c}`);
    said = `another text: ${odd.join(", ")}; as plain base64 it is ${text === hash.toString("base64") ? "" : "not "}the certificate's hash`;
  }
  console.log(`${who}: ${alg}, ${said}`);
}
judge("MSAL Node", sent);
judge("MSAL Go", readFileSync("go.jwt", "utf8"));
END
timeout 60 node try.mjs >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
