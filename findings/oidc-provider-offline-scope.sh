#!/usr/bin/env bash
# oidc-provider drops offline_access from a browser's sign-in without an error, and MSAL Go's refresh then asks for it
#
# Versions: github.com/AzureAD/microsoft-authentication-library-for-go v1.10.1, golang.org/x/oauth2 v0.38.0 (Go modules),
#           oidc-provider 9.13.3 (npm).
# Needs:    Go, npm, node (20 was used; oidc-provider warns that it wants 22), openssl. No root.
#
# A client asks for offline_access to get a refresh token. One would guess that it gets one or an error, and that a
# refresh may ask for the scopes of its sign-in. MSAL Go does so: it adds the scope to both. The certified
# oidc-provider ignores the scope unless prompt=consent is asked for, too (OpenID Connect Core 1.0, section 11), and
# MSAL's prompt is select_account unless it is told otherwise. The sign-in succeeds; all there is to notice is that the
# answer has one scope less. Then:
#
# - with default settings there is no refresh token, and a silent call fails as soon as the access token has ended. For
#   a device code, whose request has no prompt, the same client gets one with the same scopes
# - with issueRefreshToken set to give one to each client that may refresh, MSAL has one, and each refresh is refused
#   with invalid_scope, for it asks for more than was granted (RFC 6749, section 6). The token is good: x/oauth2,
#   which sends no scope, gets an access token with it
#
# Either way the person has to sign in again each time, and prompt=consent cures it. Entra grants the scope with any
# prompt. The lines that begin with a grant are what the server saw and said.
#
# Output, which is compared:
#   | = default settings, browser, prompt=select_account
#   | authorization_code: openid profile, no refresh token
#   | MSAL Go, silently: no token found
#   | = default settings, browser, prompt=consent
#   | authorization_code: openid offline_access profile, a refresh token
#   | refresh_token for openid offline_access profile: openid offline_access profile, a refresh token
#   | MSAL Go, silently: a token
#   | = default settings, device code, which has no prompt
#   | device_code: openid offline_access profile, a refresh token
#   | = refresh tokens for all, browser, prompt=select_account
#   | authorization_code: openid profile, a refresh token
#   | refresh_token for openid offline_access profile: invalid_scope
#   | MSAL Go, silently: invalid_scope
#   | refresh_token for no scope: openid profile, a refresh token
#   | x/oauth2 with MSAL's refresh token: a token
#   | = refresh tokens for all, browser, prompt=consent
#   | authorization_code: openid offline_access profile, a refresh token
#   | refresh_token for openid offline_access profile: openid offline_access profile, a refresh token
#   | MSAL Go, silently: a token
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
import { Provider, interactionPolicy } from "oidc-provider";

// Entra's prompt, which MSAL Go sends unless it is told otherwise.
const policy = interactionPolicy.base();
policy.add(new interactionPolicy.Prompt({ name: "select_account", requestable: true }), 0);

async function start(settings) {
  const server = createServer({ key: readFileSync("key.pem"), cert: readFileSync("cert.pem") });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const issuer = `https://127.0.0.1:${server.address().port}/t/v2.0`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: "c", application_type: "native", token_endpoint_auth_method: "none",
      response_types: ["code"], redirect_uris: ["http://localhost"],
      grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    }],
    scopes: ["openid", "profile", "offline_access"],
    features: { deviceFlow: { enabled: true }, devInteractions: { enabled: false } },
    routes: { authorization: "/t/authorize", token: "/t/token", device_authorization: "/t/devicecode" },
    cookies: { keys: ["k"] },
    ttl: { AccessToken: 60 }, // MSAL renews a token five minutes before its end, so this one at once
    // Whoever comes is "a", and all that a client asks for is granted.
    interactions: { policy, url: (ctx, interaction) => `/signin/${interaction.uid}` },
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope(oidc.params.scope);
      await grant.save();
      return grant;
    },
    ...settings,
  });
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.oidc?.route !== "token") return;
    const { grant_type, scope } = ctx.oidc.body, { error, scope: granted, refresh_token } = ctx.body;
    const asked = grant_type === "refresh_token" ? ` for ${scope ?? "no scope"}` : "";
    appendFileSync("seen", `${grant_type.split(":").pop()}${asked}: ${error ?? `${granted}, ${refresh_token ? "a" : "no"} refresh token`}\n`);
  });
  const serve = provider.callback();
  server.on("request", (req, res) => {
    if (req.url.startsWith("/signin/")) {
      return provider.interactionFinished(req, res, { select_account: {}, login: { accountId: "a" }, consent: {} });
    }
    if (req.url.startsWith("/t/v2.0/")) req.url = req.url.slice("/t/v2.0".length);
    serve(req, res);
  });
  return `https://127.0.0.1:${server.address().port}/t`;
}
console.log(await start({}), await start({ issueRefreshToken: (ctx, client) => client.grantTypeAllowed("refresh_token") }));
END
# browser.mjs PAGE CODE goes where it is sent, and fills in and sends each form.
cat >browser.mjs <<'END'
let [address, code] = process.argv.slice(2), body;
const cookies = new Map();
while (address) {
  const cookie = [...cookies].map((c) => c.join("=")).join("; ");
  const answer = await fetch(address, { method: body ? "POST" : "GET", body, redirect: "manual", headers: { accept: "text/html", cookie } });
  for (const set of answer.headers.getSetCookie()) cookies.set(...set.split(";")[0].split(/=(.*)/, 2));
  const form = /<form [^]*<\/form>/.exec(await answer.text())?.[0];
  const next = answer.headers.get("location") ?? (form && /action="([^"]*)"/.exec(form)[1]);
  body = form && new URLSearchParams([...form.matchAll(/<input[^>]*>/g)].map(([input]) =>
    [/name="([^"]*)"/.exec(input)[1], /value="([^"]*)"/.exec(input)?.[1] ?? code]));
  address = next && new URL(next, address);
}
END
cat >main.go <<'END'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/cache"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
	"golang.org/x/oauth2"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// say writes at once, for the server writes to the same file.
