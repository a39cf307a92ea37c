//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// What a client makes of an az that failed.
const (
	azMissing   = "there is no az"
	toldToLogin = "somebody has to sign in with az: the next way of signing in is tried, or that is said in its own words"
	azShown     = "what az wrote is shown"
	azFailed    = "az failed"
	azPassed    = "the next way of signing in is tried, in silence"
)

// azClient is a program that runs az, with what it looks for in the exit code and in what az wrote.
type azClient struct {
	name, source string
	reads        func(code int, stderr string) string
	// what it makes of nobody's having signed in, of a session that ended, of a claims challenge, of a subscription that is
	// not known, of a command that this az refuses, and, for comparison, of a shell that found no az
	want [6]string
}

var (
	azNotFound = regexp.MustCompile(`az:(.*)not found`)
	loginScope = regexp.MustCompile(`(.*)az login --scope(.*)`)
)

// windowsHasNone is what cmd.exe says.
const windowsHasNone = "'az' is not recognized"

func asksForLogin(stderr string) bool {
	return strings.Contains(stderr, "az login") || strings.Contains(stderr, "az account set")
}

func always(verdict string) func(int, string) string {
	return func(int, string) string { return verdict }
}

// azClients lists them, each with where it looks.
func azClients() []azClient {
	text := [6]string{azShown, azShown, azShown, azShown, azShown, azShown}
	plain := [6]string{azShown, azShown, azShown, azShown, azShown, azMissing}
	return []azClient{
		{"azidentity (Go), and with it Azure/kubelogin", "https://github.com/Azure/azure-sdk-for-go/blob/sdk/azidentity/v1.15.0/sdk/azidentity/developer_credential_util.go",
			func(code int, stderr string) string {
				if code == 127 || strings.Contains(stderr, "' is not recognized") {
					return azMissing
				}
				return azShown
			}, plain},
		{"@azure/identity", "https://github.com/Azure/azure-sdk-for-js/blob/main/sdk/identity/identity/src/credentials/azureCliCredential.ts",
			func(_ int, stderr string) string {
				switch {
				case azNotFound.MatchString(stderr), strings.HasPrefix(stderr, windowsHasNone):
					return azMissing
				case strings.Contains(stderr, "az login") && !loginScope.MatchString(stderr):
					return toldToLogin
				}
				return azShown
			}, [6]string{toldToLogin, azShown, azShown, azShown, azShown, azMissing}},
		{"azure-identity (Python)", "https://github.com/Azure/azure-sdk-for-python/blob/main/sdk/identity/azure-identity/azure/identity/_credentials/azure_cli.py",
			func(code int, stderr string) string {
				switch {
				case code == 127, strings.HasPrefix(stderr, windowsHasNone):
					return azMissing
				case asksForLogin(stderr):
					return toldToLogin
				}
				return azShown
			}, [6]string{toldToLogin, toldToLogin, toldToLogin, azShown, azShown, azMissing}},
		{"Azure.Identity (.NET)", "https://github.com/Azure/azure-sdk-for-net/blob/main/sdk/identity/Azure.Identity/src/Credentials/AzureCliCredential.cs",
			func(_ int, stderr string) string {
				switch {
				case azNotFound.MatchString(stderr), strings.HasPrefix(stderr, windowsHasNone):
					return azMissing
				case asksForLogin(strings.ToLower(stderr)) && !strings.Contains(stderr, "AADSTS"):
					return toldToLogin
				case strings.Contains(strings.ToLower(stderr), "cliinternalerror"):
					return toldToLogin
				}
				return azShown
			}, [6]string{toldToLogin, azShown, azShown, azShown, azShown, azMissing}},
		{"azure-identity (Java)", "https://github.com/Azure/azure-sdk-for-java/blob/main/sdk/identity/azure-identity/src/main/java/com/azure/identity/implementation/IdentityClientBase.java",
			func(_ int, output string) string {
				for line := range strings.Lines(output) {
					if strings.HasPrefix(line, windowsHasNone) || azNotFound.MatchString(line) {
						return azMissing
					}
				}
				if asksForLogin(output) {
					return toldToLogin
				}
				return azShown
			}, [6]string{toldToLogin, toldToLogin, toldToLogin, azShown, azShown, azMissing}},
		{"azure-identity (C++)", "https://github.com/Azure/azure-sdk-for-cpp/blob/main/sdk/identity/azure-identity/src/azure_cli_credential.cpp",
			always(azShown), text},
		{"azure_identity (Rust)", "https://github.com/Azure/azure-sdk-for-rust/blob/main/sdk/identity/azure_identity/src/process/mod.rs",
			func(code int, stderr string) string {
				if code == 127 || strings.Contains(stderr, "' is not recognized") {
					return azMissing
				}
				return azShown
			}, plain},
		{"hashicorp/go-azure-sdk (azurerm, azuread)", "https://github.com/hashicorp/go-azure-sdk/blob/main/sdk/internal/azurecli/azcli.go", always(azShown), text},
		{"hashicorp/go-azure-helpers", "https://github.com/hashicorp/go-azure-helpers/blob/v0.43.0/authentication/auth_method_azure_cli_token.go", always(azShown), text},
		{"manicminer/hamilton", "https://github.com/manicminer/hamilton/blob/v0.44.0/auth/azcli.go", always(azShown), text},
		{"@azure/ms-rest-nodeauth", "https://github.com/Azure/ms-rest-nodeauth/blob/master/lib/login.ts", always(azShown), text},
		{"databricks-sdk-go", "https://github.com/databricks/databricks-sdk-go/blob/main/config/auth_azure_cli.go",
			func(_ int, stderr string) string {
				if strings.Contains(stderr, "No subscription found") || strings.Contains(stderr, "executable file not found") {
					return azPassed
				}
				return azShown
			}, text},
		{"@databricks/sdk-experimental", "https://github.com/databricks/databricks-sdk-js/blob/main/packages/databricks-sdk-js/src/config/execUtils.ts",
			func(code int, stderr string) string {
				if code == 127 && strings.Contains(stderr, "not found") || code == 1 && strings.Contains(stderr, "is not recognized as an internal or external command") {
					return azMissing
				}
				return azShown
			}, plain},
		{"databricks-sdk-py", "https://github.com/databricks/databricks-sdk-py/blob/main/databricks/sdk/credentials_provider.py", always(azPassed), [6]string{azPassed, azPassed, azPassed, azPassed, azPassed, azPassed}},
		{"pulumi-azure-native", "https://github.com/pulumi/pulumi-azure-native/blob/master/provider/pkg/provider/azure_cli.go",
			func(code int, stderr string) string {
				if code == 127 || strings.HasPrefix(stderr, windowsHasNone) {
					return azMissing
				}
				return azShown
			}, plain},
		{"Azure Functions Core Tools", "https://github.com/Azure/azure-functions-core-tools/blob/main/src/Cli/func/Actions/AzureActions/BaseAzureAction.cs",
			always(azFailed), [6]string{azFailed, azFailed, azFailed, azFailed, azFailed, azFailed}},
	}
}

