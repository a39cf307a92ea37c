#!/usr/bin/env bash
# MSAL Node ends a device code sign-in at the first slow_down
#
# Versions: @azure/msal-node 7.2.3 (npm).
# Needs:    npm, node (20 was used). No root.
#
# RFC 8628 has two answers that mean "go on asking": authorization_pending, and slow_down, after which the client
# waits 5 seconds longer. One would guess that a library which waits through the first waits through the second,
# too. MSAL Node throws on it, so the code on the person's screen is dead, although the service would have taken it.
#
# Output, which is compared:
#   | 3 times authorization_pending, then a token: 4 polls, signed in
#   | authorization_pending, slow_down, then a token: 2 polls, post_request_failed: slow_down
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix . @azure/msal-node@7.2.3 >/dev/null

cat >try.mjs <<'END'
import { PublicClientApplication } from "@azure/msal-node";

const tenant = "22222222-2222-2222-2222-222222222222";
const authority = `https://login.microsoftonline.com/${tenant}`;
const base64 = (o) => Buffer.from(JSON.stringify(o)).toString("base64url");
const person = { oid: "33333333-3333-3333-3333-333333333333", tid: tenant, preferred_username: "a@example.com" };
const token = {
  token_type: "Bearer", expires_in: 3600, scope: "s", access_token: "a",
  client_info: base64({ uid: person.oid, utid: tenant }),
  id_token: `${base64({ alg: "none" })}.${base64({ ...person, iss: `${authority}/v2.0`, exp: 4e9 })}.x`,
};

// A network client stands in for the service: each answer is what the token endpoint says to one poll.
async function signIn(name, answers) {
  let polls = 0;
  const reply = (status, body) => ({ status, headers: {}, body });
  const networkClient = {
    sendGetRequestAsync: async () => reply(200, {
      issuer: `${authority}/v2.0`, authorization_endpoint: `${authority}/authorize`, token_endpoint: `${authority}/token`,
    }),
    sendPostRequestAsync: async (url) => {
      if (url.includes("devicecode")) {
        return reply(200, { device_code: "d", user_code: "U", verification_uri: "https://example.com", expires_in: 60, interval: 1 });
      }
      const error = answers[polls++];
      return error ? reply(400, { error }) : reply(200, token);
    },
  };
  const app = new PublicClientApplication({ auth: { clientId: "11111111-1111-1111-1111-111111111111", authority }, system: { networkClient } });
  const said = await app.acquireTokenByDeviceCode({ scopes: ["s"], deviceCodeCallback() {} })
    .then((r) => (r.accessToken === "a" ? "signed in" : "no token"), (e) => `${e.errorCode}: ${e.message.split(": ").pop().trim()}`);
  console.log(`${name}, then a token: ${polls} polls, ${said}`);
}

const pending = "authorization_pending";
await signIn("3 times authorization_pending", [pending, pending, pending]);
await signIn("authorization_pending, slow_down", [pending, "slow_down"]);
END
timeout 60 node try.mjs >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
