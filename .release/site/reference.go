package main

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// man is the folder of the man pages, of which the page "commands" is made. They are made of the commands themselves,
// by reference_test.go of cmd/entralogin, which says which macros stand in them.
const man = "cmd/entralogin/man"

// reference is the page "commands", in Markdown.
func reference(repository fs.FS) ([]byte, error) {
	files, err := fs.Glob(repository, man+"/*.1")
	if err != nil {
		return nil, err
	}
	b := []byte("# All commands and their flags\n\n`--help` of each command, and its man page, say the same.\n")
	for _, file := range files {
		roff, err := fs.ReadFile(repository, file)
		if err != nil {
			return nil, err
		}
		command, err := described(strings.TrimSuffix(path.Base(file), ".1"), string(roff))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		b = append(b, command...)
	}
	return b, nil
}

var (
	manPart   = regexp.MustCompile(`(?m)^\.SH (.*)\n((?:[^.\n].*\n|\n|\.[^S].*\n|\.S[^H].*\n)*)`)
	manOption = regexp.MustCompile(`(?m)^\.TP\n\.B (.*)\n((?:[^.\n].*\n|\n)*)`)
	unroff    = strings.NewReplacer(`\e`, `\`, `\-`, "-", `\(aq`, "'", `\(ga`, "`", `\&.`, ".", "\n.PP\n", "\n\n")
)

// described is the part of the page that a man page becomes: its description, its examples and its flags. A heading
// is the command as it is typed: "entralogin-git-setup" has "entralogin git setup [flags]" as its synopsis.
func described(name, roff string) (string, error) {
	parts := map[string]string{}
	for _, part := range manPart.FindAllStringSubmatch(roff, -1) {
		parts[part[1]] = part[2]
	}
	command := ""
	for _, word := range strings.Fields(unroff.Replace(strings.TrimPrefix(parts["SYNOPSIS"], ".B "))) {
		if command = strings.TrimSpace(command + " " + word); strings.ReplaceAll(command, " ", "-") == name {
			break
		}
	}
	if strings.ReplaceAll(command, " ", "-") != name || parts["DESCRIPTION"] == "" {
		return "", fmt.Errorf("neither synopsis nor description of %s", name)
	}
	text := fmt.Sprintf("\n## %s\n\n%s", command, unroff.Replace(parts["DESCRIPTION"]))
	if examples := strings.TrimPrefix(strings.TrimSuffix(parts["EXAMPLES"], "\n.fi\n"), ".nf\n"); examples != "" {
		text += "\n```\n" + unroff.Replace(examples) + "\n```\n"
	}
	for _, title := range []string{"OPTIONS", "SHARED OPTIONS"} {
		for _, option := range manOption.FindAllStringSubmatch(parts[title], -1) {
			text += fmt.Sprintf("\n- `%s`: %s", unroff.Replace(option[1]), strings.TrimSpace(unroff.Replace(option[2])))
		}
	}
	return strings.TrimRight(text, "\n") + "\n", nil
}
