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
		`<disabledPackageSources><add key="off" value="true"/><add key="on" value="false"/></disabledPackageSources>`))
	write(t, filepath.Join(top, "a", "NuGet.Config"), add(`<packageSources><add key="x" value="https://gone.example"/><clear/><add key="shop" value="https://two.example"/>`+
		`<add key="off" value="https://off.example"/><add key="on" value="https://on.example"/></packageSources><packageSourceCredentials><on><add key="Username" value="u"/></on></packageSourceCredentials>`))
	write(t, filepath.Join(top, "NuGet.config"), add(`<packageSources><add key="far" value="https://far.example"/></packageSources>`))
	files := Files(dir)
	if len(files) < 3 || files[0] != filepath.Join(dir, "nuget.config") {
		t.Fatal(files)
	}
	want := []Source{{"Shop", "https://one.example/index.json"}, {"on", "https://on.example"}}
	if got := Sources(files); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// What is no such file names nothing.
func TestSourcesOfOthers(t *testing.T) {
	dir := t.TempDir()
	for _, content := range []string{"", "x", "<configuration>", `<other><packageSources><add key="a" value="https://a"/></packageSources>`, "\xff\xfe<\x00", "<configuration><packageSources/></configuration>"} {
		path := filepath.Join(dir, "nuget.config")
		write(t, path, content)
		if got := Sources([]string{path, dir, filepath.Join(dir, "none")}); len(got) != 0 {
			t.Errorf("%q: %q", content, got)
		}
	}
}
