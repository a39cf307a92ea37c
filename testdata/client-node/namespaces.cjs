// The namespaces of the current context, with Kubernetes' client for JavaScript.
const { CoreV1Api, KubeConfig } = require('@kubernetes/client-node');

async function main() {
  const config = new KubeConfig();
  config.loadFromDefault();
  const { items } = await config.makeApiClient(CoreV1Api).listNamespace();
  for (const namespace of items) {
    console.log(namespace.metadata.name);
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
