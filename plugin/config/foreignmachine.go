package config

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// What is run, and where the proof of what a machine is goes, a kubeconfig can't choose.

// Brought are the settings with which arguments of a kubeconfig would choose what is run, by the variables in which the
// caller may have said the same. The folder of the Azure CLI is one: it runs what lies there as extensions.
func Brought() map[string][]string {
	return map[string][]string{
		Browser:          {Variable(Browser)},
		AssertionCommand: {Variable(AssertionCommand)},
		AzureConfigDir:   {Variable(AzureConfigDir), azureConfigVariable},
	}
}

// azureConfigVariable names the folder to the Azure CLI:
// https://learn.microsoft.com/cli/azure/azure-cli-configuration#cli-configuration-values-and-environment-variables
const azureConfigVariable = "AZURE_CONFIG_DIR"

// CheckPrograms refuses what the arguments of the kubeconfig would have run, unless the person's own config or the caller's
// environment has the same. Errors: *Error.
func (f Foreign) CheckPrograms(flags map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(Brought())) {
		value, given := flags[name]
		if !given || value == "" || f.owns(name, value) {
			continue
		}
		return &Error{Name: name, Origin: "--" + name,
			What: fmt.Sprintf("is %q, which a kubeconfig can't choose: it %s", text.Short(value, 200), WouldRun(name)),
			Hint: fmt.Sprintf("Take it out of the entry. If it is yours, write it into your config file, %s: %s: %q", f.file(), name, text.Short(value, 200))}
	}
	return nil
}

// WouldRun says what is run by such a setting.
func WouldRun(name string) string {
	if name == AzureConfigDir {
		return "has programs that the Azure CLI would run"
	}
	return "is a program that would be run"
}

// owns reports whether the person's own config, or the caller's environment, has a setting with a value.
func (f Foreign) owns(name, value string) bool {
	if f.Caller != nil && slices.ContainsFunc(Brought()[name], func(variable string) bool { return f.Caller(variable) == value }) {
		return true
	}
	own := f.own()
	if own.Values[name] == value {
		return true
	}
	for _, profile := range own.Profiles {
		if profile[name] == value {
			return true
		}
	}
	return false
}

// guarded are the variables that decide what the way to sign in of s runs, or where it sends the proof of what this
// machine is.
func (s Settings) guarded() []string {
	login, _, _ := s.login()
	programs := []string{"PATH", Variable(AssertionCommand), Variable(AzureConfigDir), azureConfigVariable}
	switch MethodOf(login) {
	case AzureCLI, AzureDeveloper:
		return append(programs, azdConfigVariable)
	case Federated:
		switch counts := s.FirstWith(Assertions()...); { // others may stand where they count less
		case counts.Has(AssertionCommand):
			return programs
		case counts.Has(AssertionIdentity):
			return ManagedVariables()
		}
	case WorkloadIdentity:
		return []string{"AZURE_KUBERNETES_TOKEN_PROXY", "AZURE_KUBERNETES_SNI_NAME", "AZURE_KUBERNETES_CA_FILE", "AZURE_KUBERNETES_CA_DATA"}
	case GitHubActions:
		return []string{"ACTIONS_ID_TOKEN_REQUEST_URL"}
	case AzurePipelines:
		return []string{"SYSTEM_OIDCREQUESTURI"}
	case ManagedIdentity:
		return ManagedVariables()
	}
	return nil
}

// CheckAddresses refuses, where the caller's environment can't be read, an address that may be the kubeconfig's and to which
// the way to sign in of s would send what proves this machine. The addresses that the services have everywhere pass. No
// config file allows another: which one is read may be the kubeconfig's choice, too. Errors: *Error.
func (f Foreign) CheckAddresses(s Settings) error {
	if f.Caller != nil {
		return nil // see Differences
	}
	here := func(host string) bool {
		ip, err := netip.ParseAddr(host)
		return host == "localhost" || err == nil && (ip.IsLoopback() || ip.IsLinkLocalUnicast())
	}
	usual := map[string]func(host string) bool{
		"IDENTITY_ENDPOINT": here, "MSI_ENDPOINT": here, "SYSTEM_OIDCREQUESTURI": authority.IsAzureDevOps,
		"ACTIONS_ID_TOKEN_REQUEST_URL": func(host string) bool { return strings.HasSuffix(host, ".actions.githubusercontent.com") },
		"AZURE_KUBERNETES_TOKEN_PROXY": func(string) bool { return false },
	}
	for _, name := range s.guarded() {
		isUsual, is := usual[name]
		address := f.Getenv(name)
		if u, err := url.Parse(address); !is || address == "" || err == nil && isUsual(strings.ToLower(u.Hostname())) {
			continue
		}
		return &Error{Name: name, Origin: "the environment",
			What: fmt.Sprintf("is %s, and may be a kubeconfig's choice: the environment of the program that runs entralogin can't be read here. Nothing was sent there", shown(f.Getenv(name))),
			Hint: "Have kubectl run entralogin without it, or take another way to sign in (entralogin help machines)."}
	}
	return nil
}
