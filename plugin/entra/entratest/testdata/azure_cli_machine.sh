#!/bin/sh
# Sign in with the Azure CLI as the machine, and as another of its managed identities, and get access tokens.
# Arguments: the simulator's origin, and the ID of the other identity in each of its forms. The environment:
# REQUESTS_CA_BUNDLE names the simulator's CA; HOME and AZURE_CONFIG_DIR are folders of the test's own.
set -eu
origin=$1
shift
. testdata/azure_cloud.sh

az login --identity --allow-no-subscriptions --output none
az account get-access-token --query accessToken --output tsv
for id; do
	az login --identity --username "$id" --allow-no-subscriptions --output none
	az account get-access-token --query accessToken --output tsv
done
