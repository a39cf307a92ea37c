#!/usr/bin/env bash
# MSAL Go asks for openid, offline_access and profile where no person is, and the certified oidc-provider refuses it
#
# Versions: github.com/AzureAD/microsoft-authentication-library-for-go v1.10.1, golang.org/x/oauth2 v0.38.0 (Go modules),
#           @azure/msal-node 7.2.3, oidc-provider 9.13.3 (npm).
# Needs:    Go, npm, node (20 was used; oidc-provider warns that it wants 22), openssl. No root.
#
# With client credentials an application gets a token for itself, for the scope that it names. The scopes openid,
# profile and offline_access are about a person: an ID token, a name, a refresh token (against which RFC 6749 advises
# here, 4.4.3). One would guess that a library leaves them out; MSAL Node and x/oauth2 do. MSAL Go adds all three to each
# request, and no option keeps them away. Entra takes that. A server that holds a client to the scopes it is registered
# for says invalid_scope; that the client may have "api" doesn't help. Where the client isn't held to a list, the server
# grants them, and the application has a token that says openid.
#
# Each line is a request as the server saw it, with its answer.
#
# Output, which is compared:
#   | x/oauth2, client with a list of scopes: asked for api; granted api
#   | x/oauth2, client without a list: asked for api; granted api
#   | MSAL Node, client with a list of scopes: asked for api; granted api
#   | MSAL Node, client without a list: asked for api; granted api
#   | MSAL Go, client with a list of scopes: asked for api openid offline_access profile; invalid_scope
#   | MSAL Go, client without a list: asked for api openid offline_access profile; granted api openid offline_access profile
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d) server=
finish() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

cat >server.mjs <<'END'
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:https";
import { Provider } from "oidc-provider";

const server = createServer({ key: readFileSync("key.pem"), cert: readFileSync("cert.pem") });
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const tenant = `https://127.0.0.1:${server.address().port}/t`;
const client = { client_secret: "s", token_endpoint_auth_method: "client_secret_post", grant_types: ["client_credentials"], response_types: [], redirect_uris: [] };
const provider = new Provider(`${tenant}/v2.0`, {
  clients: [{ ...client, client_id: "listed", scope: "api" }, { ...client, client_id: "free" }],
  scopes: ["openid", "profile", "offline_access", "api"],
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  routes: { authorization: "/t/authorize", token: "/t/token" },
  cookies: { keys: ["k"] },
});
provider.use(async (ctx, next) => {
  await next();
  if (ctx.oidc?.route !== "token") return;
  const { error, scope } = ctx.body;
  appendFileSync("seen", `asked for ${ctx.oidc.body.scope}; ${error ?? `granted ${scope}`}\n`);
});
const serve = provider.callback();
server.on("request", (req, res) => {
  if (req.url.startsWith("/t/v2.0/")) req.url = req.url.slice("/t/v2.0".length); // where MSAL looks for the metadata
  serve(req, res);
});
console.log(tenant);
END
cat >main.go <<'END'
package main

import (
	"context"
	"os"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// main asks once; the server says what came of it.
func main() {
	library, tenant, client := os.Args[1], os.Args[2], os.Args[3]
	if library == "x/oauth2" {
		config := clientcredentials.Config{ClientID: client, ClientSecret: "s", TokenURL: tenant + "/token", Scopes: []string{"api"}, AuthStyle: oauth2.AuthStyleInParams}
		config.Token(context.Background())
		return
	}
	secret, err := confidential.NewCredFromSecret("s")
	check(err)
	app, err := confidential.New(tenant, client, secret, confidential.WithInstanceDiscovery(false), confidential.WithAzureRegion("DisableMsalForceRegion"))
	check(err)
	app.AcquireTokenByCredential(context.Background(), []string{"api"})
}
END
cat >msal.mjs <<'END'
import { ConfidentialClientApplication } from "@azure/msal-node";

const [authority, clientId] = process.argv.slice(2);
const app = new ConfidentialClientApplication({ auth: { clientId, clientSecret: "s", authority, knownAuthorities: [new URL(authority).host] } });
await app.acquireTokenByClientCredential({ scopes: ["api"] }).catch(() => {});
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" >messages 2>&1 || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential@v1.10.1 golang.org/x/oauth2@v0.38.0
quiet go build -o finding main.go
quiet npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix . @azure/msal-node@7.2.3 oidc-provider@9.13.3
quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 2 \
	-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1
export SSL_CERT_FILE=$dir/cert.pem NODE_EXTRA_CA_CERTS=$dir/cert.pem no_proxy='*'

node server.mjs >tenant 2>log &
server=$!
for _ in $(seq 100); do [ -s tenant ] || sleep 0.1; done
[ -s tenant ] || { cat log >&2; exit 2; }
read -r tenant <tenant
try() { # LIBRARY COMMAND...
	for client in listed free; do
		case $client in
		listed) printf '%s, client with a list of scopes: ' "$1" >>seen ;;
		free) printf '%s, client without a list: ' "$1" >>seen ;;
		esac
		timeout 60 "${@:2}" "$tenant" "$client"
	done
}
try x/oauth2 ./finding x/oauth2
try "MSAL Node" node msal.mjs
try "MSAL Go" ./finding msal

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
