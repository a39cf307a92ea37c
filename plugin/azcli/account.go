package azcli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// TenantLevel is the name of what stands in the place of a subscription where a tenant has none that the account sees.
const TenantLevel = "N/A(tenant level account)"

// Enabled is the state of a subscription that can be used.
const Enabled = "Enabled"

// User is whose subscription it is.
type User struct {
	Name     string
	Machine  bool   // an application or a managed identity
	Identity string // which managed identity: "MSI", "MSIClient-" and its ID; "" for others
}

// Account is a subscription as the Azure CLI shows it: one account for each.
type Account struct {
	cache.Subscription
	User    User
	Default bool
}

// TenantAccount is what stands for a tenant without subscriptions.
func TenantAccount(tenant string) cache.Subscription {
	return cache.Subscription{ID: tenant, Name: TenantLevel, State: Enabled, Tenant: tenant}
}

// Fields are what "az account show" answers.
//
// https://learn.microsoft.com/cli/azure/account#az-account-show
func (a Account) Fields(cloud string) map[string]any {
	user := map[string]any{"name": a.User.Name, "type": "user"}
	if a.User.Machine {
		user["type"] = "servicePrincipal"
	}
	if a.User.Identity != "" {
		user["assignedIdentityInfo"] = a.User.Identity
	}
	fields := map[string]any{"environmentName": CloudName(cloud), "id": a.ID, "isDefault": a.Default, "name": a.Name,
		"state": a.State, "tenantId": a.Tenant, "user": user}
	if a.Name != TenantLevel {
		managed := []any{}
		for _, tenant := range a.ManagedBy {
			managed = append(managed, map[string]any{"tenantId": tenant})
		}
		fields["homeTenantId"], fields["managedByTenants"] = a.HomeTenant, managed
	}
	return fields
}

// ListFields are what "az account list" answers of one, where the cloud has another name.
func (a Account) ListFields(cloud string) map[string]any {
	fields := a.Fields(cloud)
	fields["cloudName"] = fields["environmentName"]
	delete(fields, "environmentName")
	return fields
}

// CloudName is the Azure CLI's name of a cloud such as AzurePublicCloud; of one that it has none for, that name.
func CloudName(cloud string) string {
	switch cloud {
	case "AzurePublicCloud":
		return "AzureCloud"
	case "AzureUSGovernmentCloud":
		return "AzureUSGovernment"
	}
	return cloud
}

// AccountError says that no account, or more than one, is the one that is meant. Its words are those of the Azure CLI,
// which programs look for.
type AccountError struct{ What string }

func (e *AccountError) Error() string { return e.What }

// Class is none of its own: the Azure CLI's exit code is 1.
func (e *AccountError) Class() failure.Class { return failure.Other }

// matching are the accounts of a subscription's ID or name, in any case.
func matching(accounts []Account, name string) []Account {
	var fits []Account
	for _, a := range accounts {
		if strings.EqualFold(a.ID, name) || strings.EqualFold(a.Name, name) {
			fits = append(fits, a)
		}
	}
	return fits
}

// Find is the one account of a subscription's ID or name, or the default one where name is "". Errors: *AccountError.
func Find(accounts []Account, name string) (Account, error) {
	fits := matching(accounts, name)
	if name == "" {
		fits = slices.DeleteFunc(slices.Clone(accounts), func(a Account) bool { return !a.Default })
	}
	switch {
	case len(fits) == 1:
		return fits[0], nil
	case name == "":
		return Account{}, &AccountError{"No subscription found. Run 'az account set' to select a subscription."}
	case len(fits) == 0:
		return Account{}, &AccountError{fmt.Sprintf("Subscription '%s' not found. Check the spelling and casing and try again.", text.Short(name, 80))}
	}
	return Account{}, &AccountError{fmt.Sprintf("Multiple subscriptions with the name '%s' found. Specify the subscription ID.", text.Short(name, 80))}
}

// FindToSet is Find for "az account set", which has words of its own.
func FindToSet(accounts []Account, name, cloud string) (Account, error) {
	fits := matching(accounts, name)
	if len(fits) == 1 {
		return fits[0], nil
	}
	what := "doesn't exist"
	if len(fits) > 1 {
		what = "has more than one match"
	}
	return Account{}, &AccountError{fmt.Sprintf("The subscription of '%s' %s in cloud '%s'.", text.Short(strings.ToLower(name), 80), what, CloudName(cloud))}
}
