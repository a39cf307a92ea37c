package doctorcmd

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/keyring"
	"github.com/entralogin/entralogin/plugin/npmrc"
	"github.com/entralogin/entralogin/plugin/text"
)

// feeds looks at what package managers have of this program. Of one that has nothing of it nothing is said.
func feeds(c *call) []check.Check {
	return []check.Check{
		{Topic: aboutFeeds, Title: "the keyring of pip and uv", Run: keyringOnPath},
		{Topic: aboutFeeds, Title: "the tokens of npm", Run: func(context.Context) []check.Finding { return npmTokens(c) }},
	}
}

// keyringOnPath says which program pip and uv run as keyring, where one of these is this program.
func keyringOnPath(context.Context) []check.Finding {
	own, unknown := proc.OwnPath()
	first, err := exec.LookPath(keyring.Name)
	if unknown != nil || err != nil {
		return nil
	}
	if check.SameFile(first, own) {
		return []check.Finding{aboutFeeds.Good("pip and uv run entralogin as keyring (%s)", text.Short(first, 200))}
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		file, err := exec.LookPath(filepath.Join(dir, keyring.Name))
		if err == nil && check.SameFile(file, own) {
			return []check.Finding{aboutFeeds.Warn("pip and uv run another keyring than entralogin: %s stands before %s in the PATH", text.Short(first, 200), text.Short(file, 200)).
				Or("put the folder of the second one first: it hands on what is not its own")}
		}
	}
	return nil
}

// npmTokens looks at the tokens that artifacts npm wrote.
func npmTokens(c *call) []check.Finding {
	path := npmrc.UserFile(c.f.Getenv, calls.KubeHome(c.f))
	content, err := os.ReadFile(path)
	written := npmrc.Written(content)
	if err != nil || len(written) == 0 {
		return nil
	}
	ended := npmrc.Ended(content, c.f.Now())
	if len(ended) == 0 {
		return []check.Finding{aboutFeeds.Good("npm has a token for each of %d feeds in %s", len(written), text.Short(path, 200))}
	}
	for i := range ended {
		ended[i] = text.URL(ended[i], 120)
	}
	return []check.Finding{aboutFeeds.Warn("the token of npm in %s has ended: %s", text.Short(path, 200), strings.Join(ended, ", ")).Or("entralogin artifacts npm")}
}
