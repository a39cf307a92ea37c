package plugin

import (
	"maps"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/entralogin/entralogin/"

// arrows are the packages of this module that each may import, or folders of them ("/..."): all run down.
//
//	root -> *cmd -> calls, diagnose -> cli -> {term, proc, remedy} -> browser, plugin/...
//	client -> {config, entra} -> plugin -> {cache, https, text}; front ends -> plugin; *check -> check
func arrows() map[string][]string {
	const internal, simulator = "cmd/entralogin/internal/", "cmd/entrasim/internal/"
	floor := []string{"cache", "cache/route", "plugin/text", "plugin/failure", "plugin/authority", "plugin/https", "plugin/claims"}
	with := func(more ...string) []string { return append(slices.Clone(floor), more...) }
	library := with("plugin", "plugin/...")
	commands := slices.Concat(library, []string{"cmd/entralogin/docs", internal + "cli", internal + "term", internal + "proc", internal + "calls", internal + "diagnose", internal + "remedy", internal + "ask"})
	allowed := map[string][]string{
		"cache/route":      {}, // see TestRouteImports
		"cache":            {"cache/route"},
		"plugin/failure":   {},
		"plugin/text":      {"plugin/failure"},
		"plugin/userfile":  {"plugin/text", "plugin/failure"}, // writes config.yaml and kubeconfigs
		"plugin/yamltext":  {},                                // of config.yaml and of kubeconfigs: both are edited in their lines
		"plugin/authority": {"plugin/text"},
		"plugin/https":     {"plugin/text", "plugin/failure"},
		"plugin/claims":    {"cache", "plugin/authority", "plugin/https", "plugin/text"},
		"plugin/pop":       {}, // signs before the rest of the program wakes up
		"plugin":           {"cache", "plugin/https", "plugin/pop", "plugin/text", "plugin/failure"},
		"plugin/check":     floor,
		"plugin/config":    {"cache", "cache/route", "plugin", "plugin/agent", "plugin/authority", "plugin/pop", "plugin/text", "plugin/failure", "plugin/userfile", "plugin/yamltext"},
		"plugin/entra":     with("plugin", "plugin/pop"),
		"plugin/broker":    with("plugin", "plugin/entra", "plugin/sessionbus"), // entra checks what the broker brings
		"plugin/managed":   with("plugin"),
		// What signs machines in goes by the settings, and by the services that take it.
		"plugin/credential": with("plugin", "plugin/config", "plugin/entra", "plugin/managed"),
		"plugin/client":     with("plugin", "plugin/agent", "plugin/broker", "plugin/config", "plugin/credential", "plugin/entra", "plugin/pop"),

		"plugin/agent":          with("plugin"),
		"plugin/agent/server":   with("plugin", "plugin/agent"),
		"plugin/agent/identity": with("plugin", "plugin/agent"),

		"plugin/sessionbus": {"plugin/text"},

		"plugin/kube":                {"cache", "plugin", "plugin/text", "plugin/failure"},
		"plugin/kube/kubeconfig":     {"plugin/kube", "plugin/authority", "plugin/text", "plugin/failure", "plugin/userfile", "plugin/yamltext"},
		"plugin/kube/kubecheck":      with("plugin", "plugin/check", "plugin/kube", "plugin/kube/kubeconfig"),
		"plugin/git":                 with("plugin"),
		"plugin/git/gitcheck":        with("plugin", "plugin/check", "plugin/git"),
		"plugin/graph":               with("plugin"),
		"plugin/azcli":               with("plugin"),
		"plugin/docker":              with("plugin"),
		"plugin/docker/dockerconfig": {"plugin/text", "plugin/userfile"},
		"plugin/docker/dockercheck":  with("plugin", "plugin/check", "plugin/docker", "plugin/docker/dockerconfig"),
		"plugin/artifacts":           {"plugin/authority"},
		"plugin/npmrc":               {"cache", "plugin/claims", "plugin/text", "plugin/failure", "plugin/userfile"},
		"plugin/nuget":               {"cache", "plugin/text", "plugin/userfile"},
		"plugin/keyring":             floor,
		"plugin/cargo":               floor,
		"plugin/arm":                 with("plugin"),

		"cmd/entralogin":          {"cache/route", internal + "cli", internal + "early/signed", internal + "proc", internal + "root", internal + "term"},
		"cmd/entralogin/docs":     {},
		internal + "localtime":    {},
		internal + "early":        {"cache/route", internal + "localtime"},
		internal + "early/signed": {"cache/route", internal + "early", "plugin/pop"},
		internal + "proc":         {"cache", "plugin/check", "plugin/text"}, // which know the end of a process, what one file is, and its name
		internal + "detach":       {},
		internal + "browser":      {"plugin/text"},
		internal + "term":         {"cache", "plugin", "plugin/https", "plugin/text", internal + "browser"},
		internal + "page":         {"plugin/text", internal + "term"},
		internal + "ask":          with("plugin", "plugin/agent", "plugin/agent/server", "plugin/sessionbus"),
		internal + "remedy":       with("plugin", "plugin/config"), // settles what an advised command would come to
		internal + "cli":          slices.Concat(library, []string{internal + "term", internal + "proc", internal + "remedy", internal + "browser", internal + "detach"}),
		internal + "calls":        slices.Concat(library, []string{internal + "cli", internal + "remedy"}),
		internal + "diagnose":     slices.Concat(library, []string{internal + "cli", internal + "term", internal + "calls", internal + "proc", internal + "remedy"}),
		internal + "root":         {"cache", "plugin", "plugin/...", "cmd/entralogin/docs", internal + "..."},
		"cmd/entrasim":            {"cache", "plugin", "plugin/...", "plugin/entra/entratest", simulator + "turns"},
		simulator + "turns":       {},
		simulator + "measure":     {simulator + "turns"},
		"plugin/entra/entratest":  {},

		"plugin/entra/entratest/rig": {}, // for tests alone, also those of other modules
	}
	for _, name := range []string{"token", "account", "kube", "git", "graph", "cache", "config", "doctor", "app", "az", "azd", "login", "init", "renew", "status", "upgrade", "agent", "ssh", "exec", "docker", "artifacts", "keyring"} {
		allowed[internal+name+"cmd"] = commands
	}
	allowed[internal+"doctorcmd"] = append(slices.Clone(commands), internal+"browser")                // says whether one can be opened
	allowed[internal+"sshcmd"] = append(slices.Clone(commands), internal+"detach")                    // starts the agent
	allowed[internal+"agentcmd"] = append(slices.Clone(commands), internal+"ask", internal+"browser") // asks, and shows pages
	return allowed
}

// forbidden says why a package of this module may not import another package, "" if it may.
func forbidden(pkg, imported string) string {
	from, ours := strings.CutPrefix(pkg, module)
	if !ours {
		return ""
	}
	switch {
	case strings.HasPrefix(imported, "github.com/AzureAD/microsoft-authentication-library-for-go/") && from != "plugin/entra":
		return "only plugin/entra imports MSAL"
	case strings.HasPrefix(imported, "k8s.io/") && from != "plugin/kube" && from != "plugin/kube/kubeconfig":
		return "only plugin/kube and what reads kubeconfigs import k8s.io"
	case imported == "testing" || imported == "net/http/httptest":
		return "only tests import testing"
	}
	to, ours := strings.CutPrefix(imported, module)
	if !ours {
		return ""
	}
	if path.Base(to) == "entratest" && from != "cmd/entrasim" {
		return "only cmd/entrasim imports the simulator"
	}
	allowed, known := arrows()[from]
	if !known {
		return "nobody has said what it may import"
	}
	for _, a := range allowed {
		folder, is := strings.CutSuffix(a, "...")
		if a == to || is && strings.HasPrefix(to, folder) {
			return ""
		}
	}
	return "it stands above, or beside"
}

// imports returns the packages that the named ones need, each with what it imports itself. Imports of
// tests don't count.
func imports(t *testing.T, packages ...string) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-deps", "-f", "{{.ImportPath}} {{join .Imports \" \"}}"}, packages...)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		all[fields[0]] = fields[1:]
	}
	return all
}

