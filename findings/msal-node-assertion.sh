#!/usr/bin/env bash
# MSAL Node fetches an assertion for a token that it has; @azure/identity does so twice, and fails if it gets none
#
# Versions: @azure/msal-node 7.2.3, @azure/identity 4.14.1 (npm); azidentity v1.15.0 (Go module, below
#           github.com/Azure/azure-sdk-for-go/sdk).
# Needs:    Go, npm, node (20 was used). No root.
#
# A client assertion proves who asks for a token. It is given as a function, for it ends soon, and one would guess that
# the function runs once for each request to the token endpoint, which is rare: the token is kept for an hour. So it is
# in Go. MSAL Node runs it in each call, before it looks for a token, and @azure/identity twice in each call. With
# AzurePipelinesCredential that is two POSTs to Azure Pipelines for each call of an Azure SDK that asks for the token.
# And while the source of assertions is away a call fails, though the token is there and good.
#
# Each line is one call for the same token: what it ran or asked by then, in all, and what came of it.
#
# Output, which is compared:
#   | Go, ClientAssertionCredential, call 1: 1 assertion, 1 request, a token
#   | Go, ClientAssertionCredential, call 2: 1 assertion, 1 request, a token
#   | Go, ClientAssertionCredential, call 3, no assertion to be had: 1 assertion, 1 request, a token
#   | MSAL Node, call 1: 1 assertion, 1 request, a token
#   | MSAL Node, call 2: 2 assertions, 1 request, a token
#   | MSAL Node, call 3, no assertion to be had: 2 assertions, 1 request, the source is away
#   | JavaScript, ClientAssertionCredential, call 1: 2 assertions, 1 request, a token
#   | JavaScript, ClientAssertionCredential, call 2: 4 assertions, 1 request, a token
#   | JavaScript, ClientAssertionCredential, call 3, no assertion to be had: 4 assertions, 1 request, the source is away
#   | JavaScript, AzurePipelinesCredential, call 1: 2 assertions, 1 request, a token
#   | JavaScript, AzurePipelinesCredential, call 2: 4 assertions, 1 request, a token
#   | JavaScript, AzurePipelinesCredential, call 3, no assertion to be had: 4 assertions, 1 request, the source is away
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprint(n, " ", what)
}

func main() {
	var server *httptest.Server
	requests, assertions, away := 0, 0, false
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "openid-configuration") {
			fmt.Fprintf(w, `{"issuer":"%[1]s/t/v2.0","authorization_endpoint":"%[1]s/t/authorize","token_endpoint":"%[1]s/t/token"}`, server.URL)
			return
		}
		requests++
		fmt.Fprint(w, `{"access_token":"a","token_type":"Bearer","expires_in":3600}`)
	}))
	defer server.Close()
	c, err := azidentity.NewClientAssertionCredential("t", "c", func(context.Context) (string, error) {
		if away {
			return "", errors.New("the source is away")
		}
		assertions++
		return "assertion", nil
	}, &azidentity.ClientAssertionCredentialOptions{DisableInstanceDiscovery: true,
		ClientOptions: azcore.ClientOptions{Transport: server.Client(), Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: server.URL}}})
	if err != nil {
		panic(err)
	}
	for _, call := range []string{"call 1", "call 2", "call 3, no assertion to be had"} {
		away = strings.HasPrefix(call, "call 3")
		said := "a token"
		if _, err := c.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{"https://r.example/.default"}}); err != nil {
			said = err.Error()
		}
		fmt.Printf("Go, ClientAssertionCredential, %s: %s, %s, %s\n", call, count(assertions, "assertion"), count(requests, "request"), said)
	}
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" >messages 2>&1 || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/Azure/azure-sdk-for-go/sdk/azidentity@v1.15.0
quiet go mod tidy
quiet go build -o finding .
timeout 60 ./finding >seen

quiet npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix . @azure/identity@4.14.1 @azure/msal-node@7.2.3
cat >try.mjs <<'END'
import { AzurePipelinesCredential, ClientAssertionCredential } from "@azure/identity";
import { ConfidentialClientApplication } from "@azure/msal-node";
import { createHttpHeaders } from "@azure/core-rest-pipeline";

// An HTTP client stands in for the token service and for Azure Pipelines.
const authority = "https://login.microsoftonline.com/t", pipelines = "https://pipelines.example/oidc";
const scope = "https://r.example/.default", plural = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;
let assertions, requests, away;
async function assertion() {
  if (away) throw new Error("the source is away");
  assertions++;
  return "assertion";
}
async function service(url) {
  if (url.endsWith("openid-configuration")) {
    return { issuer: `${authority}/v2.0`, authorization_endpoint: `${authority}/authorize`, token_endpoint: `${authority}/token`, jwks_uri: `${authority}/keys` };
  }
  if (url.includes("/discovery/instance")) {
    return { tenant_discovery_endpoint: `${authority}/v2.0/.well-known/openid-configuration`,
      metadata: [{ preferred_network: "login.microsoftonline.com", preferred_cache: "login.windows.net", aliases: ["login.microsoftonline.com"] }] };
  }
  if (url.startsWith(pipelines)) return { oidcToken: await assertion() };
  requests++;
  return { access_token: "a", token_type: "Bearer", expires_in: 3600 };
}
const httpClient = { sendRequest: async (request) => ({ request, status: 200, headers: createHttpHeaders({}), bodyAsText: JSON.stringify(await service(request.url)) }) };
const options = { disableInstanceDiscovery: true, httpClient, retryOptions: { maxRetries: 0 } };
const send = async (url) => ({ status: 200, headers: {}, body: await service(url) });

async function attempt(name, call) {
  assertions = requests = 0;
  for (const which of ["call 1", "call 2", "call 3, no assertion to be had"]) {
    away = which.startsWith("call 3");
    const said = await call().then(() => "a token", (e) => (e.message.includes("the source is away") ? "the source is away" : e.message));
    console.log(`${name}, ${which}: ${plural(assertions, "assertion")}, ${plural(requests, "request")}, ${said}`);
  }
}

const app = new ConfidentialClientApplication({ auth: { clientId: "c", authority, clientAssertion: assertion },
  system: { networkClient: { sendGetRequestAsync: send, sendPostRequestAsync: send } } });
await attempt("MSAL Node", () => app.acquireTokenByClientCredential({ scopes: [scope] }));
const own = new ClientAssertionCredential("t", "c", assertion, options);
await attempt("JavaScript, ClientAssertionCredential", () => own.getToken(scope));
process.env.SYSTEM_OIDCREQUESTURI = pipelines;
const pipeline = new AzurePipelinesCredential("t", "c", "connection", "job", options);
await attempt("JavaScript, AzurePipelinesCredential", () => pipeline.getToken(scope));
END
timeout 60 node try.mjs >>seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
