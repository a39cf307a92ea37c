#!/usr/bin/env bash
# MSAL, for Go and for Node, does not name the device code's grant as RFC 8628 does
#
# Versions: github.com/AzureAD/microsoft-authentication-library-for-go v1.10.1, golang.org/x/oauth2 v0.38.0 (Go modules),
#           @azure/msal-node 7.2.3, oidc-provider 9.13.3 (npm). MSAL Python 1.21.0 (Debian 12) was seen to send the
#           RFC's name, and to get a token here.
# Needs:    Go, npm, node (20 was used; oidc-provider warns that it wants 22), openssl. No root.
#
# The RFC (section 3.4) leaves no choice: a poll has grant_type=urn:ietf:params:oauth:grant-type:device_code, and
# Microsoft's own page about the flow says "must be". One would guess that Microsoft's libraries send that. These two
# send grant_type=device_code. Entra takes it, so nobody sees it there. A server that knows the registered name alone
# refuses the first poll, and the sign-in is over, although the person is done and the code is good. Here it is the
# certified oidc-provider, with its addresses where MSAL looks for them. MSAL Node does the same as protocolMode OIDC,
# its mode for other servers. Who tests MSAL against another server has to translate the name.
#
# In each case the person has signed in before the first poll. A "... sent" is what the server saw, with the client ID;
# "by hand" is the code that MSAL Go failed with.
#
# Output, which is compared:
#   | the server's metadata has device_code: false
#   | the server's metadata has urn:ietf:params:oauth:grant-type:device_code: true
#   | msal-go sent device_code: unsupported_grant_type
#   | msal-go ended with unsupported_grant_type
#   | the same code, by hand:
#   | msal-go sent urn:ietf:params:oauth:grant-type:device_code: a token
#   | oauth2 sent urn:ietf:params:oauth:grant-type:device_code: a token
#   | oauth2 ended with a token
#   | msal-node sent device_code: unsupported_grant_type
#   | msal-node, protocolMode AAD, ended with unsupported_grant_type
#   | msal-node sent device_code: unsupported_grant_type
#   | msal-node, protocolMode OIDC, ended with unsupported_grant_type
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
const issuer = `https://127.0.0.1:${server.address().port}/t/v2.0`;
const provider = new Provider(issuer, {
  clients: ["msal-go", "msal-node", "oauth2"].map((client_id) => ({
    client_id, application_type: "native", token_endpoint_auth_method: "none", response_types: [], redirect_uris: [],
    grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
  })),
  scopes: ["openid", "profile", "offline_access"],
  features: { deviceFlow: { enabled: true }, devInteractions: { enabled: false } },
  // MSAL makes the second address of the first.
  routes: { token: "/t/oauth2/v2.0/token", device_authorization: "/t/oauth2/v2.0/devicecode" },
  cookies: { keys: ["k"] },
  // Whoever comes is "a", and all that a client asks for is granted.
  interactions: { url: (ctx, interaction) => `/signin/${interaction.uid}` },
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope(oidc.params.scope);
    await grant.save();
    return grant;
  },
});
provider.use(async (ctx, next) => {
  await next();
  if (ctx.oidc?.route !== "token") return;
  const { client_id, grant_type } = ctx.oidc.body;
  appendFileSync("seen", `${client_id} sent ${grant_type}: ${ctx.body.access_token ? "a token" : ctx.body.error}\n`);
});
const serve = provider.callback();
server.on("request", (req, res) => {
  if (req.url.startsWith("/signin/")) return provider.interactionFinished(req, res, { login: { accountId: "a" }, consent: {} });
  if (req.url.startsWith("/t/v2.0/")) req.url = req.url.slice("/t/v2.0".length);
  serve(req, res);
});
console.log(issuer);
END
# browser.mjs PAGE CODE goes where it is sent, and fills in and sends each form.
cat >browser.mjs <<'END'
let [address, code] = process.argv.slice(2), body, page;
const cookies = new Map();
while (address) {
  const cookie = [...cookies].map((c) => c.join("=")).join("; ");
  const answer = await fetch(address, { method: body ? "POST" : "GET", body, redirect: "manual", headers: { accept: "text/html", cookie } });
  for (const set of answer.headers.getSetCookie()) cookies.set(...set.split(";")[0].split(/=(.*)/, 2));
  page = await answer.text();
  const form = /<form [^]*<\/form>/.exec(page)?.[0];
  const next = answer.headers.get("location") ?? (form && /action="([^"]*)"/.exec(form)[1]);
  body = form && new URLSearchParams([...form.matchAll(/<input[^>]*>/g)].map(([input]) =>
    [/name="([^"]*)"/.exec(input)[1], /value="([^"]*)"/.exec(input)?.[1] ?? code]));
  address = next && new URL(next, address);
}
if (!page.includes("Sign-in Success")) throw new Error(page);
END
cat >main.go <<'END'
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
	"golang.org/x/oauth2"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func signIn(page, code string) {
	if said, err := exec.Command("node", "browser.mjs", page, code).CombinedOutput(); err != nil {
		panic(string(said))
	}
}