func TestImports(t *testing.T) {
	all := imports(t, "./...")
	for pkg, imported := range all {
		for _, other := range imported {
			if why := forbidden(pkg, other); why != "" {
				t.Errorf("%s imports %s: %s", pkg, other, why)
			}
		}
	}
	for pkg := range arrows() {
		if len(all[module+pkg]) == 0 {
			t.Errorf("%s is not looked at", pkg)
		}
	}
}

// What is shipped holds no simulator and nothing of testing, however far away the import is; and client-go's
// ExecCredential, without the types of clusters.
func TestShippedImports(t *testing.T) {
	all := imports(t, "./cmd/entralogin")
	for pkg := range all {
		if pkg == "testing" || strings.HasPrefix(pkg, "testing/") || pkg == "net/http/httptest" || strings.Contains(pkg, "entratest") || strings.Contains(pkg, "testscript") {
			t.Errorf("cmd/entralogin needs %s", pkg)
		}
		if strings.HasPrefix(pkg, "k8s.io/api/") || strings.HasPrefix(pkg, "k8s.io/client-go/kubernetes/") { // every type of every group
			t.Errorf("cmd/entralogin needs %s, which is large", pkg)
		}
	}
	if !slices.Contains(all[module+"plugin/kube"], "k8s.io/client-go/pkg/apis/clientauthentication") {
		t.Error("the ExecCredential is not client-go's")
	}
	if !slices.Contains(all[module+"plugin/kube/kubeconfig"], "k8s.io/client-go/tools/clientcmd") {
		t.Error("kubeconfigs are not loaded by client-go")
	}
	if len(all[module+"plugin/entra"]) == 0 {
		t.Error("cmd/entralogin is not looked at")
	}
}

