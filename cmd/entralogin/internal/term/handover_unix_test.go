//go:build unix

package term

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/browser"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A page of another host is no matter for a browser, whoever named it.
func TestForeignPageIsNotOpened(t *testing.T) {
	program := filepath.Join(t.TempDir(), "browser")
	if err := entratest.WriteProgram(program, "#!/bin/sh\necho \"$@\" >>\"$0.args\"\n"); err != nil {
		t.Fatal(err)
	}
	s := &Stderr{HandOver: HandOver{Open: true, Pages: []string{"microsoft.com"}, Browser: browser.Opener{Env: env("BROWSER=" + program)}}}
	if said := s.openPage("https://evil.example/devicelogin"); !strings.Contains(said, "not opened") {
		t.Error(said)
	}
	if said := s.openPage("https://microsoft.com/devicelogin"); !strings.Contains(said, "opens") {
		t.Error(said)
	}
	if got, err := os.ReadFile(program + ".args"); err != nil || string(got) != "https://microsoft.com/devicelogin\n" {
		t.Errorf("opened is %q, %v", got, err)
	}
}
