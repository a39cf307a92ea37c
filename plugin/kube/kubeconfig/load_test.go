package kubeconfig

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// loadable are files that are combined; those that begin with "bad" are refused by client-go.
func loadable() map[string]string {
	return map[string]string{
		"missing": "\x00", // not written
		"empty":   "",
		"comment": "# nothing\n",
		"first": `apiVersion: v1
kind: Config
current-context: one
contexts:
- {name: one, context: {user: alice, cluster: shop, namespace: here}}
- {name: both, context: {user: alice, cluster: shop}}
clusters:
- name: shop
  cluster:
    server: https://shop.example
    certificate-authority: ca/shop.pem
    tls-server-name: other.example
    proxy-url: http://proxy.example
    insecure-skip-tls-verify: true
    extensions:
    - {name: other, extension: 1}
    - {name: client.authentication.k8s.io/exec, extension: {tenant-id: t, n: 1}}
users:
- name: alice
  user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./entralogin, args: [get-token, --server-id, x], env: [{name: A, value: b}], interactiveMode: Never, installHint: hint, provideClusterInfo: true}}
`,
		"second": `current-context: two
contexts:
- {name: both, context: {user: bob, cluster: work}}
- {name: two, context: {user: bob}}
clusters:
- name: shop
  cluster: {server: https://elsewhere.example}
- name: work
  cluster:
    server: https://work.example
    certificate-authority: /abs/ca.pem
    certificate-authority-data: QUJD
    extensions:
    - {name: client.authentication.k8s.io/exec, extension: null}
users:
- name: alice
  user: {token: a}
- name: bob
  user: {auth-provider: {name: azure, config: {a: b}}, novel: 1}
- name: carol
`,
		"json":        `{"kind":"Config","apiVersion":"v1","contexts":null,"clusters":[{"name":"shop","cluster":{"extensions":[{"name":"client.authentication.k8s.io/exec","extension":"text"}]}}],"Users":[{"name":"x"}]}`,
		"lenient":     "kind: Config\nkind: Config\nnovel: 1\nusers:\n- name: dora\n  user: {as-groups: [a], as-user-extra: {k: [v]}, client-key-data: QUJD}\n---\nkind: Pod\n",
		"bad kind":    "kind: Pod\napiVersion: v1\n",
		"bad version": "apiVersion: v2\n",
		"bad twice":   "users:\n- name: a\n- name: a\n",
		"bad context": "contexts:\n- name: a\n- name: a\n",
		"bad cluster": "clusters:\n- name: a\n- name: a\n",
		"bad type":    "clusters:\n- name: a\n  cluster: {insecure-skip-tls-verify: 'yes'}\n",
		"bad name":    "contexts:\n- name: 1\n",
		"bad base64":  "users:\n- name: a\n  user: {client-key-data: '!'}\n",
		"bad env":     "users:\n- name: a\n  user: {exec: {env: 3}}\n",
		"bad config":  "users:\n- name: a\n  user: {auth-provider: {config: {a: 1}}}\n",
		"bad yaml":    "kind: [\n",
		"bad list":    "- kind: Config\n",
		"bad word":    "hello\n",
	}
}

