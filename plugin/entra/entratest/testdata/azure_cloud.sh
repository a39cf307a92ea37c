# The Azure CLI takes the simulator $origin for its cloud. Where a person signs in, HTTPS_PROXY is the simulator's proxy,
# because version 2.45 asks login.microsoftonline.com about the authority and has no switch for it.
export AZURE_CORE_COLLECT_TELEMETRY=false AZURE_CORE_NO_COLOR=true AZURE_CORE_INSTANCE_DISCOVERY=false

az cloud register --name sim \
	--endpoint-active-directory "$origin" \
	--endpoint-active-directory-resource-id https://management.core.windows.net/ \
	--endpoint-active-directory-graph-resource-id "$origin/" \
	--endpoint-resource-manager "$origin" \
	--endpoint-management "$origin" \
	--suffix-storage-endpoint core.example --suffix-keyvault-dns .vault.example >&2
az cloud set --name sim >&2
