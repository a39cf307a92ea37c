package kubeconfig

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// kind is an entry as people have it, and what becomes of it: the arguments of get-token, shortened, or "left: " and a
// part of the reason.
type kind struct{ name, exec, want string }

const (
	kindServer = "6dae42f8-4368-4678-94ff-3960e28e3630"
	kindClient = "11111111-2222-3333-4444-555555555555"
	kindTenant = "72f988bf-86f1-41af-91ab-2d7cd011db47"
)

// kinds are entries of both kubelogins: T, C and S stand for a tenant, a client and a server.
func kinds() []kind {
	const (
		azure = "--server-id S --client-id C --tenant-id T "
		same  = "T C S"
		oidc  = "--oidc-issuer-url=https://login.microsoftonline.com/T/v2.0 --oidc-client-id=C "
		id    = "T C --token-kind id"
		page  = " --login browser"
	)
	a := func(args string) string { return "command: kubelogin; args: get-token " + args }
	all := []kind{
		{"default", a(azure), same}, {"devicecode", a(azure + "--login devicecode"), same}, {"interactive", a(azure + "-l interactive"), same + page},
		{"variable", a(azure+"--login devicecode") + "; env: AAD_LOGIN_METHOD=interactive", same + page},
		{"redirect", a(azure + "-l interactive --redirect-url http://localhost:8000"), same + page + " --redirect-port 8000"},
		{"redirect without a port", a(azure + "-l interactive --redirect-url http://localhost/"), same + page}, {"free port", a(azure + "-l interactive --redirect-url http://localhost:0"), same + page},
		{"redirect elsewhere", a(azure + "-l interactive --redirect-url https://127.0.0.1:8000/callback"), same + page + " --redirect-port 8000"},
		{"port that is none", a(azure + "-l interactive --redirect-url http://localhost:99999"), same + page}, {"redirect that is none", a(azure + "-l interactive --redirect-url 8000"), same + page},
		{"redirect of a code", a(azure + "--redirect-url http://localhost:8000"), same},
		{"variable spn", a(azure) + "; env: AAD_LOGIN_METHOD=spn", same + " --login spn"},
		{"variable off", a(azure+"--disable-environment-override") + "; env: AAD_LOGIN_METHOD=spn", same},
		{"unknown mode", a(azure + "-l telepathy"), "left: none that is known"}, {"empty mode", a(azure + "--login="), same},

		{"public", a(azure + "-e AzurePublicCloud"), same}, {"az's name", a(azure + "-e AzureCloud"), same}, {"small", a(azure + "-e azurepubliccloud"), same},
		{"government", a(azure + "-e AzureUSGovernmentCloud"), same + " --environment AzureUSGovernmentCloud"},
		{"az's government", a(azure + "--environment=AzureUSGovernment"), same + " --environment AzureUSGovernmentCloud"},
		{"China", a(azure + "-eAzureChinaCloud"), same + " --environment AzureChinaCloud"}, {"Germany", a(azure + "-e AzureGermanCloud"), "left: AzureGermanCloud"},
		{"stack", a(azure + "-e AzureStackCloud"), "left: AzureStackCloud"}, {"slip", a(azure + "-e AzureChina"), "left: none that is known"},
		{"host of China", a(azure + "--authority-host https://login.partner.microsoftonline.cn/"), same + " --environment AzureChinaCloud"},
		{"host of one's own", a(azure + "--authority-host https://login.example.com"), same + " --authority-host https://login.example.com"},
		{"stranger", a(azure + "--authority-host https://login.example.org"), "left: login.example.org"},

		{"secret", a(azure + "--client-secret hush"), "left: --client-secret"}, {"empty secret", a(azure + "--client-secret="), same},
		{"empty secret apart", "command: kubelogin; args: get-token " + azure + "--client-secret ''", same},
		{"certificate", a(azure + "--client-certificate /hush.pem"), same}, {"certificate's password", a(azure + "--client-certificate-password hush"), "left: --client-certificate-password"}, {"password", a(azure + "--username me --password hush"), "left: --password"},
		{"empty secret's variable", a(azure) + "; env: AZURE_CLIENT_SECRET=", same},
		{"secret's variable", a(azure) + "; env: AZURE_CLIENT_SECRET=quiet", same}, {"proxy", a(azure) + "; env: HTTPS_PROXY=http://p:1", same},

		{"pop", a(azure + "--pop-enabled --pop-claims u=/x"), same + " --pop-enabled --pop-claims u=/x"}, {"pop's claims alone", a(azure + "--pop-claims u=/x"), "left: without the other"}, {"pop without a cluster", a(azure + "--pop-enabled --pop-claims host=x"), "left: name the cluster"}, {"pop by halves", a(azure + "--pop-enabled"), "left: without the other"},
		{"pop of a pod", a(azure + "--login workloadidentity --pop-enabled"), same + " --login workloadidentity"}, {"legacy of a browser", a(azure + "-l interactive --legacy"), same + page}, {"pop off", a(azure + "--pop-enabled=false"), same}, {"legacy", a(azure + "--legacy"), "left: spn:SERVER_ID"},
		{"hint", a(azure + "--login-hint me@contoso.example"), same + " --account me@contoso.example"}, {"cache", a(azure + "--token-cache-dir ~/x"), same},
		{"level before", "command: kubelogin; args: -v '5' get-token " + azure, same}, {"level behind", a(azure + "--v=5"), same}, {"logs", "command: kubelogin; args: --logtostderr get-token " + azure, same},
		{"no tenant", a("--server-id S --client-id C"), "left: no tenant"}, {"no client", a("--server-id S --tenant-id T"), "left: no application"}, {"no server", a("--client-id C --tenant-id T"), "left: no cluster"},
		{"new flag", a(azure + "--shiny"), "left: --shiny"}, {"another command", "command: kubelogin; args: convert-kubeconfig " + azure, "left: doesn't run get-token"},

		{"path", "command: /usr/local/bin/kubelogin; args: get-token " + azure, same}, {"home", "command: /home/me/.azure-kubelogin/kubelogin; args: get-token " + azure, same},
		{"windows", `command: 'C:\Users\me\.azure-kubelogin\kubelogin.exe'; args: get-token ` + azure, same}, {"relative", "command: ../bin/kubelogin; args: get-token " + azure, same},
		{"release", "command: kubelogin-linux-amd64; args: get-token " + azure, same}, {"version", "command: ./kubelogin_v0.1.4_darwin_arm64; args: get-token " + azure, same},
		{"release of Windows", "command: kubelogin-windows-amd64.exe; args: get-token " + azure, same}, {"look-alike", "command: kubelogin-proxy; args: get-token " + azure, "left: kubelogin-proxy"},

		{"oidc", a(oidc), id + page}, {"krew", "command: kubectl; args: oidc-login get-token " + oidc, id + page}, {"krew's file", "command: kubectl-oidc_login; args: get-token " + oidc, id + page},
		{"oidc release", "command: kubelogin_linux_amd64; args: get-token " + oidc, id + page}, {"device code", a(oidc + "--grant-type=device-code"), id},
		{"authcode", a(oidc + "--grant-type=authcode"), id + page}, {"keyboard", a(oidc + "--grant-type=authcode-keyboard"), id}, {"password grant", a(oidc + "--grant-type=password"), "left: password"},
		{"client credentials", a(oidc + "--grant-type=client-credentials --oidc-extra-scope=api://x/.default"), "T C --scope api://x/.default --login spn"},
		{"client credentials, for nothing", a(oidc + "--grant-type=client-credentials"), "left: Microsoft Graph"}, {"oidc secret", a(oidc + "--oidc-client-secret=hush"), "left: confidential"},
		{"empty oidc secret", a(oidc + "--oidc-client-secret="), id + page}, {"oidc cache", a(oidc + "--token-cache-dir=/x"), id + page},
		{"listener", a(oidc + "--listen-address=127.0.0.1:12345"), id + page + " --redirect-port 12345"}, {"old listener", a(oidc + "--listen-port=8001"), id + page + " --redirect-port 8001"},
		{"two listeners", a(oidc + "--listen-address=127.0.0.1:12345,127.0.0.1:12346"), id + page}, {"listener for all", a(oidc + "--listen-address=0.0.0.0:8000"), id + page},
		{"listener of a code", a(oidc + "--grant-type=device-code --listen-address=127.0.0.1:12345"), id},
		{"access token", a(oidc + "--oidc-use-access-token --oidc-extra-scope=api://x/y"), "T C --scope api://x/y" + page}, {"Graph's token", a(oidc + "--oidc-use-access-token"), "left: Microsoft Graph"},
		{"parameter", a(oidc + "--oidc-auth-request-extra-params=login_hint=me"), id + " --account me" + page}, {"other parameter", a(oidc + "--oidc-auth-request-extra-params=acr_values=x"), "left: extra-params"},

		{"government's issuer", a("--oidc-issuer-url=https://login.microsoftonline.us/T/v2.0 --oidc-client-id=C"), id + " --environment AzureUSGovernmentCloud" + page},
		{"China's issuer", a("--oidc-issuer-url=https://login.partner.microsoftonline.cn/T/v2.0 --oidc-client-id=C"), id + " --environment AzureChinaCloud" + page},
		{"slash", a("--oidc-issuer-url=https://login.microsoftonline.com/T/v2.0/ --oidc-client-id=C"), id + page},
		{"v1.0", a("--oidc-issuer-url=https://sts.windows.net/T/ --oidc-client-id=C"), "T C --server-id C" + page},
		{"v1.0 of China", a("--oidc-issuer-url=https://sts.chinacloudapi.cn/T/ --oidc-client-id=C"), "T C --server-id C --environment AzureChinaCloud" + page},
		{"v1.0 path", a("--oidc-issuer-url=https://sts.windows.net/T/v2.0 --oidc-client-id=C"), "left: not that of a tenant"},
		{"v1.0 access", a("--oidc-issuer-url=https://sts.windows.net/T/ --oidc-client-id=C --oidc-use-access-token --oidc-extra-scope=api://x/y"), "left: v1.0"},
		{"many tenants", a("--oidc-issuer-url=https://login.microsoftonline.com/organizations/v2.0 --oidc-client-id=C"), "left: many tenants"},
		{"another issuer", a("--oidc-issuer-url=https://accounts.google.com --oidc-client-id=C"), "left: accounts.google.com"},
		{"no https", a("--oidc-issuer-url=http://login.microsoftonline.com/T/v2.0 --oidc-client-id=C"), "left: no https"},
	}
	for _, mode := range []string{"ropc", "chained"} {
		all = append(all, kind{mode, a(azure + "--login " + mode), "left: --login " + mode})
	}
	return append(all, machineKinds(a)...)
}

