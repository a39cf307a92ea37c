package main

import (
	"context"
	"net/http"

	autorest "github.com/Azure/go-autorest/autorest/azure/auth"
	"github.com/databricks/databricks-sdk-go/config"
	"github.com/getsops/sops/v3/azkv"
)

// byDatabricks does what Databricks' own CLI and its provider for Terraform do.
func byDatabricks(_ context.Context, a asked) (got, error) {
	c := &config.Config{Host: "https://adb-1.azuredatabricks.net", AuthType: "azure-cli", AzureTenantID: a.tenant}
	if a.subscription != "" {
		c.AzureResourceID = "/subscriptions/" + a.subscription + "/resourceGroups/data/providers/Microsoft.Databricks/workspaces/one"
	}
	if err := c.EnsureResolved(); err != nil {
		return got{}, err
	}
	req, err := http.NewRequest(http.MethodGet, c.Host, nil)
	if err != nil {
		return got{}, err
	}
	err = c.Authenticate(req)
	return got{Token: bearer(req), Second: req.Header.Get("X-Databricks-Azure-SP-Management-Token"), Tenant: c.AzureTenantID}, err
}

// byAutorest does what programs do that are made with the Azure SDK for Go from before azidentity.
func byAutorest(_ context.Context, a asked) (got, error) {
	authorizer, err := autorest.NewAuthorizerFromCLI()
	if a.identity {
		authorizer, err = autorest.NewMSIConfig().Authorizer()
	}
	if err != nil {
		return got{}, err
	}
	token, err := signed(authorizer)
	return got{Token: token}, err
}

// bySops does what sops does with a key of Azure Key Vault, and so do other programs that are made with azidentity's chain
// of credentials.
func bySops(ctx context.Context, _ asked) (got, error) {
	key := azkv.NewMasterKey("https://entralogin.vault.azure.net", "data", "1")
	err := key.EncryptContext(ctx, []byte("x"))
	return got{Token: string(key.EncryptedDataKey())}, err
}
