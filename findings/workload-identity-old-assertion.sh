#!/usr/bin/env bash
# azidentity and @azure/identity: a refused federated token is sent again for minutes after it was replaced
#
# Versions: github.com/Azure/azure-sdk-for-go/sdk/azidentity v1.15.0 (Go module); @azure/identity 4.14.1 (npm).
# Needs:    Go, npm, node (20 was used). No root.
#
# A workload identity is a file with a token that somebody else replaces before it ends, and one would guess that the
# file is read for each token request: it is a few kilobytes, and requests are rare. Both libraries keep its content,
# by their sources for ten minutes (Go) and five (JavaScript). Entra's refusal of it (AADSTS700024: it has ended) does
# not make them look again, nor does a new file, nor a request for another resource. A program whose file was late
# stays refused for minutes after the file is good, unless it makes a new credential object.
#
# Output, which is compared:
#   | Go, resource a, old file: sent old, refused
#   | Go, resource a, new file: sent old, refused
#   | Go, resource b, new file: sent old, refused
#   | Go, resource a, new credential object: sent new, granted
#   | JavaScript, resource a, old file: sent old, refused
#   | JavaScript, resource a, new file: sent old, refused
#   | JavaScript, resource b, new file: sent old, refused
#   | JavaScript, resource a, new credential object: sent new, granted
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// service is a token service that takes the new assertion alone, and what it was sent last.
type service struct {
	*httptest.Server
	sent string
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "openid-configuration") {
		fmt.Fprintf(w, `{"issuer":"%[1]s/t/v2.0","authorization_endpoint":"%[1]s/t/authorize","token_endpoint":"%[1]s/t/token"}`, s.URL)
		return
	}
	if s.sent = r.FormValue("client_assertion"); s.sent != "new" {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":"invalid_client","error_description":"AADSTS700024"}`)
		return
	}
	fmt.Fprint(w, `{"access_token":"a","token_type":"Bearer","expires_in":3600}`)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (s *service) credential() *azidentity.WorkloadIdentityCredential {
	c, err := azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		ClientID: "c", TenantID: "t", TokenFilePath: "assertion", DisableInstanceDiscovery: true,
		ClientOptions: azcore.ClientOptions{Transport: s.Client(), Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: s.URL}},
	})
	must(err)
	return c
}

func (s *service) try(what, resource string, c *azidentity.WorkloadIdentityCredential) {
	said := "granted"
	s.sent = "nothing"
	_, err := c.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{"https://" + resource + ".example/.default"}})
	if err != nil {
		said = "refused"
	}
	fmt.Printf("Go, resource %s, %s: sent %s, %s\n", resource, what, s.sent, said)
}

func main() {
	s := &service{}
	s.Server = httptest.NewTLSServer(s)
	defer s.Close()
	must(os.WriteFile("assertion", []byte("old"), 0o600))
	c := s.credential()
	s.try("old file", "a", c)
	must(os.WriteFile("assertion", []byte("new"), 0o600))
	s.try("new file", "a", c)
	s.try("new file", "b", c)
	s.try("new credential object", "a", s.credential())
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/Azure/azure-sdk-for-go/sdk/azidentity@v1.15.0
quiet go mod tidy
go build -o finding .
timeout 60 ./finding >seen

npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix . @azure/identity@4.14.1 >/dev/null
cat >try.mjs <<'END'
import { writeFileSync } from "node:fs";
import { WorkloadIdentityCredential } from "@azure/identity";
import { createHttpHeaders } from "@azure/core-rest-pipeline";

// An HTTP client stands in for the token service.
let sent;
const authority = "https://login.microsoftonline.com/t";
const httpClient = {
  async sendRequest(request) {
    const reply = (status, body) => ({ request, status, headers: createHttpHeaders({}), bodyAsText: JSON.stringify(body) });
    if (request.url.endsWith("openid-configuration")) {
      return reply(200, { issuer: `${authority}/v2.0`, authorization_endpoint: `${authority}/authorize`, token_endpoint: `${authority}/token` });
    }
    sent = new URLSearchParams(request.body).get("client_assertion");
    return sent === "new" ? reply(200, { access_token: "a", token_type: "Bearer", expires_in: 3600 })
      : reply(401, { error: "invalid_client", error_description: "AADSTS700024" });
  },
};
const newCredential = () => new WorkloadIdentityCredential({
  clientId: "c", tenantId: "t", tokenFilePath: "assertion", disableInstanceDiscovery: true, httpClient, retryOptions: { maxRetries: 0 },
});
async function attempt(what, resource, credential) {
  sent = "nothing";
  const said = await credential.getToken(`https://${resource}.example/.default`).then(() => "granted", () => "refused");
  console.log(`JavaScript, resource ${resource}, ${what}: sent ${sent}, ${said}`);
}

writeFileSync("assertion", "old");
const credential = newCredential();
await attempt("old file", "a", credential);
writeFileSync("assertion", "new");
await attempt("new file", "a", credential);
await attempt("new file", "b", credential);
await attempt("new credential object", "a", newCredential());
END
timeout 60 node try.mjs >>seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