// machineKinds are entries of Azure/kubelogin with which nobody signs in.
func machineKinds(a func(string) string) []kind {
	const azure = "--server-id S --client-id C --tenant-id T --login "
	const aks = "--server-id S --client-id 80faf920-1908-4b52-b5ef-a8e7bedfc67a --tenant-id T --login "
	return []kind{
		{"spn", a(azure + "spn"), "T C S --login spn"}, {"spn as converted", a(aks + "spn -e AzureChinaCloud"), "T S --environment AzureChinaCloud --login spn"},
		{"spn of a variable", a(aks+"spn") + "; env: AAD_SERVICE_PRINCIPAL_CLIENT_ID=C", "T C S --login spn"},
		{"spn with a secret", a(azure + "spn --client-secret quiet"), "T C S --login spn --client-secret quiet"},
		{"secret twice", a(azure+"spn --client-secret quiet") + "; env: AZURE_CLIENT_SECRET=hush", "left: --client-secret and AZURE_CLIENT_SECRET"},
		{"spn with a certificate", a(azure + "spn --client-certificate /c.pfx --client-certificate-password quiet"), "T C S --login spn --client-certificate /c.pfx --client-certificate-password quiet"},
		{"certificate's variable", a(azure+"spn") + "; env: AZURE_CLIENT_CERTIFICATE_PATH=/c.pem", "T C S --login spn --client-certificate /c.pem"},
		{"terraform", a(azure+"spn --use-azurerm-env-vars") + "; env: ARM_CLIENT_CERTIFICATE_PATH=/c.pem", "T C S --login spn --client-certificate /c.pem --use-azurerm-env-vars"},
		{"spn of no variable", a(azure + "spn --disable-environment-override --client-secret quiet"), "T C S --login spn --client-secret quiet --disable-environment-override"},
		{"spn with pop", a(azure + "spn --pop-enabled --pop-claims u=/x"), "T C S --login spn --pop-enabled --pop-claims u=/x"}, {"spn legacy", a(azure + "spn --legacy"), "left: spn:SERVER_ID"},
		{"msi", a("--server-id S --login msi --login-hint me"), "S --login msi"}, {"msi of a client", a("--server-id S --login msi --client-id C"), "C S --login msi"},
		{"msi of a resource", a("--server-id S --login msi --identity-resource-id /subscriptions/x"), "S --login msi --identity-resource-id /subscriptions/x"},
		{"msi of both", a("--server-id S --login msi --client-id C --identity-resource-id /subscriptions/x"), "C S --login msi"},
		{"workloadidentity", a("--server-id S --login workloadidentity"), "S --login workloadidentity"},
		{"its file", a(azure + "workloadidentity --federated-token-file /f --authority-host https://login.microsoftonline.us/"), "T C S --environment AzureUSGovernmentCloud --login workloadidentity --assertion-file /f"},
		{"its file's variable", a(azure+"workloadidentity") + "; env: AZURE_FEDERATED_TOKEN_FILE=/f", "T C S --login workloadidentity --assertion-file /f"},
		{"azurepipelines", a("--server-id S --tenant-id T --login azurepipelines --azure-pipelines-service-connection-id C"), "T S --login azurepipelines --azure-pipelines-service-connection-id C"},
		{"azurecli", a("--server-id S --login azurecli -s dev --timeout 90s"), "S --login azurecli --subscription dev"}, {"azurecli of a tenant", a(azure + "azurecli"), "T S --login azurecli"},
		{"azd", a("--server-id S --login azd --client-id C"), "S --login azd"},
	}
}

