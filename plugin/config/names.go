package config

import (
	"slices"
	"strings"
)

// The shared settings. Each has the same name as a flag (--tenant-id), as a variable
// (ENTRALOGIN_TENANT_ID), in the config file and in a cluster's configuration (tenant-id:).
const (
	TenantID      = "tenant-id"
	ClientID      = "client-id"
	ServerID      = "server-id"
	Scope         = "scope"
	TokenKind     = "token-kind"
	Environment   = "environment"
	AuthorityHost = "authority-host"
	Account       = "account"
	Prompt        = "prompt"
	PromptTimeout = "prompt-timeout"
	Login         = "login"         // the way to sign in
	RedirectPort  = "redirect-port" // of this machine, where a browser brings its answer
	Browser       = "browser"       // the command that opens a page
	QR            = "qr"            // draw the page's address as a QR code
	RenewAhead    = "renew-ahead"   // leave a renewal to a process of its own before somebody has to wait for it
	Storage       = "storage"
	CacheDir      = "cache-dir"
	Profile       = "profile"
	ConfigFile    = "config" // no setting of the file itself
)

// The shared settings of machines, which sign in without a person. See machine.go.
const (
	ClientSecretFile     = "client-secret-file"
	ClientSecretKeyring  = "client-secret-keyring" // it lies in the keyring of the desktop
	ClientCertificate    = "client-certificate"    // path of a PEM or PFX file with its key
	SendCertificateChain = "send-certificate-chain"
	AssertionFile        = "assertion-file"
	AssertionEnv         = "assertion-env"      // the name of a variable
	AssertionCommand     = "assertion-command"  // a program with its arguments
	AssertionIdentity    = "assertion-identity" // the managed identity whose token is one
	AssertionAudience    = "assertion-audience"
	ServiceConnection    = "azure-pipelines-service-connection-id"
	IdentityResourceID   = "identity-resource-id"
	IdentityObjectID     = "identity-object-id"
	AzureConfigDir       = "azure-config-dir" // of the Azure CLI
	Subscription         = "subscription"     // of the Azure CLI
	PoPEnabled           = "pop-enabled"
	PoPClaims            = "pop-claims"

	// ProgramTimeout is how long az or azd may take, as kubelogin has it: its flag and a variable say it, and nothing else.
	ProgramTimeout = "timeout"

	// Secrets have no place in the config file: variables and the flags of kubelogin have them.
	ClientSecret              = "client-secret"
	ClientCertificatePassword = "client-certificate-password"
)

// What the config file has besides the shared settings.
const (
	authorities   = "authorities"
	hosts         = "hosts"
	registries    = "registries"
	profiles      = "profiles"
	tenants       = "tenants"
	subscriptions = "subscriptions"

	allowResources = "allow-resources"
	allowEnv       = "allow-env"
)

// besides are the names of what the config file has besides the shared settings.
func besides() []string {
	return []string{authorities, hosts, registries, profiles, tenants, subscriptions, allowResources, allowEnv, agentSection}
}

// InFile are the shared settings that may stand in the config file.
func InFile() []string {
	return slices.Concat([]string{TenantID, ClientID, ServerID, Scope, TokenKind, Environment, AuthorityHost, Account, Prompt, PromptTimeout, Login, RedirectPort, Browser, QR, RenewAhead, Storage, CacheDir, Profile},
		OfMachines())
}

// OfMachines are those among them that are for machines.
func OfMachines() []string {
	return []string{ClientSecretFile, ClientSecretKeyring, ClientCertificate, SendCertificateChain, AssertionFile, AssertionEnv, AssertionCommand,
		AssertionIdentity, AssertionAudience, ServiceConnection, IdentityResourceID, IdentityObjectID, AzureConfigDir, Subscription, PoPEnabled, PoPClaims}
}

// Secrets are the shared settings that no file, no kubeconfig of ours and no output may have.
func Secrets() []string { return []string{ClientSecret, ClientCertificatePassword} }

// Shared reports whether name is one of the shared settings, with that of the config file and with secrets.
func Shared(name string) bool {
	return name == ConfigFile || slices.Contains(InFile(), name) || slices.Contains(Secrets(), name)
}

// Variable is the environment variable of a setting.
func Variable(name string) string {
	return "ENTRALOGIN_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}
