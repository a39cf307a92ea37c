package kubecheck

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/kube"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// sound is an exec section in which there is nothing to be found.
func sound() kubeconfig.Exec {
	return kubeconfig.Exec{APIVersion: kube.V1, Command: "entralogin", Args: []string{"get-token"},
		InteractiveMode: "IfAvailable", ProvideClusterInfo: true}
}

func TestCheckAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		entry, answer string
		want          want
	}{
		"v1 for v1beta1": {kube.V1Beta1, kube.V1, want{"warning", "answered in v1, not", "--exec-api-version=" + kube.V1Beta1}},
		"v1beta1 for v1": {kube.V1, kube.V1Beta1, want{"warning", "answered in v1beta1, not", "--exec-api-version=" + kube.V1}},
	} {
		t.Run(name, func(t *testing.T) {
			e := sound()
			e.APIVersion = test.entry
			one(t, CheckAnswer(e, test.answer), test.want)
		})
	}
	for _, version := range []string{kube.V1, kube.V1Beta1, "client.authentication.k8s.io/v1alpha1", ""} { // the last two fail of themselves
		e := sound()
		e.APIVersion = version
		if found := CheckAnswer(e, cmp.Or(version, kube.V1)); len(found) > 0 {
			t.Errorf("%q: %v", version, found)
		}
	}
}