// layouts are the ways in which one entry is written: its exec section in flow style, or what stands in that.
func layouts() map[string]string {
	return map[string]string{
		"flow":    "- {name: entry, user: {exec: %[1]s}}\n",
		"section": "- name: entry\n  user:\n    exec: %[1]s\n    as: me\n",
		"merged":  "- name: entry\n  user:\n    <<: *user\n    exec: {<<: *exec, %[2]s}\n",
		"comment": "- # mine\n  user:\n    exec: %[1]s # hers\n  name: entry # his\n",
	}
}

// Every kind of entry is converted, or left for the right reason, however it is laid out; and what else stands in the
// file means to clientcmd what it meant.
func TestConvertKinds(t *testing.T) {
	all := kinds()
	if len(all) < 83 {
		t.Fatalf("only %d kinds", len(all))
	}
	names := map[string]bool{}
	replace := strings.NewReplacer(" T ", " "+kindTenant+" ", " C ", " "+kindClient+" ", " S ", " "+kindServer+" ", "/T/", "/"+kindTenant+"/", "=C ", "="+kindClient+" ")
	for _, k := range all {
		if names[k.name] {
			t.Errorf("%s stands there twice", k.name)
		}
		names[k.name] = true
		exec := flow(replace.Replace(k.exec + " "))
		for layout, entry := range layouts() {
			for _, end := range []string{"\n", "\r\n"} {
				text := "apiVersion: v1\nkind: Config\ncurrent-context: c\nx-user: &user {as: me}\nx-exec: &exec {apiVersion: b, interactiveMode: Never}\ncontexts:\n- {name: c, context: {cluster: c, user: entry}} # the first\n" +
					"clusters:\n- {name: c, cluster: {server: 'https://c.example'}}\nusers:\n- name: before\n  user: {token: a} # kept\n" + fmt.Sprintf(entry, exec, strings.Trim(exec, "{}")) + "# behind\n- name: behind\n  user:\n    exec: {<<: *exec, command: other}\n...\n"
				if err := convertKind(k, strings.ReplaceAll(text, "\n", end)); err != nil {
					t.Errorf("%s, %s: %v\n%s", k.name, layout, err, exec)
				}
			}
		}
	}
}

