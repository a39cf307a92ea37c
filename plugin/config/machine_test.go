package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
)

const (
	aTenant = "11111111-1111-1111-1111-111111111111"
	anApp   = "22222222-2222-2222-2222-222222222222"
	another = "33333333-3333-3333-3333-333333333333"
)

// resolveWith settles a call with flags, variables and a config file.
func resolveWith(t *testing.T, flags, env, file map[string]string) (Target, error) {
	t.Helper()
	c := Source{Getenv: func(name string) string { return env[name] }, File: &File{Values: file}}
	return c.Resolve(Call{Flags: Flags(flags)})
}

// What belongs to the credential of a machine comes from where that was chosen; what a person's own sign-ins have does not.
func TestMachines(t *testing.T) {
	person := map[string]string{TenantID: "person.example", ClientID: another}
	azure := map[string]string{"AZURE_TENANT_ID": aTenant, "AZURE_CLIENT_ID": anApp, "AZURE_CLIENT_SECRET": "s3cret", "AZURE_FEDERATED_TOKEN_FILE": "/token"}
	older := map[string]string{"AAD_SERVICE_PRINCIPAL_CLIENT_ID": anApp, "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET": "s3cret"}
	connection := map[string]string{"AZURESUBSCRIPTION_TENANT_ID": aTenant, "AZURESUBSCRIPTION_CLIENT_ID": anApp, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": another}
	app := cache.Key{SessionID: cache.SessionID{Client: anApp}, Tenant: aTenant}
	for name, c := range map[string]struct {
		flags, env, file                     map[string]string
		tenant, client, credential, identity string
	}{
		"variables of Azure":   {map[string]string{Login: "spn"}, azure, person, app.Tenant, app.Client, "secret", ""},
		"a variable says spn":  {nil, merged(azure, map[string]string{"ENTRALOGIN_LOGIN": "SPN"}), person, app.Tenant, app.Client, "secret", ""},
		"flags count more":     {map[string]string{Login: "spn", ClientID: another}, azure, nil, app.Tenant, another, "secret", ""},
		"the file has it all":  {nil, azure, merged(person, map[string]string{Login: "spn", ClientCertificate: "/c.pem"}), "person.example", another, "certificate", ""},
		"an entry of people's": {map[string]string{ClientID: authority.AKSClient}, azure, merged(person, map[string]string{Login: "spn", ClientSecretFile: "/s"}), "person.example", another, "secret", ""},
		"federated":            {map[string]string{AssertionEnv: "JWT"}, azure, person, app.Tenant, app.Client, "federated", ""},
		"a pod":                {map[string]string{Login: "workloadidentity"}, azure, person, app.Tenant, app.Client, "workloadidentity", ""},
		"a machine of its own": {map[string]string{Login: "msi"}, nil, person, "person.example", "", "msi", "system"},
		"assigned to it":       {map[string]string{Login: "msi"}, azure, person, "person.example", "", "msi", "client:" + anApp},
		"by its object":        {map[string]string{Login: "msi", IdentityObjectID: another}, azure, nil, AnyTenant, "", "msi", "object:" + another},
		"by its resource":      {map[string]string{Login: "msi", IdentityResourceID: "/subscriptions/s/x"}, nil, nil, AnyTenant, "", "msi", "resource:/subscriptions/s/x"},
		"az":                   {map[string]string{Login: "azurecli", Subscription: "dev"}, map[string]string{"AZURE_CONFIG_DIR": "/az"}, person, AnyTenant, "", "azurecli", "/az|dev"},
		"a stray variable":     {map[string]string{Login: "spn"}, map[string]string{"AZURE_TENANT_ID": aTenant, "AZURE_CLIENT_ID": anApp}, merged(person, map[string]string{ClientSecretFile: "/s"}), "person.example", another, "secret", ""},
		"and an assertion's":   {map[string]string{Login: "federated"}, map[string]string{"AZURE_CLIENT_ID": anApp}, merged(person, map[string]string{AssertionFile: "/f"}), "person.example", another, "federated", ""},
		"a whole one":          {map[string]string{Login: "spn"}, azure, merged(person, map[string]string{ClientSecretFile: "/s"}), app.Tenant, app.Client, "secret", ""},
		"a pod's, as a whole":  {map[string]string{Login: "workloadidentity"}, azure, merged(person, map[string]string{AssertionFile: "/f"}), app.Tenant, app.Client, "workloadidentity", ""},
		"a bare secret":        {map[string]string{Login: "spn"}, map[string]string{"AZURE_TENANT_ID": aTenant, "AZURE_CLIENT_ID": anApp}, map[string]string{TenantID: "person.example", ClientSecretFile: "/s"}, app.Tenant, app.Client, "secret", ""},
		"az in the file":       {nil, nil, merged(person, map[string]string{Login: "azurecli"}), "person.example", "", "azurecli", ""},
		"az of a tenant":       {map[string]string{Login: "azurecli"}, azure, person, aTenant, "", "azurecli", ""},
		"the older name":       {map[string]string{Login: "spn"}, older, person, "person.example", anApp, "secret", ""},
		"both names":           {map[string]string{Login: "spn"}, merged(older, map[string]string{"AZURE_CLIENT_ID": another}), person, "person.example", another, "secret", ""},
		"a service connection": {map[string]string{Login: "azurepipelines"}, connection, person, aTenant, anApp, "azurepipelines", ""},
		"and another client":   {map[string]string{Login: "azurepipelines"}, merged(connection, map[string]string{"AZURE_CLIENT_ID": another}), person, aTenant, another, "azurepipelines", ""},
		"azd":                  {map[string]string{Login: "azd", TenantID: aTenant}, nil, person, aTenant, "", "azd", ""},
		"a person":             {nil, azure, person, "person.example", another, "", ""},
	} {
		got, err := resolveWith(t, c.flags, c.env, c.file)
		r := got.Request
		whose, machine, named := strings.Cut(r.Identity, "@")
		if named != (r.Credential == ManagedIdentity) || named && len(machine) != 12 {
			t.Errorf("%s: %q", name, r.Identity)
		}
		r.Identity = whose
		if err != nil || r.Tenant != c.tenant || r.Client != c.client || r.Credential != c.credential || r.Identity != c.identity {
			t.Errorf("%s: got tenant %q, client %q, %q of %q, %v", name, r.Tenant, r.Client, r.Credential, r.Identity, err)
		}
		if (got.Machine == "") != r.Person() || !r.Person() && got.Late == "" {
			t.Errorf("%s: %q, and renewed ahead unless %q", name, got.Machine, got.Late)
		}
	}
}

// What another program was told is for its own application: variables of ours that count more are for a person's sign-ins.
func TestMachineWhole(t *testing.T) {
	env := map[string]string{"ENTRALOGIN_TENANT_ID": "person.example", "ENTRALOGIN_CLIENT_ID": another, "ENTRALOGIN_CLIENT_SECRET_FILE": "/s"}
	for name, c := range map[string]struct {
		told, flags              map[string]string
		tenant, client, identity string
	}{
		"an application":     {map[string]string{Login: "spn", TenantID: aTenant, ClientID: anApp, ClientSecret: "s3cret"}, nil, aTenant, anApp, ""},
		"a flag":             {map[string]string{Login: "spn", TenantID: aTenant, ClientID: anApp, ClientSecret: "s3cret"}, map[string]string{ClientID: another}, aTenant, another, ""},
		"a managed identity": {map[string]string{Login: "msi"}, nil, "person.example", "", "system"},
	} {
		told := NewLayer(ByTenant, "told", c.told)
		told.Whole = true
		got, err := Source{Getenv: func(name string) string { return env[name] }, File: &File{}}.Resolve(Call{Flags: Flags(c.flags), More: []Layer{told}})
		r := got.Request
		secret, origin := got.FirstWith(ClientSecret, ClientSecretFile).Get(ClientSecret)
		if whose, _, _ := strings.Cut(r.Identity, "@"); err != nil || r.Tenant != c.tenant || r.Client != c.client || whose != c.identity || secret != c.told[ClientSecret] {
			t.Errorf("%s: tenant %q, client %q of %q, the secret of %q: %v", name, r.Tenant, r.Client, r.Identity, origin, err)
		}
	}
}

// Where somebody is named nearer than the way to sign in, the answer is theirs or none. Whose account stands behind is that
// of a person's own sign-ins, and splits no machine's tokens.
func TestMachineAccount(t *testing.T) {
	file := map[string]string{Login: "spn", TenantID: aTenant, ClientID: anApp, ClientSecretFile: "/secret"}
	for name, c := range map[string]struct {
		flags, file map[string]string
		want        string
	}{
		"a person is named":    {map[string]string{Account: "alice@contoso.example"}, file, `account (--account) is "alice@contoso.example", and no person signs in with --login spn`},
		"and is to sign in":    {map[string]string{Account: "alice@contoso.example", Login: Auto}, file, ""},
		"one of other calls":   {map[string]string{Login: "spn"}, merged(file, map[string]string{Account: "alice@contoso.example"}), ""},
		"side by side":         {nil, merged(file, map[string]string{Account: "alice@contoso.example"}), ""},
		"and the way of a pod": {map[string]string{Account: "alice@contoso.example"}, merged(file, map[string]string{Login: "msi"}), "no person signs in with --login msi"},
	} {
		got, err := resolveWith(t, c.flags, nil, c.file)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
		if r := got.Request; err == nil && (r.Account == "") == r.Person() {
			t.Errorf("%s: the token of %q", name, r.Account)
		}
	}
}

// Variables of ours that name two credentials leave open which is meant, whether one holds a secret or not.
func TestMachineSecretsSideBySide(t *testing.T) {
	env := map[string]string{"ENTRALOGIN_LOGIN": "spn", "ENTRALOGIN_TENANT_ID": aTenant, "ENTRALOGIN_CLIENT_ID": anApp, "ENTRALOGIN_CLIENT_SECRET": "s3cret"}
	for _, beside := range []string{"ENTRALOGIN_CLIENT_CERTIFICATE", "ENTRALOGIN_CLIENT_SECRET_FILE"} {
		got, err := resolveWith(t, nil, merged(env, map[string]string{beside: "/x"}), nil)
		counts := got.FirstWith(ClientSecret, ClientSecretFile, ClientCertificate)
		if both := counts.Has(ClientSecret) && counts.Has(ClientSecretFile, ClientCertificate); !both || beside == "ENTRALOGIN_CLIENT_CERTIFICATE" && err == nil {
			t.Errorf("%s: %v, %v", beside, counts, err)
		}
	}
}

func merged(maps ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range maps {
		for name, value := range m {
			all[name] = value
		}
	}
	return all
}

func TestMachinesRefused(t *testing.T) {
	app := map[string]string{TenantID: aTenant, ClientID: anApp, Login: "spn"}
	for name, c := range map[string]struct {
		flags, env map[string]string
		wrong      string
	}{
		"no secret":          {app, nil, Login},
		"both":               {app, map[string]string{"AZURE_CLIENT_SECRET": "s", "AZURE_CLIENT_CERTIFICATE_PATH": "/c.pem"}, ClientCertificate},
		"no application":     {map[string]string{Login: "githubactions", TenantID: aTenant}, nil, ClientID},
		"two identities":     {map[string]string{Login: "msi", ClientID: anApp, IdentityObjectID: another}, nil, IdentityObjectID},
		"no resource ID":     {map[string]string{Login: "msi", IdentityResourceID: "/etc/passwd"}, nil, IdentityResourceID},
		"no client ID":       {map[string]string{Login: "msi", ClientID: "me"}, nil, ClientID},
		"a tenant of nobody": {map[string]string{Login: "azurecli", TenantID: "../x"}, nil, TenantID},
	} {
		_, err := resolveWith(t, c.flags, c.env, nil)
		if bad, ok := errors.AsType[*Error](err); !ok || bad.Name != c.wrong {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// The tenant of an organisation need not be asked for where the machine has its own.
func TestMachineTenant(t *testing.T) {
	for name, c := range map[string]struct {
		flags, env map[string]string
		want       string
		ok         bool
	}{
		"an application":     {map[string]string{Login: "spn", TenantID: aTenant}, nil, aTenant, true},
		"by a variable":      {map[string]string{Login: "workloadidentity"}, map[string]string{"AZURE_TENANT_ID": aTenant}, aTenant, true},
		"of no tenant":       {map[string]string{AssertionFile: "/f"}, nil, "", false},
		"a managed identity": {map[string]string{Login: "msi"}, nil, AnyTenant, true},
		"az":                 {map[string]string{Login: "azurecli", TenantID: aTenant}, nil, "", false},
		"a person":           {map[string]string{TenantID: aTenant}, nil, aTenant, false},
	} {
		s, err := Source{Getenv: func(n string) string { return c.env[n] }, File: &File{}}.Settings(Call{Flags: Flags(c.flags)})
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := s.MachineTenant(); ok != c.ok || ok && got != c.want {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
	}
}

// Terraform's variables count in the place of those that say the same, where the call says so; and none where it says that.
func TestTools(t *testing.T) {
	env := map[string]string{"AZURE_CLIENT_ID": another, "AZURE_CLIENT_SECRET": "theirs", "AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE": "/c.pem",
		"ARM_TENANT_ID": aTenant, "ARM_CLIENT_ID": anApp, "ARM_CLIENT_SECRET": "s3cret", "AZURE_FEDERATED_TOKEN_FILE": "/token"}
	resolve := func(login string, tools Tools) (Target, error) {
		c := Source{Getenv: func(name string) string { return env[name] }, File: &File{}}
		return c.Resolve(Call{Flags: Flags(map[string]string{Login: login}), Tools: tools})
	}
	got, err := resolve("spn", TerraformTools)
	if secret, origin := got.Get(ClientSecret); err != nil || got.Request.Tenant != aTenant || got.Request.Client != anApp || secret != "s3cret" || origin != "ARM_CLIENT_SECRET" {
		t.Errorf("got tenant %q, client %q, the secret of %s: %v", got.Request.Tenant, got.Request.Client, origin, err)
	}
	if got, err = resolve("workloadidentity", TerraformTools); err != nil || got.Request.Tenant != aTenant || got.Request.Client != another {
		t.Errorf("a pod: got tenant %q, client %q: %v", got.Request.Tenant, got.Request.Client, err)
	}
	if _, err = resolve("spn", NoTools); err == nil {
		t.Error("variables count that the call takes none of")
	}
}

// Whose token it is changes when somebody signs in to the other program or out of it: what was obtained before is somebody
// else's.
func TestSignInsOfPrograms(t *testing.T) {
	home, other := t.TempDir(), t.TempDir()
	for name, c := range map[string]struct {
		flags, env map[string]string
		file, dir  string
	}{
		"az":                  {map[string]string{Login: "azurecli"}, nil, filepath.Join(home, ".azure", "azureProfile.json"), ""},
		"az by a variable":    {map[string]string{Login: "AzureCLI"}, map[string]string{"AZURE_CONFIG_DIR": other}, filepath.Join(other, "azureProfile.json"), other + "|"},
		"az by a flag":        {map[string]string{Login: "azurecli", AzureConfigDir: other, Subscription: "s"}, map[string]string{"AZURE_CONFIG_DIR": home}, filepath.Join(other, "azureProfile.json"), other + "|s|"},
		"azd":                 {map[string]string{Login: "azd"}, nil, filepath.Join(home, ".azd", "auth.json"), ""},
		"azd by its variable": {map[string]string{Login: "azd", AzureConfigDir: home}, map[string]string{"AZD_CONFIG_DIR": other}, filepath.Join(other, "auth.json"), other + "|"},
	} {
		identity := func() string {
			t.Helper()
			got, err := resolveWith(t, c.flags, merged(map[string]string{"HOME": home, "USERPROFILE": home}, c.env), nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return got.Request.Identity
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(c.file), 0o700), os.RemoveAll(c.file)); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{identity(): true}
		for _, content := range []string{"{}", `{"a":1}`} {
			if err := os.WriteFile(c.file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			got := identity()
			if seen[got] || got != identity() || !strings.HasPrefix(got, c.dir+"@") {
				t.Errorf("%s: %q after %v", name, got, seen)
			}
			seen[got] = true
		}
	}
	for _, login := range []string{"azurecli", "azd"} {
		if _, err := resolveWith(t, map[string]string{Login: login}, map[string]string{"AZURE_CONFIG_DIR": "az", "AZD_CONFIG_DIR": "az"}, nil); err == nil || !strings.Contains(err.Error(), "no absolute path") {
			t.Errorf("%s in a relative folder: %v", login, err)
		}
	}
}

// What -v says of the service and the client is what counts.
func TestMachineDecided(t *testing.T) {
	person := map[string]string{TenantID: "person.example", ClientID: another}
	host := map[string]string{"AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us/", "AZURE_CLIENT_ID": anApp, "AZURE_CLIENT_SECRET": "s3cret"}
	for what, c := range map[string]struct {
		flags map[string]string
		env   map[string]string
		want  []string
	}{
		"a variable": {map[string]string{Login: "spn"}, host, []string{"authority-host is https://login.microsoftonline.us/ (AZURE_AUTHORITY_HOST)", "client-id is " + anApp + " (AZURE_CLIENT_ID)"}},
		"a flag":     {map[string]string{Login: "spn", Environment: "china"}, host, []string{"environment is china (--environment)", "client-id is " + anApp + " (AZURE_CLIENT_ID)"}},
		"its own":    {map[string]string{Login: "msi"}, nil, nil},
		"assigned":   {map[string]string{Login: "msi", ClientID: strings.ToUpper(another)}, nil, []string{"client-id is " + strings.ToUpper(another) + " (--client-id)"}},
	} {
		got, err := resolveWith(t, c.flags, c.env, person)
		said := slices.DeleteFunc(slices.Clone(got.Decided), func(line string) bool {
			return !strings.HasPrefix(line, AuthorityHost) && !strings.HasPrefix(line, Environment) && !strings.HasPrefix(line, ClientID)
		})
		if err != nil || !slices.Equal(said, c.want) {
			t.Errorf("%s: %q, %v", what, said, err)
		}
	}
}
