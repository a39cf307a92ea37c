// Gets a token for an application with a credential of the SDK:
//
//     echo '{"kind": "secret", ...}' | node application.cjs
//
// kind is secret, certificate or assertion; authorityHost, tenantId, clientId and scope are for all of them,
// and secret, certificate (a path), chain and assertion for one. On standard output: {"token": text,
// "expires": milliseconds} or {"error": name, "message": text}.
const identity = require("@azure/identity");
const { readFileSync } = require("node:fs");

function credential({ kind, tenantId, clientId, authorityHost, ...given }) {
  const options = {
    authorityHost,
    disableInstanceDiscovery: true,
    sendCertificateChain: given.chain,
    retryOptions: { maxRetries: 0 },
  };
  switch (kind) {
    case "secret":
      return new identity.ClientSecretCredential(tenantId, clientId, given.secret, options);
    case "certificate":
      return new identity.ClientCertificateCredential(tenantId, clientId, given.certificate, options);
    case "assertion":
      return new identity.ClientAssertionCredential(tenantId, clientId, async () => given.assertion, options);
  }
  throw new Error(`no kind ${kind}`);
}

async function main(given) {
  const token = await credential(given).getToken(given.scope);
  return { token: token.token, expires: token.expiresOnTimestamp };
}

main(JSON.parse(readFileSync(0, "utf8")))
  .catch((e) => ({ error: e.name, message: e.message }))
  .then((result) => console.log(JSON.stringify(result)));
