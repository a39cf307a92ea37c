//go:build unix

package main

import (
	"fmt"
	"strings"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const tokenOfCluster = "entralogin get-token --server-id " + entratest.ServerID

// signInSituations are calls that need a sign-in where nobody may be asked.
func signInSituations() map[string]situation {
	setting := func(name, value string) func(*remedyRig) { return func(r *remedyRig) { r.set(name, value) } }
	config := func(text string) func(*remedyRig) { return func(r *remedyRig) { r.config(text) } }
	const never = " --prompt never"
	return map[string]situation{
		"get-token":        {call: tokenOfCluster + never, what: "Run: entralogin login"},
		"CI":               {seed: setting("CI", "true"), call: tokenOfCluster, what: "--prompt always"},
		"never, by config": {seed: config("prompt: never\n"), call: tokenOfCluster, what: "--prompt always"},
		"another client":   {call: tokenOfCluster + never + " --client-id " + entratest.ClientID2, what: "--client-id", client: entratest.ClientID2},
		"another tenant":   {call: tokenOfCluster + never + " -t " + entratest.TenantFabrikam, what: "--tenant-id", tenant: entratest.TenantFabrikam, who: entratest.Carol},
		"another account":  {seed: aliceIn, call: tokenOfCluster + never + " --account " + entratest.Bob, what: "--account", who: entratest.Bob},
		"another service":  {call: tokenOfCluster + never + " --authority-host https://$OTHER", seed: func(r *remedyRig) { r.set("OTHER", r.other.Host) }, what: "--authority-host", host: "other"},
		"the public cloud": {seed: inPublicCloud, call: tokenOfCluster + never + " -e AzurePublicCloud", what: "--environment AzurePublicCloud", host: "login.microsoftonline.com"},
		"a parameters.json": {seed: func(r *remedyRig) {
			inPublicCloud(r)
			r.write("parameters.json", fmt.Sprintf(`{"authority": "https://login.microsoftonline.com/%s", "client_id": %q, "scope": ["User.Read"], "endpoint": "%s/v1.0/me"}`,
				entratest.TenantContoso, entratest.ClientID2, r.other.URL))
		}, call: "entralogin graph me" + never + " --config $HOME/parameters.json", what: "--environment AzurePublicCloud", host: "login.microsoftonline.com", client: entratest.ClientID2},
		"a variable":        {seed: setting("ENTRALOGIN_CLIENT_ID", entratest.ClientID2), call: tokenOfCluster + never, what: "--client-id", client: entratest.ClientID2},
		"a profile":         {seed: config("profiles: {work: {client-id: " + entratest.ClientID2 + "}}\n"), call: tokenOfCluster + never + " --profile work", what: "--profile work", client: entratest.ClientID2},
		"a profile's cache": {seed: config("profiles: {work: {cache-dir: /tmp/x, client-id: " + entratest.ClientID2 + "}}\n"), call: "cd $HOME; " + tokenOfCluster + never + ` --profile work --cache-dir "$PWD/cache x"`, what: "cache x'", client: entratest.ClientID2},
		"another config": {seed: func(r *remedyRig) {
			r.write("other config.yaml", strings.ReplaceAll(readDoc(r.t, r.home+"/.config/entralogin/config.yaml"), entratest.ClientID, entratest.ClientID2))
			r.write("ca.pem", string(r.sim.CertPEM()))
			r.write("other.pem", string(r.other.CertPEM()))
		}, call: tokenOfCluster + never + ` --config "$HOME/other config.yaml"`, what: "--config '", client: entratest.ClientID2},
		"the config's scope":       {seed: config("server-id: " + entratest.ClientID2 + "\n"), call: tokenOfCluster + never, what: "--scope"},
		"an ID token":              {call: "entralogin get-token --token-kind id" + never, what: "Run: entralogin login"},
		"whoami":                   {call: "entralogin whoami", what: "To sign in: "},
		"account show":             {call: "entralogin account show", what: "To sign in: "},
		"graph me":                 {call: "entralogin graph me" + never, what: "User.Read"},
		"account get-access-token": {call: "entralogin account get-access-token -o none --resource https://management.azure.com" + never, what: "management.azure.com/.default"},
		"az":                       {call: "az account get-access-token --resource https://management.azure.com", what: "management.azure.com/.default"},
		"az account list":          {seed: config("environment: AzurePublicCloud\n"), call: "az account list", what: `Please run "az login" to access your accounts`},
		"azd":                      {call: "azd auth token --scope https://management.azure.com/.default", what: "management.azure.com/.default"},
		"git":                      {seed: setting("GIT_TERMINAL_PROMPT", "0"), call: "echo url=" + repositoryURL + " | git credential fill", what: "Run: entralogin login"},
		"revoked": {seed: func(r *remedyRig) { aliceIn(r); r.sim.RevokeSessions(entratest.Alice) },
			call: tokenOfCluster + " --force-refresh" + never, what: "AADSTS50173", tenant: entratest.TenantContoso},
	}
}

// inPublicCloud has the config say another cloud than the one where the second service stands.
func inPublicCloud(r *remedyRig) {
	for _, endpoint := range []string{"openid-configuration", "devicecode"} { // which name the host that they lie on
		r.other.Fault(endpoint, entratest.Fault{Times: -1, Rewrite: func(answer map[string]any) {
			for name, value := range answer {
				if text, ok := value.(string); ok {
					answer[name] = strings.Replace(text, r.other.URL, "https://login.microsoftonline.com", 1)
				}
			}
		}})
	}
	withoutSetting(r.gitRig, "authority-host")
	file := r.home + "/.config/entralogin/config.yaml"
	r.write(".config/entralogin/config.yaml", strings.Replace(readDoc(r.t, file), "- host: "+r.other.Host, "- host: login.microsoftonline.com", 1)+"environment: usgov\n")
	r.set("HTTPS_PROXY", r.other.ProxyURL)
	r.set("NO_PROXY", "127.0.0.1")
}

// aliceIn has Alice sign in.
func aliceIn(r *remedyRig) {
	r.sim.AutoApprove(entratest.Alice, 0)
	r.entralogin("login")
}
