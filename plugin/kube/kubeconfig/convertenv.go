package kubeconfig

import (
	"cmp"
	"slices"
)

// azureVariables are those with which an entry of Azure/kubelogin can say the same as with a flag, in the order in
// which they count, the last one most; they count more than the flag.
// https://azure.github.io/kubelogin/cli/get-token.html
func azureVariables(login string, terraform bool) [][2]string {
	all := [][2]string{{"AAD_LOGIN_METHOD", "login"}}
	if terraform {
		all = append(all, [2]string{"ARM_CLIENT_ID", "client-id"}, [2]string{"ARM_TENANT_ID", "tenant-id"})
	} else {
		all = append(all, [2]string{"AAD_SERVICE_PRINCIPAL_CLIENT_ID", "client-id"}, [2]string{"AZURE_CLIENT_ID", "client-id"}, [2]string{"AZURE_TENANT_ID", "tenant-id"})
	}
	switch {
	case login == "spn" && terraform:
		all = append(all, [2]string{"ARM_CLIENT_CERTIFICATE_PATH", "client-certificate"})
	case login == "spn":
		all = append(all, [2]string{"AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE", "client-certificate"}, [2]string{"AZURE_CLIENT_CERTIFICATE_PATH", "client-certificate"})
	case login == "workloadidentity":
		all = append(all, [2]string{"AZURE_CLIENT_ID", "client-id"}, [2]string{"AZURE_FEDERATED_TOKEN_FILE", "federated-token-file"}, [2]string{"AZURE_AUTHORITY_HOST", "authority-host"})
	}
	return all
}

// secretVariables hold secrets, by the flag that says the same, "" for none: they stay where they are.
func secretVariables() map[string]string {
	return map[string]string{
		"AAD_SERVICE_PRINCIPAL_CLIENT_SECRET": "client-secret", "AZURE_CLIENT_SECRET": "client-secret", "ARM_CLIENT_SECRET": "client-secret",
		"AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE_PASSWORD": "client-certificate-password",
		"AZURE_CLIENT_CERTIFICATE_PASSWORD":                 "client-certificate-password", "ARM_CLIENT_CERTIFICATE_PASSWORD": "client-certificate-password",
		"AAD_USER_PRINCIPAL_PASSWORD": "", "AZURE_PASSWORD": "", "SYSTEM_ACCESSTOKEN": "",
	}
}

// keptVariables are those that mean the same to entralogin where a machine signs in so.
func keptVariables(login string) []string {
	switch login {
	case "azurecli", "azd":
		return []string{"AZURE_CONFIG_DIR"}
	case "azurepipelines":
		return []string{"AZURESUBSCRIPTION_CLIENT_ID", "AZURESUBSCRIPTION_TENANT_ID", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "SYSTEM_OIDCREQUESTURI"}
	}
	return nil
}

// otherVariables are all others that kubelogin knows. Where it does not heed them, some would mean something to entralogin.
func otherVariables() []string {
	return []string{
		"AAD_SERVICE_PRINCIPAL_CLIENT_ID", "AZURE_CLIENT_ID", "AZURE_TENANT_ID",
		"AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE", "AZURE_CLIENT_CERTIFICATE_PATH", "ARM_CLIENT_CERTIFICATE_PATH",
		"AAD_USER_PRINCIPAL_NAME", "AZURE_USERNAME", "AZURE_AUTHORITY_HOST", "AZURE_FEDERATED_TOKEN_FILE",
		"AZURE_CONFIG_DIR", "AZURE_CLI_TIMEOUT", "AZURESUBSCRIPTION_CLIENT_ID", "AZURESUBSCRIPTION_TENANT_ID",
		"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "ARM_CLIENT_ID", "ARM_TENANT_ID", "SYSTEM_OIDCREQUESTURI", "KUBECACHEDIR",
	}
}

// environment is what the variables of an entry say.
type environment struct {
	kept    []EnvVar          // that stay
	set     map[string]string // the values of azureVariables, by flag
	secrets map[string]string // the variables with secrets, by flag
	notes   []string          // of what is dropped
}

// loginOf is the word of --login that counts.
func loginOf(env []EnvVar, g given) string {
	login := cmp.Or(g.last("login"), "devicecode")
	for _, v := range env {
		if v.Name == "AAD_LOGIN_METHOD" && !g.on("disable-environment-override") {
			login = cmp.Or(v.Value, "devicecode")
		}
	}
	return login
}

// readEnv reads the variables of an entry.
func readEnv(env []EnvVar, login string, terraform bool) environment {
	known := azureVariables(login, terraform)
	e := environment{set: map[string]string{}, secrets: map[string]string{}}
	values, lost := map[string]string{}, map[string][]string{}
	for _, v := range env {
		flag, secret := secretVariables()[v.Name]
		switch {
		case secret && v.Value != "":
			e.kept, e.secrets[flag] = append(e.kept, v), v.Name
		case slices.ContainsFunc(known, func(known [2]string) bool { return known[0] == v.Name }):
			why := "flags say what counts"
			lost[why] = append(lost[why], v.Name)
			values[v.Name] = v.Value
		case secret, slices.Contains(otherVariables(), v.Name) && !slices.Contains(keptVariables(login), v.Name):
			why := "without meaning for this sign-in"
			lost[why] = append(lost[why], v.Name)
		default:
			e.kept = append(e.kept, v)
		}
	}
	for _, known := range known {
		if value, ok := values[known[0]]; ok {
			e.set[known[1]] = value
		}
	}
	e.notes = lostNotes(lost)
	return e
}
