package kubeconfig

import (
	"fmt"
	"slices"
)

// azureVariables are those with which an entry of Azure/kubelogin can say the same as with a flag, in the order in
// which they count; they count more than the flag.
// https://azure.github.io/kubelogin/cli/get-token.html
func azureVariables() [][2]string {
	return [][2]string{{"AAD_LOGIN_METHOD", "login"}, {"AAD_SERVICE_PRINCIPAL_CLIENT_ID", "client-id"}, {"AZURE_CLIENT_ID", "client-id"}, {"AZURE_TENANT_ID", "tenant-id"}}
}

// secretVariables hold what only other ways to sign in need.
func secretVariables() []string {
	return []string{
		"AAD_SERVICE_PRINCIPAL_CLIENT_SECRET", "AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE",
		"AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE_PASSWORD", "AAD_USER_PRINCIPAL_PASSWORD",
		"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD",
		"ARM_CLIENT_SECRET", "ARM_CLIENT_CERTIFICATE_PATH", "ARM_CLIENT_CERTIFICATE_PASSWORD", "SYSTEM_ACCESSTOKEN",
	}
}

// unusedVariables mean nothing where a person signs in. Some of them would mean something to entralogin.
func unusedVariables() []string {
	return []string{
		"AAD_USER_PRINCIPAL_NAME", "AZURE_USERNAME", "AZURE_AUTHORITY_HOST", "AZURE_FEDERATED_TOKEN_FILE",
		"AZURE_CONFIG_DIR", "AZURE_CLI_TIMEOUT", "AZURESUBSCRIPTION_CLIENT_ID", "AZURESUBSCRIPTION_TENANT_ID",
		"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "ARM_CLIENT_ID", "ARM_TENANT_ID", "SYSTEM_OIDCREQUESTURI", "KUBECACHEDIR",
	}
}

// readEnv returns the variables that stay, the values of azureVariables that were set, by flag, and notes
// of what is dropped.
func readEnv(env []EnvVar) (kept []EnvVar, set map[string]string, notes []string, err error) {
	values, lost := map[string]string{}, map[string][]string{}
	for _, v := range env {
		switch {
		case slices.Contains(secretVariables(), v.Name) && v.Value != "":
			return nil, nil, nil, reason{fmt.Sprintf("its environment has %s, for another way to sign in", v.Name), stay}
		case slices.Contains(unusedVariables(), v.Name), slices.Contains(secretVariables(), v.Name):
			why := "without meaning for this sign-in"
			lost[why] = append(lost[why], v.Name)
		case slices.ContainsFunc(azureVariables(), func(known [2]string) bool { return known[0] == v.Name }):
			why := "flags say what counts"
			lost[why] = append(lost[why], v.Name)
			values[v.Name] = v.Value
		default:
			kept = append(kept, v)
		}
	}
	set = map[string]string{}
	for _, known := range azureVariables() {
		if value, ok := values[known[0]]; ok {
			set[known[1]] = value
		}
	}
	return kept, set, lostNotes(lost), nil
}
