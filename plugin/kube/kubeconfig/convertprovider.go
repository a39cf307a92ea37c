package kubeconfig

import (
	"errors"
	"fmt"
	"slices"
)

// readProvider reads an entry with an auth-provider. None of their values but the names of clouds and
// hosts is ever shown: tokens stand among them.
func (c Converter) readProvider(name string, config map[string]string) (draft, error) {
	switch name {
	case "azure":
		return c.readAzureProvider(config)
	case "oidc":
		return c.readOIDCProvider(config)
	case "gcp", "openstack":
		return draft{}, reason{fmt.Sprintf("its auth-provider is %s, from which nothing is converted", name), without}
	}
	return draft{}, errors.New("its auth-provider is none that is known")
}

const droppedTokens = "dropped the tokens that stood in the entry: the first call asks for a sign-in"

// readAzureProvider reads an entry of the auth-provider azure, which kubectl had up to 1.25:
// https://github.com/kubernetes/kubernetes/tree/v1.25.0/staging/src/k8s.io/client-go/plugin/pkg/client/auth/azure
func (c Converter) readAzureProvider(config map[string]string) (draft, error) {
	d := draft{from: "auth-provider azure"}
	if err := onlyKnown(config, "tenant-id", "client-id", "apiserver-id", "environment", "config-mode",
		"access-token", "refresh-token", "expires-in", "expires-on"); err != nil {
		return d, err
	}
	// In mode 0, the default, a token was for the audience spn:ID, and the API server takes no other.
	if config["config-mode"] != "1" {
		return d, reason{"its config-mode is not 1: it asked for tokens for the audience spn:SERVER_ID, which entralogin has not",
			"if the cluster takes others by now: " + anew}
	}
	var err error
	if d.host, err = c.azureHost("", config["environment"]); err != nil {
		return d, err
	}
	d.tenant, d.client, d.server = config["tenant-id"], config["client-id"], config["apiserver-id"]
	if config["access-token"] != "" || config["refresh-token"] != "" {
		d.notes = append(d.notes, droppedTokens)
	}
	return d, nil
}

// readOIDCProvider reads an entry of the auth-provider oidc, into which int128/kubelogin puts its tokens
// where it is no plugin: https://github.com/int128/kubelogin/blob/master/docs/standalone-mode.md
func (c Converter) readOIDCProvider(config map[string]string) (draft, error) {
	d := draft{from: "auth-provider oidc"}
	if err := onlyKnown(config, "idp-issuer-url", "client-id", "client-secret", "id-token", "refresh-token", "extra-scopes",
		"idp-certificate-authority", "idp-certificate-authority-data"); err != nil {
		return d, err
	}
	if config["client-secret"] != "" {
		return d, reason{"it has a client-secret: " + confidential, public}
	}
	if err := d.takeIssuer(config["idp-issuer-url"], c.trusts); err != nil {
		return d, err
	}
	d.client = config["client-id"]
	d.notes = append(d.notes, publicNote)
	if config["id-token"] != "" || config["refresh-token"] != "" {
		d.notes = append(d.notes, droppedTokens)
	}
	lost := map[string][]string{}
	for _, name := range []string{"idp-certificate-authority", "idp-certificate-authority-data"} {
		if config[name] != "" {
			lost[systemTrust] = append(lost[systemTrust], name)
		}
	}
	d.notes = append(d.notes, lostNotes(lost)...)
	return d, d.takeScopes([]string{config["extra-scopes"]}, false)
}

func onlyKnown(config map[string]string, known ...string) error {
	for key := range config {
		if !slices.Contains(known, key) {
			return errors.New("its auth-provider has a setting that is not known")
		}
	}
	return nil
}