// What answers early imports nothing whose initialisation would come late, or cost something.
func TestRouteImports(t *testing.T) {
	small := []string{"os", "sync", "syscall", "time", "unsafe", module + "cache/route", module + "cmd/entralogin/internal/localtime"}
	all := imports(t, "./cmd/entralogin/internal/early")
	for _, pkg := range []string{"cache/route", "cmd/entralogin/internal/early", "cmd/entralogin/internal/localtime"} {
		imported := all[module+pkg]
		if len(imported) == 0 {
			t.Errorf("%s is not looked at", pkg)
		}
		for _, other := range imported {
			if !slices.Contains(small, other) {
				t.Errorf("%s imports %s", pkg, other)
			}
		}
	}
}

// No arrow leads back up, over however many others.
func TestArrowsRunDown(t *testing.T) {
	all := imports(t, "./...")
	below := map[string]map[string]bool{}
	var reach func(pkg string) map[string]bool
	reach = func(pkg string) map[string]bool {
		if below[pkg] == nil {
			below[pkg] = map[string]bool{}
			for _, other := range all[pkg] {
				if strings.HasPrefix(other, module) {
					below[pkg][other] = true
					maps.Copy(below[pkg], reach(other))
				}
			}
		}
		return below[pkg]
	}
	for pkg := range all {
		if from, ours := strings.CutPrefix(pkg, module); ours && strings.Contains(from, "internal/") && strings.HasSuffix(from, "cmd") {
			for other := range reach(pkg) {
				if strings.HasSuffix(other, "cmd") {
					t.Errorf("%s needs %s: no command package imports another", pkg, other)
				}
			}
		}
	}
}

func TestForbidden(t *testing.T) {
	const msal = "github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
	const internal = "cmd/entralogin/internal/"
	for pair, want := range map[[2]string]bool{
		{"plugin/kube", "plugin/entra"}: true, {"plugin/entra", "plugin/kube"}: true, {"plugin/git", "plugin/graph"}: true,
		{"plugin", "plugin/kube"}: true, {"cache", "plugin"}: true, {"plugin/text", "plugin"}: true, {"plugin/kube", "cmd/entralogin"}: true,
		{"cmd/entrasim", "cmd/entralogin"}: true, {"cmd/entralogin", "plugin/entra/entratest"}: true, {"plugin/entra", "plugin/entra/entratest"}: true,
		{"plugin/entra/entratest", "plugin/entra"}: true, {"plugin/new", "plugin"}: true, {"plugin/config", "plugin/entra"}: true,
		{internal + "gitcmd", internal + "kubecmd"}: true, {internal + "cli", internal + "gitcmd"}: true, {internal + "term", internal + "cli"}: true,
		{internal + "calls", internal + "diagnose"}: true, {"plugin/kube", "plugin/kube/kubeconfig"}: true, {"plugin/git/gitcheck", "plugin/kube"}: true,
		{"plugin", "cache"}: false, {"plugin/git", "plugin"}: false, {"cmd/entralogin", internal + "root"}: false, {internal + "root", internal + "gitcmd"}: false,
		{internal + "gitcmd", internal + "calls"}: false, {"cmd/entrasim", "plugin/entra/entratest"}: false, {"plugin/client", "plugin/config"}: false,
		{"plugin/kube/kubecheck", "plugin/kube"}: false, {"plugin/git/gitcheck", "plugin/check"}: false,
	} {
		if got := forbidden(module+pair[0], module+pair[1]); (got != "") != want {
			t.Errorf("%q: %q", pair, got)
		}
	}
	for pair, want := range map[[2]string]bool{
		{"plugin/entra", msal}: false, {"plugin/graph", msal}: true, {"cmd/entralogin", msal}: true, {"plugin/entra/entratest", msal}: true,
		{"plugin/kube", "k8s.io/client-go/rest"}: false, {"plugin/kube/kubeconfig", "k8s.io/client-go/tools/clientcmd"}: false, {"plugin/kube/kubecheck", "k8s.io/client-go/tools/clientcmd"}: true, {"plugin", "k8s.io/client-go/rest"}: true, {"cmd/entralogin", "k8s.io/klog/v2"}: true,
		{"plugin/graph", "sigs.k8s.io/yaml"}: false, {"plugin", "testing"}: true, {"cache", "net/http/httptest"}: true, {"cache", "os"}: false,
	} {
		if got := forbidden(module+pair[0], pair[1]); (got != "") != want {
			t.Errorf("%q: %q", pair, got)
		}
	}
}
