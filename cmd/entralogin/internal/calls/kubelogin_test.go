package calls

import (
	"maps"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube"
)

// An entry of Azure/kubelogin whose command alone was changed signs in as it did: by the word for it, and at the port of
// the address that a browser comes back to.
func TestKubeloginSignIn(t *testing.T) {
	const dir = "/nowhere"
	for args, want := range map[string]config.SignIn{
		"":                        {Method: config.Auto},
		"--login devicecode":      {Method: "devicecode", Named: true},
		"--login interactive":     {Method: "browser", Named: true},
		"-linteractive":           {Method: "browser", Named: true},
		"AAD_LOGIN_METHOD=":       {Method: config.Auto},
		"AAD_LOGIN_METHOD=broker": {Method: "broker", Named: true},

		"AAD_LOGIN_METHOD=interactive":                                             {Method: "browser", Named: true},
		"AAD_LOGIN_METHOD=interactive -l devicecode":                               {Method: "devicecode", Named: true},
		"AAD_LOGIN_METHOD=spn --login interactive":                                 {Method: "browser", Named: true},
		"AAD_LOGIN_METHOD=interactive ENTRALOGIN_LOGIN=broker":                     {Method: "broker", Named: true},
		"AAD_LOGIN_METHOD=interactive --disable-environment-override":              {Method: config.Auto},
		"AAD_LOGIN_METHOD=spn --disable-environment-override":                      {Method: config.Auto},
		"-l interactive --redirect-url http://localhost:8000":                      {Method: "browser", Named: true, Port: 8000},
		"AAD_LOGIN_METHOD=interactive --redirect-url http://localhost:8000/":       {Method: "browser", Named: true, Port: 8000},
		"-l interactive --redirect-url https://127.0.0.1:8000/back":                {Method: "browser", Named: true, Port: 8000},
		"-l interactive --redirect-url http://localhost":                           {Method: "browser", Named: true},
		"-l interactive --redirect-url http://localhost:0":                         {Method: "browser", Named: true},
		"-l interactive --redirect-url http://localhost:65536":                     {Method: "browser", Named: true},
		"-l interactive --redirect-url :::":                                        {Method: "browser", Named: true},
		"-l interactive --redirect-url=":                                           {Method: "browser", Named: true},
		"-l interactive --redirect-url http://localhost:8000 --redirect-port 8400": {Method: "browser", Named: true, Port: 8400},
		"ENTRALOGIN_REDIRECT_PORT=8400 --login interactive":                        {Method: "browser", Named: true, Port: 8400},
		"ENTRALOGIN_LOGIN=interactive --redirect-url http://localhost:8000":        {Method: "browser", Named: true, Port: 8000},
	} {
		env, given := environment(args)
		maps.Copy(env, map[string]string{"HOME": dir, "XDG_CONFIG_HOME": dir, "ENTRALOGIN_TENANT_ID": "contoso.example", "ENTRALOGIN_CLIENT_ID": "11111111-2222-3333-4444-555555555555"})
		getenv := func(name string) string { return env[name] }
		k, flags, err := ReadKubeArgs(append([]string{getToken}, given...))
		if err != nil {
			t.Errorf("%q: %v", args, err)
			continue
		}
		source := config.Source{Getenv: getenv, File: &config.File{}}
		call, _, err := k.Call(source, flags, nil)
		if err != nil {
			t.Errorf("%q: %v", args, err)
			continue
		}
		if target, err := source.Resolve(call); err != nil || target.SignIn != want {
			t.Errorf("%q: %+v, %v", args, target.SignIn, err)
		}
	}
}

// What clients that pass no ExecCredential get: kubelogin's words mean its v1beta1, and ours v1.
func TestVersionMeant(t *testing.T) {
	for args, want := range map[string]string{
		"":                             kube.V1,
		"--login auto":                 kube.V1,
		"--login browser":              kube.V1,
		"--login broker":               kube.V1,
		"--redirect-port 8000":         kube.V1,
		"ENTRALOGIN_LOGIN=interactive": kube.V1,
		"--login devicecode":           kube.V1Beta1,
		"--login interactive":          kube.V1Beta1,
		"-linteractive":                kube.V1Beta1,
		"AAD_LOGIN_METHOD=interactive": kube.V1Beta1,
		"AAD_LOGIN_METHOD=browser":     kube.V1Beta1,

		"--login browser --redirect-url http://localhost:8000": kube.V1Beta1,
		"--login interactive --exec-api-version v1":            kube.V1,
		"--login browser --exec-api-version v1beta1":           kube.V1Beta1,
	} {
		env, given := environment(args)
		k, _, err := ReadKubeArgs(append([]string{getToken}, given...))
		if err != nil {
			t.Errorf("%q: %v", args, err)
			continue
		}
		if got, err := k.Settle(kube.Info{}, func(name string) string { return env[name] }); err != nil || got.APIVersion != want {
			t.Errorf("%q: %s, %v", args, got.APIVersion, err)
		}
	}
}