// say writes at once, for the server writes to the same file.
func say(words ...any) {
	f, err := os.OpenFile("seen", os.O_APPEND|os.O_WRONLY, 0)
	must(err)
	fmt.Fprintln(f, words...)
	f.Close()
}

func end(err error) string {
	if err == nil {
		return "a token"
	}
	if found := regexp.MustCompile(`"error": ?"(\w+)"`).FindStringSubmatch(err.Error()); found != nil {
		return found[1]
	}
	return err.Error()
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tenant := strings.TrimSuffix(os.Args[1], "/v2.0")
	token := tenant + "/oauth2/v2.0/token"

	app, err := public.New("msal-go", public.WithAuthority(tenant), public.WithInstanceDiscovery(false))
	must(err)
	device, err := app.AcquireTokenByDeviceCode(ctx, []string{"openid"})
	must(err)
	signIn(device.Result.VerificationURL, device.Result.UserCode)
	_, err = device.AuthenticationResult(ctx)
	say("msal-go ended with", end(err))
	say("the same code, by hand:")
	answer, err := http.PostForm(token, url.Values{"client_id": {"msal-go"}, "device_code": {device.Result.DeviceCode},
		"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}})
	must(err)
	answer.Body.Close()

	config := oauth2.Config{ClientID: "oauth2", Scopes: []string{"openid", "profile", "offline_access"}, Endpoint: oauth2.Endpoint{
		DeviceAuthURL: tenant + "/oauth2/v2.0/devicecode", TokenURL: token, AuthStyle: oauth2.AuthStyleInParams}}
	code, err := config.DeviceAuth(ctx)
	must(err)
	signIn(code.VerificationURI, code.UserCode)
	_, err = config.DeviceAccessToken(ctx, code)
	say("oauth2 ended with", end(err))
}
END
cat >main.mjs <<'END'
import { PublicClientApplication } from "@azure/msal-node";
import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";

const issuer = process.argv[2];
const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
const [authority, host] = [issuer.replace("/v2.0", ""), new URL(issuer).host];
for (const protocolMode of ["AAD", "OIDC"]) {
  const app = new PublicClientApplication({ auth: { clientId: "msal-node", authority, knownAuthorities: [host],
    authorityMetadata: JSON.stringify(metadata) }, system: { protocolMode } });
  const said = await app.acquireTokenByDeviceCode({ scopes: ["openid"],
    deviceCodeCallback: (code) => execFileSync("node", ["browser.mjs", code.verificationUri, code.userCode]) })
    .then(() => "a token", (e) => /unsupported_grant_type/.exec(e.message)?.[0] ?? e.message);
  appendFileSync("seen", `msal-node, protocolMode ${protocolMode}, ended with ${said}\n`);
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" >messages 2>&1 || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/AzureAD/microsoft-authentication-library-for-go/apps/public@v1.10.1 golang.org/x/oauth2@v0.38.0
quiet go build -o finding main.go
quiet npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix . @azure/msal-node@7.2.3 oidc-provider@9.13.3
quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 2 \
	-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1
export SSL_CERT_FILE=$dir/cert.pem NODE_EXTRA_CA_CERTS=$dir/cert.pem no_proxy='*'

node server.mjs >issuer 2>log &
server=$!
for _ in $(seq 100); do [ -s issuer ] || sleep 0.1; done
[ -s issuer ] || { cat log >&2; exit 2; }
issuer=$(cat issuer)
node -e 'fetch(process.argv[1] + "/.well-known/openid-configuration").then((r) => r.json()).then((metadata) => {
	for (const name of ["device_code", "urn:ietf:params:oauth:grant-type:device_code"])
		console.log(`the server'\''s metadata has ${name}: ${metadata.grant_types_supported.includes(name)}`);
})' "$issuer" >seen
timeout 60 ./finding "$issuer"
timeout 60 node main.mjs "$issuer"

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
