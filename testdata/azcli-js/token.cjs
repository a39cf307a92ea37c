// Gets a token by way of az with one of the libraries that programs in JavaScript are made with:
//
//     node token.cjs LIBRARY [SUBSCRIPTION]
//
// On standard output: what was got, or the error that a person would see. Node heeds no HTTPS_PROXY: AZURE_HOSTS is the port
// of this machine where the hosts of Azure are, whatever their names.
const https = require("node:https");

const connect = https.globalAgent.createConnection;
https.globalAgent.createConnection = (options, done) =>
  connect.call(https.globalAgent, { ...options, host: "127.0.0.1", port: process.env.AZURE_HOSTS }, done);

const libraries = {
  // Tools for Azure that are older than @azure/identity.
  "ms-rest-nodeauth": async (subscriptionIdOrName) => {
    const { AzureCliCredentials } = require("@azure/ms-rest-nodeauth");
    const all = await AzureCliCredentials.listAllSubscriptions();
    const credentials = await AzureCliCredentials.create({ subscriptionIdOrName });
    const { id, tenantId } = credentials.subscriptionInfo;
    const token = await credentials.getToken();
    return {
      token: token.accessToken,
      tenant: tenantId,
      subscription: id,
      subscriptions: all.map((one) => one.id).sort(),
      expires: Math.floor(token.expiresOn.getTime() / 1000),
    };
  },
  // The extension of Visual Studio Code for Databricks.
  "databricks-sdk": async (subscription) => {
    const { Config } = require("@databricks/sdk-experimental");
    const silent = { debug() {}, info() {}, warn() {}, error() {} };
    const config = new Config({
      host: "https://adb-1.azuredatabricks.net",
      authType: "azure-cli",
      logger: silent,
      ...(subscription && {
        azureWorkspaceResourceId: `/subscriptions/${subscription}/resourceGroups/data/providers/Microsoft.Databricks/workspaces/one`,
      }),
    });
    const headers = new Headers();
    await config.authenticate(headers);
    return {
      token: headers.get("Authorization").replace("Bearer ", ""),
      second: headers.get("X-Databricks-Azure-SP-Management-Token") ?? "",
    };
  },
};

const [library, ...args] = process.argv.slice(2);
libraries[library](...args)
  .catch((e) => ({ error: `${e.message}` }))
  .then((result) => console.log(JSON.stringify(result)));
