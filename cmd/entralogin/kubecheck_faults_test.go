package main

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/kube"
)

// Each fault is seeded once, and found with the exit code that it deserves. The package kubecheck has the
// tests of each verdict; here is what the command puts together.
func TestKubeconfigCheckFinds(t *testing.T) {
	t.Parallel()
	sim := entratest.NewServer()
	t.Cleanup(sim.Close)
	setting := func(name, value string) func(*checkRig) { return func(r *checkRig) { r.env[name] = value } }
	args := func(more ...string) func(*checkRig) { return func(r *checkRig) { r.args = append(r.args, more...) } }
	flags := func(more ...string) func(*checkRig) { return func(r *checkRig) { r.flags = more } }
	extension := func(config object) func(*checkRig) {
		return func(r *checkRig) {
			r.cluster["extensions"] = []object{{"name": "client.authentication.k8s.io/exec", "extension": config}}
		}
	}
	execEnv := func(name, value string) func(*checkRig) {
		return func(r *checkRig) { r.exec["env"] = []object{{"name": name, "value": value}} }
	}
	for name, test := range map[string]struct {
		seed   func(*checkRig)
		code   int
		level  string
		what   string
		remedy string
	}{
		"no YAML":             {func(r *checkRig) { r.text = "\t{" }, 3, "failure", "is no YAML", ""},
		"no context":          {func(r *checkRig) { r.text = "kind: Config\napiVersion: v1\n" }, 3, "failure", "no context is the current one", "get a kubeconfig"},
		"unknown context":     {flags("--context", "prod"), 3, "failure", `there is no context "prod"`, "dev, half, other half"},
		"no such cluster":     {flags("--context", "half"), 3, "failure", `the cluster "none", which is nowhere`, "set-cluster"},
		"no such user":        {flags("--context", "other half"), 3, "failure", `the user "none", which is nowhere`, "kubeconfig add"},
		"no such file":        {flags("--kubeconfig", "/not/there"), 3, "failure", "/not/there does not exist", ""},
		"nothing but nothing": {flags("--context", "prod"), 3, "warning", "not checked: everything else", ""},
		"settings as flags":   {flags("--tenant-id", "contoso.example"), 2, "", "", ""},

		"a token":         {func(r *checkRig) { r.user = object{"token": "hunter2"} }, 3, "failure", "it holds a token", "kubeconfig add"},
		"another plugin":  {func(r *checkRig) { r.exec["command"] = "kubelogin" }, 3, "failure", `runs "kubelogin"`, "kubeconfig convert"},
		"interactiveMode": {func(r *checkRig) { r.exec["interactiveMode"] = "Always" }, 0, "warning", "without a terminal", "IfAvailable"},
		"kuberc":          {func(r *checkRig) { r.write(".kube/kuberc", kubercDenyAll) }, 3, "failure", "forbids every credential plugin", "- command: "},
		"KUBERC": {func(r *checkRig) { r.write("mine", kubercDenyAll); r.env["KUBERC"] = filepath.Join(r.home, "mine") },
			3, "failure", "forbids every credential plugin", "- command: "},

		"unknown flag":       {args("--server", "x"), 3, "failure", "unknown flag: --server", "get-token --help"},
		"kubelogin's secret": {args("--client-secret", "hunter2"), 3, "failure", "--client-secret is for --login spn", "get-token --help"},
		"help":               {args("--help"), 3, "failure", "ask for help", "get-token --help"},
		"no server ID":       {func(r *checkRig) { r.args = nil }, 3, "failure", "server-id is not set", "--server-id"},
		"bad tenant":         {args("--tenant-id", "no tenant"), 3, "failure", "neither a GUID nor a domain name", "get-token --help"},
		"unknown authority":  {args("--authority-host", "https://evil.example"), 3, "failure", "names evil.example", "authorities:"},
		"bad config":         {func(r *checkRig) { r.write("config.yaml", "tenant: x\n") }, 3, "failure", `unknown setting "tenant"`, ""},
		"force-refresh":      {args("--force-refresh"), 0, "warning", "--force-refresh", "take it out"},
		"v1beta1, none passed": {func(r *checkRig) { r.exec["apiVersion"] = kube.V1Beta1 }, 0, "warning",
			"would be answered in v1, not in the apiVersion", "--exec-api-version=client.authentication.k8s.io/v1beta1"},
		"v1, as kubelogin's": {args("--login", "devicecode"), 0, "warning",
			"would be answered in v1beta1, not in the apiVersion", "--exec-api-version=client.authentication.k8s.io/v1"},
		"no version": {args("--exec-api-version", "v2"), 3, "failure", `--exec-api-version "v2" is neither`, "get-token --help"},
		"flag":       {args("--tenant-id", entratest.DomainContoso), 0, "ok", "tenant-id is " + entratest.DomainContoso + " (--tenant-id)", ""},
		"variable":   {setting("ENTRALOGIN_TENANT_ID", entratest.DomainContoso), 0, "ok", "(ENTRALOGIN_TENANT_ID of this environment, which other programs may not have)", ""},
		"a machine":  {func(r *checkRig) { r.args = append(r.args, "-l", "msi") }, 0, "ok", "get-token gets one as the managed identity of this machine, and asks nobody", ""},
		"its secret": {func(r *checkRig) {
			r.args = append(r.args, "-l", "spn", "--client-secret", "hush-hush")
			r.exec["provideClusterInfo"] = false
		}, 0, "warning", "provideClusterInfo is not true", "--client-secret-file FILE"},
		"kubelogin's variable":  {func(r *checkRig) { r.args = append(r.args, "-l", "devicecode"); r.env["AAD_LOGIN_METHOD"] = "spn" }, 0, "ok", "token-kind is access (default)", ""},
		"entry's variable":      {execEnv("ENTRALOGIN_TENANT_ID", entratest.DomainContoso), 0, "ok", "(ENTRALOGIN_TENANT_ID in env of the user entry)", ""},
		"entry's bad variable":  {execEnv("ENTRALOGIN_TENANT_ID", "x y"), 3, "failure", "neither a GUID nor a domain name", ""},
		"entry's other folders": {execEnv("XDG_CACHE_HOME", "/elsewhere"), 3, "failure", `the user entry sets XDG_CACHE_HOME to "/elsewhere", which moves what you trust`, `allow-env: ["XDG_CACHE_HOME=/elsewhere"]`},
		"entry's CA":            {execEnv("SSL_CERT_FILE", "/evil.pem"), 3, "failure", `sets SSL_CERT_FILE to "/evil.pem"`, `allow-env: ["SSL_CERT_FILE=/evil.pem"]`},
		"entry's authority":     {execEnv("ENTRALOGIN_ENVIRONMENT", "AzureChinaCloud"), 3, "failure", `sets ENTRALOGIN_ENVIRONMENT to "AzureChinaCloud"`, "authorities: [{host: login.partner.microsoftonline.cn}]"},
		"entry's proxy":         {execEnv("HTTPS_PROXY", "http://127.0.0.1:9"), 0, "ok", "token-kind is access (default)", ""},
		"entry's config":        {args("--config", "/evil.yaml"), 3, "failure", `config (--config) is "/evil.yaml", which a kubeconfig can't choose`, "ENTRALOGIN_CONFIG=/evil.yaml"},
		"entry's cache":         {args("--cache-dir", "/evil"), 3, "failure", `cache-dir (--cache-dir) is "/evil", which a kubeconfig can't choose`, "ENTRALOGIN_CACHE_DIR=/evil"},
		"entry's browser":       {args("--browser", "/evil"), 3, "failure", `browser (--browser) is "/evil", which a kubeconfig can't choose`, `browser: "/evil"`},
		"entry's BROWSER":       {execEnv("BROWSER", "/evil"), 0, "warning", `sets BROWSER to "/evil", which can choose the program that opens a page`, `allow-env: ["BROWSER=/evil"]`},
		"entry's browser, own": {func(r *checkRig) {
			args("--browser", "/own")(r)
			r.append("config.yaml", "browser: /own\n")
		}, 0, "ok", "token-kind is access (default)", ""},
		"entry's CA, allowed": {func(r *checkRig) {
			execEnv("SSL_CERT_FILE", "/own.pem")(r)
			r.append("config.yaml", "allow-env: [SSL_CERT_FILE=/own.pem]\n")
		}, 0, "ok", "token-kind is access (default)", ""},
		"extension":            {extension(object{"tenant-id": entratest.DomainContoso}), 0, "ok", "(the cluster's configuration)", ""},
		"extension, bad key":   {extension(object{"tenant": "x"}), 3, "failure", `unknown key "tenant"`, "client.authentication.k8s.io/exec"},
		"extension, authority": {extension(object{"authority-host": "https://evil.example"}), 3, "failure", "names evil.example", "authorities:"},
		"extension not passed": {func(r *checkRig) {
			extension(object{"tenant": "x"})(r)
			r.exec["provideClusterInfo"] = false
		}, 0, "warning", "do not count", "provideClusterInfo: true"},

		"nobody":                 {func(*checkRig) {}, 0, "warning", "kubectl will ask for a sign-in (nobody has signed in yet)", "entralogin login"},
		"nobody may be asked":    {setting("CI", "true"), 4, "failure", "nobody can be asked here (CI is set)", "entralogin login"},
		"nobody is to be asked":  {args("--prompt", "never"), 4, "failure", "nobody can be asked here (--prompt: never)", "entralogin login"},
		"cluster of no cluster":  {func(r *checkRig) { r.cluster["server"] = "https://" + nobodyListens(r) }, 6, "failure", "nothing listens at", "server of the cluster"},
		"another CA":             {func(r *checkRig) { delete(r.cluster, "certificate-authority-data") }, 7, "failure", "not trusted here", "certificate-authority-data"},
		"first failure counts":   {func(r *checkRig) { setting("CI", "1")(r); delete(r.cluster, "certificate-authority-data") }, 4, "failure", "nobody can be asked", "login"},
		"without a token, said":  {func(*checkRig) {}, 0, "warning", "not checked: what the API server says to a token", ""},
		"no place for the cache": {func(r *checkRig) { delete(r.env, "ENTRALOGIN_CACHE_DIR"); delete(r.env, "HOME") }, 0, "warning", "nothing can be stored", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newCheckRig(t, sim)
			test.seed(r)
			r.finds(test.code, test.level, test.what, test.remedy)
		})
	}
}

