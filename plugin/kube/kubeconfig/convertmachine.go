package kubeconfig

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
)

// isMachine reports whether nobody signs in by a word of Azure/kubelogin's --login.
func isMachine(login string) bool {
	return slices.Contains([]string{"spn", "msi", "workloadidentity", "azurepipelines", "azurecli", "azd"}, login)
}

// programs are the words with which another program has the sign-in.
func programs() map[string]string {
	return map[string]string{"azurecli": "the Azure CLI signs in there", "azd": "the Azure Developer CLI signs in there"}
}

// judgeLogin refuses a way to sign in that is not converted; known is false for a word that kubelogin has not.
func judgeLogin(login string) (known bool, err error) {
	switch {
	case login == "ropc":
		return true, reason{"it signs in by --login ropc: a password is sent there, which the service refuses for accounts with a second factor, and entralogin takes none", signIn}
	case login == "chained":
		return true, reason{"it signs in by --login chained: several ways to sign in are tried there", "have it say the one that is meant, and convert it then"}
	case login != "devicecode" && login != "interactive" && !isMachine(login):
		return false, errors.New("its --login is none that is known")
	}
	return true, nil
}

// takeProof takes what a token with proof of possession needs. Kubelogin refuses one without the other.
func (d *draft) takeProof(login string, g given) error {
	on, claims := g.on("pop-enabled"), g.last("pop-claims")
	switch {
	case isMachine(login) && login != "spn", !on && claims == "":
		return nil
	case !on || claims == "":
		return errors.New("it has one of --pop-enabled and --pop-claims without the other")
	}
	d.proof = claims
	return nil
}

// takeMachine takes what a way of machines needs. Secrets stay where they are, in args or in env.
func (d *draft) takeMachine(login string, g given, env environment) error {
	d.machine, d.login = true, login
	take := func(flag, name string) {
		if value := g.last(name); value != "" {
			d.more = append(d.more, "--"+flag, value)
		}
	}
	switch login {
	case "spn":
		if err := d.takeSecret(g, env, take); err != nil {
			return err
		}
	case "workloadidentity":
		take("assertion-file", "federated-token-file")
	case "azurepipelines":
		take("azure-pipelines-service-connection-id", "azure-pipelines-service-connection-id")
	case "msi":
		if d.client == "" { // which counts more there
			take("identity-resource-id", "identity-resource-id")
		}
	case "azurecli", "azd":
		d.client = ""
		d.notes = append(d.notes, programs()[login]+" still; for entralogin to sign in itself write the entry anew, with kubeconfig add --overwrite")
		take("subscription", "subscription")
		if slices.ContainsFunc(d.env, func(v EnvVar) bool { return v.Name == "AZURE_CONFIG_DIR" }) {
			d.notes = append(d.notes, "its AZURE_CONFIG_DIR counts where your config file says the same as azure-config-dir: a kubeconfig can't choose programs that az runs")
		}
	}
	for _, name := range []string{"use-azurerm-env-vars", "disable-environment-override"} {
		if g.on(name) {
			d.more = append(d.more, "--"+name)
		}
	}
	return nil
}

// takeSecret takes the credential of an application. The one that people sign in to AKS with has none: "kubelogin
// convert-kubeconfig -l spn" leaves it in the entry, for a variable of the shell to say another.
func (d *draft) takeSecret(g given, env environment, take func(flag, name string)) error {
	if strings.EqualFold(d.client, authority.AKSClient) {
		d.client = ""
		d.notes = append(d.notes, "dropped --client-id: it is the application with which people sign in to AKS; AZURE_CLIENT_ID or AAD_SERVICE_PRINCIPAL_CLIENT_ID names that of the secret")
	}
	for _, name := range []string{"client-secret", "client-certificate", "client-certificate-password"} {
		take(name, name)
		if g.last(name) == "" || !isSecretName(name) {
			continue
		}
		if env.secrets[name] != "" && !g.on("disable-environment-override") {
			return reason{fmt.Sprintf("it has --%s and %s, of which that counts there, and the flag here", name, env.secrets[name]), "take one of them out, and convert it then"}
		}
		d.notes = append(d.notes, fmt.Sprintf("kept --%s in args, where process lists show it: better a file, a keyring or a variable (entralogin help machines)", name))
	}
	return nil
}
