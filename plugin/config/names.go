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

// What the config file has besides the shared settings.
const (
	authorities = "authorities"
	hosts       = "hosts"
	profiles    = "profiles"
	tenants     = "tenants"

	allowResources = "allow-resources"
	allowEnv       = "allow-env"
)

// InFile are the shared settings that may stand in the config file.
func InFile() []string {
	return []string{TenantID, ClientID, ServerID, Scope, TokenKind, Environment, AuthorityHost, Account, Prompt, PromptTimeout, Login, RedirectPort, Browser, QR, RenewAhead, Storage, CacheDir, Profile}
}

// Shared reports whether name is one of the shared settings, with that of the config file.
func Shared(name string) bool { return name == ConfigFile || slices.Contains(InFile(), name) }

// Variable is the environment variable of a setting.
func Variable(name string) string {
	return "ENTRALOGIN_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}
