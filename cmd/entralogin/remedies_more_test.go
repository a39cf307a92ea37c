//go:build unix

package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// machineSituations are calls with which an application signs in, where a command helps it: with its own flags.
func machineSituations() map[string]situation {
	secret := func(r *remedyRig) {
		daemon := r.sim.Applications.Get(entratest.DaemonID)
		daemon.Assign("https://graph.microsoft.com", "User.Read.All")
		r.write("secret", daemon.AddSecret(time.Hour))
		r.must(os.Chmod(r.home+"/secret", 0o600))
	}
	const spn = " --login spn --client-id " + entratest.DaemonID + " --client-secret-file $HOME/secret"
	name := map[string]string{"NAME": entratest.Alice}
	return map[string]situation{
		"an account of a machine":  {seed: secret, call: "entralogin account show" + spn, keeps: true, after: 3},
		"the profile of a machine": {seed: secret, call: "entralogin graph me" + spn, keeps: true, after: 5, fill: name},
		"the profile, by variables": {seed: func(r *remedyRig) {
			secret(r)
			r.set("ENTRALOGIN_LOGIN", "spn")
			r.set("ENTRALOGIN_CLIENT_ID", entratest.DaemonID)
			r.set("ENTRALOGIN_CLIENT_SECRET_FILE", r.home+"/secret")
		}, call: "entralogin graph me", keeps: true, after: 5, fill: name},
	}
}

// settingSituations are calls whose settings, or what is stored, keep them from a token.
func settingSituations() map[string]situation {
	const foreign = `KUBERNETES_EXEC_INFO='{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}}' `
	return map[string]situation{
		"several accounts": {seed: func(r *remedyRig) { aliceIn(r); r.sim.AutoApprove(entratest.Bob, 0); r.entralogin("login") },
			call: tokenOfCluster, what: "several accounts", fill: map[string]string{"NAME": entratest.Bob}},
		"several sessions": {seed: func(r *remedyRig) {
			withoutSetting(r.gitRig, "client-id")
			r.entralogin("login", "--client-id", entratest.ClientID)
			r.entralogin("login", "--client-id", entratest.ClientID2)
		}, call: "entralogin logout", what: "2 sessions are stored"},
		"the agent is locked":              {seed: lockedAgent, call: "entralogin whoami", what: "the agent is locked"},
		"the agent is locked, for a token": {seed: lockedAgent, call: tokenOfCluster, what: "it is locked"},
		"the agent says that it is locked": {seed: lockedAgent, call: "entralogin agent status", what: "to unlock it"},
		"no cluster gets it":               {call: "entralogin get-token --server-id https://management.azure.com", after: 3},
		"can't be moved":                   {seed: func(r *remedyRig) { sealedSession(r.doctorRig); r.config("storage: file\n") }, call: tokenOfCluster, what: "can't be moved"},
		"the entry's config": {seed: func(r *remedyRig) {
			r.write("other.yaml", readDoc(r.t, r.home+"/.config/entralogin/config.yaml"))
			r.write("ca.pem", string(r.sim.CertPEM()))
			r.write("other.pem", string(r.other.CertPEM()))
		}, call: foreign + tokenOfCluster + ` --config "$HOME/other.yaml"`, what: "can't choose", fill: map[string]string{"CONTEXT": "dev"}},
		"kubectl's":         {call: foreign + tokenOfCluster + " --prompt never --client-id " + entratest.ClientID2, what: "Run: entralogin login --client-id", client: entratest.ClientID2},
		"no client":         {seed: func(r *remedyRig) { withoutSetting(r.gitRig, "client-id") }, call: tokenOfCluster, what: "client-id is not set", fill: map[string]string{"CLIENT_ID": entratest.ClientID}},
		"whoami, no client": {seed: func(r *remedyRig) { aliceIn(r); withoutSetting(r.gitRig, "client-id") }, call: "entralogin whoami", what: "depends on its settings", fill: map[string]string{"CLIENT_ID": entratest.ClientID}},
		"no tenant":         {seed: func(r *remedyRig) { withoutSetting(r.gitRig, "tenant-id") }, call: tokenOfCluster, what: "tenant-id is not set", fill: map[string]string{"TENANT_ID": entratest.TenantContoso}},
		"no client in a profile": {seed: func(r *remedyRig) {
			withoutSetting(r.gitRig, "client-id")
			r.config("profiles:\n  work:\n    account: " + entratest.Alice + "\n")
		},
			call: "entralogin login --profile work", what: "client-id is not set", fill: map[string]string{"CLIENT_ID": entratest.ClientID2}, client: entratest.ClientID2},
		"not set": {seed: func(r *remedyRig) { withoutSetting(r.gitRig, "tenant-id") }, call: "entralogin config get tenant-id", what: "To set it: ",
			fill: map[string]string{"VALUE": entratest.TenantContoso}},
	}
}

