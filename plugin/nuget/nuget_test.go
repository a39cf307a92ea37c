package nuget

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/entralogin/entralogin/cache"
)

// The form of the credential provider's variable: https://github.com/microsoft/artifacts-credprovider#environment-variables
func TestVariables(t *testing.T) {
	got, err := Variables([]Password{{Source{"shop", "https://pkgs.dev.azure.com/contoso/_packaging/it's&co/nuget/v3/index.json"}, cache.NewSecret("T1")},
		{Source{"my shop", "https://x"}, cache.NewSecret("T2")}, {Source{"a'b", "https://y"}, cache.NewSecret("T3")}, {Source{"", "https://z"}, cache.NewSecret("T4")}})
	if err != nil {
		t.Fatal(err)
	}
	value := `{"endpointCredentials":[{"endpoint":"https://pkgs.dev.azure.com/contoso/_packaging/it's&co/nuget/v3/index.json","username":"entralogin","password":"T1"},` +
		`{"endpoint":"https://x","username":"entralogin","password":"T2"},{"endpoint":"https://y","username":"entralogin","password":"T3"},{"endpoint":"https://z","username":"entralogin","password":"T4"}]}`
	want := []Variable{{"ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS", value}, {"VSS_NUGET_EXTERNAL_FEED_ENDPOINTS", value},
		{"NuGetPackageSourceCredentials_shop", "Username=entralogin;Password=T1"}}
	if !slices.Equal(got, want) || !json.Valid([]byte(value)) {
		t.Errorf("%q", got)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestSources(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "a", "b")
	add := func(lines string) string {
		return "\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<configuration><!-- x -->" + lines + "</configuration>"
	}
	write(t, filepath.Join(dir, "nuget.config"), add(`<config/><packageSources><add key="Shop" value=" https://one.example/index.json " protocolVersion="3" /></packageSources>`+
		`<disabledPackageSources><add key="off" value="True"/><add key="on" value="false"/></disabledPackageSources>`))
	write(t, filepath.Join(top, "a", "NuGet.Config"), add(`<packageSources><add key="x" value="https://gone.example"/><clear/><add key="shop" value="https://two.example"/>`+
		`<add key="off" value="https://off.example"/><add key="on" value="https://on.example"/></packageSources><packageSourceCredentials><on><add key="Username" value="u"/></on></packageSourceCredentials>`))
	write(t, filepath.Join(top, "NuGet.config"), add(`<packageSources><add key="far" value="https://far.example"/></packageSources>`))
	files := Files(dir)
	if len(files) < 3 || files[0] != filepath.Join(dir, "nuget.config") {
		t.Fatal(files)
	}
	want := []Source{{"Shop", "https://one.example/index.json"}, {"on", "https://on.example"}}
	if got, err := Sources(files); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

// NuGet finds a password by the name of its source alone: where a file has two sources of a name, neither gets one by it.
func TestSourcesOfOneName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nuget.config")
	write(t, path, `<configuration><packageSources><add key="shop" value="https://one.example"/><add key="x" value="https://x.example"/></packageSources>`+
		`<packageSources><add key="Shop" value="https://elsewhere.example"/></packageSources></configuration>`)
	behind := filepath.Join(t.TempDir(), "nuget.config")
	write(t, behind, `<configuration><packageSources><add key="SHOP" value="https://two.example"/></packageSources></configuration>`)
	want := []Source{{"", "https://one.example"}, {"x", "https://x.example"}, {"", "https://elsewhere.example"}}
	if got, err := Sources([]string{path, behind}); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

// What names no source is none, and what can't be read is an error: NuGet may read it otherwise.
func TestSourcesOfOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nuget.config")
	behind := filepath.Join(t.TempDir(), "nuget.config")
	write(t, behind, `<configuration><packageSources><add key="a" value="https://a"/></packageSources></configuration>`)
	for content, readable := range map[string]bool{`<other/>`: true, "<configuration><packageSources/></configuration>": true,
		"": false, "x": false, "<configuration>": false, "\xff\xfe<\x00": false, `<?xml version="1.0" encoding="utf-16"?><configuration/>`: false} {
		write(t, path, content)
		got, err := Sources([]string{path, behind})
		if readable && (err != nil || len(got) != 1) || !readable && (err == nil || got != nil) {
			t.Errorf("%q: %q, %v", content, got, err)
		}
	}
	if got, err := Sources([]string{filepath.Dir(path)}); err == nil {
		t.Errorf("a folder: %q", got)
	}
}

func TestFilesAreNoFolders(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "nuget.config"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := Files(dir); slices.Contains(got, filepath.Join(dir, "nuget.config")) {
		t.Error(got)
	}
}
