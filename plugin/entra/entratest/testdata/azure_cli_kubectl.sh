#!/bin/sh
# Sign in with the Azure CLI, and have kubectl use that sign-in by way of entralogin. Arguments and environment are those
# of azure_cli.sh, then the server application, kubectl, and the folder of entralogin.
set -eu
origin=$1 tenant=$2 server=$3 kubectl=$4
PATH=$5:$PATH
. testdata/azure_cloud.sh

export KUBECONFIG="$HOME/kubeconfig"
cat >"$KUBECONFIG" <<END
apiVersion: v1
kind: Config
current-context: aks
contexts: [{name: aks, context: {cluster: aks, user: aks}}]
clusters: [{name: aks, cluster: {server: "$origin", certificate-authority: "$REQUESTS_CA_BUNDLE"}}]
users:
- name: aks
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - get-token
      - --environment
      - AzurePublicCloud
      - --server-id
      - $server
      - --login
      - azurecli
      command: entralogin
      env: null
      provideClusterInfo: false
END

# Nobody has signed in.
if "$kubectl" get namespaces 2>"$HOME/refused"; then exit 1; fi
grep -m 1 'Sign in there: az login' "$HOME/refused"

az login --use-device-code --allow-no-subscriptions --tenant "$tenant" --output none
"$kubectl" auth whoami -o jsonpath='{.status.userInfo.username}{"\n"}'

# az does not run again; and whoever signs out there is signed out here.
mkdir "$HOME/broken"
printf '#!/bin/sh\nexit 1\n' >"$HOME/broken/az"
chmod +x "$HOME/broken/az"
PATH=$HOME/broken:$PATH "$kubectl" get namespaces -o name
az logout
if "$kubectl" get namespaces 2>"$HOME/refused"; then exit 1; fi
grep -m 1 'nobody has signed in to az' "$HOME/refused"
