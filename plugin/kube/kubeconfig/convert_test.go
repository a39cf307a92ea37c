package kubeconfig

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// testConverter knows the Microsoft clouds and one service of its own.
func testConverter() Converter {
	return Converter{AddCommand: "entralogin kubeconfig add --context CONTEXT --overwrite", ConvertCommand: "entralogin kubeconfig convert --context CONTEXT",
		Entry: Exec{Command: "/opt/entralogin/entralogin", InstallHint: "how to install it",
			InteractiveMode: "IfAvailable", ProvideClusterInfo: true},
		Hosts:    []string{"login.example.com"},
		Defaults: []Default{{Host: "login.microsoftonline.com"}},
		Usable:   usableInTests,
	}
}

// usableInTests is close enough to what get-token takes.
func usableInTests(setting, value string) bool {
	switch setting {
	case "client-id":
		return len(value) == 36 && strings.Count(value, "-") == 4
	case "pop-claims":
		return strings.HasPrefix(value, "u=")
	case "tenant-id":
		return !strings.ContainsAny(value, " /\\\"")
	}
	return value != "" && !strings.ContainsAny(value, " \t\n\"")
}

// TestConvertGolden compares what becomes of each entry of testdata/convert/*.yaml with the .golden file
// beside it. UPDATE_GOLDEN=1 writes these anew, to be read before they are committed.
func TestConvertGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/convert/*.yaml")
	if err != nil || len(files) != 5 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			got := describeAll(t, file)
			for line := range strings.Lines(strings.ToLower(got)) { // in the entry itself, with four spaces before it, it stays
				for _, secret := range []string{"hush", "quiet"} {
					if strings.Contains(line, secret) && !strings.HasPrefix(line, "    ") {
						t.Errorf("a secret of the input shows: %s", line)
					}
				}
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s: got\n%s", golden, got)
			}
		})
	}
}

// describeAll says what becomes of the entries of a file.
func describeAll(t *testing.T, file string) string {
	t.Helper()
	c, err := load(file)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	users := c.Files[file].Users()
	for _, name := range slices.Sorted(maps.Keys(users)) {
		fmt.Fprintf(&b, "%s\n%s\n", name, describe(t, users[name]))
	}
	return b.String()
}

func describe(t *testing.T, u User) string {
	t.Helper()
	before, err := yaml.Marshal(u.Fields)
	if err != nil {
		t.Fatal(err)
	}
	got := testConverter().Convert(u)
	if after, err := yaml.Marshal(u.Fields); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the entry itself was changed: %s", after)
	}
	switch {
	case got.Ours:
		return "  ours\n"
	case got.Left != "":
		if got.Fields != nil || got.Notes != nil {
			t.Error("left and converted")
		}
		if got.Do == "" {
			t.Error("left without a word on what to do")
		}
		return "  left: " + got.Left + "; " + got.Do + "\n"
	}
	fields, err := yaml.Marshal(got.Fields)
	if err != nil {
		t.Fatal(err)
	}
	text := "  from " + got.From + "\n" + indent(string(fields))
	for _, note := range got.Notes {
		text += "  note: " + note + "\n"
	}
	return text
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
}

// TestConvertTwice converts what was converted: it is ours then.
func TestConvertTwice(t *testing.T) {
	n := 0
	for _, file := range []string{"azure", "oidc", "others"} {
		path := "testdata/convert/" + file + ".yaml"
		c, err := load(path)
		if err != nil {
			t.Fatal(err)
		}
		for name, u := range c.Files[path].Users() {
			first := testConverter().Convert(u)
			if first.Fields == nil {
				continue
			}
			n++
			if again := testConverter().Convert(theUser(t, first.Fields)); !reflect.DeepEqual(again, Conversion{Ours: true}) {
				t.Errorf("%s, converted again: %+v", name, again)
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d entries were converted", n)
	}
}

// TestConvertHost checks that the service is named exactly where get-token would go elsewhere.
func TestConvertHost(t *testing.T) {
	const tenant, client = "72f988bf-86f1-41af-91ab-2d7cd011db47", "11111111-2222-3333-4444-555555555555"
	entry := func(more ...string) User {
		e := Exec{Command: "kubelogin", Args: append([]string{"get-token", "--server-id", "s", "--client-id", client, "--tenant-id", tenant}, more...)}
		return theUser(t, fieldsOf(e))
	}
	for _, test := range []struct {
		host  string // where get-token goes when it is told nothing
		entry User
		want  string
	}{
		{"login.microsoftonline.com", entry(), ""},
		{"login.microsoftonline.com", entry("-e", "AzurePublicCloud"), ""},
		{"login.microsoftonline.com", entry("-e", "AzureChinaCloud"), "--environment AzureChinaCloud"},
		{"login.microsoftonline.com", entry("--authority-host", "https://login.example.com"), "--authority-host https://login.example.com"},
		{"login.partner.microsoftonline.cn", entry("-e", "AzureChinaCloud"), ""},
		{"login.partner.microsoftonline.cn", entry("-e", "AzurePublicCloud"), "--environment AzurePublicCloud"},
		{"login.partner.microsoftonline.cn", entry(), "--environment AzurePublicCloud"}, // kubelogin's default stays
		{"login.example.com", entry("--authority-host", "https://login.example.com/"), ""},
		{"login.example.com", entry(), "--environment AzurePublicCloud"},
	} {
		c := testConverter()
		c.Defaults = []Default{{Host: test.host}}
		exec := execOf(c.Convert(test.entry).Fields)
		want := strings.Join(strings.Fields("get-token --tenant-id "+tenant+" --client-id "+client+" --server-id s "+test.want), " ") +
			" --exec-api-version client.authentication.k8s.io/v1"
		if got := strings.Join(exec.Args, " "); got != want {
			t.Errorf("default %s: got %s, want %s", test.host, got, want)
		}
	}
}

// What is said in a pod or job of the service is not beaten by a flag that the entry didn't have.
func TestConvertMachineService(t *testing.T) {
	const more = "get-token --server-id s --login "
	for args, want := range map[string]string{
		more + "workloadidentity": "",
		more + "azurepipelines":   "",
		more + "msi":              "",
		more + "workloadidentity -e AzureUSGovernmentCloud":                                       "",
		more + "workloadidentity -e AzurePublicCloud":                                             "AzurePublicCloud",
		more + "spn --client-id 11111111-2222-3333-4444-555555555555 --tenant-id contoso.example": "AzurePublicCloud",
	} {
		c := testConverter()
		c.Defaults = []Default{{Host: "login.microsoftonline.us"}}
		exec := execOf(c.Convert(theUser(t, fieldsOf(Exec{Command: "kubelogin", Args: strings.Fields(args)}))).Fields)
		i := slices.Index(exec.Args, "--environment")
		if got := append(exec.Args, "")[i+1]; want == "" && i >= 0 || want != "" && (i < 0 || got != want) {
			t.Errorf("%s: %q", args, exec.Args)
		}
	}
}

// TestConvertTokenKind checks that a config that prefers ID tokens doesn't turn access tokens into them.
func TestConvertTokenKind(t *testing.T) {
	for kind, want := range map[string]bool{"": false, "access": false, "id": true} {
		c := testConverter()
		c.Defaults = append(c.Defaults, Default{c.Defaults[0].Host, kind}) // of a second cluster
		files, err := load("testdata/convert/azure.yaml")
		if err != nil {
			t.Fatal(err)
		}
		u, _ := files.User("aks")
		exec := execOf(c.Convert(u).Fields)
		if got := strings.Contains(strings.Join(exec.Args, " "), " --token-kind access "); got != want {
			t.Errorf("the config's kind is %q: %q", kind, exec.Args)
		}
	}
}