const kubercDenyAll = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ncredentialPluginPolicy: DenyAll\n"

// nobodyListens is an address at which nothing listens.
func nobodyListens(r *checkRig) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// What shows only once somebody has signed in.
func TestKubeconfigCheckFindsWithAToken(t *testing.T) {
	t.Parallel()
	first := signInRig(t)
	first.signIn()
	manners := first.sim.Settings()
	for name, test := range map[string]struct {
		before func(*checkRig) // the sign-in
		seed   func(*checkRig)
		code   int
		level  string
		what   string
		remedy string
	}{
		"fresh":           {nil, func(*checkRig) {}, 0, "ok", "a token of alice@contoso.example is stored and fresh for", ""},
		"accepted":        {nil, func(*checkRig) {}, 0, "ok", "accepts the token: user alice@contoso.example, groups: ", ""},
		"stale":           {nil, func(r *checkRig) { r.age(58 * time.Minute) }, 0, "ok", "alice@contoso.example has signed in: get-token gets a token in silence", ""},
		"stale, not sent": {nil, func(r *checkRig) { r.age(58 * time.Minute) }, 0, "warning", "not checked: what the API server says to a token", ""},
		"no token":        {nil, func(r *checkRig) { r.remove(r.tokenFile()) }, 0, "ok", "gets a token in silence", ""},
		"damaged token":   {nil, func(r *checkRig) { r.write("cache/tokens/"+filepath.Base(r.tokenFile()), "{") }, 0, "warning", "the stored token can't be used", ""},
		"token is a link": {nil, linkToken, 8, "failure", "is a symbolic link. Nothing was changed", ""},
		"others may read": {nil, openToken, 0, "warning", "not checked: what is stored: others can read", "cache list"},
		"another account": {nil, func(r *checkRig) { r.args = append(r.args, "--account", entratest.Bob) }, 0, "warning", "bob@contoso.example has not signed in yet", "entralogin login"},
		"wrong audience":  {graphToken, func(*checkRig) {}, 5, "failure", "refuses the token (401)", ""},
		"its reason":      {graphToken, func(*checkRig) {}, 5, "warning", "possible: the audience (aud) is Microsoft Graph", "--server-id"},
		"ID token":        {func(r *checkRig) { r.args = []string{"--token-kind", "id"} }, func(*checkRig) {}, 0, "ok", "the audience (aud) is " + entratest.ClientID, ""},
		"forbidden":       {nil, func(r *checkRig) { r.sim.Fault("whoami", entratest.Fault{Status: 403}) }, 5, "failure", "(403)", "role bindings"},
		"page, no token": {nil, func(r *checkRig) {
			r.removeTokens()
			r.sim.Fault("version", entratest.Fault{Status: 200, Body: "<html>"})
		}, 7, "failure", "with a web page", "sign-in"},
		"web page":         {nil, func(r *checkRig) { r.sim.Fault("whoami", entratest.Fault{Body: "<html>"}) }, 7, "failure", "with a web page", "sign-in"},
		"redirect":         {nil, func(r *checkRig) { r.sim.Fault("whoami", entratest.Fault{Redirect: "https://portal.example/"}) }, 7, "failure", `leads to "portal.example"`, "server of the cluster"},
		"down":             {nil, func(r *checkRig) { r.sim.Fault("whoami", entratest.Fault{Status: 503}) }, 6, "failure", "answered 503", "try again"},
		"dropped":          {nil, func(r *checkRig) { r.sim.Fault("whoami", entratest.Fault{Drop: true}) }, 6, "failure", "can't be reached", "server of the cluster"},
		"clock":            {nil, func(r *checkRig) { r.skew(10 * time.Minute) }, 0, "warning", "clock is 10 minutes behind", "time server"},
		"ended over there": {nil, func(r *checkRig) { r.skew(3 * time.Hour) }, 5, "warning", "possible: the token has ended", "time server"},
		"too many groups":  {func(r *checkRig) { r.sim.Set(func(o *entratest.Settings) { o.GroupLimit = 1 }) }, func(*checkRig) {}, 0, "warning", "more than 200", "assigned to the application"},
		"two accounts": {nil, func(r *checkRig) {
			r.sim.AutoApprove(entratest.Bob, 0)
			if code, _, stderr := r.run("login", "--account", entratest.Bob); code != 0 {
				r.Fatal(stderr)
			}
			r.removeTokens()
		}, 3, "failure", "several accounts have signed in", "--account"},
		"no account, but a memory": {nil, func(r *checkRig) {
			r.sim.AutoDecline(0)
			r.args = append(r.args, "--account", entratest.Bob)
			if code, _, _ := r.run(append([]string{"get-token"}, r.args...)...); code != 5 {
				r.Fatalf("exit code %d", code)
			}
		}, 0, "warning", "the last one failed", "entralogin login"},
	} {
		t.Run(name, func(t *testing.T) {
			defer first.sim.ClearFaults()
			defer first.sim.Set(func(o *entratest.Settings) { *o = manners })
			first.sim.AutoApprove(entratest.Alice, 0)
			r := newCheckRig(t, first.sim)
			if test.before == nil {
				r.copyCache(first)
			} else {
				test.before(r)
				r.signIn()
			}
			test.seed(r)
			r.finds(test.code, test.level, test.what, test.remedy)
		})
	}
}

