package sshcmd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/agent"
)

// A socket on a host has a path that nobody guesses, that fits on every system, and that the programs there look for.
func TestRemoteSocket(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		path := remoteSocket()
		name := filepath.Base(path)
		if match, _ := filepath.Match("entralogin-*.sock", name); seen[path] || filepath.Dir(path) != "/tmp" || !match || len(path) > agent.LongestPath {
			t.Fatalf("the path %s", path)
		}
		if random := strings.TrimSuffix(strings.TrimPrefix(name, "entralogin-"), ".sock"); len(random) < 26 {
			t.Fatalf("%s is %d characters of base32", random, len(random)) // 26 are 130 bits
		}
		seen[path] = true
	}
}

// A key is in no command line, and a variable without a value is not sent.
func TestForwarding(t *testing.T) {
	t.Parallel()
	const key = "0123456789abcdef"
	args := forwarding("127.0.0.1:1:127.0.0.1:2", []string{"-v", "host", "echo -R"})
	want := []string{"ssh", "-R", "127.0.0.1:1:127.0.0.1:2", "-o", "ExitOnForwardFailure=no", "-o", "SendEnv=ENTRALOGIN_AGENT", "-o", "SendEnv=LC_ENTRALOGIN_AGENT",
		"-o", "SendEnv=ENTRALOGIN_AGENT_KEY", "-o", "SendEnv=LC_ENTRALOGIN_AGENT_KEY", "-v", "host", "echo -R"}
	if !slices.Equal(args, want) {
		t.Errorf("%q", args)
	}
	got := variables("http://127.0.0.1:1", key)
	if want := []string{"ENTRALOGIN_AGENT=http://127.0.0.1:1", "LC_ENTRALOGIN_AGENT=http://127.0.0.1:1", "ENTRALOGIN_AGENT_KEY=" + key, "LC_ENTRALOGIN_AGENT_KEY=" + key}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("ENTRALOGIN_AGENT", "/an/agent/that/is/not/meant")
	t.Setenv("LC_ENTRALOGIN_AGENT_KEY", "an old key")
	t.Setenv("OTHER", "stays")
	env := environment(variables("/tmp/s.sock", ""))
	for _, want := range []string{"ENTRALOGIN_AGENT=/tmp/s.sock", "LC_ENTRALOGIN_AGENT=/tmp/s.sock", "OTHER=stays"} {
		if !slices.Contains(env, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, entry := range env {
		if strings.Contains(entry, "not/meant") || strings.Contains(entry, "_KEY=") && strings.Contains(entry, "ENTRALOGIN") {
			t.Errorf("%s is left", entry)
		}
	}
}

func TestCheckLocal(t *testing.T) {
	t.Parallel()
	for path, why := range map[string]string{
		"/run/user/1000/entralogin/forward.sock": "", "/tmp/a_b.c+d@e,f=g-h/s": "", "/" + strings.Repeat("x", agent.LongestPath-1): "",
		"/" + strings.Repeat("x", agent.LongestPath): "bytes",
		"/tmp/a b": "characters", "/tmp/%h": "characters", "/tmp/${HOME}": "characters", "/tmp/a:b": "characters", "/tmp/ä": "characters", `/tmp/"`: "characters",
		"/tmp/a\nb": "characters", "relative": "characters", "": "characters",
	} {
		err := checkLocal(path)
		if (err == nil) != (why == "") || err != nil && (!strings.Contains(err.Error(), why) || !strings.Contains(err.Error(), "XDG_RUNTIME_DIR")) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestReplaceFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, content := range []string{"first", "second"} {
		if err := replaceFile(folder, include, content); err != nil {
			t.Fatal(err)
		}
		blob, err := os.ReadFile(filepath.Join(folder, include))
		if err != nil || string(blob) != content {
			t.Errorf("%q, %v", blob, err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(folder, "folder", ""); err == nil {
		t.Error("a folder is replaced")
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 2 {
		t.Errorf("%d entries are left: %v", len(left), err)
	}
}
