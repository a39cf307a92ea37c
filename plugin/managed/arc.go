package managed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// agent is where Azure Arc's agent lies.
type agent struct {
	program string // its metadata service
	keys    string // the folder of the keys that it writes
}

func (a agent) places(getenv func(string) string) (programs []string, keys string) {
	const folder = "AzureConnectedMachineAgent"
	switch {
	case a.program != "":
		return []string{a.program}, a.keys
	case runtime.GOOS == "linux":
		return []string{"/opt/azcmagent/bin/himds"}, "/var/opt/azcmagent/tokens"
	case runtime.GOOS == "windows":
		for _, parent := range []string{"ProgramFiles", "ProgramData"} {
			if dir := getenv(parent); filepath.IsAbs(dir) {
				programs, keys = append(programs, filepath.Join(dir, folder, "himds.exe")), filepath.Join(dir, folder, "Tokens")
			}
		}
	}
	return programs, keys
}

// installed is the program of the agent, "" where there is none.
func (a agent) installed(getenv func(string) string) string {
	programs, _ := a.places(getenv)
	for _, program := range programs {
		if _, err := os.Stat(program); err == nil {
			return program
		}
	}
	return ""
}

// prove answers the agent's first answer, which names a file that only its group can read, with what is in the file.
// https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication
func (c call) prove(ctx context.Context, first reply) (reply, error) {
	if first.status != http.StatusUnauthorized {
		if first.status < 300 {
			return first, c.senseless("has a token for which nobody had to prove anything: that is no agent of Azure Arc")
		}
		return first, nil
	}
	_, folder := c.agent.places(c.Getenv)
	_, path, _ := strings.Cut(first.header.Get("WWW-Authenticate"), "Basic realm=")
	name := filepath.Base(path)
	if folder == "" || filepath.Dir(path) != folder || !strings.HasSuffix(name, ".key") {
		return first, c.senseless("names no key file of Azure Arc's agent: nothing was read")
	}
	key, err := readKey(folder, name)
	if err != nil {
		return first, err
	}
	return c.try(ctx, "Basic "+key.Reveal())
}

// maxKey is how many bytes a key file may have.
const maxKey = 4096

// readKey reads a key that the agent wrote: a plain file, that belongs to root or to whom the folder belongs to. What it
// holds is sent to whoever answered, so nothing else may be read in its name.
func readKey(folder, name string) (cache.Secret, error) {
	content, err := readPlain(folder, filepath.Join(folder, name))
	key := strings.TrimSpace(string(content))
	if err == nil && !authority.IsVisible(key) {
		err = errors.New("it holds no key")
	}
	if err != nil {
		return cache.Secret{}, keyError(folder, err)
	}
	return cache.NewSecret(key), nil
}

func keyError(folder string, err error) error {
	e := &Error{Kind: failure.Config, Err: err, Advice: askAgent}
	e.What = fmt.Sprintf("the key file of Azure Arc's agent in %s can't be taken: %s", text.Short(folder, 200), text.SystemWords(err))
	if errors.Is(err, fs.ErrPermission) {
		e.What += "; it is for root and the members of a group"
		e.Advice = groupAdvice()
	}
	return e
}

const askAgent = "Look at what the agent says of itself: azcmagent show"

func groupAdvice() string {
	if runtime.GOOS == "windows" {
		return `Become a member of the group "Hybrid agent extension applications", sign in to the machine anew, and run the command again.`
	}
	return "Become a member of the group himds (sudo usermod -aG himds USER), sign in to the machine anew, and run the command again."
}

var errNotPlain = errors.New("it is no plain file of the agent's of at most 4,096 bytes")

// readPlain reads a file that has the same owner as its folder, or root, and no second name.
func readPlain(folder, path string) ([]byte, error) {
	dir, err := os.Lstat(folder)
	if err != nil {
		return nil, err
	}
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !dir.IsDir() || !before.Mode().IsRegular() { // a FIFO would have the opening wait
		return nil, errNotPlain
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !os.SameFile(before, info) || !belongs(info, dir) {
		return nil, errNotPlain
	}
	content, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if len(content) > maxKey {
		return nil, errNotPlain
	}
	return content, err
}
