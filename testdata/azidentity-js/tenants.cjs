// Lists the tenants of the account with a token of AzureCliCredential, as a program made with the SDK does:
//
//     node tenants.cjs ENDPOINT SCOPE [TENANT [SUBSCRIPTION]]
//
// On standard output: {"tenants": [...], "expires": milliseconds} or {"error": name, "message": text}.
const { AzureCliCredential } = require("@azure/identity");

async function main([endpoint, scope, tenantId, subscription]) {
  const token = await new AzureCliCredential({ tenantId: tenantId || undefined, subscription }).getToken(scope);
  const answer = await fetch(`${endpoint}/tenants?api-version=2022-12-01`, {
    headers: { Authorization: `Bearer ${token.token}` },
  });
  if (!answer.ok) {
    throw new Error(`status ${answer.status}`);
  }
  const { value } = await answer.json();
  return { tenants: value.map((tenant) => tenant.tenantId), expires: token.expiresOnTimestamp };
}

main(process.argv.slice(2))
  .catch((e) => ({ error: e.name, message: e.message }))
  .then((result) => console.log(JSON.stringify(result)));