// copyCache takes over what another rig has stored.
func (r *checkRig) copyCache(from *checkRig) {
	r.Helper()
	err := filepath.WalkDir(from.cache, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		blob, err := os.ReadFile(path)
		name, _ := filepath.Rel(from.home, path)
		r.write(name, string(blob))
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
}

func (r *checkRig) remove(file string) {
	if err := os.Remove(file); err != nil {
		r.Fatal(err)
	}
}

func (r *checkRig) removeTokens() {
	files, err := filepath.Glob(filepath.Join(r.cache, "tokens", "*"))
	if err != nil {
		r.Fatal(err)
	}
	for _, file := range files {
		r.remove(file)
	}
}

func (r *checkRig) skew(by time.Duration) { r.sim.Set(func(o *entratest.Settings) { o.Skew = by }) }

// graphToken has get-token ask for what no API server takes.
func graphToken(r *checkRig) {
	r.args = []string{"--scope", "https://graph.microsoft.com/User.Read"}
	r.append("config.yaml", "allow-resources: [https://graph.microsoft.com]\n")
}

// linkToken makes the token file a link, which is never followed.
func linkToken(r *checkRig) {
	file := r.tokenFile()
	if err := os.Rename(file, filepath.Join(r.home, "elsewhere")); err != nil {
		r.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(r.home, "elsewhere"), file); err != nil {
		r.Fatal(err)
	}
}

// openToken lets others read the token, which the next call of get-token mends, and the check must not.
func openToken(r *checkRig) {
	if runtime.GOOS == "windows" {
		r.Fatal("files have no mode there")
	}
	if err := os.Chmod(r.tokenFile(), 0o644); err != nil {
		r.Fatal(err)
	}
}
