#!/usr/bin/env bash
# @azure/identity: beside a federated token ManagedIdentityCredential takes the pod's identity, not the one named by ID
#
# Versions: @azure/identity 4.14.1 (npm); github.com/Azure/azure-sdk-for-go/sdk/azidentity v1.15.0 (Go module).
# Needs:    Go, npm, node (20 was used), openssl. No root.
#
# A program asks for the managed identity with a certain resource or object ID, and one would guess that it gets a token
# of that identity or an error. azidentity asks the machine's endpoint (IMDS) for it, wherever it runs. In JavaScript it
# depends on the pod: where AKS has set AZURE_FEDERATED_TOKEN_FILE, the same class exchanges that file for a token. It
# says nothing of the resource or object ID then, and takes the identity of AZURE_CLIENT_ID, which is the pod's. A client
# ID that is named goes along with the pod's file. The options of the credential (HTTP client, authority host) do not
# reach that request either: it goes where AZURE_AUTHORITY_HOST says. There is no option against it.
#
# Each line is whom the program names, where it runs, and what was asked.
#
# Output, which is compared:
#   | JavaScript, resource ID other, plain pod: IMDS was asked for msi_res_id=other
#   | JavaScript, object ID other, plain pod: IMDS was asked for object_id=other
#   | JavaScript, client ID other, plain pod: IMDS was asked for client_id=other
#   | JavaScript, resource ID other, pod with a federated token: the token service was asked for client_id=pod
#   | JavaScript, object ID other, pod with a federated token: the token service was asked for client_id=pod
#   | JavaScript, client ID other, pod with a federated token: the token service was asked for client_id=other
#   | Go, resource ID other, plain pod: IMDS was asked for msi_res_id=other
#   | Go, object ID other, plain pod: IMDS was asked for object_id=other
#   | Go, client ID other, plain pod: IMDS was asked for client_id=other
#   | Go, resource ID other, pod with a federated token: IMDS was asked for msi_res_id=other
#   | Go, object ID other, pod with a federated token: IMDS was asked for object_id=other
#   | Go, client ID other, pod with a federated token: IMDS was asked for client_id=other
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

for name in $(compgen -e | grep -E '^(AZURE|IDENTITY|IMDS|MSI)_'); do
	unset "$name"
done
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" >messages 2>&1 || { cat messages >&2; exit 2; }; }
quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 2 \
	-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1
quiet npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix . @azure/identity@4.14.1
printf foreign >assertion

cat >try.mjs <<'END'
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { ManagedIdentityCredential } from "@azure/identity";
import { createHttpHeaders } from "@azure/core-rest-pipeline";

let asked;
// A server on loopback is the token service, for the HTTP client below is not used there.
const server = createServer({ key: readFileSync("key.pem"), cert: readFileSync("cert.pem") }, async (request, response) => {
  const base = `https://127.0.0.1:${server.address().port}/t`;
  response.setHeader("Content-Type", "application/json");
  if (request.url.includes("openid-configuration")) {
    return response.end(JSON.stringify({ issuer: `${base}/v2.0`, authorization_endpoint: `${base}/authorize`, token_endpoint: `${base}/token`, jwks_uri: `${base}/keys` }));
  }
  let form = "";
  for await (const part of request) form += part;
  asked = `the token service was asked for client_id=${new URLSearchParams(form).get("client_id")}`;
  response.end(JSON.stringify({ access_token: "a", token_type: "Bearer", expires_in: 3600 }));
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));

// An HTTP client stands in for IMDS.
const httpClient = {
  async sendRequest(request) {
    const url = new URL(request.url), [name] = ["msi_res_id", "object_id", "client_id"].filter((n) => url.searchParams.has(n));
    asked = `IMDS was asked for ${name}=${url.searchParams.get(name)}`;
    return { request, status: 200, headers: createHttpHeaders({}), bodyAsText: JSON.stringify({ access_token: "a", token_type: "Bearer", expires_in: "3600",
      resource: url.searchParams.get("resource"), expires_on: String(Math.floor(Date.now() / 1000) + 3600) }) };
  },
};
let n = 0;
async function attempt(pod) {
  for (const [what, option] of [["resource ID", "resourceId"], ["object ID", "objectId"], ["client ID", "clientId"]]) {
    asked = "nothing was asked";
    // A resource of its own for each, for tokens are kept by the process.
    const said = await new ManagedIdentityCredential({ [option]: "other", httpClient }).getToken(`https://r${n++}.example/.default`).then(() => asked, (e) => `${asked}: ${e.message}`);
    console.log(`JavaScript, ${what} other, ${pod}: ${said}`);
  }
}
await attempt("plain pod");
Object.assign(process.env, { AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "pod", AZURE_FEDERATED_TOKEN_FILE: "assertion", AZURE_AUTHORITY_HOST: `https://127.0.0.1:${server.address().port}/` });
await attempt("pod with a federated token");
server.closeAllConnections();
server.close();
END
NODE_EXTRA_CA_CERTS=$dir/cert.pem no_proxy='*' timeout 60 node try.mjs >seen

cat >main.go <<'END'
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// imds stands in for IMDS, and for all that the library may ask instead.
type imds struct{ asked string }

func (i *imds) Do(r *http.Request) (*http.Response, error) {
	i.asked = r.URL.Host + " was asked"
	if r.URL.Host == "169.254.169.254" {
		for _, name := range []string{"msi_res_id", "object_id", "client_id"} {
			if value := r.URL.Query().Get(name); value != "" {
				i.asked = "IMDS was asked for " + name + "=" + value
			}
		}
	}
	body := fmt.Sprintf(`{"access_token":"a","token_type":"Bearer","resource":%q,"expires_on":"%d"}`, r.URL.Query().Get("resource"), time.Now().Unix()+3600)
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	n := 0
	for _, pod := range []string{"plain pod", "pod with a federated token"} {
		for _, id := range []struct {
			what string
			azidentity.ManagedIDKind
		}{{"resource ID", azidentity.ResourceID("other")}, {"object ID", azidentity.ObjectID("other")}, {"client ID", azidentity.ClientID("other")}} {
			stand := new(imds)
			c, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{ID: id.ManagedIDKind, ClientOptions: azcore.ClientOptions{Transport: stand}})
			check(err)
			_, err = c.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{fmt.Sprintf("https://r%d.example/.default", n)}})
			check(err)
			n++
			fmt.Printf("Go, %s other, %s: %s\n", id.what, pod, stand.asked)
		}
		for name, value := range map[string]string{"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "pod", "AZURE_FEDERATED_TOKEN_FILE": "assertion"} {
			check(os.Setenv(name, value))
		}
	}
}
END
quiet go mod init finding
quiet go get github.com/Azure/azure-sdk-for-go/sdk/azidentity@v1.15.0
quiet go mod tidy
quiet go build -o finding .
timeout 60 ./finding >>seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