func TestCheckExec(t *testing.T) {
	large := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(large, make([]byte, 100<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change  func(*kubeconfig.Exec)
		beside  api.AuthInfo
		cluster kubeconfig.Cluster
		want    want
	}{
		"v1":                    {want: want{"ok", "apiVersion is", ""}},
		"cluster info":          {want: want{"ok", "provideClusterInfo is true", ""}},
		"v1beta1":               {change: func(e *kubeconfig.Exec) { e.APIVersion = kube.V1Beta1 }, want: want{"warning", "deprecated", "kubeconfig add"}},
		"v1alpha1":              {change: func(e *kubeconfig.Exec) { e.APIVersion = "client.authentication.k8s.io/v1alpha1" }, want: want{"configuration", "v1alpha1", "kubeconfig add"}},
		"no apiVersion":         {change: func(e *kubeconfig.Exec) { e.APIVersion = "" }, want: want{"configuration", `apiVersion is ""`, "kubeconfig add"}},
		"Never":                 {change: func(e *kubeconfig.Exec) { e.InteractiveMode = "Never" }, want: want{"ok", "is asked all the same", ""}},
		"Always":                {change: func(e *kubeconfig.Exec) { e.InteractiveMode = "Always" }, want: want{"warning", "without a terminal", "IfAvailable"}},
		"no mode in v1":         {change: func(e *kubeconfig.Exec) { e.InteractiveMode = "" }, want: want{"configuration", "interactiveMode is not set", "IfAvailable"}},
		"unknown mode":          {change: func(e *kubeconfig.Exec) { e.InteractiveMode = "sometimes\x1b" }, want: want{"configuration", `"sometimes"`, "kubeconfig add"}},
		"no cluster info":       {change: func(e *kubeconfig.Exec) { e.ProvideClusterInfo = false }, want: want{"warning", "no prompt names it", "provideClusterInfo: true"}},
		"extension, no info":    {change: func(e *kubeconfig.Exec) { e.ProvideClusterInfo = false }, cluster: extended(`{}`), want: want{"warning", "do not count", "provideClusterInfo: true"}},
		"CA of 100 KiB":         {cluster: kubeconfig.Cluster{CertificateAuthorityData: make([]byte, 100<<10)}, want: want{"configuration", "too large", "provideClusterInfo: false"}},
		"CA file of 100 KiB":    {cluster: kubeconfig.Cluster{CertificateAuthority: large}, want: want{"configuration", "too large", "provideClusterInfo: false"}},
		"CA of 90 KiB":          {cluster: kubeconfig.Cluster{CertificateAuthorityData: make([]byte, 90<<10)}, want: want{"ok", "provideClusterInfo is true", ""}},
		"token beside":          {beside: api.AuthInfo{Token: "s3cr3t"}, want: want{"configuration", "holds a token", "take all but exec out"}},
		"auth-provider beside":  {beside: api.AuthInfo{AuthProvider: new(api.AuthProviderConfig)}, want: want{"configuration", "an auth-provider", "take all but exec out"}},
		"variable with no name": {change: func(e *kubeconfig.Exec) { e.Env = []kubeconfig.EnvVar{{Value: "x"}} }, want: want{"configuration", "without a name", "take it out"}},
	} {
		t.Run(name, func(t *testing.T) {
			e, u := sound(), kubeconfig.User{AuthInfo: test.beside}
			if test.change != nil {
				test.change(&e)
			}
			u.Exec = &e
			one(t, CheckExec(u, test.cluster, "entralogin kubeconfig add"), test.want)
		})
	}
}

// extended is a cluster with an extension for plugins.
func extended(content string) kubeconfig.Cluster {
	return kubeconfig.Cluster{Extensions: map[string]runtime.Object{"client.authentication.k8s.io/exec": &runtime.Unknown{Raw: []byte(content)}}}
}

func TestModeOfV1Beta1(t *testing.T) {
	e := sound()
	e.APIVersion, e.InteractiveMode = kube.V1Beta1, ""
	one(t, []check.Finding{checkMode(e, "")}, want{"ok", "stands for IfAvailable", ""})
}

func TestCheckUser(t *testing.T) {
	other := kubeconfig.Exec{Command: "kubelogin\x1b[31m", Args: []string{"get-token"}}
	for name, test := range map[string]struct {
		info api.AuthInfo
		want want
	}{
		"nothing":            {api.AuthInfo{}, want{"configuration", "holds no credentials", "kubeconfig add"}},
		"client certificate": {api.AuthInfo{ClientCertificateData: []byte("x"), ClientKeyData: []byte("s3cr3t")}, want{"configuration", "holds a client certificate,", "kubeconfig add"}},
		"several":            {api.AuthInfo{Token: "s3cr3t", Username: "x"}, want{"configuration", "a token and a user name and a password", "kubeconfig add"}},
		"another plugin":     {api.AuthInfo{Exec: &other}, want{"configuration", `runs "kubelogin[31m"`, "kubeconfig convert"}},
		"no command":         {api.AuthInfo{Exec: new(kubeconfig.Exec)}, want{"configuration", "has no command", "kubeconfig add"}},
	} {
		t.Run(name, func(t *testing.T) {
			one(t, []check.Finding{CheckUser(kubeconfig.User{AuthInfo: test.info}, "entralogin kubeconfig add", "entralogin kubeconfig add --user x", "entralogin kubeconfig convert")}, test.want)
		})
	}
}

func TestRuns(t *testing.T) {
	dir := t.TempDir()
	self := program(t, dir, "our-build")
	if err := os.Symlink(self, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	program(t, dir, "another")
	m := Machine{Machine: check.Machine{Self: self}}
	for _, test := range []struct {
		command string
		args    []string
		want    bool
	}{
		{"entralogin", []string{"get-token"}, true},
		{"/not/there/entralogin", []string{"-v", "get-token", "--x"}, true},
		{`C:\Program Files\Entralogin.EXE`, []string{"get-token"}, true},
		{"entralogin", []string{"login"}, false},
		{"entralogin", nil, false},
		{"kubelogin", []string{"get-token"}, false},
		{"./link", []string{"get-token"}, true},
		{"./another", []string{"get-token"}, false},
	} {
		if got := m.Runs(kubeconfig.Exec{Command: test.command, Args: test.args}, filepath.Join(dir, "config")); got != test.want {
			t.Errorf("%q %q: got %v", test.command, test.args, got)
		}
	}
}
