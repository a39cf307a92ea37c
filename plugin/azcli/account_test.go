package azcli

import (
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
)

func testAccounts() []Account {
	one := func(id, name, state string) cache.Subscription {
		return cache.Subscription{ID: id, Name: name, State: state, Tenant: "t", HomeTenant: "h", ManagedBy: []string{"m"}}
	}
	return []Account{
		{Subscription: one("1", "Prod", Enabled), User: User{Name: "alice"}},
		{Subscription: one("2", "dup", Enabled), User: User{Name: "alice"}, Default: true},
		{Subscription: one("3", "Dup", "Disabled"), User: User{Name: "systemAssignedIdentity", Machine: true, Identity: "MSI"}},
		{Subscription: TenantAccount("t"), User: User{Name: "alice"}},
	}
}

// An account is found by ID or name in any case. The errors are in the words of the Azure CLI.
func TestFind(t *testing.T) {
	for name, want := range map[string]string{
		"PROD": "1", "3": "3", "": "2", TenantLevel: "t", "t": "t",
		"DUP":      "Multiple subscriptions with the name 'DUP' found. Specify the subscription ID.",
		"No\x1bpe": "Subscription 'Nope' not found. Check the spelling and casing and try again.",
	} {
		found, err := Find(testAccounts(), name)
		if got := found.ID; err == nil && got != want || err != nil && err.Error() != want {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	if _, err := Find(testAccounts()[:1], ""); err == nil || !strings.Contains(err.Error(), "'az account set'") {
		t.Errorf("without a default: %v", err)
	}
	for name, want := range map[string]string{
		"prod": "1", "Dup": "The subscription of 'dup' has more than one match in cloud 'AzureUSGovernment'.",
		"": "The subscription of '' doesn't exist in cloud 'AzureUSGovernment'.",
	} {
		found, err := FindToSet(testAccounts(), name, "AzureUSGovernmentCloud")
		if got := found.ID; err == nil && got != want || err != nil && err.Error() != want {
			t.Errorf("set %q: %q, %v", name, got, err)
		}
	}
}

// An account has the fields of the Azure CLI, and no others. That of a tenant has no home.
func TestShow(t *testing.T) {
	accounts := testAccounts()
	for _, test := range []struct {
		value any
		want  string
	}{
		{accounts[2].Show("AzurePublicCloud"), "environmentName: AzureCloud\nhomeTenantId: h\nid: \"3\"\nisDefault: false\nmanagedByTenants:\n- tenantId: m\n" +
			"name: Dup\nstate: Disabled\ntenantId: t\nuser:\n  assignedIdentityInfo: MSI\n  name: systemAssignedIdentity\n  type: servicePrincipal\n"},
		{accounts[3].Show("AzureChinaCloud"), "environmentName: AzureChinaCloud\nid: t\nisDefault: false\nname: N/A(tenant level account)\nstate: Enabled\ntenantId: t\n" +
			"user:\n  name: alice\n  type: user\n"},
		{accounts[3].List("AzureChinaCloud"), "cloudName: AzureChinaCloud\nid: t\nisDefault: false\nname: N/A(tenant level account)\nstate: Enabled\ntenantId: t\n" +
			"user:\n  name: alice\n  type: user\n"},
	} {
		if got, err := (Style{Format: "yaml"}).Write(test.value); err != nil || string(got) != test.want {
			t.Errorf("got\n%swant\n%s%v", got, test.want, err)
		}
	}
}
