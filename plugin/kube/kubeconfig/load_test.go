package kubeconfig

import (
	"encoding/json"
	"errors"
	goflag "flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
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
	got, err := load(paths...)
	if bad := (*Error)(nil); (err != nil) != (wantErr != nil) || err != nil && (!errors.As(err, &bad) || bad.Path == "") {
		t.Errorf("%v: %v, but client-go says %v", paths, err, wantErr)
		return false
	}
	if err != nil {
		return false
	}
	for name, u := range got.AuthInfos { // their relative paths stay
		if w := want.AuthInfos[name]; w != nil && w.Exec != nil && u.Exec != nil && u.Exec.Command == "./entralogin" && filepath.IsAbs(w.Exec.Command) {
			w.Exec.Command = u.Exec.Command
		} else if u.Exec != nil {
			t.Errorf("%v: the command is %s", paths, u.Exec.Command)
		}
	}
	if !reflect.DeepEqual(&got.Config, want) {
		t.Errorf("%v: %+v\nnot %+v", paths, got.Config, want)
	}
	for name, w := range want.Clusters {
		var config json.RawMessage
		if x, ok := w.Extensions["client.authentication.k8s.io/exec"].(*runtime.Unknown); ok {
			config = x.Raw
		}
		if g := InfoConfig(got.Cluster(name)); !reflect.DeepEqual(g, config) {
			t.Errorf("%v: %s\nnot %s", paths, g, config)
		}
	}
	for name, w := range want.AuthInfos {
		u, ok := got.User(name)
		if token, _ := u.Fields["token"].(string); !ok || !reflect.DeepEqual(u.AuthInfo, *got.AuthInfos[name]) || token != w.Token {
			t.Errorf("%v: %+v\nnot %+v", paths, u, w)
		}
	}
	return true
}

// rulesVariable makes the test binary say by which rules its environment has clientcmd find files, and where it has
// kubectl put a new entry; and the same of ours.
const rulesVariable = "ENTRALOGIN_TEST_KUBECONFIG_RULES"

type found struct {
	Paths   []string
	Default string
}

func TestMain(m *testing.M) {
	if os.Getenv(rulesVariable) == "" {
		os.Exit(m.Run())
	}
	options := clientcmd.NewDefaultPathOptions()
	theirs := found{clientcmd.NewDefaultClientConfigLoadingRules().GetLoadingPrecedence(), options.GetDefaultFilename()}
	ours := found{Paths: Rules("", os.Getenv, Home(os.Getenv)).GetLoadingPrecedence()}
	ours.Default = DefaultPath(ours.Paths)
	json.NewEncoder(os.Stdout).Encode([]found{theirs, ours})
	os.Exit(0)
}

// The environment leads to the files that it leads clientcmd to, in a process of that environment.
func TestRulesLikeClientcmd(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a"), "")
	writeFile(t, filepath.Join(dir, "b"), "")
	for _, home := range []string{"", dir, "relative", filepath.Join(dir, "none") + "/", "/"} {
		for _, list := range []string{"", "a", "x", "a:b", "b:a", "x:a:b", "x:b:x", "x:y", "a:a", "a:./a", ":a", "a:", "x::y", dir + "/a:b", "~/a"} {
			list = strings.ReplaceAll(list, ":", string(os.PathListSeparator))
			cmd := exec.Command(os.Args[0])
			cmd.Dir, cmd.Env = dir, append(os.Environ(), rulesVariable+"=1", "KUBECONFIG="+list, "HOME="+home)
			out, err := cmd.Output()
			var got []found
			if err != nil || json.Unmarshal(out, &got) != nil || len(got) != 2 {
				t.Fatalf("%v: %s", err, out)
			}
			theirs, ours := got[0], got[1]
			theirs.Paths = slices.DeleteFunc(theirs.Paths, func(path string) bool { return path == "" }) // which it passes over
			if home == "" && list == "" {
				theirs = found{} // ".kube/config": not below a folder that anybody may have filled
			}
			if !slices.Equal(theirs.Paths, ours.Paths) || theirs.Default != ours.Default {
				t.Errorf("HOME=%s KUBECONFIG=%s: %+v, not %+v", home, list, ours, theirs)
			}
		}
	}
	rules := Rules("z", func(string) string { return "a" }, "/home")
	options := clientcmd.NewDefaultPathOptions()
	options.LoadingRules.ExplicitPath = "z"
	if got := rules.GetLoadingPrecedence(); !slices.Equal(got, options.GetLoadingPrecedence()) || DefaultPath(got) != options.GetDefaultFilename() {
		t.Errorf("explicitly: %q", got)
	}
}

// Nothing that client-go logs gets to standard error, however much it is asked to log: files that are not there, old
// fields, faults.
func TestLoadIsSilent(t *testing.T) {
	flags := goflag.NewFlagSet("", goflag.ContinueOnError)
	klog.InitFlags(flags)
	if err := flags.Set("v", "10"); err != nil {
		t.Fatal(err)
	}
	defer flags.Set("v", "0")
	dir := t.TempDir()
	t.Chdir(dir)
	said, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	stderr := os.Stderr
	os.Stderr = said
	defer func() { os.Stderr = stderr }()
	for name, text := range loadable() {
		if text != "\x00" {
			writeFile(t, strings.TrimPrefix(name, "bad "), text)
		}
		load("none", "none either")
		load(strings.TrimPrefix(name, "bad "))
		load("none", strings.TrimPrefix(name, "bad "), "json", "second")
		Edit([]byte(text), change("alice"))
	}
	klog.Flush()
	if text, err := os.ReadFile(said.Name()); len(text) > 0 || err != nil {
		t.Errorf("%v: %s", err, text)
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
	if got := execOf(fieldsOf(e)); !reflect.DeepEqual(got, e) {
		t.Errorf("%+v", got)
	}
	if _, ok := theUser(t, map[string]any{"exec": nil}).Plugin(); ok {
		t.Error("null is an exec section")
	}
	if !IsOurs(e) || IsOurs(Exec{Command: "entralogin"}) || IsOurs(Exec{Command: "kubelogin", Args: e.Args}) {
		t.Error("whose section is it?")
	}
}
