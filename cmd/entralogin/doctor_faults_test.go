//go:build unix

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// doctorFault is seeded once, and found with the exit code that it deserves.
type doctorFault struct {
	seed   func(*doctorRig)
	code   int
	level  string
	what   string
	remedy string
}

// Faults that need nobody to have signed in. Those of kubectl and git alone have tests of their own, in those
// of kubeconfig check and git check.
func TestDoctorFinds(t *testing.T) {
	t.Parallel()
	env := func(name, value string) func(*doctorRig) { return func(r *doctorRig) { r.set(name, value) } }
	config := func(text string) func(*doctorRig) { return func(r *doctorRig) { r.config(text) } }
	part := func(part ...string) func(*doctorRig) { return func(r *doctorRig) { r.part = part } }
	without := func(name, text string) func(*doctorRig) {
		return func(r *doctorRig) { withoutSetting(r.gitRig, name); r.config(text) }
	}
	faulty := func(f entratest.Fault) func(*doctorRig) {
		return func(r *doctorRig) { r.sim.Fault("openid-configuration", f) }
	}
	kubectl := func(line string) func(*doctorRig) {
		return func(r *doctorRig) { r.kubectl(line); r.part = []string{"kube"} }
	}
	setUp := setUp(t)
	for name, test := range map[string]doctorFault{
		"unknown part":  {part("lens"), 2, "", "", ""},
		"two parts":     {part("git", "kube"), 2, "", "", ""},
		"unknown flag":  {part("--hunter"), 2, "", "", ""},
		"missing value": {part("--tenant-id", ""), 2, "", "", ""},

		"bad config":           {config("tenant: x\n"), 3, "failure", `~/.config/entralogin/config.yaml has an unknown setting "tenant"`, "config"},
		"no YAML":              {config("\t{hunter2"), 3, "failure", "is no YAML", "config"},
		"config is not there":  {env("ENTRALOGIN_CONFIG", "/not/there.yaml"), 3, "failure", "/not/there.yaml", "config"},
		"who wins":             {func(r *doctorRig) { r.set("ENTRALOGIN_TENANT_ID", entratest.DomainContoso) }, 0, "ok", "tenant-id is " + entratest.DomainContoso + " (ENTRALOGIN_TENANT_ID; it counts more than ~/.config/entralogin/config.yaml)", ""},
		"flag wins":            {part("--tenant-id", entratest.DomainContoso), 0, "ok", "tenant-id is " + entratest.DomainContoso + " (--tenant-id; it counts more than ~/", ""},
		"profile":              {config("profile: work\nprofiles: {work: {account: " + entratest.Bob + "}}\n"), 0, "ok", "account is bob@contoso.example (the profile work in ~/", ""},
		"unknown profile":      {env("ENTRALOGIN_PROFILE", "wrok"), 3, "failure", "profile (ENTRALOGIN_PROFILE)", "Profiles stand in the config file"},
		"unknown variable":     {env("ENTRALOGIN_TENANTID", "hunter2"), 0, "warning", "ENTRALOGIN_TENANTID is none", "ENTRALOGIN_TENANT_ID"},
		"lower-case variable":  {env("entralogin_prompt", "hunter2"), 0, "warning", "entralogin_prompt is none", "ENTRALOGIN_PROMPT"},
		"client ID":            {without("client-id", "client-id: hunter2\n"), 3, "failure", "is no application (client) ID", "entralogin help application"},
		"client ID is nowhere": {without("client-id", ""), 0, "warning", "client-id is not set: kubectl and git", "--client-id"},
		"tenant":               {without("tenant-id", "tenant-id: hunter2\n"), 3, "failure", "is neither a GUID nor a domain name", "tenant ID"},
		"misplaced": {func(r *doctorRig) {
			without("tenant-id", "tenant-id: hunter2\n")(r)
			r.part = []string{"kube"}
		}, 3, "failure", "is [not shown], which is neither", ""},
		"prompt":            {env("ENTRALOGIN_PROMPT", "sometimes"), 3, "failure", "none of auto, always and never", "config"},
		"password in host":  {env("ENTRALOGIN_AUTHORITY_HOST", "https://a:hunter2@login.example"), 3, "ok", "authority-host is a value that is not shown", ""},
		"unknown authority": {env("ENTRALOGIN_AUTHORITY_HOST", "https://login.example"), 3, "failure", "names login.example", "authorities:"},
		"unknown cloud": {func(r *doctorRig) {
			withoutSetting(r.gitRig, "authority-host")
			r.set("ENTRALOGIN_ENVIRONMENT", "moon")
		}, 3, "failure", "no known cloud", "config"},
		"no CA file":      {func(r *doctorRig) { r.remove(".config/entralogin/ca.pem") }, 3, "failure", "ca.pem", "config"},
		"SSL_CERT_FILE":   {func(r *doctorRig) { r.set("SSL_CERT_FILE", "/not/there.pem") }, 0, "warning", "SSL_CERT_FILE names /not/there.pem, which can't be read", "unset"},
		"relative folder": {env("ENTRALOGIN_CACHE_DIR", "here"), 3, "failure", "is no absolute path", "config"},

		"cache is a file":        {func(r *doctorRig) { r.mkdir(".cache"); r.write(".cache/entralogin", "") }, 8, "failure", "is not a folder", "move"},
		"cache is open":          {func(r *doctorRig) { r.mkdir(".cache/entralogin"); r.chmod(".cache/entralogin", 0o755) }, 0, "warning", "is open to other users (mode 0755)", "chmod 700"},
		"cache is another's":     {func(r *doctorRig) { r.mkdir(".cache/entralogin"); r.chown(".cache/entralogin") }, 8, "failure", "~/.cache/entralogin belongs to another user (ID 4711)", "sudo"},
		"config is open":         {func(r *doctorRig) { r.chmod(".config/entralogin", 0o777) }, 0, "warning", "can be written by other users (mode 0777)", "chmod go-w"},
		"no cache":               {func(*doctorRig) {}, 0, "ok", "~/.cache/entralogin does not exist yet", ""},
		"unknown storage":        {env("ENTRALOGIN_STORAGE", "vault"), 3, "failure", "none of file, keyring", "config"},
		"memory without runtime": {env("ENTRALOGIN_STORAGE", "memory"), 8, "failure", "XDG_RUNTIME_DIR", "entralogin help storage"},
		"storage, damaged":       {func(r *doctorRig) { r.mkdir(".cache/entralogin"); r.write(".cache/entralogin/storage", "{") }, 8, "failure", "it is not known how to protect", "storage"},
		"storage, chosen":        {func(r *doctorRig) { r.config("storage: keyctl\n") }, 0, "warning", "the storage file is in force, and keyctl is chosen", "entralogin login"},

		"storage, no key": {sealedSession, 8, "failure", "storage keyring can't be used: there is no session bus", "help storage"},

		"lock is held":      {func(r *doctorRig) { r.lock("session-x", time.Now()) }, 0, "ok", "a refresh or a new session is being saved, by process 4711, since ", ""},
		"lock for long":     {func(r *doctorRig) { r.lock("session-x", time.Now().Add(-3*time.Hour)) }, 0, "warning", "by process 4711, for 3 hours: that is long", "kill 4711"},
		"sign-in waits":     {func(r *doctorRig) { r.lock("signin-x", time.Now().Add(-5*time.Minute)) }, 0, "ok", "somebody is being asked to sign in, by process 4711", ""},
		"lock is no file":   {func(r *doctorRig) { r.mkdir(".cache/entralogin/locks/session-x") }, 0, "warning", "the lock session-x can't be had", "owner and mode"},
		"nobody":            {func(*doctorRig) {}, 0, "warning", "calls with these settings will ask for a sign-in", "entralogin login"},
		"nobody, no prompt": {func(r *doctorRig) { r.set("CI", "true") }, 4, "failure", "nobody can be asked here (CI is set)", "entralogin login"},

		"bad proxy":        {func(r *doctorRig) { elsewhere(r); r.set("HTTPS_PROXY", "http://a:hunter2@proxy:x/") }, 3, "failure", "HTTPS_PROXY is no address of a proxy", "http://HOST:PORT"},
		"proxy is gone":    {func(r *doctorRig) { elsewhere(r); r.set("HTTPS_PROXY", "http://a:hunter2@127.0.0.1:1") }, 6, "failure", "the proxy 127.0.0.1:1 can't be reached", "NO_PROXY"},
		"proxy's password": {func(r *doctorRig) { elsewhere(r); r.set("HTTPS_PROXY", "http://a:hunter2@127.0.0.1:1") }, 6, "ok", "through the proxy http://127.0.0.1:1 (HTTPS_PROXY, with a user name or password", ""},
		"ALL_PROXY":        {func(r *doctorRig) { r.set("ALL_PROXY", "hunter2") }, 0, "warning", "ALL_PROXY is set", "HTTPS_PROXY"},
		"HTTP_PROXY alone": {func(r *doctorRig) { r.set("HTTPS_PROXY", ""); r.set("HTTP_PROXY", "hunter2") }, 0, "warning", "HTTP_PROXY is set and", "HTTPS_PROXY"},
		"no such name":     {func(r *doctorRig) { elsewhere(r); r.set("HTTPS_PROXY", "") }, 6, "failure", "the name login..example can't be resolved", "VPN"},
		"nobody listens":   {func(r *doctorRig) { r.sim.Close() }, 6, "failure", "can't be reached", "network"},
		"not trusted":      {without("    ca-file", ""), 6, "failure", "issuer", "CA certificate"},
		"clock, behind":    {func(r *doctorRig) { r.sim.Set(func(o *entratest.Settings) { o.Skew = 10 * time.Minute }) }, 0, "warning", "clock is 10 minutes behind", "time server"},
		"clock, ahead":     {func(r *doctorRig) { r.sim.Set(func(o *entratest.Settings) { o.Skew = -3 * time.Hour }) }, 0, "warning", "clock is 3 hours ahead of", "time server"},
		"web page":         {faulty(entratest.Fault{Body: "<html>hunter2</html>"}), 7, "failure", "is no JSON", "sign in to the network"},
		"redirect":         {faulty(entratest.Fault{Redirect: "https://portal.example/hunter2"}), 7, "failure", `leads to "portal.example"`, "sign in to the network"},
		"503":              {faulty(entratest.Fault{Status: 503}), 6, "failure", "answered 503", "try again"},
		"dropped":          {faulty(entratest.Fault{Drop: true}), 6, "failure", "can't be reached", "HTTPS_PROXY"},
		"hangs":            {faulty(entratest.Fault{Delay: 25 * time.Second}), 6, "failure", "no answer within 10s", "proxy"},
		"no endpoints":     {faulty(entratest.Fault{Body: `{"a":"hunter2"}`}), 7, "failure", "not with its endpoints", "sign-in service"},
		"another host":     {faulty(entratest.Fault{Body: `{"issuer":"https://evil.example/","token_endpoint":"https://evil.example/hunter2"}`}), 7, "failure", "another host", "--environment"},
		"no such tenant":   {part("network", "--tenant-id", "nowhere.example"), 3, "failure", "knows no tenant nowhere.example (AADSTS90002)", "overview"},
		"tenant, no name":  {faulty(entratest.Fault{Error: &entratest.OAuthError{Error: "invalid_request", AADSTS: 90013, Description: "hunter2"}}), 3, "failure", "(AADSTS90013)", "overview"},
		"tenant, no realm": {faulty(entratest.Fault{Error: &entratest.OAuthError{Error: "invalid_request", AADSTS: 90019, Description: "hunter2"}}), 3, "failure", "(AADSTS90019)", "overview"},

		"graph, no token":   {part("graph"), 0, "warning", "not checked: what Graph says to a token", "entralogin graph me"},
		"graph, reached":    {part("graph"), 0, "ok", "is reached and wants a token", ""},
		"dispatcher":        {kubectl("echo 'Client Version: v1.32.4-dispatcher'"), 0, "warning", "is the dispatcher of a cloud's SDK, v1.32.4-dispatcher", "before it in the PATH"},
		"old kubectl":       {kubectl(`echo 'Client Version: version.Info{Major:"1", Minor:"19", GitVersion:"v1.19.0"}'`), 0, "warning", "kubectl v1.19.0", "update kubectl"},
		"broken kubectl":    {kubectl("exit 3"), 0, "warning", "does not say its version: exit status 3", "kubectl"},
		"kubectl hangs":     {kubectl("exec sleep 60"), 0, "warning", "no answer within 10s", "kubectl"},
		"another on PATH":   {func(r *doctorRig) { r.program("entralogin") }, 0, "warning", "entralogin on the PATH is another file", "PATH"},
		"kubeconfig broken": {func(r *doctorRig) { r.write(".kube/config", "\t{hunter2"); r.part = nil }, 0, "warning", "is no YAML", "entralogin doctor kube"},
		"kube, named": {func(r *doctorRig) {
			r.write(".kube/config", "kind: Config\napiVersion: v1\n")
			r.part = []string{"kube"}
		}, 3, "failure", "no context is the current one", "get a kubeconfig"},
		"git, named": {func(r *doctorRig) { r.write(".gitconfig", ""); r.part = []string{"git"} }, 3, "failure", "git runs no helper", "entralogin git setup"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newDoctorRig(t, setUp)
			r.part = []string{"network"}
			test.seed(r)
			r.finds(test.code, test.level, test.what, test.remedy)
		})
	}
}

