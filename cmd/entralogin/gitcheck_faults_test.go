//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Each fault is seeded once, and found with the exit code that it deserves. The package gitcheck has the
// tests of each verdict; here is what the command puts together.
func TestGitCheckFinds(t *testing.T) {
	t.Parallel()
	env := func(name, value string) func(*gitRig) { return func(r *gitRig) { r.set(name, value) } }
	args := func(args ...string) func(*gitRig) { return func(r *gitRig) { r.args = args } }
	git := func(args ...string) func(*gitRig) { return func(r *gitRig) { r.git(args...) } }
	config := func(text string) func(*gitRig) { return func(r *gitRig) { r.config(text) } }
	gitconfig := setUp(t)
	const helper = "credential.https://dev.azure.com.helper"
	withoutPath := func(r *gitRig) {
		r.git("--unset", "credential.https://dev.azure.com.useHttpPath")
		r.args = []string{"https://dev.azure.com/contoso/p/_git/r"}
	}
	for name, test := range map[string]struct {
		seed   func(*gitRig)
		code   int
		level  string
		what   string
		remedy string
	}{
		"settings as flags": {args("--tenant-id", "contoso.example"), 2, "", "", ""},
		"config as a flag":  {args("--config", "/x"), 2, "", "", ""},
		"two URLs":          {args(repositoryURL, repositoryURL), 2, "", "", ""},
		"no URL":            {args("dev.azure.com/hunter2"), 2, "", "", ""},

		"no git":               {withoutGit, 3, "failure", "git is not on the PATH", "install git"},
		"not set up":           {func(r *gitRig) { r.entralogin("git", "unset") }, 3, "failure", "git runs no helper", "entralogin git setup"},
		"broken configuration": {func(r *gitRig) { r.write(".gitconfig", "[credential\n") }, 3, "failure", "git fails: git version: fatal: bad config line 1", ""},
		"store":                {git("--add", "credential.helper", "store"), 3, "failure", "the helper store (global, ", "entralogin git unset && entralogin git setup"},
		"reset in the end":     {git("--add", helper, ""), 3, "failure", "git runs no helper", "git setup"},
		"not on the PATH":      {git("--replace-all", helper, "!/gone/entralogin git-credential"), 3, "failure", "git can't run /gone/entralogin", "git setup"},
		"bad argument":         {git("--add", helper, "!entralogin git-credential --hunter"), 3, "failure", "arguments that it does not take: unknown flag", "git setup"},
		"asks for help":        {git("--add", helper, "!entralogin git-credential --help"), 3, "failure", "ask for help", "git setup"},
		"argument":             {git("--add", helper, "entralogin --account "+entratest.Bob), 0, "ok", "account is bob@contoso.example (--account)", ""},
		"this very program":    {func(*gitRig) {}, 0, "ok", "is this very program", ""},
		"path, tenant known":   {withoutPath, 0, "warning", "the config's tenant counts for all", "git setup"},
		"path":                 {func(r *gitRig) { withoutTenant(r); withoutPath(r) }, 3, "failure", "useHttpPath is not set", "git setup"},
		"path, but the user":   {func(r *gitRig) { withoutPath(r); r.args = []string{repositoryURL} }, 0, "ok", "the user name says which organization is meant", ""},
		"proxy of git's":       {git("http.proxy", "http://a:hunter2@proxy.example"), 0, "ok", "the tenant of the organization contoso is " + entratest.TenantContoso, ""},
		"and its way": {git("http.proxy", "http://a:hunter2@proxy.example:8080"), 0, "warning",
			"git goes to dev.azure.com through the proxy http://proxy.example:8080 (http.proxy, with a user name or password that is not shown), and entralogin through", "https_proxy"},
		"way of the remote's": {func(r *gitRig) {
			r.inClone()
			r.git("remote.origin.proxy", "")
		}, 0, "warning", "git goes to dev.azure.com without a proxy (remote.NAME.proxy is empty), and entralogin through", "https_proxy"},
		"way of the user's": {git("http.https://contoso@dev.azure.com.proxy", "http://proxy.example:8080"), 0, "warning", "through the proxy http://proxy.example:8080 (http.proxy), and", "https_proxy"},
		"lower case":        {env("https_proxy", "http://127.0.0.1:1"), 0, "warning", "through the proxy http://127.0.0.1:1 (https_proxy), and entralogin through", "https_proxy"},
		"lower case, empty": {env("https_proxy", ""), 0, "warning", "without a proxy (https_proxy is empty), and entralogin through", "https_proxy"},
		"no_proxy":          {func(r *gitRig) { r.set("NO_PROXY", "x.example"); r.set("no_proxy", "azure.com") }, 0, "warning", "without a proxy (no_proxy), and entralogin through", "https_proxy"},
		"certificates of git's": {func(r *gitRig) {
			r.git("http.https://dev.azure.com.sslCAInfo", "/hunter2")
			r.set("SSL_CERT_FILE", "")
			r.set("SSL_CERT_DIR", "")
		},
			6, "warning", "certificates of its own", "SSL_CERT_FILE"},

		"foreign host":   {args("https://github.com/contoso/r"), 3, "failure", "no token for https://github.com/contoso/r", "takes no tokens of Entra ID"},
		"look-alike":     {args("https://dev.azure.com.evil.example/contoso/p/_git/r"), 3, "failure", "no token for", "hosts:"},
		"http":           {args("http://dev.azure.com/contoso/p/_git/r"), 3, "failure", "everybody on the way", "entralogin git check https://dev.azure.com/contoso/p/_git/r"},
		"password":       {args("https://contoso:hunter2@dev.azure.com/contoso/p/_git/r"), 3, "failure", "holds a password", "set-url"},
		"a token, alone": {args("https://" + lonePAT + "@dev.azure.com/contoso/p/_git/r"), 0, "warning", "the user in the URL ([redacted]) names no account", "revoked"},
		"and no path":    {args("https://" + lonePAT + "@dev.azure.com"), 0, "warning", "the user in the URL ([redacted]) names no account", "revoked"},
		"as username": {func(r *gitRig) {
			r.git("credential.username", lonePAT)
			r.args = []string{"https://dev.azure.com/contoso/p/_git/r"}
		}, 0, "warning", "credential.username ([redacted])", "--name-only"},
		"of a foreign": {args("https://" + lonePAT + "@github.com/contoso/r"), 3, "failure", "no token for https://github.com/contoso/r", "takes no tokens of Entra ID"},
		"user":         {args("https://bob%40contoso.example@dev.azure.com/contoso/p/_git/r"), 0, "ok", "account is bob@contoso.example (git)", ""},
		"user of git's": {func(r *gitRig) {
			r.git("credential.username", entratest.Bob)
			r.args = []string{"https://dev.azure.com/contoso/p/_git/r"}
		}, 0, "ok", "account is bob@contoso.example (git)", ""},
		"in general": {args(), 0, "warning", "the URL names no organization", "git check https"},
		"a project":  {args("https://dev.azure.com/contoso/project"), 0, "warning", "the URL is not that of a repository", "_git"},

		"tenant":                {func(*gitRig) {}, 0, "ok", "the tenant of the organization contoso is " + entratest.TenantContoso + ", says the answer of dev.azure.com", ""},
		"tenant, another":       {func(r *gitRig) { r.azure.set(func(s *azureStand) { s.tenant = entratest.TenantFabrikam }) }, 0, "ok", "the tenant of the organization contoso is " + entratest.TenantFabrikam, ""},
		"no such organization":  {func(r *gitRig) { withoutTenant(r); r.azure.set(func(s *azureStand) { s.head = 404 }) }, 3, "failure", "there is no organisation contoso", "tenant-id:"},
		"organization is out":   {func(r *gitRig) { withoutTenant(r); r.azure.set(func(s *azureStand) { s.head = 503 }) }, 6, "failure", "out of order or busy", ""},
		"the config's tenant":   {func(r *gitRig) { r.azure.set(func(s *azureStand) { s.head = 503 }) }, 0, "warning", "the config's tenant is used", ""},
		"azure is not reached":  {env("HTTPS_PROXY", "http://127.0.0.1:1"), 6, "failure", "^dev.azure.com can't be reached: the proxy", "HTTPS_PROXY"},
		"azure is not trusted":  {env("SSL_CERT_FILE", ""), 6, "failure", "^dev.azure.com can't be reached: its certificate", "SSL_CERT_FILE"},
		"account of the config": {config("account: " + entratest.Bob + "\n"), 0, "ok", "account is bob@contoso.example (", ""},
		"account of the organization": {config("hosts:\n- {host: dev.azure.com, organization: contoso, account: " + entratest.Bob + "}\n"),
			0, "ok", "account is bob@contoso.example (hosts: in the config)", ""},
		"profile of the organization": {config("profiles:\n  b: {account: " + entratest.Bob + "}\nhosts:\n- {host: dev.azure.com, organization: contoso, profile: b}\n"),
			0, "ok", "account is bob@contoso.example (", ""},
		"bad config":     {config("tenant: x\n"), 3, "failure", `unknown setting "tenant"`, ""},
		"no client":      {func(r *gitRig) { withoutSetting(r, "client-id") }, 3, "failure", "client-id is not set", "--client-id"},
		"bad variable":   {env("ENTRALOGIN_CLIENT_ID", "x"), 3, "failure", "no application (client) ID", ""},
		"bad storage":    {env("ENTRALOGIN_STORAGE", "x"), 3, "failure", "ENTRALOGIN_STORAGE", ""},
		"cloud":          {env("ENTRALOGIN_AUTHORITY_HOST", "https://evil.example"), 3, "failure", "names evil.example", "authorities:"},
		"nobody":         {func(*gitRig) {}, 0, "warning", "git will ask for a sign-in (nobody has signed in yet)", "entralogin login --scope 499b84ac-"},
		"CI":             {env("CI", "true"), 4, "failure", "nobody can be asked here (CI is set)", "entralogin login"},
		"no prompt":      {env("GIT_TERMINAL_PROMPT", "0"), 4, "failure", "nobody can be asked here (GIT_TERMINAL_PROMPT forbids it)", "entralogin login"},
		"GCM":            {env("GCM_INTERACTIVE", "never"), 4, "failure", "nobody can be asked here (GCM_INTERACTIVE", "entralogin login"},
		"interactive":    {git("credential.interactive", "false"), 4, "failure", "nobody can be asked here (credential.interactive forbids it)", "entralogin login"},
		"no place":       {env("ENTRALOGIN_CACHE_DIR", "relative"), 3, "failure", "no absolute path", ""},
		"wants a token":  {func(*gitRig) {}, 0, "ok", "dev.azure.com is reached and wants a token", ""},
		"without, said":  {func(*gitRig) {}, 0, "warning", "not checked: what dev.azure.com says to a token", ""},
		"other tenant":   {func(r *gitRig) { r.git("--add", helper, "entralogin --tenant-id "+entratest.TenantFabrikam) }, 0, "warning", "dev.azure.com names another tenant than " + entratest.TenantFabrikam, "tenant-id"},
		"tenant by flag": {func(r *gitRig) { r.git("--add", helper, "entralogin --tenant-id "+entratest.TenantFabrikam) }, 0, "ok", "the tenant is " + entratest.TenantFabrikam + " (--tenant-id)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newGitRig(t, gitconfig)
			test.seed(r)
			r.finds(test.code, test.level, test.what, test.remedy)
		})
	}
}

