// Gets a token with a credential of a machine, as a program made with the SDK does:
//
//     node machines.cjs managed SCOPE [clientId|objectId|resourceId ID]
//     node machines.cjs github|pipelines|workload SCOPE
//
// What the latter need stands in the environment, and AUTHORITY_HOST besides. On standard output, in its last line:
// {"token": text, "expires": milliseconds} or {"error": name, "message": text}.
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");
const { AzurePipelinesCredential, ClientAssertionCredential, ManagedIdentityCredential, WorkloadIdentityCredential } = require("@azure/identity");

const env = process.env;
const once = { retryOptions: { maxRetries: 0 } };
const entra = { ...once, authorityHost: env.AUTHORITY_HOST, disableInstanceDiscovery: true };

// What actions that sign in to Azure use. NODE_PATH is nothing to modules of its kind.
async function assertion() {
  const core = await import(pathToFileURL(join(env.NODE_PATH, "@actions/core/lib/core.js")));
  return core.getIDToken("api://AzureADTokenExchange");
}

const credentials = {
  managed: (name, id) => new ManagedIdentityCredential({ ...once, ...(name && { [name]: id }) }),
  github: () => new ClientAssertionCredential(env.AZURE_TENANT_ID, env.AZURE_CLIENT_ID, assertion, entra),
  pipelines: () =>
    new AzurePipelinesCredential(env.AZURESUBSCRIPTION_TENANT_ID, env.AZURESUBSCRIPTION_CLIENT_ID,
      env.AZURESUBSCRIPTION_SERVICE_CONNECTION_ID, env.SYSTEM_ACCESSTOKEN, entra),
  workload: () => new WorkloadIdentityCredential(entra),
};

async function main([kind, scope, name, id]) {
  const token = await credentials[kind](name, id).getToken(scope);
  return { token: token.token, expires: token.expiresOnTimestamp };
}

main(process.argv.slice(2))
  .catch((e) => ({ error: e.name, message: e.message }))
  .then((result) => console.log(JSON.stringify(result)));