// elsewhere has the settings mean a service on another machine, which is not there.
func elsewhere(r *doctorRig) {
	withoutSetting(r.gitRig, "authority-host")
	r.write(".config/entralogin/config.yaml", strings.ReplaceAll(readDoc(r.t, filepath.Join(r.home, ".config/entralogin/config.yaml")), r.sim.Host, "login..example"))
	r.config("authority-host: https://login..example\n")
}

func (r *doctorRig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *doctorRig) mkdir(name string) { r.must(os.MkdirAll(filepath.Join(r.home, name), 0o700)) }

func (r *doctorRig) remove(name string) { r.must(os.Remove(filepath.Join(r.home, name))) }

func (r *doctorRig) chmod(name string, mode os.FileMode) {
	r.must(os.Chmod(filepath.Join(r.home, name), mode))
}

func (r *doctorRig) chown(name string) {
	if os.Geteuid() != 0 {
		r.t.Skip("only root gives folders away")
	}
	r.must(os.Chown(filepath.Join(r.home, name), 4711, 4711))
}

// program puts another program before all others in the PATH.
func (r *doctorRig) program(name string) {
	r.must(entratest.WriteProgram(filepath.Join(r.dir, "bin", name), "#!/bin/sh\n"))
}

// sealedSession is a session under a key of a keyring, where there is none.
func sealedSession(r *doctorRig) {
	r.mkdir(".cache/entralogin/sessions")
	key := strings.Repeat("0", 32)
	r.write(".cache/entralogin/storage", `{"version":1,"storage":"keyring","key":"`+key+`"}`)
	name := strings.ReplaceAll(r.sim.Host, ":", "%3a") + "+" + entratest.ClientID
	r.write(".cache/entralogin/sessions/"+name, `{"version":1,"sealed":"keyring","key":"`+key+`","data":"aHVudGVyMg=="}`)
}