// TestAzClients looks at how az fails with the eyes of those who run it.
func TestAzClients(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token := []string{"az", "account", "get-access-token", "--output", "json", "--resource", "https://management.azure.com/"}
	config := filepath.Join(h.home, ".config", "entralogin", "config.yaml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, append(text, "environment: AzurePublicCloud\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	type failure struct {
		what   string
		code   int
		stderr string
		says   []string // what a person needs who sees it
	}
	var all []failure
	fails := func(what string, code int, says []string, args ...string) {
		t.Helper()
		r := h.call(args...)
		got := failure{what, r.cmd.ProcessState.ExitCode(), string(r.err.Bytes()), says}
		if got.code != code || len(r.out.Bytes()) > 0 {
			t.Fatalf("%s: exit code %d, %q, %s", what, got.code, r.out.Bytes(), got.stderr)
		}
		all = append(all, got)
	}
	login := "Please run 'az login' to setup account"
	fails("signed out", 1, []string{login, "entralogin login"}, token...)
	for _, command := range []string{"show", "get-access-token"} {
		if r := h.call("az", "account", command); r.cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(r.err.Bytes()), login) {
			t.Errorf("signed out: az account %s: %s", command, r.err.Bytes())
		}
	}
	h.sim.AutoApprove(entratest.Alice, 0)
	h.call("entralogin", "login")
	h.sim.RevokeSessions(entratest.Alice)
	fails("the session has ended", 1, []string{"AADSTS50173", "az login --scope https://management.azure.com//.default", "Run: entralogin login"}, token...)
	h.call("entralogin", "login")
	h.sim.Fault("token", entratest.Fault{Times: 2, Error: &entratest.OAuthError{Error: "interaction_required", AADSTS: 50076, Suberror: "basic_action",
		Claims: `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`}})
	fails("a claims challenge", 1, []string{"AADSTS50076", "az login --scope https://management.azure.com//.default", "entralogin login"}, token...)
	h.sim.ClearFaults()
	fails("an unknown subscription", 1, []string{"Subscription 'nope' not found. Check the spelling and casing and try again."}, append(token, "--subscription", "nope")...)
	fails("a command that is not known", 2, []string{"this az is entralogin"}, "az", "vm", "list")
	all = append(all, failure{"no az", 127, "/bin/sh: 1: az: not found\n", nil})

	for _, c := range azClients() {
		for i, f := range all {
			if got := c.reads(f.code, f.stderr); got != c.want[i] {
				t.Errorf("%s, %s: %s, and not: %s\n%s%s", c.name, f.what, got, c.want[i], f.stderr, c.source)
			}
		}
	}
	for _, f := range all {
		for _, word := range f.says {
			if !strings.Contains(f.stderr, word) {
				t.Errorf("%s: does not say %q: %s", f.what, word, f.stderr)
			}
		}
	}
	// C++ shows so many characters, on Windows of both streams; whoever reads them has to find the word.
	if first := all[0].stderr; !strings.Contains(first[:min(len(first), 250)], "az login") {
		t.Errorf("az login comes too late: %s", first)
	}
}
