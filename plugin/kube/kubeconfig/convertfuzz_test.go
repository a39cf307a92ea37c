package kubeconfig

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// sources are the flags and variables from which a flag of ours may take its value.
func sources() map[string][]string {
	return map[string][]string{
		"--tenant-id": {"--tenant-id", "-t", "--oidc-issuer-url", "AZURE_TENANT_ID"},
		"--client-id": {"--client-id", "--oidc-client-id", "AZURE_CLIENT_ID", "AAD_SERVICE_PRINCIPAL_CLIENT_ID"},
		"--server-id": {"--server-id", "--oidc-client-id"},
		"--scope":     {"--oidc-extra-scope"},

		"--oidc-request-header": {"--oidc-request-header"},
		"--account":             {"--login-hint", "--oidc-auth-request-extra-params"},

		"--redirect-port": {"--redirect-url", "--listen-address", "--listen-port"},
	}
}

// FuzzConvert checks for any command line and environment that nothing goes into what is written but the
// values of flags that are no secrets, and nothing of the values into what is said.
func FuzzConvert(f *testing.F) {
	const common = "\n--client-id\n11111111-2222-3333-4444-555555555555\n--tenant-id\ncontoso.example\n--server-id\ns"
	for _, seed := range [][2]string{
		{"get-token" + common, ""},
		{"get-token" + common + "\n-linteractive\n--login-hint=me\n--redirect-url=http://localhost", "AZURE_TENANT_ID=other.example\nX=y"},
		{"get-token" + common + "\n-linteractive\n--redirect-url=https://127.0.0.1:8000/hush-hush", ""},
		{"get-token" + common + "\n--client-secret\nhush-hush", ""},
		{"get-token" + common + "\n--password=hush-hush", "AZURE_PASSWORD=hush-hush"},
		{"get-token" + common + "\n--authority-host\nhttps://login.example.com/\n-e\nhush-hush", ""},
		{"get-token\n--oidc-issuer-url=https://login.microsoftonline.com/contoso.example/v2.0\n--oidc-client-id=11111111-2222-3333-4444-555555555555", ""},
		{"get-token\n--oidc-issuer-url=https://login.example.com/contoso.example/v2.0\n--oidc-client-id=11111111-2222-3333-4444-555555555555\n" +
			"--oidc-use-access-token\n--oidc-extra-scope=a/b,email\n--oidc-auth-request-extra-params=login_hint=me,prompt=hush-hush", "HTTPS_PROXY=x"},
		{"get-token\n--oidc-issuer-url=https://login.microsoftonline.com/contoso.example/v2.0\n--oidc-client-id=11111111-2222-3333-4444-555555555555\n" +
			"--listen-address=localhost:8001\n--oidc-redirect-url=http://127.0.0.1:8001/hush-hush\n--local-server-cert=/hush-hush", ""},
		{"get-token\n--oidc-issuer-url=https://sts.windows.net/hush-hush/\n--oidc-client-secret=hush-hush", ""},
		{"get-token\n--oidc-issuer-url=https://sts.windows.net/contoso.example/\n--oidc-client-id=11111111-2222-3333-4444-555555555555\n--oidc-client-secret=", ""},
		{"get-token\n--oidc-issuer-url=https://login.microsoftonline.com/contoso.example/v2.0\n--oidc-client-id=11111111-2222-3333-4444-555555555555\n" +
			"--grant-type=client-credentials\n--oidc-extra-scope=api://a/.default\n--oidc-request-header=Origin=localhost", ""},
		{"get-token\n--oidc-issuer-url=https://login.microsoftonline.com/contoso.example/v2.0\n--oidc-client-id=11111111-2222-3333-4444-555555555555\n" +
			"--oidc-request-header=Origin=localhost", ""},
		{"get-token\n-lazurecli\n--server-id=s\n--client-id=11111111-2222-3333-4444-555555555555", ""},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, args, env string) {
		e := Exec{Command: "kubelogin", Args: strings.Split(args, "\n")}
		for line := range strings.Lines(env) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			e.Env = append(e.Env, EnvVar{Name: name, Value: value})
		}
		u, ok := userOf(fieldsOf(e)) // as JSON has it
		if !ok {
			return // no such entry can be loaded
		}
		e, _ = u.Plugin()
		got := testConverter().Convert(u)
		if (got.Left != "") == (got.Fields != nil) || got.Ours {
			t.Fatalf("%+v", got)
		}
		quiet(t, e, got)
		if got.Fields == nil {
			return
		}
		exec := execOf(got.Fields)
		checkWritten(t, e, exec)
		if again := testConverter().Convert(theUser(t, got.Fields)); !reflect.DeepEqual(again, Conversion{Ours: true}) {
			t.Errorf("converted again: %+v", again)
		}
		// The same entry with a secret is converted only where that stays in it, and is of use.
		for _, flag := range []string{"--client-secret=hush-hush", "--password=hush-hush", "--oidc-client-secret=hush-hush"} {
			e.Args = append([]string{flag}, e.Args...)
			c := testConverter().Convert(theUser(t, fieldsOf(e)))
			machine := c.From == "Azure/kubelogin, spn" || c.From == "int128/kubelogin, client-credentials"
			kept := c.Fields != nil && machine && slices.Contains(execOf(c.Fields).Args, "hush-hush")
			if c.Left == "" && !kept || strings.Contains(c.Left+strings.Join(c.Notes, ""), "hush") {
				t.Errorf("with %s: %+v", flag, c)
			}
		}
	})
}