// flow writes an exec section: "command: x; args: a b; env: A=b".
func flow(exec string) string {
	fields := "apiVersion: client.authentication.k8s.io/v1beta1"
	for _, field := range strings.Split(exec, "; ") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), ": ")
		switch name {
		case "args":
			var words []string
			for _, word := range strings.Fields(value) {
				words = append(words, "'"+strings.Trim(word, "'")+"'")
			}
			value = "[" + strings.Join(words, ", ") + "]"
		case "env":
			variable, content, _ := strings.Cut(value, "=")
			value = fmt.Sprintf("[{name: %s, value: '%s'}]", variable, content)
		}
		fields += ", " + name + ": " + value
	}
	return "{" + fields + "}"
}

// convertKind converts the entry of a file, and says what is not as it should be.
func convertKind(k kind, text string) error {
	before, err := clientcmd.Load([]byte(text))
	if err != nil {
		return err
	}
	f, err := readFile([]byte(text))
	if err != nil {
		return err
	}
	got := testConverter().Convert(f.Users()["entry"])
	if why, left := strings.CutPrefix(k.want, "left: "); left || got.Left != "" {
		if !left || !strings.Contains(got.Left, why) {
			return fmt.Errorf("left: %s", got.Left)
		}
		return nil
	}
	e, err := Edit([]byte(text), Change{Users: map[string]map[string]any{"entry": got.Fields}})
	if err != nil || slices.ContainsFunc(e.Notes, func(note string) bool { return strings.Contains(note, "anew") }) || strings.Contains(string(e.Text), "hush") {
		return fmt.Errorf("%v %q", err, e.Notes)
	}
	after, err := clientcmd.Load(e.Text)
	if err != nil {
		return err
	}
	exec := after.AuthInfos["entry"].Exec
	args := strings.TrimSuffix(strings.Join(exec.Args[1:], " "), " --exec-api-version client.authentication.k8s.io/v1beta1")
	args = strings.NewReplacer("--tenant-id "+kindTenant, "T", "--client-id "+kindClient, "C", "--server-id "+kindServer, "S", kindClient, "C").Replace(args)
	if exec.Args[0] != "get-token" || args != k.want || exec.APIVersion != before.AuthInfos["entry"].Exec.APIVersion {
		return fmt.Errorf("%s %q", exec.APIVersion, exec.Args)
	}
	if mode := before.AuthInfos["entry"].Exec.InteractiveMode; exec.InteractiveMode != mode {
		return fmt.Errorf("interactiveMode %q, not %q", exec.InteractiveMode, mode)
	}
	if before.AuthInfos["entry"].Impersonate != after.AuthInfos["entry"].Impersonate {
		return fmt.Errorf("another field is gone")
	}
	for _, c := range []*clientcmdapi.Config{before, after} {
		c.AuthInfos = maps.Clone(c.AuthInfos)
		delete(c.AuthInfos, "entry")
	}
	if !reflect.DeepEqual(before, after) {
		return fmt.Errorf("something else is another: %s", e.Text)
	}
	return nil
}
