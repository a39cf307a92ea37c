package client_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file of the API anew")

// TestAPI holds the public API, for which semantic versioning is promised, to testdata/api.txt: what changes
// there changes the version. "go test ./plugin/client -run API -update" writes it anew.
func TestAPI(t *testing.T) {
	var api []byte
	for _, pkg := range []string{"plugin", "plugin/client"} {
		out, err := exec.Command("go", "doc", "-all", "github.com/entralogin/entralogin/"+pkg).Output()
		if err != nil {
			t.Fatal(err)
		}
		api = append(api, declarations(string(out))...)
	}
	golden := filepath.Join("testdata", "api.txt")
	if *update {
		if err := os.WriteFile(golden, api, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(api) {
		t.Errorf("the API is not that of %s:\n%s", golden, api)
	}
}
