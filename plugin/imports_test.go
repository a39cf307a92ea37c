package plugin

import (
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/entralogin/entralogin/"

// forbidden says why a package of this module may not import another package, "" if it may:
//
//	cmd -> plugin/{kube,git,graph,entra} -> plugin -> {cache, plugin/https, plugin/text}
func forbidden(pkg, imported string) string {
	from, ours := strings.CutPrefix(pkg, module)
	if !ours {
		return ""
	}
	switch {
	case strings.HasPrefix(imported, "github.com/AzureAD/microsoft-authentication-library-for-go/") && from != "plugin/entra":
		return "only plugin/entra imports MSAL"
	case strings.HasPrefix(imported, "k8s.io/") && from != "plugin/kube":
		return "only plugin/kube imports k8s.io"
	case imported == "testing" || imported == "net/http/httptest":
		return "only tests import testing"
	}
	to, ours := strings.CutPrefix(imported, module)
	if !ours {
		return ""
	}
	below := func(p, front string) bool { return strings.HasPrefix(p+"/", front+"/") }
	family := func(front string) bool { return from != front && below(from, front) && below(to, front) }
	// The packages that plugin itself stands on, each with those that it may import.
	floor := map[string][]string{
		"cache": {}, "plugin/text": {}, "plugin/authority": {"plugin/text"}, "plugin/https": {"plugin/text"},
		"plugin/claims": {"cache", "plugin/text"}, "plugin/check": {"plugin/text"},
		"plugin": {"cache", "plugin/https", "plugin/text"},
	}
	own, grounded := floor[from]
	_, ground := floor[to]
	switch {
	case strings.HasPrefix(to, "cmd/"):
		return "nobody imports a command"
	case grounded && !slices.Contains(own, to):
		return "what lies below imports nothing from above"
	case below(from, "plugin") && !grounded && !ground && !family("plugin/kube") && !family("plugin/git") && path.Base(from) != "entratest":
		return "front ends and sources don't know each other"
	case path.Base(to) == "entratest" && from != "cmd/entrasim":
		return "only cmd/entrasim imports the simulator"
	case path.Base(from) == "entratest":
		return "the simulator shares no code with what it tests"
	}
	return ""
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
	for _, pkg := range []string{"cache", "plugin", "plugin/kube", "plugin/graph", "plugin/entra", "cmd/entralogin"} {
		if len(all[module+pkg]) == 0 {
			t.Errorf("%s is not looked at", pkg)
		}
	}
}

// What is shipped holds no simulator and nothing of testing, however far away the import is.
func TestShippedImports(t *testing.T) {
	all := imports(t, "./cmd/entralogin")
	for pkg := range all {
		if pkg == "testing" || strings.HasPrefix(pkg, "testing/") || pkg == "net/http/httptest" || strings.Contains(pkg, "entratest") || strings.Contains(pkg, "testscript") {
			t.Errorf("cmd/entralogin needs %s", pkg)
		}
	}
	if !slices.Contains(all[module+"cmd/entralogin"], module+"plugin/entra") {
		t.Error("cmd/entralogin is not looked at")
	}
}

func TestForbidden(t *testing.T) {
	const msal = "github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
	for pair, want := range map[[2]string]bool{
		{"plugin/kube", "plugin/entra"}: true, {"plugin/entra", "plugin/kube"}: true, {"plugin/git", "plugin/graph"}: true,
		{"plugin", "plugin/kube"}: true, {"cache", "plugin"}: true, {"plugin/text", "plugin"}: true, {"plugin/https", "plugin/claims"}: true, {"plugin/authority", "plugin/text"}: false, {"plugin/entra", "plugin/https"}: false, {"plugin/graph", "plugin/authority"}: false, {"plugin/kube", "cmd/entralogin"}: true, {"cmd/entrasim", "cmd/entralogin"}: true,
		{"cmd/entralogin", "plugin/entra/entratest"}: true, {"plugin/entra", "plugin/entra/entratest"}: true, {"plugin/entra/entratest", "plugin/entra"}: true,
		{"plugin", "cache"}: false, {"plugin/git", "plugin"}: false, {"plugin/git", "cache"}: false, {"cmd/entralogin", "plugin/git"}: false,
		{"cmd/entrasim", "plugin/entra/entratest"}: false,
		{"plugin/kube/kubecheck", "plugin/kube"}:   false, {"plugin/kube/kubecheck", "plugin/kube/kubeconfig"}: false,
		{"plugin/kube", "plugin/kube/kubeconfig"}: true, {"plugin/kube/kubecheck", "plugin/entra"}: true, {"plugin/git", "plugin/kube/kubeconfig"}: true,
		{"plugin/git/gitcheck", "plugin/git"}: false, {"plugin/git", "plugin/git/gitcheck"}: true, {"plugin/git/gitcheck", "plugin/kube"}: true,
		{"plugin/kube/kubecheck", "plugin/git"}: true, {"plugin/gitother", "plugin/git"}: true,
	} {
		if got := forbidden(module+pair[0], module+pair[1]); (got != "") != want {
			t.Errorf("%q: %q", pair, got)
		}
	}
	for pair, want := range map[[2]string]bool{
		{"plugin/entra", msal}: false, {"plugin/graph", msal}: true, {"cmd/entralogin", msal}: true, {"plugin/entra/entratest", msal}: true,
		{"plugin/kube", "k8s.io/client-go/rest"}: false, {"plugin", "k8s.io/client-go/rest"}: true, {"cmd/entralogin", "k8s.io/klog/v2"}: true,
		{"plugin/graph", "sigs.k8s.io/yaml"}: false, {"plugin", "testing"}: true, {"cache", "net/http/httptest"}: true, {"cache", "os"}: false,
	} {
		if got := forbidden(module+pair[0], pair[1]); (got != "") != want {
			t.Errorf("%q: %q", pair, got)
		}
	}
}