// TestLoadLikeClientcmd holds Load against client-go, for every pair of files in both orders, and for
// those of three.
func TestLoadLikeClientcmd(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	var all []string
	for name, text := range loadable() {
		path := filepath.Join(strings.ReplaceAll(name, " ", "/"), "config")
		if name == "second" {
			path = filepath.Join(dir, path)
		}
		all = append(all, path)
		if text == "\x00" {
			continue
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(all)
	seen, failed := 0, 0
	for _, a := range all {
		for _, b := range all {
			for _, paths := range [][]string{{a}, {a, b}, {a, b, "json/config"}} {
				seen++
				if !sameAsClientcmd(t, paths) {
					failed++
				}
			}
		}
	}
	if seen != 3*len(all)*len(all) || failed == 0 || failed == seen {
		t.Errorf("%d of %d can't be loaded", failed, seen)
	}
}

// sameAsClientcmd reports whether the files can be loaded.
func sameAsClientcmd(t *testing.T, paths []string) bool {
	t.Helper()
	want, wantErr := (&clientcmd.ClientConfigLoadingRules{Precedence: paths}).Load()
	got, err := Load(paths)
	if bad := (*Error)(nil); (err != nil) != (wantErr != nil) || err != nil && (!errors.As(err, &bad) || bad.Path == "") {
		t.Errorf("%v: %v, but client-go says %v", paths, err, wantErr)
		return false
	}
	if err != nil {
		return false
	}
	if got.CurrentContext != want.CurrentContext || len(got.Users) != len(want.AuthInfos) || len(got.Contexts) != len(want.Contexts) || len(got.Clusters) != len(want.Clusters) {
		t.Errorf("%v: %+v\nnot %+v", paths, got, want)
		return true
	}
	for name, w := range want.Contexts {
		if g := got.Contexts[name]; g != (Context{w.LocationOfOrigin, w.Cluster, w.AuthInfo, w.Namespace}) {
			t.Errorf("%v: %+v\nnot %+v", paths, g, w)
		}
	}
	for name, w := range want.Clusters {
		var config json.RawMessage
		if x, ok := w.Extensions[infoExtension].(*runtime.Unknown); ok {
			config = x.Raw
		}
		if g := got.Clusters[name]; !reflect.DeepEqual(g, Cluster{w.LocationOfOrigin, w.Server, w.TLSServerName, w.ProxyURL,
			w.InsecureSkipTLSVerify, w.CertificateAuthority, w.CertificateAuthorityData, config}) {
			t.Errorf("%v: %+v\nnot %+v %q", paths, g, w, config)
		}
	}
	for name, w := range want.AuthInfos {
		sameUser(t, got.Users[name], w)
	}
	return true
}

func sameUser(t *testing.T, got User, want *clientcmdapi.AuthInfo) {
	t.Helper()
	if got.Path != want.LocationOfOrigin {
		t.Errorf("%s, not %s", got.Path, want.LocationOfOrigin)
	}
	e, ok := got.Exec()
	if ok != (want.Exec != nil) {
		t.Errorf("%+v has an exec section: %v", got, ok)
	}
	if token, _ := got.Fields["token"].(string); token != want.Token {
		t.Errorf("token %q", token)
	}
	if !ok {
		return
	}
	w := want.Exec
	if e.APIVersion != w.APIVersion || e.InstallHint != w.InstallHint || e.InteractiveMode != string(w.InteractiveMode) || e.ProvideClusterInfo != w.ProvideClusterInfo ||
		!slices.Equal(e.Args, w.Args) || len(e.Env) != len(w.Env) || filepath.Base(e.Command) != filepath.Base(w.Command) {
		t.Errorf("%+v\nnot %+v", e, w)
	}
}

// TestPathsLikeClientcmd holds which files are read, and where a new entry goes.
func TestPathsLikeClientcmd(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, list := range []string{"a", "x", "a:b", "b:a", "x:a:b", "x:b:x", "x:y", "a:a", ":a", "a:", "x::y"} {
		list = strings.ReplaceAll(list, ":", string(os.PathListSeparator))
		t.Setenv("KUBECONFIG", list)
		options := clientcmd.NewDefaultPathOptions()
		got := Paths("", os.Getenv, "/home")
		want := slices.DeleteFunc(options.GetLoadingPrecedence(), func(s string) bool { return s == "" })
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, not %q", list, got, want)
		}
		if at := DefaultPath(got); at != options.GetDefaultFilename() {
			t.Errorf("%q: a new entry goes into %q, not %q", list, at, options.GetDefaultFilename())
		}
		options.LoadingRules.ExplicitPath = "z"
		if got := Paths("z", os.Getenv, "/home"); !slices.Equal(got, options.GetLoadingPrecedence()) || DefaultPath(got) != options.GetDefaultFilename() {
			t.Errorf("explicitly: %q", got)
		}
	}
	none := func(string) string { return "" }
	if got := Paths("", none, "/home"); !slices.Equal(got, []string{filepath.Join("/home", ".kube", "config")}) {
		t.Errorf("%q", got)
	}
	if got := Paths("", none, ""); got != nil || DefaultPath(got) != "" {
		t.Errorf("%q", got)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	_, err := Read(filepath.Join(dir, "missing"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Error(err)
	}
	large := filepath.Join(dir, "large")
	if err := errors.Join(os.WriteFile(large, nil, 0o600), os.Truncate(large, maxFile+1)); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(large); err == nil || !strings.Contains(err.Error(), "larger than 16 MiB") {
		t.Error(err)
	}
	if text, err := Read(os.DevNull); err != nil || len(text) != 0 {
		t.Errorf("%q %v", text, err)
	}
}

func TestExecFields(t *testing.T) {
	e := ours()
	got, ok := User{Fields: e.Fields()}.Exec()
	if !ok || !reflect.DeepEqual(got, e) {
		t.Errorf("%+v", got)
	}
	if _, ok := (User{Fields: map[string]any{"exec": nil}}).Exec(); ok {
		t.Error("null is an exec section")
	}
	if !e.IsOurs() || (Exec{Command: "entralogin"}).IsOurs() || (Exec{Command: "kubelogin", Args: e.Args}).IsOurs() {
		t.Error("whose section is it?")
	}
}
