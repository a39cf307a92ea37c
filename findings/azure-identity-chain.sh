#!/usr/bin/env bash
# @azure/identity: after a refusal by the service a chain goes on, and another identity's token comes back
#
# Versions: @azure/identity 4.14.1 (npm); github.com/Azure/azure-sdk-for-go/sdk/azidentity v1.15.0 (Go module).
# Needs:    Go, npm, node (20 was used). No root.
#
# A ChainedTokenCredential is a list of ways to get a token. A way that isn't set up here is passed over, and one would
# guess that a way which is set up, and is refused by Entra (a wrong secret, a federated token that nobody trusts), ends
# the call: the person meant that identity. azidentity does so. In JavaScript ClientSecretCredential and
# WorkloadIdentityCredential make "AuthenticationRequiredError" of a refusal. That name means "somebody has to sign
# in", which counts as not set up. So the chain asks the next one, and the caller acts as somebody else without a word;
# what it then sees is a 403 for an identity that it doesn't know. The same wrong secret by way of EnvironmentCredential
# ends the call, as "AuthenticationError". DefaultAzureCredential is such a chain; it was seen to go on to az and azd
# after a refused WorkloadIdentityCredential, although the package's README says that a deployed service's credential
# ends it there.
#
# Output, which is compared:
#   | JavaScript, ClientSecretCredential, refused: AuthenticationRequiredError; in a chain: a token of other
#   | JavaScript, WorkloadIdentityCredential, refused: AuthenticationRequiredError; in a chain: a token of other
#   | JavaScript, EnvironmentCredential, refused: AuthenticationError; in a chain: AuthenticationError
#   | Go, ClientSecretCredential, refused: AuthenticationFailedError; in a chain: AuthenticationFailedError
#   | Go, WorkloadIdentityCredential, refused: AuthenticationFailedError; in a chain: AuthenticationFailedError
#   | Go, EnvironmentCredential, refused: AuthenticationFailedError; in a chain: AuthenticationFailedError
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

for name in $(compgen -e | grep -E ^AZURE_); do
	unset "$name"
done
export AZURE_TENANT_ID=t AZURE_CLIENT_ID=meant AZURE_CLIENT_SECRET=wrong AZURE_FEDERATED_TOKEN_FILE=$dir/assertion
printf foreign >assertion

npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix . @azure/identity@4.14.1 >/dev/null
cat >try.mjs <<'END'
import { ChainedTokenCredential, ClientSecretCredential, EnvironmentCredential, WorkloadIdentityCredential } from "@azure/identity";
import { createHttpHeaders } from "@azure/core-rest-pipeline";

// An HTTP client stands in for the token service, which takes the secret "right" alone.
const authority = "https://login.microsoftonline.com/t";
const httpClient = {
  async sendRequest(request) {
    const reply = (status, body) => ({ request, status, headers: createHttpHeaders({}), bodyAsText: JSON.stringify(body) });
    if (request.url.endsWith("openid-configuration")) {
      return reply(200, { issuer: `${authority}/v2.0`, authorization_endpoint: `${authority}/authorize`, token_endpoint: `${authority}/token` });
    }
    const form = new URLSearchParams(request.body);
    return form.get("client_secret") === "right" ? reply(200, { access_token: form.get("client_id"), token_type: "Bearer", expires_in: 3600 })
      : reply(401, { error: "invalid_client", error_description: "AADSTS7000215" });
  },
};
const options = { disableInstanceDiscovery: true, httpClient, retryOptions: { maxRetries: 0 } };
const ask = (credential) => credential.getToken("https://r.example/.default").then((t) => `a token of ${t.token}`, (e) => e.name);
for (const [name, create] of [
  ["ClientSecretCredential", () => new ClientSecretCredential("t", "meant", "wrong", options)],
  ["WorkloadIdentityCredential", () => new WorkloadIdentityCredential(options)],
  ["EnvironmentCredential", () => new EnvironmentCredential(options)],
]) {
  const other = new ClientSecretCredential("t", "other", "right", options);
  console.log(`JavaScript, ${name}, refused: ${await ask(create())}; in a chain: ${await ask(new ChainedTokenCredential(create(), other))}`);
}
END
timeout 60 node try.mjs >seen

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

var server *httptest.Server

// serve is a token service that takes the secret "right" alone.
func serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasSuffix(r.URL.Path, "openid-configuration"):
		fmt.Fprintf(w, `{"issuer":"%[1]s/t/v2.0","authorization_endpoint":"%[1]s/t/authorize","token_endpoint":"%[1]s/t/token"}`, server.URL)
	case r.FormValue("client_secret") == "right":
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, r.FormValue("client_id"))
	default:
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":"invalid_client","error_description":"AADSTS7000215"}`)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ask(c azcore.TokenCredential) string {
	token, err := c.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{"https://r.example/.default"}})
	var refused *azidentity.AuthenticationFailedError
	switch {
	case err == nil:
		return "a token of " + token.Token
	case errors.As(err, &refused):
		return "AuthenticationFailedError"
	}
	return err.Error()
}

func main() {
	server = httptest.NewTLSServer(http.HandlerFunc(serve))
	defer server.Close()
	options := azcore.ClientOptions{Transport: server.Client(), Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: server.URL}}
	secret := func(id, secret string) azcore.TokenCredential {
		return must(azidentity.NewClientSecretCredential("t", id, secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true}))
	}
	for _, c := range []struct {
		name string
		azcore.TokenCredential
	}{
		{"ClientSecretCredential", secret("meant", "wrong")},
		{"WorkloadIdentityCredential", must(azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true}))},
		{"EnvironmentCredential", must(azidentity.NewEnvironmentCredential(&azidentity.EnvironmentCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true}))},
	} {
		chain := must(azidentity.NewChainedTokenCredential([]azcore.TokenCredential{c, secret("other", "right")}, nil))
		fmt.Printf("Go, %s, refused: %s; in a chain: %s\n", c.name, ask(c), ask(chain))
	}
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" >messages 2>&1 || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/Azure/azure-sdk-for-go/sdk/azidentity@v1.15.0
quiet go mod tidy
quiet go build -o finding .
timeout 60 ./finding >>seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
