package main

import (
	"context"
	"net/http"
	"os"

	"github.com/Azure/go-autorest/autorest"
	"github.com/hashicorp/go-azure-helpers/authentication"
	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	"github.com/hashicorp/go-azure-sdk/sdk/environments"
	hamiltonauth "github.com/manicminer/hamilton/auth"
	hamilton "github.com/manicminer/hamilton/environments"
)

// byGoAzureSDK does what Terraform's providers azurerm and azuread do, and the state's backend.
func byGoAzureSDK(ctx context.Context, a asked) (got, error) {
	public := environments.AzurePublic()
	api := public.ResourceManager
	if a.graph {
		api = public.MicrosoftGraph
	}
	given := auth.Credentials{Environment: *public, TenantID: a.tenant, AzureCliSubscriptionIDHint: a.subscription, EnableAuthenticatingUsingAzureCLI: !a.identity}
	if a.identity { // as azurerm does with use_msi
		given.EnableAuthenticatingUsingManagedIdentity = true
		given.CustomManagedIdentityEndpoint, given.CustomManagedIdentityAPIVersion = os.Getenv("ARM_MSI_ENDPOINT"), os.Getenv("ARM_MSI_API_VERSION")
		given.CustomManagedIdentityHeaders = map[string][]string{"X-IDENTITY-HEADER": {os.Getenv("IDENTITY_HEADER")}}
	}
	authorizer, err := auth.NewAuthorizerFromCredentials(ctx, given, api)
	if err != nil {
		return got{}, err
	}
	token, err := authorizer.Token(ctx, &http.Request{})
	if err != nil {
		return got{}, err
	}
	answer := got{Token: token.AccessToken, Expires: token.Expiry.Unix()}
	if cached, ok := authorizer.(*auth.CachedAuthorizer); ok {
		if cli, ok := cached.Source.(*auth.AzureCliAuthorizer); ok {
			answer.Tenant, answer.Subscription = cli.TenantID, cli.DefaultSubscriptionID
		}
	}
	return answer, nil
}

// byGoAzureHelpers does what these providers did before, and programs do that have kept to it. Without a subscription it
// wants a tenant alone, as azuread's did.
func byGoAzureHelpers(ctx context.Context, a asked) (got, error) {
	builder := authentication.Builder{SubscriptionID: a.subscription, TenantID: a.tenant, TenantOnly: a.graph, Environment: "public", SupportsAzureCliToken: true}
	config, err := builder.Build()
	if err != nil {
		return got{}, err
	}
	answer := got{Tenant: config.TenantID, Subscription: config.SubscriptionID}
	oauth, err := config.BuildOAuthConfig("https://login.microsoftonline.com/")
	if err != nil {
		return answer, err
	}
	api, endpoint := hamilton.ResourceManagerPublic, "https://management.azure.com/"
	if a.graph {
		api, endpoint = hamilton.MsGraphGlobal, "https://graph.microsoft.com"
	}
	authorizer, err := config.GetMSALToken(ctx, api, http.DefaultClient, oauth, endpoint)
	if err != nil {
		return answer, err
	}
	if answer.Token, err = signed(authorizer); err != nil || !a.graph {
		return answer, err
	}
	who, err := config.GetAuthenticatedObjectID(ctx)
	if err == nil {
		answer.User = *who
	}
	return answer, err
}

// signed is the token that an authorizer puts into a request.
func signed(authorizer autorest.Authorizer) (string, error) {
	req, err := autorest.Prepare(&http.Request{Header: http.Header{}}, authorizer.WithAuthorization())
	if err != nil {
		return "", err
	}
	return bearer(req), nil
}

// byHamilton does what azuread did between the two.
func byHamilton(ctx context.Context, a asked) (got, error) {
	config := hamiltonauth.Config{Environment: hamilton.Global, TenantID: a.tenant, EnableAzureCliToken: true}
	api := hamilton.ResourceManagerPublic
	if a.graph {
		api = hamilton.MsGraphGlobal
	}
	authorizer, err := config.NewAuthorizer(ctx, api)
	if err != nil {
		return got{}, err
	}
	token, err := authorizer.Token()
	if err != nil {
		return got{}, err
	}
	answer := got{Token: token.AccessToken}
	if cached, ok := authorizer.(*hamiltonauth.CachedAuthorizer); ok {
		if cli, ok := cached.Source.(*hamiltonauth.AzureCliAuthorizer); ok {
			answer.Tenant = cli.TenantID
		}
	}
	return answer, nil
}