// environment are the variables that stand before the arguments.
func environment(line string) (env map[string]string, args []string) {
	env = map[string]string{}
	for _, word := range strings.Fields(line) {
		name, value, ok := strings.Cut(word, "=")
		if ok && len(args) == 0 && !strings.HasPrefix(word, "-") {
			env[name] = value
			continue
		}
		args = append(args, word)
	}
	return env, args
}

const (
	theTenant = "72f988bf-86f1-41af-91ab-2d7cd011db47"
	theApp    = "22222222-2222-2222-2222-222222222222"
	aksClient = "80faf920-1908-4b52-b5ef-a8e7bedfc67a"
)

// settleLine settles a line of variables and arguments as get-token does, with a config file of a person's own.
func settleLine(line string) (config.Target, error) {
	env, given := environment(line)
	maps.Copy(env, map[string]string{"HOME": "/nowhere", "XDG_CONFIG_HOME": "/nowhere"})
	getenv := func(name string) string { return env[name] }
	k, flags, err := ReadKubeArgs(append([]string{getToken, "--server-id", theApp}, given...))
	if err != nil {
		return config.Target{}, err
	}
	source := config.Source{Getenv: getenv, File: &config.File{Values: map[string]string{config.TenantID: "person.example", config.ClientID: "33333333-3333-3333-3333-333333333333"}}}
	call, _, err := k.Call(source, flags, nil)
	if err != nil {
		return config.Target{}, err
	}
	target, err := source.Resolve(call)
	if err != nil {
		return target, err
	}
	return k.Target(target)
}

// An entry of Azure/kubelogin for a machine means what it means there, as "kubelogin convert-kubeconfig" writes it and with
// the variables that are set beside it.
func TestKubeloginMachines(t *testing.T) {
	const app = " --client-id " + theApp + " --tenant-id " + theTenant
	const converted = " --client-id " + aksClient + " --tenant-id " + theTenant // which keeps the application of people
	const github = "ACTIONS_ID_TOKEN_REQUEST_TOKEN=t ACTIONS_ID_TOKEN_REQUEST_URL=https://g "
	for line, want := range map[string]string{
		"--login spn --client-secret s" + app:       theApp + " secret ",
		"--login spn --client-certificate /c" + app: theApp + " certificate ",
		"AAD_SERVICE_PRINCIPAL_CLIENT_ID=" + theApp + " AAD_SERVICE_PRINCIPAL_CLIENT_SECRET=s --login spn" + converted:     theApp + " secret ",
		"AZURE_CLIENT_ID=" + theApp + " AZURE_CLIENT_CERTIFICATE_PATH=/c --login spn --environment azurecloud" + converted: theApp + " certificate ",
		"ARM_CLIENT_ID=" + theApp + " ARM_CLIENT_SECRET=s AZURE_CLIENT_ID=x -l spn --use-azurerm-env-vars" + converted:     theApp + " secret ",
		"AAD_LOGIN_METHOD=spn AZURE_CLIENT_SECRET=s" + app:                                                                 theApp + " secret ",

		"AZURE_FEDERATED_TOKEN_FILE=/f --login workloadidentity" + app:                   theApp + " workloadidentity /f",
		"--login workloadidentity --federated-token-file /f" + app:                       theApp + " workloadidentity /f",
		"AAD_LOGIN_METHOD=workloadidentity --federated-token-file /f" + app:              theApp + " workloadidentity /f",
		github + "--login workloadidentity" + app:                                        theApp + " githubactions ",
		github + "--login workloadidentity --federated-token-file /f" + app:              theApp + " workloadidentity /f",
		"--login azurepipelines --azure-pipelines-service-connection-id " + theApp + app: theApp + " azurepipelines ",

		"--login msi": " msi system",
		"--login msi --login-hint alice@contoso.example":                            " msi system",
		"AAD_LOGIN_METHOD=azd --login-hint alice@contoso.example":                   " azd ",
		"--login msi --client-id " + theApp:                                         " msi client:" + theApp,
		"--login msi --identity-resource-id /subscriptions/s":                       " msi resource:/subscriptions/s",
		"--login msi --identity-resource-id /subscriptions/s --client-id " + theApp: " msi client:" + theApp,
		"AZURE_CLIENT_ID=" + theApp + " --login msi --disable-environment-override": " msi system",
		"AAD_SERVICE_PRINCIPAL_CLIENT_ID=" + theApp + " --login msi":                " msi client:" + theApp,
		"--login msi" + converted:                                                   " msi system",
		"AZURE_CLIENT_ID=" + theApp + " --login msi" + converted:                    " msi client:" + theApp,
		"--login msi --identity-resource-id /subscriptions/s" + converted:           " msi resource:/subscriptions/s",
		"--login azurecli --timeout 90s -s dev --legacy":                            " azurecli dev",
		"--login azd --client-secret s --password s":                                " azd ",

		"--login interactive --legacy" + app: theApp + "  ",
		"ENTRALOGIN_LOGIN=devicecode AAD_LOGIN_METHOD=workloadidentity --federated-token-file /f" + app: theApp + "  ",
		"ENTRALOGIN_LOGIN=workloadidentity AAD_LOGIN_METHOD=devicecode --federated-token-file /f" + app: theApp + " workloadidentity /f",
	} {
		target, err := settleLine(line)
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		file, _ := target.Get(config.AssertionFile)
		r := target.Request
		identity, _, _ := strings.Cut(r.Identity, "@") // and of which machine
		words := r.Client + " " + r.Credential + " " + file + identity
		if words != want || r.Account != "" {
			t.Errorf("%q: %q, not %q", line, words, want)
		}
		if chain, _ := target.Get(config.SendCertificateChain); chain != "true" {
			t.Errorf("%q: the chain of a certificate is kept back, which kubelogin sends", line)
		}
	}
}