// setUp is what git setup writes.
func setUp(t *testing.T) string {
	return readDoc(t, filepath.Join(newGitRig(t, "").home, ".gitconfig"))
}

// withoutGit leaves a PATH with nothing but entralogin.
func withoutGit(r *gitRig) {
	file, err := exec.LookPath("entralogin")
	if err != nil {
		r.t.Fatal(err)
	}
	if err := os.Symlink(file, filepath.Join(r.dir, "entralogin")); err != nil {
		r.t.Fatal(err)
	}
	r.set("PATH", r.dir)
}

func withoutTenant(r *gitRig) { withoutSetting(r, "tenant-id") }

func withoutSetting(r *gitRig, name string) {
	r.t.Helper()
	var kept strings.Builder
	for line := range strings.Lines(readDoc(r.t, filepath.Join(r.home, ".config/entralogin/config.yaml"))) {
		if !strings.HasPrefix(line, name) {
			kept.WriteString(line)
		}
	}
	r.write(".config/entralogin/config.yaml", kept.String())
}

// What shows only once somebody has signed in.
func TestGitCheckFindsWithAToken(t *testing.T) {
	t.Parallel()
	status := func(status int) func(*gitRig) {
		return func(r *gitRig) { r.azure.set(func(s *azureStand) { s.status = status }) }
	}
	gitconfig := setUp(t)
	for name, test := range map[string]struct {
		seed   func(*gitRig)
		code   int
		level  string
		what   string
		remedy string
	}{
		"fresh":      {func(*gitRig) {}, 0, "ok", "a token of alice@contoso.example is stored and fresh for", ""},
		"audience":   {func(*gitRig) {}, 0, "ok", "the audience (aud) is 499b84ac-1321-427f-aa17-267ca6975798", ""},
		"expiry":     {func(*gitRig) {}, 0, "ok", "it ends in ", ""},
		"accepted":   {func(*gitRig) {}, 0, "ok", "dev.azure.com accepts the token of alice@contoso.example", ""},
		"remembered": {func(*gitRig) {}, 0, "ok", "says what is remembered of contoso", ""},
		"refused":    {status(401), 5, "failure", "refuses the token (401)", "run git again"},
		"forbidden":  {status(403), 5, "failure", "(403)", "ask for access for alice@contoso.example"},
		"hidden":     {status(404), 5, "failure", "(404), or hides it from alice@contoso.example", "compare the URL"},
		"203":        {status(203), 5, "failure", "answered 203, a sign-in page", "run git again"},
		"302":        {status(302), 5, "failure", `leads to "login.example"`, "run git again"},
		"503":        {status(503), 6, "failure", "answered 503", "try again"},
		"no token":   {removeTokens, 0, "ok", "alice@contoso.example has signed in: the helper gets a token in silence", ""},
		"read by others": {func(r *gitRig) {
			if err := os.Chmod(r.token(), 0o644); err != nil {
				r.t.Fatal(err)
			}
		}, 0, "warning", "not checked: what is stored: others can read", "cache list"},
		"tenant read by others": {func(r *gitRig) {
			files, _ := filepath.Glob(filepath.Join(r.cache(), "tenants", "*"))
			for _, file := range files {
				if err := os.Chmod(file, 0o644); err != nil {
					r.t.Fatal(err)
				}
			}
		}, 0, "ok", "the tenant of the organization contoso is " + entratest.TenantContoso + ", says the answer of dev.azure.com", ""},
		"token is a folder": {func(r *gitRig) {
			file := r.token()
			if err := os.Remove(file); err != nil {
				r.t.Fatal(err)
			}
			if err := os.Mkdir(file, 0o700); err != nil {
				r.t.Fatal(err)
			}
		}, 8, "failure", "Nothing was changed", ""},
		"another account": {func(r *gitRig) { r.config("account: " + entratest.Bob + "\n") }, 0, "warning", "bob@contoso.example has not signed in yet", "entralogin login"},
		"two accounts": {func(r *gitRig) {
			r.sim.AutoApprove(entratest.Bob, 0)
			r.entralogin("login", "--account", entratest.Bob)
			removeTokens(r)
		}, 3, "failure", "several accounts have signed in", "--account"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newGitRig(t, gitconfig)
			r.signIn()
			test.seed(r)
			r.finds(test.code, test.level, test.what, test.remedy)
		})
	}
}