// lock holds a lock in the name of process 4711.
func (r *doctorRig) lock(name string, since time.Time) {
	r.mkdir(".cache/entralogin/locks")
	f, err := os.OpenFile(filepath.Join(r.home, ".cache/entralogin/locks", name), os.O_CREATE|os.O_RDWR, 0o600)
	r.must(err)
	r.t.Cleanup(func() { f.Close() })
	r.must(json.NewEncoder(f).Encode(cache.Holder{PID: 4711, Since: since}))
	r.must(syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
}

// What shows only once somebody has signed in.
func TestDoctorFindsWithTokens(t *testing.T) {
	t.Parallel()
	graph := func(f entratest.Fault) func(*doctorRig) {
		return func(r *doctorRig) { r.part = []string{"graph"}; r.sim.Fault("me", f) }
	}
	setUp := setUp(t)
	for name, test := range map[string]struct {
		before func(*doctorRig) // the sign-in
		doctorFault
	}{
		"graph":           {nil, doctorFault{graph(entratest.Fault{Times: -1}), 0, "ok", "accepts the token of alice@contoso.example, and calls the account alice@contoso.example", ""}},
		"graph, stale":    {nil, doctorFault{func(r *doctorRig) { r.part = []string{"graph"}; r.age(2 * time.Hour) }, 0, "warning", "not checked: what Graph says to a token", "graph me"}},
		"graph, 401":      {nil, doctorFault{graph(entratest.Fault{Status: 401}), 5, "failure", "refuses the token of alice@contoso.example (401)", "graph me"}},
		"graph, 403":      {nil, doctorFault{graph(entratest.Fault{Status: 403}), 5, "failure", "User.Read is missing", "help application"}},
		"graph, 503":      {nil, doctorFault{graph(entratest.Fault{Status: 503}), 6, "failure", "answered 503", "try again"}},
		"graph, page":     {nil, doctorFault{graph(entratest.Fault{Body: "<html>hunter2"}), 7, "failure", "not as Graph does", "proxy"}},
		"graph, redirect": {nil, doctorFault{graph(entratest.Fault{Redirect: "https://portal.example/"}), 7, "failure", `leads to "portal.example"`, "sign in"}},
		"account":         {nil, doctorFault{func(*doctorRig) {}, 0, "ok", "calls with these settings use alice@contoso.example: nobody else", ""}},
		"audience":        {nil, doctorFault{func(*doctorRig) {}, 0, "ok", "; its audience is " + entratest.ServerID, ""}},
		"token has ended": {nil, doctorFault{func(r *doctorRig) { r.age(2 * time.Hour) }, 0, "ok", "User.Read of alice@contoso.example (tenant " + entratest.TenantContoso + ") has ended: the next call renews it", ""}},
		"clock back":      {nil, doctorFault{func(r *doctorRig) { r.age(-2 * time.Hour) }, 0, "warning", "User.Read of alice@contoso.example (tenant " + entratest.TenantContoso + ") was obtained at a time that has not come yet", "time server"}},
		"overage": {func(r *doctorRig) { r.sim.Set(func(o *entratest.Settings) { o.GroupLimit = 1 }) },
			doctorFault{func(*doctorRig) {}, 0, "warning", entratest.ServerID + "/.default of alice@contoso.example (tenant " + entratest.TenantContoso + ") does not name the groups", "entralogin help oidc"}},
		"several": {nil, doctorFault{func(r *doctorRig) {
			r.sim.AutoApprove(entratest.Bob, 0)
			r.entralogin("login", "--account", entratest.Bob)
		}, 0, "warning", "several accounts have signed in", "entralogin account set NAME"}},
		"others may read": {nil, doctorFault{func(r *doctorRig) { r.must(os.Chmod(r.tokens()[0], 0o644)) }, 0, "warning", "since that would mend it", "cache list"}},
		"token is a link": {nil, doctorFault{func(r *doctorRig) {
			r.must(os.Rename(r.tokens()[0], filepath.Join(r.dir, "elsewhere")))
			r.must(os.Symlink(filepath.Join(r.dir, "elsewhere"), filepath.Join(r.cache(), "tokens", "link")))
		}, 8, "failure", "in the cache is refused: it is a symbolic link", "move it away"}},
		"token is damaged": {nil, doctorFault{func(r *doctorRig) { r.must(os.WriteFile(r.tokens()[0], []byte("{"), 0o600)) }, 0, "warning", "in the cache is damaged", "new sign-in"}},
		"refused": {nil, doctorFault{func(r *doctorRig) {
			r.sim.AutoDecline(0)
			r.call("entralogin", "login", "--tenant-id", entratest.TenantFabrikam)
		}, 0, "warning", "(declined): calls that need one fail at once", "entralogin login"}},
		"kubectl is refused": {nil, doctorFault{func(r *doctorRig) { r.sim.Fault("whoami", entratest.Fault{Status: 403}); r.part = []string{"kube"} }, 5, "failure", "(403)", "role bindings"}},
		"git is refused": {nil, doctorFault{func(r *doctorRig) {
			r.signIn()
			r.inRepository()
			r.azure.set(func(s *azureStand) { s.status = 403 })
			r.part = []string{"git"}
		}, 5, "failure", "(403)", "ask for access"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newDoctorRig(t, setUp)
			r.part = []string{"network"}
			if test.before != nil {
				test.before(r)
			}
			r.entralogin("get-token", "--server-id", entratest.ServerID)
			r.entralogin("graph", "me")
			test.seed(r)
			r.finds(test.code, test.level, test.what, test.remedy)
		})
	}
}

// tokens are the token files.
func (r *doctorRig) tokens() []string {
	files, err := filepath.Glob(filepath.Join(r.cache(), "tokens", "*"))
	r.must(err)
	if len(files) != 2 {
		r.t.Fatalf("the tokens are %v", files)
	}
	return files
}

// age makes the stored tokens older.
func (r *doctorRig) age(by time.Duration) { r.must(entratest.AgeTokens(r.cache(), by)) }
