#!/usr/bin/env bash
# MSAL Go says that a managed identity's token is due for refresh in half its life, forgets it, and never does so
#
# Versions: github.com/AzureAD/microsoft-authentication-library-for-go v1.10.1, azidentity v1.15.0 (below
#           github.com/Azure/azure-sdk-for-go/sdk) (Go modules); @azure/msal-node 7.2.3 (npm).
# Needs:    Go 1.25 or newer, npm, node (20 was used). No root.
#
# Tokens of managed identities live for a day, and both MSALs mean to replace one when half of that is over, so that
# nobody notices when the machine's endpoint is away for an hour. MSAL Node does. MSAL Go works out the time after it
# has put the token into its memory: the first answer carries the time (RefreshOn), what is kept doesn't, and so each
# later answer says that nothing is due, and the token is replaced in its last minutes alone: if the endpoint is away in
# just these, there is no token. azidentity rests on that call, and has the same answers. A report of it is open in
# MSAL Go's repository since 2025.
#
# The clock is made to run: synctest for Go, node:test's timers for JavaScript. Each line is one call, how many requests
# the endpoint has seen by then, and when the answer says that it is to be refreshed. The calls are a minute before the
# hour.
#
# Output, which is compared:
#   | MSAL Go, hour 0: 1 request, due in hour 12
#   | MSAL Go, hour 1: 1 request, not due
#   | MSAL Go, hour 13: 1 request, not due
#   | MSAL Go, hour 23: 1 request, not due
#   | MSAL Go, hour 24: 2 requests, due in hour 36
#   | azidentity, hour 0: 1 request, due in hour 12
#   | azidentity, hour 1: 1 request, not due
#   | azidentity, hour 13: 1 request, not due
#   | azidentity, hour 23: 1 request, not due
#   | azidentity, hour 24: 2 requests, due in hour 36
#   | MSAL Node, hour 0: 1 request, due in hour 12
#   | MSAL Node, hour 1: 1 request, due in hour 12
#   | MSAL Node, hour 13: 2 requests, due in hour 12
#   | MSAL Node, hour 23: 2 requests, due in hour 25
#   | MSAL Node, hour 24: 2 requests, due in hour 25
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# As in App Service. Nobody listens there: the libraries' own HTTP is answered in the program.
for name in $(compgen -e | grep -E '^(AZURE|IDENTITY|IMDS|MSI)_'); do
	unset "$name"
done
export IDENTITY_ENDPOINT=http://127.0.0.1/identity IDENTITY_HEADER=h

cat >refresh_test.go <<'END'
package finding

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/managedidentity"
)

// endpoint stands in for App Service's endpoint, whose tokens live for 24 hours.
type endpoint struct{ requests int }

func (*endpoint) CloseIdleConnections() {}

func (e *endpoint) Do(r *http.Request) (*http.Response, error) {
	e.requests++
	body := fmt.Sprintf(`{"access_token":"a","token_type":"Bearer","resource":%q,"expires_on":"%d"}`, r.URL.Query().Get("resource"), time.Now().Add(24*time.Hour).Unix())
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// day asks at several hours of a day.
func day(t *testing.T, who string, create func(*endpoint) (ask func() (due time.Time))) {
	synctest.Test(t, func(*testing.T) {
		e, start := new(endpoint), time.Now()
		ask := create(e)
		for _, hour := range []time.Duration{0, 1, 13, 23, 24} {
			time.Sleep(start.Add(hour*time.Hour - time.Minute).Sub(time.Now()))
			due, plural, said := ask(), "s", "not due"
			if e.requests == 1 {
				plural = ""
			}
			if !due.IsZero() {
				said = fmt.Sprintf("due in hour %.0f", due.Sub(start).Hours())
			}
			fmt.Printf("seen: %s, hour %d: %d request%s, %s\n", who, hour, e.requests, plural, said)
		}
	})
}

func TestMSAL(t *testing.T) {
	day(t, "MSAL Go", func(e *endpoint) func() time.Time {
		c, err := managedidentity.New(managedidentity.SystemAssigned(), managedidentity.WithHTTPClient(e))
		check(err)
		return func() time.Time {
			r, err := c.AcquireToken(context.Background(), "https://r.example")
			check(err)
			return r.Metadata.RefreshOn
		}
	})
}

func TestAzidentity(t *testing.T) {
	day(t, "azidentity", func(e *endpoint) func() time.Time {
		c, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{ClientOptions: azcore.ClientOptions{Transport: e}})
		check(err)
		return func() time.Time {
			token, err := c.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{"https://s.example/.default"}})
			check(err)
			return token.RefreshOn
		}
	})
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" >messages 2>&1 || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/AzureAD/microsoft-authentication-library-for-go@v1.10.1 github.com/Azure/azure-sdk-for-go/sdk/azidentity@v1.15.0
quiet go mod tidy
quiet timeout 300 go test -v .
sed -n 's/^seen: //p' messages >seen

quiet npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix . @azure/msal-node@7.2.3
cat >try.mjs <<'END'
import { mock } from "node:test";
import { ManagedIdentityApplication } from "@azure/msal-node";

const hour = 3600000, start = Date.now();
mock.timers.enable({ apis: ["Date"], now: start });
let requests = 0;
const send = async (url) => {
  requests++;
  return { status: 200, headers: {}, body: { access_token: "a", token_type: "Bearer", resource: new URL(url).searchParams.get("resource"), expires_on: String(Math.floor(Date.now() / 1000) + 24 * 3600) } };
};
const app = new ManagedIdentityApplication({ system: { networkClient: { sendGetRequestAsync: send, sendPostRequestAsync: send } } });
for (const n of [0, 1, 13, 23, 24]) {
  mock.timers.setTime(Math.max(start, start + n * hour - 60000));
  const { refreshOn } = await app.acquireToken({ resource: "https://r.example" });
  console.log(`MSAL Node, hour ${n}: ${requests} request${requests === 1 ? "" : "s"}, ${refreshOn ? `due in hour ${Math.round((refreshOn - start) / hour)}` : "not due"}`);
}
END
timeout 60 node --no-warnings try.mjs >>seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