// refusalSituations are sign-ins that failed. What the service says of each number is looked at elsewhere.
func refusalSituations() map[string]situation {
	decline := func(r *remedyRig) { r.sim.AutoDecline(0) }
	twice := func(call string) string { return call + "; " + call }
	refused := func(number int) situation {
		return situation{seed: func(r *remedyRig) {
			aliceIn(r)
			r.sim.Fault("token", entratest.Fault{Error: &entratest.OAuthError{Error: "invalid_grant", AADSTS: number, Description: "No."}})
		}, call: tokenOfCluster + " --prompt never", what: "Once that is done: ", mend: func(r *remedyRig) { r.sim.ClearFaults() }}
	}
	blocked := func(r *remedyRig) {
		r.sim.Fault("devicecode", entratest.Fault{Times: -1, Error: &entratest.OAuthError{Error: "access_denied", AADSTS: 53003, Description: "No."}})
	}
	return map[string]situation{
		"device codes":           {seed: blocked, call: tokenOfCluster, what: "the next call signs in with "},
		"a device code, by name": {seed: blocked, call: tokenOfCluster + " --login devicecode", what: "may be the device code alone that is refused. To sign in with "},
		"device codes, in a tenant without a way of its own": {seed: func(r *remedyRig) {
			blocked(r)
			r.config("tenants: {" + entratest.TenantContoso + ": {login: browser}}\n")
		}, call: tokenOfCluster + " -t " + entratest.TenantFabrikam, what: "the next call signs in with ", tenant: entratest.TenantFabrikam, who: entratest.Carol},
		"device codes, before": {seed: func(r *remedyRig) { blocked(r); r.shell(tokenOfCluster); r.sim.ClearFaults() },
			call: tokenOfCluster, what: "refused device codes on "},
		"a port that is taken": {seed: func(r *remedyRig) { r.set("PORT", takePort(r.t)) }, call: tokenOfCluster + " --login browser --redirect-port $PORT", what: "can't be opened"},
		"no broker":            {seed: noBus, call: tokenOfCluster + " --login broker", what: "there is no session bus"},
		"no broker, by config, elsewhere": {seed: func(r *remedyRig) { noBus(r); r.config("login: broker\n") },
			call: tokenOfCluster + ` --cache-dir "$HOME/cache x" --client-id ` + entratest.ClientID2 + " -t " + entratest.TenantFabrikam, what: "there is no session bus",
			client: entratest.ClientID2, tenant: entratest.TenantFabrikam, who: entratest.Carol},
		"an administrator's":       refused(50105),
		"an unknown number":        refused(987654),
		"declined":                 {seed: decline, call: twice(tokenOfCluster), what: "so nobody was asked again"},
		"declined, another client": {seed: decline, call: twice(tokenOfCluster + " --client-id " + entratest.ClientID2), what: "so nobody was asked again", client: entratest.ClientID2},
	}
}

// noBus leaves a machine where no broker can be.
func noBus(r *remedyRig) { r.set("DBUS_SESSION_BUS_ADDRESS", "") }

