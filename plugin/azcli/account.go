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

// Shown is an account as the Azure CLI prints it, in its order: "az account show".
//
// https://learn.microsoft.com/cli/azure/account#az-account-show
type Shown struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	State       string    `json:"state"`
	User        ShownUser `json:"user"`
	Default     bool      `json:"isDefault"`
	Tenant      string    `json:"tenantId"`
	Environment string    `json:"environmentName,omitempty"`
	// HomeTenant and ManagedBy are of subscriptions alone.
	HomeTenant string    `json:"homeTenantId,omitempty"`
	ManagedBy  []Managed `json:"managedByTenants,omitzero"`
	Cloud      string    `json:"cloudName,omitempty"` // in place of environmentName: "az account list"
}

// ShownUser is the user of an account.
type ShownUser struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Identity string `json:"assignedIdentityInfo,omitempty"`
}

// Managed is a tenant that manages a subscription from outside.
type Managed struct {
	Tenant string `json:"tenantId"`
}

// ListTable has the rows of a table of "az account list".
const ListTable = "[].{Name:name, CloudName:cloudName, SubscriptionId:id, TenantId:tenantId, State:state, IsDefault:isDefault}"

// Show is what "az account show" answers. cloud is such as AzurePublicCloud.
func (a Account) Show(cloud string) Shown {
	shown := Shown{ID: a.ID, Name: a.Name, State: a.State, User: ShownUser{a.User.Name, "user", a.User.Identity},
		Default: a.Default, Tenant: a.Tenant, Environment: CloudName(cloud)}
	if a.User.Machine {
		shown.User.Type = "servicePrincipal"
	}
	if a.Name != TenantLevel {
		shown.HomeTenant, shown.ManagedBy = a.HomeTenant, []Managed{}
		for _, tenant := range a.ManagedBy {
			shown.ManagedBy = append(shown.ManagedBy, Managed{tenant})
		}
	}
	return shown
}

// List is what "az account list" answers of one, where the cloud has another name.
func (a Account) List(cloud string) Shown {
	shown := a.Show(cloud)
	shown.Environment, shown.Cloud = "", shown.Environment
	return shown
}

// CloudName is the Azure CLI's name of a cloud such as AzurePublicCloud; of one that it has none for, that name.
func CloudName(cloud string) string {
	for _, known := range clouds() {
		if known[1] == cloud && cloud != "" {
			return known[0]
		}
	}
	return cloud
}

// AccountError says that no account, or more than one, is the one that is meant. Its words are those of the Azure CLI,
// which programs look for.
type AccountError struct {
	What string
	Hint string // whose turn it is, with the next command of az; "" where What says it
}

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
		return Account{}, &AccountError{What: "No subscription found. Run 'az account set' to select a subscription."}
	case len(fits) == 0:
		return Account{}, &AccountError{fmt.Sprintf("Subscription '%s' not found. Check the spelling and casing and try again.", text.Short(name, 80)), listAll}
	}
	return Account{}, &AccountError{fmt.Sprintf("Multiple subscriptions with the name '%s' found. Specify the subscription ID.", text.Short(name, 80)), listIDs}
}

const (
	listAll = "Your turn: az account list --refresh -o table shows those that there are."
	listIDs = "Your turn: az account list --all -o table shows their IDs."
)

// FindToSet is Find for "az account set", which has words of its own.
func FindToSet(accounts []Account, name, cloud string) (Account, error) {
	fits := matching(accounts, name)
	if len(fits) == 1 {
		return fits[0], nil
	}
	what, hint := "doesn't exist", listAll
	if len(fits) > 1 {
		what, hint = "has more than one match", listIDs
	}
	return Account{}, &AccountError{fmt.Sprintf("The subscription of '%s' %s in cloud '%s'.", text.Short(strings.ToLower(name), 80), what, CloudName(cloud)), hint}
}
