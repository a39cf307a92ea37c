#!/bin/sh
# Sign in with the Azure CLI's device code flow against the simulator, and get access tokens in silence.
# Arguments: the simulator's origin, tenant ID, another tenant of the same person. The environment: REQUESTS_CA_BUNDLE
# names the simulator's CA; HOME and AZURE_CONFIG_DIR are folders of the test's own; HTTPS_PROXY is the simulator's
# proxy, because version 2.45 asks login.microsoftonline.com about the authority and has no switch for it.
set -eu
origin=$1 tenant=$2 other=$3
export AZURE_CORE_COLLECT_TELEMETRY=false AZURE_CORE_NO_COLOR=true AZURE_CORE_INSTANCE_DISCOVERY=false

az cloud register --name sim \
	--endpoint-active-directory "$origin" \
	--endpoint-active-directory-resource-id https://management.core.windows.net/ \
	--endpoint-active-directory-graph-resource-id "$origin/" \
	--endpoint-resource-manager "$origin" \
	--endpoint-management "$origin" \
	--suffix-storage-endpoint core.example --suffix-keyvault-dns .vault.example >&2
az cloud set --name sim >&2
az login --use-device-code --allow-no-subscriptions --tenant "$tenant" --output none

# One line each: Resource Manager, then another resource and another tenant of the same sign-in.
az account get-access-token --tenant "$tenant" --query accessToken --output tsv
az account get-access-token --tenant "$tenant" --resource "$origin/" --query accessToken --output tsv
az account get-access-token --tenant "$other" --query accessToken --output tsv

# Without a tenant it is Resource Manager that says which ones there are.
az logout
az login --use-device-code --allow-no-subscriptions --output none
az account list --all --query '[].tenantId' --output tsv | sort
