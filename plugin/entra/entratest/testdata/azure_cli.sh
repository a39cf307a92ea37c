#!/bin/sh
# Sign in with the Azure CLI's device code flow against the simulator, and get access tokens in silence.
# Arguments: the simulator's origin, tenant ID, another tenant of the same person. The environment: REQUESTS_CA_BUNDLE
# names the simulator's CA; HOME and AZURE_CONFIG_DIR are folders of the test's own; HTTPS_PROXY is the simulator's proxy.
set -eu
origin=$1 tenant=$2 other=$3
. testdata/azure_cloud.sh
az login --use-device-code --allow-no-subscriptions --tenant "$tenant" --output none

# One line each: Resource Manager, then another resource and another tenant of the same sign-in.
az account get-access-token --tenant "$tenant" --query accessToken --output tsv
az account get-access-token --tenant "$tenant" --resource "$origin/" --query accessToken --output tsv
az account get-access-token --tenant "$other" --query accessToken --output tsv

# Without a tenant it is Resource Manager that says which ones there are: one line each.
az logout
az login --use-device-code --allow-no-subscriptions --output none
az account list --all --query '[].tenantId' --output tsv | sort -u
