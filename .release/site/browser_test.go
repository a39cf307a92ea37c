package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSearchInABrowser opens a page from the disk, under its policy, and types into its search.
func TestSearchInABrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Log("there is no Chromium here: the search is not tried")
		return
	}
	dir := t.TempDir()
	if err := write(os.DirFS("../.."), dir); err != nil {
		t.Fatal(err)
	}
	person := `addEventListener("load", () => { field.focus(); field.value = "git SETUP"; field.dispatchEvent(new Event("input")); });`
	page, err := os.ReadFile(filepath.Join(dir, "aks.html"))
	if err != nil {
		t.Fatal(err)
	}
	page = bytes.Replace(page, []byte("</head>"), []byte(`<script src="person.js" defer></script><script>document.title = "out of policy"</script></head>`), 1)
	for name, content := range map[string][]byte{"person.js": []byte(person), "aks.html": page} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking", "--virtual-time-budget=3000", "--dump-dom", "file://"+filepath.Join(dir, "aks.html"))
	cmd.Env = append(os.Environ(), "HOME="+dir)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	shown := string(out)
	found := regexp.MustCompile(`<ol class="found"><li><a href="([^"]*)"><strong>([^<]*)`).FindStringSubmatch(shown)
	if found == nil || found[1] != "commands.html#entralogin-git-setup" {
		t.Errorf("%q is found first", found)
	}
	if !strings.Contains(shown, "<mark>git</mark>") || !strings.Contains(shown, `<button class="copy" type="button">Copy</button>`) {
		t.Errorf("neither marks nor buttons: %.2000s", shown)
	}
	if strings.Contains(shown, "<title>out of policy") {
		t.Error("the policy lets other scripts run")
	}
}