func say(format string, words ...any) {
	f, err := os.OpenFile("seen", os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	must(err)
	fmt.Fprintf(f, format+"\n", words...)
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

// tokens keeps the refresh token of MSAL's cache.
type tokens struct{ refresh string }

func (t *tokens) Replace(context.Context, cache.Unmarshaler, cache.ReplaceHints) error { return nil }

func (t *tokens) Export(_ context.Context, c cache.Marshaler, _ cache.ExportHints) error {
	var all struct{ RefreshToken map[string]struct{ Secret string } }
	data, err := c.Marshal()
	must(err)
	must(json.Unmarshal(data, &all))
	for _, one := range all.RefreshToken {
		t.refresh = one.Secret
	}
	return nil
}

// The constants that public.WithPrompt takes are in an internal package.
const (
	selectAccount = 2
	consent       = 3
)

// msal signs in, then asks for a token without a person, as a program does each hour, and gives the refresh token.
func msal(ctx context.Context, tenant string, prompt public.AcquireInteractiveOption) string {
	kept := new(tokens)
	app, err := public.New("c", public.WithAuthority(tenant), public.WithInstanceDiscovery(false), public.WithCache(kept))
	must(err)
	open := func(page string) error { return exec.CommandContext(ctx, "node", "browser.mjs", page).Start() }
	got, err := app.AcquireTokenInteractive(ctx, []string{"openid"}, prompt, public.WithOpenURL(open))
	must(err)
	_, err = app.AcquireTokenSilent(ctx, []string{"openid"}, public.WithSilentAccount(got.Account))
	say("MSAL Go, silently: %s", end(err))
	return kept.refresh
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Second)
	defer cancel()
	for i, tenant := range os.Args[1:] {
		settings := []string{"default settings", "refresh tokens for all"}[i]
		config := oauth2.Config{ClientID: "c", Scopes: []string{"openid", "offline_access", "profile"}, Endpoint: oauth2.Endpoint{
			DeviceAuthURL: tenant + "/devicecode", TokenURL: tenant + "/token", AuthStyle: oauth2.AuthStyleInParams}}

		say("= %s, browser, prompt=select_account", settings)
		if refresh := msal(ctx, tenant, public.WithPrompt(selectAccount)); refresh != "" {
			_, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh, Expiry: time.Now().Add(-time.Hour)}).Token()
			say("x/oauth2 with MSAL's refresh token: %s", end(err))
		}
		say("= %s, browser, prompt=consent", settings)
		msal(ctx, tenant, public.WithPrompt(consent))
		if i > 0 {
			continue
		}
		say("= %s, device code, which has no prompt", settings)
		code, err := config.DeviceAuth(ctx)
		must(err)
		must(exec.Command("node", "browser.mjs", code.VerificationURI, code.UserCode).Run())
		_, err = config.DeviceAccessToken(ctx, code)
		must(err)
	}
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" >messages 2>&1 || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/AzureAD/microsoft-authentication-library-for-go/apps/public@v1.10.1 golang.org/x/oauth2@v0.38.0
quiet go build -o finding main.go
quiet npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix . oidc-provider@9.13.3
quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 2 \
	-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1
export SSL_CERT_FILE=$dir/cert.pem NODE_EXTRA_CA_CERTS=$dir/cert.pem no_proxy='*'

node server.mjs >tenants 2>log &
server=$!
for _ in $(seq 100); do [ -s tenants ] || sleep 0.1; done
[ -s tenants ] || { cat log >&2; exit 2; }
read -ra tenants <tenants
timeout 60 ./finding "${tenants[@]}"

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
