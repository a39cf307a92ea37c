"""The namespaces of the current context, with Kubernetes' client for Python (Debian: python3-kubernetes)."""
from kubernetes import client, config

config.load_kube_config()
for namespace in client.CoreV1Api().list_namespace().items:
    print(namespace.metadata.name)
