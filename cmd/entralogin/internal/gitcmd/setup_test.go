package gitcmd

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/config"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A target that is no regular file is refused before git is run, with whatever name it has. A folder stands for
// a device here: git would rename over that.
func TestTargetThatIsNoFile(t *testing.T) {
	for name, test := range map[string]struct {
		file     string // --global or --system
		variable string
		path     string // below home
	}{
		"global by variable": {"--global", "GIT_CONFIG_GLOBAL", "somewhere"},
		"system by variable": {"--system", "GIT_CONFIG_SYSTEM", "somewhere"},
		"in the home":        {"--global", "", ".gitconfig"},
		"XDG":                {"--global", "XDG_CONFIG_HOME", "xdg/git/config"},
		"XDG by default":     {"--global", "", ".config/git/config"},
	} {
		for _, command := range []string{"setup", "unset"} {
			t.Run(command+", "+name, func(t *testing.T) {
				home, ran := t.TempDir(), filepath.Join(t.TempDir(), "ran")
				stand(t, "touch "+ran)
				path := filepath.Join(home, test.path)
				if err := os.MkdirAll(path, 0o700); err != nil {
					t.Fatal(err)
				}
				environment := map[string]string{"HOME": home}
				switch test.variable {
				case "XDG_CONFIG_HOME":
					environment[test.variable] = filepath.Join(home, "xdg")
				case "":
				default:
					environment[test.variable] = path
				}
				err := newWorld(t, "", environment).git(t, command, test.file)
				var setting *config.Error
				if !errors.As(err, &setting) || !strings.Contains(err.Error(), test.path) || !strings.Contains(setting.Origin, strings.TrimSuffix(test.variable, "XDG_CONFIG_HOME")) {
					t.Errorf("got %v", err)
				}
				if _, err := os.Stat(ran); err == nil {
					t.Error("git was run")
				}
			})
		}
	}
}

// stand puts a shell script in git's place, and nothing else on the PATH before it.
func stand(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := entratest.WriteProgram(filepath.Join(dir, "git"), "#!/bin/sh\n"+script+"\n"); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}
