#!/usr/bin/env bash
# MSAL Go's browser sign-in ends at the first request that is not the answer; MSAL Node's waits for the answer
#
# Versions: github.com/AzureAD/microsoft-authentication-library-for-go v1.10.1 (Go module), @azure/msal-node 7.2.3 (npm).
# Needs:    Go, npm, node (20 was used). No root.
#
# Both libraries open http://localhost:PORT, send the person to the authorization endpoint with
# response_mode=form_post, and wait for one POST with the state of the request. One would guess that whatever
# else reaches the port is answered and forgotten: a browser asks for /favicon.ico by itself, a page that was open
# before is loaded again, an answer to yesterday's sign-in comes late. MSAL Node does so. MSAL Go makes an error
# of each of these requests, closes the port, and the person who signs in a moment later meets a refused
# connection. A HEAD is called a GET in its error. azidentity's InteractiveBrowserCredential rests on that call.
#
# Here no service is asked: the libraries' own HTTP is answered in the program, and "the answer arrived" means that
# the code was sent to the token endpoint.
#
# Output, which is compared:
#   | go, nothing before the answer: the answer arrived
#   | go, GET /favicon.ico before it: response was received via a GET operation, which is not supported
#   | go, GET / before it: response was received via a GET operation, which is not supported
#   | go, HEAD / before it: response was received via a GET operation, which is not supported
#   | go, POST / before it: mismatched OAuth state
#   | node, nothing before the answer: the answer arrived
#   | node, GET /favicon.ico before it: the answer arrived
#   | node, GET / before it: the answer arrived
#   | node, HEAD / before it: the answer arrived
#   | node, POST / before it: the answer arrived
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
)

const tenant = "https://login.microsoftonline.com/t"

// service answers what the library asks of Entra. It grants nothing: that a code arrives is all there is to see.
type service struct{ codes int }

func (s *service) CloseIdleConnections() {}

func (s *service) Do(r *http.Request) (*http.Response, error) {
	status, body := 200, `{"issuer":"`+tenant+`/v2.0","authorization_endpoint":"`+tenant+`/oauth2/v2.0/authorize","token_endpoint":"`+tenant+`/oauth2/v2.0/token"}`
	if strings.HasSuffix(r.URL.Path, "/token") {
		s.codes++
		status, body = 400, `{"error":"invalid_grant"}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// browse is a browser that sends a stray request, where there is one, and then the answer.
func browse(page, method, path string) {
	u, err := url.Parse(page)
	if err != nil {
		panic(err)
	}
	back, state := u.Query().Get("redirect_uri"), u.Query().Get("state")
	if method != "" {
		var form io.Reader
		if method == "POST" {
			form = strings.NewReader("code=c&state=yesterday")
		}
		r, err := http.NewRequest(method, back+path, form)
		if err != nil {
			panic(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if answer, err := http.DefaultClient.Do(r); err == nil {
			answer.Body.Close()
		}
	}
	if answer, err := http.PostForm(back, url.Values{"code": {"c"}, "state": {state}}); err == nil {
		answer.Body.Close()
	}
}

func main() {
	for _, stray := range []string{"nothing", "GET /favicon.ico", "GET /", "HEAD /", "POST /"} {
		s := new(service)
		app, err := public.New("11111111-2222-3333-4444-555555555555", public.WithAuthority(tenant), public.WithHTTPClient(s), public.WithInstanceDiscovery(false))
		if err != nil {
			panic(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		method, path, _ := strings.Cut(stray, " ")
		when := "before it"
		if path == "" {
			method, when = "", "before the answer"
		}
		_, err = app.AcquireTokenInteractive(ctx, []string{"s/.default"}, public.WithRedirectURI("http://localhost"),
			public.WithOpenURL(func(page string) error { go browse(page, method, path); return nil }))
		cancel()
		said, _, _ := strings.Cut(fmt.Sprint(err), ", req(") // with a random state
		if s.codes > 0 {
			said = "the answer arrived"
		}
		fmt.Printf("go, %s %s: %s\n", stray, when, said)
	}
}
END
cat >main.mjs <<'END'
import { PublicClientApplication } from "@azure/msal-node";

const tenant = "https://login.microsoftonline.com/t";
const config = { issuer: tenant + "/v2.0", jwks_uri: tenant + "/keys",
  authorization_endpoint: tenant + "/oauth2/v2.0/authorize", token_endpoint: tenant + "/oauth2/v2.0/token" };
const hosts = { tenant_discovery_endpoint: tenant + "/v2.0/.well-known/openid-configuration",
  metadata: [{ preferred_network: "login.microsoftonline.com", preferred_cache: "login.windows.net", aliases: ["login.microsoftonline.com"] }] };

async function browse(page, method, path) {
  const query = new URL(page).searchParams, back = query.get("redirect_uri");
  const send = (method, path, state) => fetch(new URL(path, back), { method, redirect: "manual",
    body: method === "POST" ? new URLSearchParams({ code: "c", state }) : undefined }).catch(() => {});
  if (path) await send(method, path, "yesterday");
  await send("POST", "/", query.get("state"));
}

for (const stray of ["nothing", "GET /favicon.ico", "GET /", "HEAD /", "POST /"]) {
  let codes = 0;
  const networkClient = {
    sendGetRequestAsync: async (url) => ({ status: 200, headers: {}, body: url.includes("/instance") ? hosts : config }),
    sendPostRequestAsync: async () => { codes++; return { status: 400, headers: {}, body: { error: "invalid_grant" } }; },
  };
  const app = new PublicClientApplication({ auth: { clientId: "11111111-2222-3333-4444-555555555555", authority: tenant }, system: { networkClient } });
  const [method, path] = stray.split(" ");
  const said = await app.acquireTokenInteractive({ scopes: ["s/.default"],
    openBrowser: async (page) => { browse(page, method, path); } }).then(() => "a token", (e) => e.message);
  console.log(`node, ${stray} before ${path ? "it" : "the answer"}: ${codes > 0 ? "the answer arrived" : said}`);
}
process.exit(0);
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" >messages 2>&1 || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/AzureAD/microsoft-authentication-library-for-go/apps/public@v1.10.1
quiet go build -o finding main.go
quiet npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix . @azure/msal-node@7.2.3
timeout 120 ./finding >seen
timeout 120 node main.mjs >>seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
