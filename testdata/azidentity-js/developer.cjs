// Gets a token with AzureDeveloperCliCredential, or with the credentials of developers that DefaultAzureCredential tries in
// turn, as a program made with the SDK does:
//
//     node developer.cjs azd|chain SCOPE [TENANT [CLAIMS]]
//
// On standard output: {"token": text, "expires": milliseconds} or {"error": name, "message": text}.
const { AzureDeveloperCliCredential, DefaultAzureCredential } = require("@azure/identity");

async function main([kind, scope, tenantId, claims]) {
  const options = tenantId ? { tenantId } : {};
  const credential = kind === "azd" ? new AzureDeveloperCliCredential(options) : new DefaultAzureCredential(options);
  const token = await credential.getToken(scope, claims ? { claims } : {});
  return { token: token.token, expires: token.expiresOnTimestamp };
}

main(process.argv.slice(2))
  .catch((e) => ({ error: e.name, message: e.message }))
  .then((result) => console.log(JSON.stringify(result)));
