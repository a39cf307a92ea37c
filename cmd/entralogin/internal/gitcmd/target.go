package gitcmd

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// target is a file that git would write to, and what says so.
type target struct{ path, origin string }

// checkTarget refuses a file of git's configuration that is no regular one, before git is run for it. git would
// wait for a pipe, and puts a new file in the place of whatever is there, of /dev/null, too.
func checkTarget(ctx context.Context, f *cli.Factory, file string) error {
	for _, t := range targets(ctx, f, file) {
		info, err := os.Stat(t.path)
		if err != nil || info.Mode().IsRegular() { // where it is not there, git makes it
			continue
		}
		return &config.Error{Name: "git's configuration", Origin: t.origin,
			What: fmt.Sprintf("is %s, which is no regular file: git would put a file in its place, or wait for ever", text.Short(t.path, 200)),
			Hint: "Name a file there, or none, or choose another with --global, --local or --system. Nothing was changed."}
	}
	return nil
}

// targets are the files that git may write to for one of its flags:
// https://git-scm.com/docs/git-config#FILES
func targets(ctx context.Context, f *cli.Factory, file string) []target {
	switch file {
	case "--global":
		if path, ok := f.Env("GIT_CONFIG_GLOBAL"); ok {
			return []target{{path, "GIT_CONFIG_GLOBAL"}}
		}
		home := f.Getenv("HOME")
		shared := cmp.Or(f.Getenv("XDG_CONFIG_HOME"), filepath.Join(home, ".config"))
		return []target{{filepath.Join(home, ".gitconfig"), file}, {filepath.Join(shared, "git", "config"), file}}
	case "--system":
		if path, ok := f.Env("GIT_CONFIG_SYSTEM"); ok {
			return []target{{path, "GIT_CONFIG_SYSTEM"}}
		}
		path, err := calls.RunGit(ctx, "var", "GIT_CONFIG_SYSTEM") // git 2.42 and newer
		if err != nil {
			path = "/etc/gitconfig"
		}
		return []target{{strings.TrimSpace(path), file}}
	}
	path, err := calls.RunGit(ctx, "rev-parse", "--git-path", "config")
	if err != nil {
		return nil // the next call of git says why
	}
	return []target{{strings.TrimSuffix(path, "\n"), file}}
}
