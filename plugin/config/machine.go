package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// The words of the setting login with which no person signs in.
const (
	ServicePrincipal = "spn"              // an application with a secret or a certificate
	Federated        = "federated"        // an application with another service's token (an assertion)
	WorkloadIdentity = "workloadidentity" // that of a Kubernetes service account
	GitHubActions    = "githubactions"    // that of a job of GitHub's
	AzurePipelines   = "azurepipelines"   // that of a service connection of Azure Pipelines
	ManagedIdentity  = "msi"              // what Azure gives to a machine of its own
	AzureCLI         = "azurecli"         // the sign-in of az
	AzureDeveloper   = "azd"              // the sign-in of azd
)

// MachineLogins are these words.
func MachineLogins() []string {
	return []string{ServicePrincipal, Federated, WorkloadIdentity, GitHubActions, AzurePipelines, ManagedIdentity, AzureCLI, AzureDeveloper}
}

// The two kinds of credential of a service principal, as cache.Key has them. Of the other words each is one.
const (
	BySecret      = "secret"
	ByCertificate = "certificate"
)

// Assertions are the settings that name an assertion.
func Assertions() []string {
	return []string{AssertionFile, AssertionEnv, AssertionCommand, AssertionIdentity}
}

// login is the way to sign in that counts, and where it stands. What names an assertion says federated, unless a login
// stands beside it or counts more.
func (s Settings) login() (value, origin string, rank Rank) {
	layer := s.FirstWith(append(Assertions(), Login)...)
	if len(layer) == 0 {
		return "", "", ByDefault
	}
	if value, origin = layer.Get(Login); value != "" {
		return value, origin, layer[0].Rank
	}
	for _, name := range Assertions() {
		if _, origin = layer.Get(name); origin != "" {
			break
		}
	}
	return Federated, origin, layer[0].Rank
}

// Way is the way to sign in that counts, "" where nothing says one.
func (s Settings) Way() string {
	value, _, _ := s.login()
	return MethodOf(value)
}

// Tools says whose variables count for a way of machines, besides ours.
type Tools int

const (
	AzureTools     Tools = iota // those of Azure's libraries and of kubelogin
	TerraformTools              // those of Terraform's provider azurerm, in the place of what says the same
	NoTools
)

// programTimeout is kubelogin's: https://azure.github.io/kubelogin/cli/get-token.html
const programTimeout = "AZURE_CLI_TIMEOUT"

// machineVariables are those that count for a way of machines, by setting. Of several the first that is set counts, as
// with kubelogin:
//
//   - https://learn.microsoft.com/dotnet/api/azure.identity.environmentcredential
//   - https://azure.github.io/kubelogin/cli/get-token.html
//   - https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/azure-cli-v2
//   - https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs
func machineVariables(login string, tools Tools) []map[string]string {
	app := map[string]string{TenantID: "AZURE_TENANT_ID", ClientID: "AZURE_CLIENT_ID", AuthorityHost: authorityVariable}
	older := map[string]string{ClientID: "AAD_SERVICE_PRINCIPAL_CLIENT_ID"}
	switch tools {
	case NoTools:
		return nil
	case TerraformTools:
		app, older = map[string]string{TenantID: "ARM_TENANT_ID", ClientID: "ARM_CLIENT_ID", AuthorityHost: authorityVariable}, nil
	}
	switch login {
	case ServicePrincipal:
		return credentialVariables(app, older, tools)
	case WorkloadIdentity:
		pod := map[string]string{ClientID: "AZURE_CLIENT_ID", AuthorityHost: authorityVariable, AssertionFile: "AZURE_FEDERATED_TOKEN_FILE"}
		return []map[string]string{pod, app, older}
	case AzurePipelines:
		return []map[string]string{app, older, {TenantID: "AZURESUBSCRIPTION_TENANT_ID", ClientID: "AZURESUBSCRIPTION_CLIENT_ID",
			ServiceConnection: "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"}}
	case ManagedIdentity:
		return []map[string]string{{ClientID: app[ClientID], AuthorityHost: authorityVariable}, older}
	case AzureCLI:
		return []map[string]string{{AzureConfigDir: azureConfigVariable, TenantID: app[TenantID], ProgramTimeout: programTimeout}}
	case AzureDeveloper:
		return []map[string]string{{TenantID: app[TenantID], ProgramTimeout: programTimeout}}
	case Federated, GitHubActions:
		return []map[string]string{app, older}
	}
	return nil
}