// An entry for people, as "kubeconfig add --aks" writes it, serves a job whose variables say who that is.
func TestEntryOfPeople(t *testing.T) {
	const entry = " --client-id " + aksClient + " --tenant-id " + theTenant
	for env, want := range map[string]string{
		"":                                     aksClient + " ",
		"AZURE_CLIENT_ID=" + theApp:            aksClient + " ", // which may be there for any program
		"ENTRALOGIN_LOGIN=githubactions":       theApp + " githubactions",
		"ENTRALOGIN_LOGIN=msi":                 " msi",
		"ENTRALOGIN_ASSERTION_ENV=JOB":         theApp + " federated",
		"ENTRALOGIN_ASSERTION_IDENTITY=system": theApp + " federated",
		"ENTRALOGIN_ASSERTION_ENV=JOB ENTRALOGIN_LOGIN=devicecode": aksClient + " ",
	} {
		line := env + entry
		if strings.Contains(want, theApp) {
			line = "AZURE_CLIENT_ID=" + theApp + " " + line
		}
		target, err := settleLine(line)
		if got := target.Request.Client + " " + target.Request.Credential; err != nil || got != want {
			t.Errorf("%q: %q, %v, not %q", line, got, err, want)
		}
	}
}

// How long az may take is said by a flag, or by kubelogin's variable.
func TestKubeloginTimeout(t *testing.T) {
	for line, want := range map[string]string{
		"--login azurecli": "", "--login azurecli --timeout 90s": "1m30s", "AZURE_CLI_TIMEOUT=20s --login azd": "20s",
		"AZURE_CLI_TIMEOUT=20s --login azurecli --timeout 30s": "30s", "AZURE_CLI_TIMEOUT=20s --login azurecli --disable-environment-override": "",
	} {
		target, err := settleLine(line)
		if got, _ := target.Get(config.ProgramTimeout); err != nil || got != want {
			t.Errorf("%q: %q, %v", line, got, err)
		}
	}
}

// What kubelogin would do in another way than it looks like is refused, and so is what entralogin has not.
func TestKubeloginRefused(t *testing.T) {
	for line, want := range map[string]string{
		"--client-secret s": "--client-secret is for --login spn", "--login auto --federated-token-file /f": "is for --login workloadidentity",
		"--login ropc": "signs in nobody with a password", "AAD_LOGIN_METHOD=ropc": "signs in nobody with a password",
		"--password s": "is for --login ropc", "--legacy": "spn:SERVER_ID", "--login spn --client-secret s --legacy": "spn:SERVER_ID",
		"--login spn": "needs a secret or a certificate", "AZURE_CLIENT_SECRET=s --login spn --disable-environment-override": "needs a secret or a certificate",
		"AZURE_CLIENT_SECRET=s --login spn --use-azurerm-env-vars": "needs a secret or a certificate",
	} {
		if _, err := settleLine(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, not %q", line, err, want)
		}
	}
}