// token is the one token file.
func (r *gitRig) token() string {
	r.t.Helper()
	files, err := filepath.Glob(filepath.Join(r.cache(), "tokens", "*"))
	if err != nil || len(files) != 1 {
		r.t.Fatalf("%v: %v", files, err)
	}
	return files[0]
}

func removeTokens(r *gitRig) {
	if err := os.RemoveAll(filepath.Join(r.cache(), "tokens")); err != nil {
		r.t.Fatal(err)
	}
}

// Without a URL it is the remotes that are ours, each URL once.
func TestGitCheckRemotes(t *testing.T) {
	t.Parallel()
	r := newGitRig(t, "")
	r.args = nil
	for _, args := range [][]string{{"init", "-q"}, {"remote", "add", "origin", repositoryURL}, {"remote", "add", "again", repositoryURL},
		{"remote", "add", "github", "https://alice:hunter2@github.com/contoso/repository"}, {"remote", "add", "secure", "git@ssh.dev.azure.com:v3/contoso/project/repository"},
		{"remote", "add", "other", "https://dev.azure.com/fabrikam/p/_git/r"}, {"remote", "add", "local", "/srv/r"}, {"remote", "add", "short", "az:contoso/p/_git/short"},
		{"config", "url.https://dev.azure.com/.insteadOf", "az:"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env = r.work, r.env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	code, report := r.check()
	about, words := map[string]bool{}, ""
	for _, f := range report.Findings {
		about[f.About] = true
		words += f.What + "\n"
	}
	if code != 0 || len(about) != 4 || !about["https://dev.azure.com/fabrikam/p/_git/r"] || !about["https://dev.azure.com/contoso/p/_git/short"] {
		t.Errorf("exit code %d, about %v", code, about)
	}
	for _, want := range []string{"https://dev.azure.com/contoso/project/_git/repository is the URL of again and origin\n", "secure goes by SSH"} {
		if strings.Count(words, want) != 1 {
			t.Errorf("%q is not there once:\n%s", want, words)
		}
	}
}

// A personal access token that stands alone in a URL, or as credential.username, is shown by none of those who show
// URLs: with -vv, in errors and in git's own words neither.
func TestLoneTokenIsShownNowhere(t *testing.T) {
	t.Parallel()
	r := newGitRig(t, "")
	const remote = "https://" + lonePAT + "@dev.azure.com"
	for _, args := range [][]string{{"git", "init", "-q"}, {"git", "remote", "add", "origin", remote + "/contoso/p/_git/r"}, {"git", "remote", "add", "bare", remote}} {
		if run := r.call(args...); run.cmd.ProcessState.ExitCode() != 0 {
			t.Fatalf("%v: %s", args, run.err.Bytes())
		}
	}
	r.git("credential.username", lonePAT)
	r.git("--add", "credential."+remote+".helper", "!f() { curl "+remote+"; }; f")
	r.git("--add", "credential.https://dev.azure.com.helper", "!f() { curl "+remote+"; }; f")
	for _, args := range [][]string{{"git", "check"}, {"git", "check", "-o", "json"}, {"git", "check", remote}, {"doctor", "-vv"}, {"git", "setup"},
		{"git", "setup", "--overwrite", "--dry-run"}, {"git", "unset", "--dry-run"}} {
		run := r.call(append([]string{"entralogin"}, args...)...)
		if said := string(run.out.Bytes()) + string(run.err.Bytes()); said == "" || strings.Contains(said, "hunter2") {
			t.Errorf("%v says %q", args, said)
		}
	}
	cmd := exec.Command("entralogin", "git-credential", "get", "-vv", "--prompt", "never")
	cmd.Dir, cmd.Env = r.work, r.env
	cmd.Stdin = strings.NewReader("url=" + remote + "\n\n")
	if said, _ := cmd.CombinedOutput(); len(said) == 0 || strings.Contains(string(said), "hunter2") {
		t.Errorf("the helper says %q", said)
	}
}