// credentialVariables are those of an application with a secret or a certificate of its own.
func credentialVariables(app, older map[string]string, tools Tools) []map[string]string {
	if tools == TerraformTools {
		maps.Copy(app, map[string]string{ClientSecret: "ARM_CLIENT_SECRET", ClientCertificate: "ARM_CLIENT_CERTIFICATE_PATH",
			ClientCertificatePassword: "ARM_CLIENT_CERTIFICATE_PASSWORD"})
		return []map[string]string{app}
	}
	maps.Copy(app, map[string]string{ClientSecret: "AZURE_CLIENT_SECRET", ClientCertificate: "AZURE_CLIENT_CERTIFICATE_PATH",
		ClientCertificatePassword: "AZURE_CLIENT_CERTIFICATE_PASSWORD", SendCertificateChain: "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"})
	maps.Copy(older, map[string]string{ClientSecret: "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET",
		ClientCertificate: "AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE", ClientCertificatePassword: "AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE_PASSWORD"})
	return []map[string]string{app, older}
}

// credentials are the settings that name the credential of an application, where a way has any.
func credentials(login string) []string {
	switch login {
	case ServicePrincipal:
		return []string{ClientSecret, ClientSecretFile, ClientSecretKeyring, ClientCertificate, AzureLogin, AzureGiven}
	case Federated, WorkloadIdentity:
		return Assertions()
	}
	return nil
}

// withMachine adds the variables of the way of machines that counts. They count just behind the place that chose the
// way: what belongs to it stands together, and the application of a person's own sign-ins, which the config file has,
// is another one. Variables without a credential count behind the application that has one: it is of that alone.
func (c Source) withMachine(s Settings, tools Tools) Settings {
	login, _, rank := s.login()
	login = MethodOf(login)
	if !slices.Contains(MachineLogins(), login) {
		return s
	}
	s = s.withWhole(login)
	if rank == ByCompat {
		rank = ByTenant
	}
	for _, names := range machineVariables(login, tools) {
		l := variables(rank, c.Getenv, names)
		if app := s.FirstWith(credentials(login)...); app.Has(ClientID) && !(Settings{l}).Has(credentials(login)...) {
			l.Rank = max(rank, app[0].Rank)
		}
		s = s.With(l)
	}
	// An entry that was written for people has AKS's client, which is no machine's.
	return s.without(func(l Layer) bool { return strings.EqualFold(l.Values[ClientID].Text, authority.AKSClient) }, ClientID)
}

// withWhole has a way to sign in that is Whole come with its own application: what counts more and says the same, or names
// another client, is of other sign-ins. Flags and git's own words are of this one.
func (s Settings) withWhole(login string) Settings {
	chosen := s.FirstWith(append(Assertions(), Login)...)
	if len(chosen) == 0 || !chosen[0].Whole {
		return s
	}
	names := append(slices.Collect(maps.Keys(chosen[0].Values)), ClientID)
	if chosen.Has(credentials(login)...) {
		names = append(names, credentials(login)...)
	}
	return s.without(func(l Layer) bool { return l.Rank > ByGit && l.Rank <= chosen[0].Rank && !l.Whole }, names...)
}

// without leaves settings out of some layers.
func (s Settings) without(unwanted func(Layer) bool, names ...string) Settings {
	kept := slices.Clone(s)
	for i, l := range kept {
		if !unwanted(l) {
			continue
		}
		kept[i].Values = maps.Clone(l.Values)
		for _, name := range names {
			delete(kept[i].Values, name)
		}
	}
	return kept
}

// machine settles who signs in where that is no person. Errors: *Error.
func (c Source) machine(s Settings, login string, r *plugin.Request) error {
	r.Credential = login
	if err := s.namesNobody(login); err != nil {
		return err
	}
	switch login {
	case ServicePrincipal:
		credential, err := s.servicePrincipal()
		if err != nil {
			return err
		}
		r.Credential = credential
		return s.identify(r)
	case ManagedIdentity:
		err := s.managed(r)
		r.Identity += "@" + c.thisMachine()
		return err
	case AzureCLI, AzureDeveloper:
		return c.ofProgram(s, login, r)
	}
	return s.identify(r)
}

// namesNobody refuses a call for somebody's token where that counts more than the way to sign in: the answer would be a
// machine's. An account that counts less is that of a person's own sign-ins. Errors: *Error.
func (s Settings) namesNobody(login string) error {
	layer := s.FirstWith(Account)
	_, from, rank := s.login()
	if len(layer) == 0 || layer[0].Rank >= rank {
		return nil
	}
	account, origin := layer.Get(Account)
	return &Error{Name: Account, Origin: origin, What: fmt.Sprintf("is %q, and no person signs in with --%s %s (%s)", text.Short(account, 80), Login, login, from),
		Hint: fmt.Sprintf("Leave the account out, or have a person sign in: --%s %s.", Login, Auto)}
}