// takePort opens a port of this machine, so that nobody else can.
func takePort(t *testing.T) string {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// entryWith changes the entry, and all else of the kubeconfig.
func entryWith(change func(all, user, exec object)) func(*remedyRig) {
	return func(r *remedyRig) {
		var all object
		file := filepath.Join(r.home, ".kube/config")
		r.must(yaml.Unmarshal([]byte(readDoc(r.t, file)), &all))
		user := all["users"].([]any)[0].(object)["user"].(object)
		change(all, user, user["exec"].(object))
		blob, err := yaml.Marshal(all)
		r.must(err)
		r.must(os.WriteFile(file, blob, 0o600))
	}
}

// kubeSituations are those of kubectl.
func kubeSituations() map[string]situation {
	const check, convert = "entralogin kubeconfig check", "entralogin kubeconfig convert"
	server := map[string]string{"SERVER_ID": entratest.ServerID}
	entry := func(name string, value any) func(*remedyRig) {
		return entryWith(func(_, _, exec object) { exec[name] = value })
	}
	context := func(user string) func(*remedyRig) {
		return entryWith(func(all, _, _ object) {
			all["contexts"] = []object{{"name": "dev", "context": object{"cluster": "c", "user": user}}}
		})
	}
	holds := func(credential string) func(*remedyRig) {
		return entryWith(func(_, user, _ object) { delete(user, "exec"); user[credential] = "x" })
	}
	plugin := func(args ...any) func(*remedyRig) {
		return func(r *remedyRig) {
			entryWith(func(_, _, exec object) {
				exec["command"], exec["args"] = "kubelogin", append([]any{"get-token", "--authority-host", r.sim.URL, "--server-id", entratest.ServerID}, args...)
			})(r)
		}
	}
	const tenant, client = entratest.TenantContoso, entratest.ClientID
	return map[string]situation{
		"no user":        {seed: context(""), call: check, what: "has no user", fill: server},
		"no such user":   {seed: context("gone"), call: check, what: "which is nowhere", fill: server},
		"no exec":        {seed: holds("token"), call: check, what: "has no exec section", fill: server},
		"another plugin": {seed: plugin("--login", "devicecode", "--tenant-id", tenant, "--client-id", client), call: check, what: "not get-token of entralogin"},
		"a token, too":   {seed: entryWith(func(_, user, _ object) { user["token"] = "x" }), call: check, what: "beside exec"},
		"gone":           {seed: entry("command", "/gone/entralogin"), call: check, what: "is not there"},
		"relative":       {seed: entry("command", "./entralogin"), call: check, what: "seen from the folder"},
		"no command":     {seed: entry("command", ""), call: check, what: "has no command", fill: server},
		"relative to it": {seed: func(r *remedyRig) {
			self, err := exec.LookPath("entralogin")
			r.must(err)
			r.must(os.Symlink(self, r.home+"/.kube/entralogin"))
			entry("command", "./entralogin")(r)
		}, call: check, what: "the command is relative"},
		"another audience": {seed: func(r *remedyRig) {
			entry("args", []string{"get-token", "--token-kind", "id"})(r)
			claimsOf("entralogin get-token --token-kind id", func(c object) { c["aud"] = entratest.ClientID2 })(r)
		}, call: check, what: "the audience (aud) of the ID token is"},
		"a bare name":  {seed: entry("command", "entralogin"), call: check, what: "is a bare name"},
		"v1beta1":      {seed: entry("apiVersion", "client.authentication.k8s.io/v1beta1"), call: check, what: "deprecated"},
		"v1alpha1":     {seed: entry("apiVersion", "client.authentication.k8s.io/v1alpha1"), call: check, what: "v1alpha1"},
		"mode":         {seed: entry("interactiveMode", ""), call: check, what: "interactiveMode is not set"},
		"Always":       {seed: entry("interactiveMode", "Always"), call: check, what: "interactiveMode is Always"},
		"another mode": {seed: entry("interactiveMode", "sometimes"), call: check, what: `interactiveMode is "sometimes"`},
		"cluster info": {seed: entry("provideClusterInfo", false), call: check, what: "provideClusterInfo is not true"},
		"and its extension": {seed: func(r *remedyRig) {
			entryWith(func(all, _, exec object) {
				all["clusters"].([]any)[0].(object)["cluster"].(object)["extensions"] = []object{{"name": "client.authentication.k8s.io/exec", "extension": object{"account": entratest.Alice}}}
				exec["provideClusterInfo"] = false
			})(r)
		}, call: check, what: "provideClusterInfo is not true"},
		"an argument":       {seed: entry("args", []string{"get-token", "--hunter"}), call: check, what: "unknown flag", fill: server},
		"the check, nobody": {call: check, what: "will ask for a sign-in"},
		"the check, CI":     {seed: func(r *remedyRig) { r.set("CI", "1") }, call: check, what: "nobody can be asked"},
		"the check, failed": {seed: func(r *remedyRig) { r.sim.AutoDecline(0); r.shell(tokenOfCluster) }, call: check, what: "the last one failed"},
		"opened": {seed: func(r *remedyRig) {
			r.shell(tokenOfCluster)
			r.must(os.Chmod(r.cache()+"/sessions", 0o755))
			r.openFiles()
		}, call: check, what: "others can read"},
		"convert, no user":     {seed: context(""), call: convert, what: "has no user", fill: server},
		"convert, no such one": {seed: context("gone"), call: convert, what: "is in no file", fill: server},
		"convert, no tenant":   {seed: plugin("--login", "devicecode", "--client-id", client), call: convert, what: "it names no tenant", fill: map[string]string{"TENANT_ID": tenant}},
		"convert, no client":   {seed: plugin("--login", "devicecode", "--tenant-id", tenant), call: convert, what: "it names no application", fill: map[string]string{"CLIENT_ID": client}},
		"convert, a token":     {seed: holds("token"), call: convert, what: "it holds a token", fill: server},
		"convert, two caches": {seed: func(r *remedyRig) {
			plugin("--login", "devicecode", "--tenant-id", tenant, "--client-id", client, "--token-cache-dir", "/a")(r)
			entryWith(func(all, user, exec object) {
				second := maps.Clone(exec)
				second["args"] = append([]any{}, exec["args"].([]any)...)
				second["args"].([]any)[len(second["args"].([]any))-1] = "/b"
				all["users"] = append(all["users"].([]any), object{"name": "v", "user": object{"exec": second}})
			})(r)
		}, call: convert, what: "kept two accounts apart", fill: map[string]string{"NAME": entratest.Alice}},
		"add, another plugin": {seed: plugin("--login", "devicecode", "--tenant-id", tenant, "--client-id", client),
			call: "entralogin kubeconfig add --server-id " + entratest.ServerID, what: "has another credential already"},
		"add, a browser": {call: "entralogin kubeconfig add --server-id " + entratest.ServerID + ` --browser "$HOME/my browser" || test "$(entralogin config get browser 2>&1)" = "$HOME/my browser"`,
			keeps: true},
		"add, a browser of a profile": {seed: func(r *remedyRig) { r.config("profiles: {work: {client-id: " + entratest.ClientID2 + "}}\n") },
			call:  "entralogin kubeconfig add --profile work --cache-dir $HOME/x --browser firefox || test \"$(entralogin config get browser --profile work 2>&1)\" = firefox",
			keeps: true},
		"no audience":      {seed: claimsOfToken(func(c object) { delete(c, "aud") }), call: check, what: "names no audience"},
		"no end":           {seed: claimsOfToken(func(c object) { delete(c, "exp") }), call: check, what: "does not say when it ends"},
		"another tenant's": {seed: claimsOfToken(func(c object) { c["tid"] = entratest.TenantFabrikam }), call: check, what: "the tenant (tid) is"},
		"another client's": {seed: claimsOfToken(func(c object) { c["azp"] = entratest.ClientID2; c["appid"] = entratest.ClientID2 }), call: check, what: "the client (azp or appid) is"},
		"nobody's": {seed: claimsOfToken(func(c object) {
			for _, name := range []string{"upn", "preferred_username", "unique_name", "email", "oid"} {
				delete(c, name)
			}
		}), call: check, what: "it names no user"},
	}
}

// openFiles has others read what is stored.
func (r *remedyRig) openFiles() {
	for _, folder := range []string{"sessions", "tokens"} {
		files, err := filepath.Glob(filepath.Join(r.cache(), folder, "*"))
		r.must(err)
		for _, file := range files {
			r.must(os.Chmod(file, 0o644))
		}
	}
}

// claimsOfToken has Alice sign in, and changes what stands in the token of the cluster.
func claimsOfToken(change func(object)) func(*remedyRig) { return claimsOf(tokenOfCluster, change) }

func claimsOf(call string, change func(object)) func(*remedyRig) {
	return func(r *remedyRig) {
		if code, out := r.shell(call); code != 0 {
			r.t.Fatal(out)
		}
		files, err := filepath.Glob(filepath.Join(r.cache(), "tokens", "*"))
		r.must(err)
		var fields, claims object
		r.must(json.Unmarshal([]byte(readDoc(r.t, files[0])), &fields))
		for name, value := range fields {
			token, _ := value.(string)
			parts := strings.Split(token, ".")
			if len(parts) != 3 || !strings.HasPrefix(token, "eyJ") {
				continue
			}
			blob, err := base64.RawURLEncoding.DecodeString(parts[1])
			r.must(err)
			r.must(json.Unmarshal(blob, &claims))
			change(claims)
			blob, err = json.Marshal(claims)
			r.must(err)
			fields[name] = parts[0] + "." + base64.RawURLEncoding.EncodeToString(blob) + "." + parts[2]
		}
		blob, err := json.Marshal(fields)
		r.must(err)
		r.must(os.WriteFile(files[0], blob, 0o600))
	}
}

// gitSituations are those of git.
func gitSituations() map[string]situation {
	check := "entralogin git check " + repositoryURL
	const helper = "credential.https://dev.azure.com.helper"
	git := func(args ...string) func(*remedyRig) { return func(r *remedyRig) { r.git(args...) } }
	fill := map[string]string{"ORGANIZATION": "contoso", "PROJECT": "p", "REPOSITORY": "r"}
	feed := map[string]string{"ORGANIZATION": "contoso", "FEED": "f"}
	answers := func(change func(*azureStand)) func(*remedyRig) {
		return func(r *remedyRig) { r.signIn(); r.azure.set(change) }
	}
	return map[string]situation{
		"not set up":         {seed: func(r *remedyRig) { r.write(".gitconfig", "") }, call: check, what: "git runs no helper"},
		"another helper":     {seed: func(r *remedyRig) { r.write(".gitconfig", "[credential]\n\thelper = cache\n") }, call: check, what: "is none of the helpers"},
		"a helper behind it": {seed: git("--add", "credential.helper", "store"), call: check, what: "the helper store"},
		"a helper before it": {seed: func(r *remedyRig) { r.write(".gitconfig", "[credential]\n\thelper = cache\n\thelper = entralogin\n") }, call: check, what: "the helper cache"},
		"a repository's":     {seed: func(r *remedyRig) { r.inClone(); r.shell("git config --add credential.helper cache") }, call: "entralogin git check", what: "the helper cache"},
		"a wildcard": {seed: func(r *remedyRig) {
			r.write(".gitconfig", strings.ReplaceAll(readDoc(r.t, r.home+"/.gitconfig"), "https://dev.azure.com", "https://*.azure.com"))
		}, call: check, what: "libgit2"},
		"another file":     {seed: git("--replace-all", helper, "!/gone/entralogin git-credential"), call: check, what: "git can't run"},
		"another argument": {seed: git("--add", helper, "!entralogin git-credential --hunter"), call: check, what: "arguments that it does not take"},
		"not on the PATH":  {seed: func(r *remedyRig) { r.git("--replace-all", helper, "entralogin"); r.withoutHelper() }, call: check, what: "is not on the PATH"},
		"another program": {seed: func(r *remedyRig) {
			r.must(exec.Command("cp", "/bin/true", r.dir+"/entralogin").Run())
			r.git("--replace-all", helper, "!"+r.dir+"/entralogin git-credential")
		}, call: check, what: "another file than this program"},
		"no path": {seed: git("--unset", "credential.https://dev.azure.com.useHttpPath"), call: "entralogin git check https://dev.azure.com/contoso/p/_git/r", what: "useHttpPath is not set"},
		"git itself, no path": {seed: func(r *remedyRig) {
			withoutTenant(r.gitRig)
			r.git("--unset", "credential.https://dev.azure.com.useHttpPath")
		}, call: "echo url=https://dev.azure.com/contoso/p/_git/r | git credential fill", what: "for dev.azure.com run"},
		"http":              {call: "entralogin git check http://dev.azure.com/contoso/p/_git/r", what: "", after: 3},
		"no organization":   {call: "entralogin git check https://dev.azure.com", after: 0, fill: fill},
		"no repository":     {call: "entralogin git check https://dev.azure.com/contoso/p", fill: fill},
		"git check, nobody": {call: check, what: "will ask for a sign-in"},
		"git check, CI":     {seed: func(r *remedyRig) { r.set("CI", "1") }, call: check, what: "nobody can be asked"},
		"many remotes": {seed: func(r *remedyRig) {
			r.inClone()
			for i := range 11 {
				r.shell(fmt.Sprintf("git remote add r%d https://dev.azure.com/contoso/p/_git/r%d", i, i))
			}
		}, call: "entralogin git check"},
		"refused": {seed: answers(func(s *azureStand) { s.status = 401 }), call: check, what: "refuses the token (401)", mend: worksAgain},
		"a page":  {seed: answers(func(s *azureStand) { s.status = 203 }), call: check, what: "a sign-in page", mend: worksAgain},
		"another tenant's, says git": {seed: answers(func(s *azureStand) { s.status = 401; s.tenant = entratest.TenantFabrikam }), call: check, what: "refuses the token (401)",
			mend: worksAgain},
		"of another tenant": {seed: func(r *remedyRig) {
			claimsOf("echo url="+repositoryURL+" | git credential fill", func(c object) { c["tid"] = entratest.TenantFabrikam })(r)
			r.azure.set(func(s *azureStand) { s.status = 401 })
		}, call: check, what: "the token is of the tenant", mend: worksAgain},
		"not there": {seed: func(r *remedyRig) { r.azure.set(func(s *azureStand) { s.strangers = 404 }) }, call: check, what: "hides it from strangers"},
		"setup refused": {seed: func(r *remedyRig) {
			r.write(".gitconfig", "[credential \"https://dev.azure.com\"]\n\thelper = cache\n")
		}, call: "entralogin git setup", what: "has another helper"},
		"a feed's token of somebody else": {seed: func(r *remedyRig) { r.write(".npmrc", "//pkgs.dev.azure.com/contoso/:_authToken=x\n") },
			call: "entralogin artifacts npm https://pkgs.dev.azure.com/contoso", what: "was not changed"},
		"no feed for npm":   {call: "entralogin artifacts npm", what: "nor your own", fill: feed},
		"no feed for NuGet": {call: "entralogin artifacts env", what: "", fill: feed, keeps: true, after: 3},
		"refused thrice": {seed: func(r *remedyRig) {
			r.signIn()
			for range 3 {
				r.shell("printf 'url=" + repositoryURL + "\\nusername=x\\npassword=x\\n\\n' | git credential reject; echo url=" + repositoryURL + " | git credential fill >answer; git credential reject <answer")
			}
		}, call: "echo url=" + repositoryURL + " | git credential fill >answer", after: 128},
	}
}

// dockerSituations are those of docker and its registries.
func dockerSituations() map[string]situation {
	const registry, file = entratest.RegistryHost, ".docker/config.json"
	const check, other = "entralogin docker check " + registry, `{"credHelpers":{"contoso.azurecr.io":"acr-env"}}`
	get := "printf " + registry + " | entralogin docker-credential get >answer"
	setUp := func(content string, more ...string) func(*remedyRig) {
		return func(r *remedyRig) {
			r.sim.AddRegistry(entratest.Registry{Host: registry})
			r.set("HTTPS_PROXY", r.sim.ProxyURL)
			r.set("SSL_CERT_FILE", r.home+"/.config/entralogin/ca.pem")
			r.must(os.MkdirAll(r.home+"/.docker", 0o700))
			r.write(file, content)
			for _, line := range more {
				r.shell(line)
			}
		}
	}
	const ours = `{"credHelpers":{"contoso.azurecr.io":"entralogin"}}`
	return map[string]situation{
		"docker, not set up":     {seed: setUp("{}"), call: "entralogin docker check", what: "neither docker nor podman runs entralogin", fill: map[string]string{"NAME": "contoso"}},
		"docker, not named":      {seed: setUp("{}", get), call: check, what: "does not name entralogin"},
		"docker, another helper": {seed: setUp(other, get), call: check, what: "names another helper"},
		"docker setup refused":   {seed: setUp(other), call: "entralogin docker setup " + registry, what: "names another helper"},
		"docker check, nobody":   {seed: setUp(ours), call: check, what: "will ask for a sign-in"},
		"docker, refused":        {seed: func(r *remedyRig) { setUp(ours, get)(r); r.sim.RevokeRegistry(registry) }, call: check, what: "refuses the stored token"},
		"docker, another tenant's": {seed: func(r *remedyRig) {
			setUp(ours)(r)
			r.sim.AddRegistry(entratest.Registry{Host: registry, Tenant: entratest.TenantFabrikam})
		}, call: get, keeps: true, after: 5},
		"docker, many": {seed: func(r *remedyRig) {
			setUp(ours)(r)
			for i := range 11 {
				r.shell(fmt.Sprintf("entralogin docker setup r%d.azurecr.io", i))
			}
		}, call: "entralogin docker check", after: 6},
	}
}

func worksAgain(r *remedyRig) {
	r.azure.set(func(s *azureStand) { s.status, s.tenant = 0, entratest.TenantContoso })
}

// withoutHelper leaves a PATH where entralogin goes by that name alone.
func (r *remedyRig) withoutHelper() {
	file, err := exec.LookPath("entralogin")
	r.must(err)
	bin := filepath.Join(r.dir, "alone")
	r.must(os.Mkdir(bin, 0o700))
	r.must(os.Symlink(file, filepath.Join(bin, "entralogin")))
	for _, program := range []string{"git", "sh", "cat"} {
		file, err := exec.LookPath(program)
		r.must(err)
		r.must(os.Symlink(file, filepath.Join(bin, program)))
	}
	r.set("PATH", bin)
}

// refuseCodes has the tenant refuse device codes by an AADSTS number, 0 for no more.
func (r *remedyRig) refuseCodes(number int) {
	r.t.Helper()
	r.must(r.sim.Block(entratest.Block{Way: entratest.ByDeviceCode, AADSTS: number}))
}

// doctorSituations are those of the doctor.
func doctorSituations() map[string]situation {
	const check = "entralogin doctor network"
	return map[string]situation{
		"doctor, nobody":         {call: check, what: "will ask for a sign-in"},
		"doctor, CI":             {seed: func(r *remedyRig) { r.set("CI", "1") }, call: check, what: "nobody can be asked"},
		"doctor, another client": {call: check + " --client-id " + entratest.ClientID2, what: "will ask for a sign-in", client: entratest.ClientID2},
		"doctor, several":        {seed: func(r *remedyRig) { aliceIn(r); r.sim.AutoApprove(entratest.Bob, 0); r.entralogin("login") }, call: check, what: "several accounts", fill: map[string]string{"NAME": entratest.Bob}},
		"doctor, open":           {seed: func(r *remedyRig) { aliceIn(r); r.openFiles() }, call: check, what: "others can read"},
		"doctor, damaged":        {seed: func(r *remedyRig) { r.shell(tokenOfCluster); r.damage() }, call: check},
		"doctor, declined": {seed: func(r *remedyRig) {
			r.sim.AutoDecline(0)
			r.shell(tokenOfCluster + " --client-id " + entratest.ClientID2)
		}, call: check + " --client-id " + entratest.ClientID2, what: "a sign-in failed", client: entratest.ClientID2},
		"doctor, refused codes": {seed: func(r *remedyRig) { r.refuseCodes(53003); r.shell("entralogin login") }, call: check, what: "refused device codes on", mend: func(r *remedyRig) { r.refuseCodes(0) }},
		"doctor, kubeconfig":    {seed: func(r *remedyRig) { r.write(".kube/config", "\t{") }, call: "entralogin doctor", what: "", after: 0, fill: map[string]string{"ORGANIZATION": "contoso", "PROJECT": "p", "REPOSITORY": "r"}},
		"doctor, git":           {seed: func(r *remedyRig) { r.write(".gitconfig", ""); r.inRepository() }, call: "entralogin doctor", what: "git does not run entralogin"},
		"doctor, Graph":         {seed: aliceIn, call: "entralogin doctor graph", what: "there is none at hand that is fresh"},
		"doctor, Graph refuses": {seed: func(r *remedyRig) { r.shell("entralogin graph me"); r.sim.Fault("me", entratest.Fault{Status: 401}) }, call: "entralogin doctor graph", what: "(401)", mend: func(r *remedyRig) { r.sim.ClearFaults() }},
		"doctor, no client":     {seed: func(r *remedyRig) { withoutSetting(r.gitRig, "client-id") }, call: check, what: "has signed in yet", fill: map[string]string{"CLIENT_ID": entratest.ClientID}},
		"doctor, key gone":      {seed: sealedByKernel, call: check, what: "nobody can open the session"},
		"doctor, other storage": {seed: func(r *remedyRig) { aliceIn(r); r.config("storage: keyctl\n") }, call: check, what: "is chosen"},
	}
}

// lockedAgent is a session whose key a locked agent has.
func lockedAgent(r *remedyRig) {
	dir, err := os.MkdirTemp("", "ela") // short enough for a socket
	r.must(err)
	r.t.Cleanup(func() { os.RemoveAll(dir) })
	r.set("XDG_RUNTIME_DIR", dir)
	r.set("ENTRALOGIN_AGENT", "")
	serving := exec.Command("entralogin", "agent")
	serving.Env = r.env
	r.must(serving.Start())
	r.t.Cleanup(func() { serving.Process.Kill(); serving.Wait() })
	if !until(func() bool { code, _ := r.shell("entralogin agent status"); return code == 0 }) {
		r.t.Fatal("no agent")
	}
	r.entralogin("login", "--storage", "agent")
	r.entralogin("agent", "lock")
}

// sealedByKernel is a session whose key the kernel has forgotten.
func sealedByKernel(r *remedyRig) {
	if !kernelHasKeys() {
		r.t.Skip("the kernel has no keys for us")
	}
	sealedSession(r.doctorRig)
	for _, name := range []string{"storage", filepath.Join("sessions", strings.ReplaceAll(r.sim.Host, ":", "%3a")+"+"+entratest.ClientID)} {
		file := filepath.Join(r.cache(), name)
		r.must(os.WriteFile(file, []byte(strings.ReplaceAll(readDoc(r.t, file), "keyring", "keyctl")), 0o600))
	}
}

// damage spoils the token file.
func (r *remedyRig) damage() {
	files, err := filepath.Glob(filepath.Join(r.cache(), "tokens", "*"))
	r.must(err)
	r.must(os.WriteFile(files[0], []byte("{"), 0o600))
}

// noRemedy are texts with a command that mends nothing: they name the program, or say how a command is called.
var noRemedy = map[string]bool{
	"--account can't be given here: entralogin account set NAME": true, "entralogin account set takes one name, or --none": true,
	"--%s is for kubelogin's --%s %s; entralogin has none but %s": true, "Unset it, or give --": true,
	" with entralogin account set": true, "it was chosen with entralogin account set": true,
	"entralogin account get-access-token": true, "entralogin login": true, "entralogin graph, for ": true, // who asks
	"entralogin account get-access-token, for the subscriptions": true,
	"entralogin get-token": true, "entralogin version": true, "%s is this very program": true,
	"%s is another entralogin than this one: version %s; what is found here is what this one would do": true,
	`config edit needs a terminal; "entralogin config set" needs none`:                                 true,
	"the key of what is stored is gone from the %s: a new sign-in is needed":                           true,
	// That would take a program in /usr/bin.
	"programs that are started from the desktop (Lens, VS Code) find another file: %s%s": true,
	// The command is one of azd, or of openssl.
	"Sign in there: ": true, "has a key that is encrypted in the old way of OpenSSL (DEK-Info), which is weak": true,
	"has a key that is encrypted in a way that is not known here": true,
	// That would take the keyring of a desktop, which TestKeyringOfSecrets has.
	"Your turn, at a terminal: entralogin login --login %s --%s --tenant-id %s --client-id %s": true,
	// Either of two settings goes, and which one a person knows.
	"Leave the account out, or have a person sign in: --%s %s.": true, "is %q, and no person signs in with --%s %s (%s)": true,
	// It goes on for as long as the agent serves: TestStorageOfEndedAgent does so.
	"To start one: entralogin agent. Then sign in: entralogin login": true,
	// It tells of what else there is.
	" Tokens of machines are stored (entralogin account list): logout deletes them with their --%s, or with --all.": true,
	// It is asked for to sign out, and not to get through.
	"this azd is entralogin (%s), which signs out with: %s": true,
	// An editor is the remedy.
	"To change it yourself: ": true,
}