// quiet checks that no long value of an entry is said, unless it is one of the known names or a host.
func quiet(t *testing.T, e Exec, got Conversion) {
	t.Helper()
	said := strings.Join(append(got.Notes, got.From, got.Left), "\n")
	values := slices.Clone(e.Args)
	for _, v := range e.Env {
		values = append(values, v.Value)
	}
	for _, value := range values {
		if _, after, ok := strings.Cut(value, "="); ok {
			value = after
		}
		if len(value) < 8 || !strings.Contains(said, value) || strings.HasPrefix(value, "-") || known(value) {
			continue
		}
		t.Errorf("the value %q is said: %s", value, said)
	}
}

// known reports whether a value is one of the words that reasons and notes are made of.
func known(value string) bool {
	words := []string{"get-token", "devicecode", "interactive", "device-code", "authcode", "authcode-keyboard", "password", "client-credentials",
		"AzureGermanCloud", "AzureStackCloud", "ropc", "chained", "workloadidentity", "azurepipelines", "azurecli"}
	for name := range azureFlags("") {
		words = append(words, name)
	}
	for name := range oidcFlags("") {
		words = append(words, name)
	}
	return slices.Contains(words, value)
}

// checkWritten checks each flag of ours against the flags and variables that may have said it.
func checkWritten(t *testing.T, from, to Exec) {
	t.Helper()
	given := map[string][]string{}
	for i, arg := range from.Args {
		name, value, joined := strings.Cut(arg, "=")
		if len(arg) > 2 && arg[0] == '-' && arg[1] != '-' {
			name, value, joined = arg[:2], strings.TrimPrefix(arg[2:], "="), true
		}
		if !joined && i+1 < len(from.Args) {
			value = from.Args[i+1]
		}
		given[name] = append(given[name], value)
	}
	for _, v := range from.Env {
		given[v.Name] = append(given[v.Name], v.Value)
	}
	written := slices.DeleteFunc(slices.Clone(to.Args), func(arg string) bool { // which need no value
		return slices.Contains([]string{"--pop-enabled", "--use-azurerm-env-vars", "--disable-environment-override"}, arg)
	})
	if len(written)%2 != 1 || written[0] != "get-token" {
		t.Fatalf("wrote %q", to.Args)
	}
	for i := 1; i < len(written); i += 2 {
		name, value := written[i], written[i+1]
		switch name {
		case "--token-kind", "--environment", "--authority-host", "--login", "--exec-api-version": // of a few words that are known
			if !slices.Contains([]string{"client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1", "id", "browser", "spn", "msi", "workloadidentity", "azurepipelines", "azurecli", "azd", "AzureUSGovernmentCloud", "AzureChinaCloud", "https://login.example.com"}, value) {
				t.Errorf("wrote %s %q", name, value)
			}
			continue
		}
		said := false
		for _, source := range sources()[name] {
			said = said || slices.ContainsFunc(given[source], func(v string) bool { return strings.Contains(v, value) })
		}
		if !said || !usableInTests(strings.TrimPrefix(name, "--"), value) {
			t.Errorf("wrote %s %q, from %q", name, value, from.Args)
		}
	}
	for _, v := range to.Env {
		if !slices.Contains(from.Env, v) {
			t.Errorf("wrote the variable %q", v.Name)
		}
	}
}