// servicePrincipal says which of the two credentials is meant: what counts most.
func (s Settings) servicePrincipal() (string, error) {
	secrets := []string{ClientSecret, ClientSecretFile, ClientSecretKeyring}
	layer := s.FirstWith(credentials(ServicePrincipal)...)
	switch {
	case layer == nil:
		return "", &Error{Name: Login, What: "is " + ServicePrincipal + ", which needs a secret or a certificate, and there is neither",
			Hint: "Name a file: --" + ClientSecretFile + " FILE or --" + ClientCertificate + " FILE; or set " + Variable(ClientSecret) + " (entralogin help machines)."}
	case layer.Has(ClientCertificate) && layer.Has(secrets...):
		_, origin := layer.Get(ClientCertificate)
		return "", &Error{Name: ClientCertificate, Origin: origin, What: "stands beside a client secret: which of the two is meant?", Hint: "Leave one of them out."}
	case layer.Has(ClientCertificate):
		return ByCertificate, nil
	}
	return BySecret, nil
}

// managed settles which identity of the machine is meant: the client ID, the object ID or the resource ID of one that is
// assigned to it, or the machine's own. A client ID that stands where the way to sign in doesn't is a person's application.
func (s Settings) managed(r *plugin.Request) error {
	_, _, rank := s.login()
	near := slices.DeleteFunc(slices.Clone(s), func(l Layer) bool { return l.Rank > rank && l.Rank != ByCompat })
	layer := near.FirstWith(ClientID, IdentityObjectID, IdentityResourceID)
	r.Identity = "system"
	for _, named := range []struct {
		name, kind string
		valid      func(string) bool
	}{{ClientID, "client", authority.IsClientID}, {IdentityObjectID, "object", authority.IsGUID}, {IdentityResourceID, "resource", isResourceID}} {
		value, origin := layer.Get(named.name)
		switch {
		case value == "":
			continue
		case r.Identity != "system":
			return Bad(named.name, value, origin, "names a second managed identity")
		case !named.valid(value):
			return Bad(named.name, value, origin, "names no managed identity: a client or object ID is a GUID, and a resource ID begins with /subscriptions/")
		}
		r.Identity = named.kind + ":" + value
	}
	return s.identifyOther(r)
}

// MachineTenant is the tenant of a machine for which the tenant of what it wants to get at need not be looked for: it has one
// of its own, or the machine has to be asked. az and azd have the tenants of people.
func (s Settings) MachineTenant() (tenant string, ok bool) {
	login, _, _ := s.login()
	tenant, _ = s.Get(TenantID)
	switch login = MethodOf(login); login {
	case ManagedIdentity:
		return cmp.Or(tenant, AnyTenant), true
	case AzureCLI, AzureDeveloper:
		return "", false
	}
	return tenant, tenant != "" && slices.Contains(MachineLogins(), login)
}

// ManagedIdentityOf reads the one word for a managed identity that Git Credential Manager has, too: system, a client ID with
// or without id:// in front of it, or a resource ID with or without resource://. It returns it as cache.Key has it.
// https://github.com/git-ecosystem/git-credential-manager/blob/main/docs/configuration.md#credentialazreposmanagedidentity
func ManagedIdentityOf(word string) (string, error) {
	const nobody = "00000000-0000-0000-0000-000000000000"
	rest := word
	for _, form := range []string{"id://", "resource://"} {
		if len(word) > len(form) && strings.EqualFold(word[:len(form)], form) {
			rest = word[len(form):]
		}
	}
	if resource := "/" + strings.TrimPrefix(rest, "/"); isResourceID(resource) {
		return "resource:" + resource, nil
	}
	switch {
	case strings.EqualFold(word, "system"), rest == nobody:
		return "system", nil
	case authority.IsClientID(rest):
		return "client:" + rest, nil
	}
	return "", errors.New("is none of system, a client ID and a resource ID, which begins with /subscriptions/")
}

// isResourceID reports whether a text may be the resource ID of a managed identity.
func isResourceID(id string) bool {
	return strings.HasPrefix(strings.ToLower(id), "/subscriptions/") && text.IsWord(id) && len(id) <= 2048
}

// identifyOther settles the tenant, which need not be known where another service or program has the sign-in.
func (s Settings) identifyOther(r *plugin.Request) error {
	value, origin := s.Get(TenantID)
	if value != "" && !authority.IsTenant(value) {
		return Bad(TenantID, value, origin, "is neither a GUID nor a domain name")
	}
	r.Tenant = cmp.Or(value, AnyTenant)
	return nil
}

// ofPrograms are the settings for a sign-in that az or azd has: of the tenant of a person's own sign-ins, which the config
// file has, they know nothing, unless the way to sign in stands there, too.
func (s Settings) ofPrograms() Settings {
	_, _, rank := s.login()
	return slices.DeleteFunc(slices.Clone(s), func(l Layer) bool { return l.Rank > rank && (l.Rank == ByProfile || l.Rank == ByFile) })
}

// Secret is a setting that has a secret.
func (s Settings) Secret(name string) cache.Secret {
	value, _ := s.Get(name)
	return cache.NewSecret(value)
}
