package browser

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// parse takes a command apart as a shell does, which none sees.
func (o Opener) parse(command string) candidate {
	command = strings.TrimSpace(command)
	words, ok := text.ShellWords(command)
	if _, is := exec.LookPath(command); is == nil { // a path with spaces
		words, ok = []string{command}, true
	}
	if !ok || len(words) == 0 || words[0] == "" {
		return candidate{name: command, unfit: "is no command"}
	}
	if last := len(words) - 1; last > 0 && words[last] == "&" { // nothing waits for it anyway
		words = words[:last]
	}
	c := candidate{name: words[0], args: words[1:], env: o.Environ}
	if rest, ok := strings.CutPrefix(c.name, "~/"); ok && o.Env("HOME") != "" {
		c.name = filepath.Join(o.Env("HOME"), rest)
	}
	if isText(c.name) {
		c.unfit = "needs the terminal, and is not started"
	}
	if !slices.ContainsFunc(c.args, func(arg string) bool { return strings.Contains(arg, "%s") }) {
		c.args = append(c.args, "%s")
	}
	return c
}

// isText reports whether a browser draws on the terminal, where the person is asked already.
func isText(program string) bool {
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(program)), ".exe")
	return slices.Contains([]string{"w3m", "lynx", "links", "links2", "elinks", "www-browser", "browsh", "edbrowse"}, name)
}
