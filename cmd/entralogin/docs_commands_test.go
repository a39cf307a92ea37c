package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// shownCommands are the command lines of entralogin that a page shows, in blocks and in sentences.
func shownCommands(text string) []string {
	var lines []string
	for _, block := range fenced.FindAllStringSubmatch(text, -1) {
		lines = append(lines, strings.Split(strings.ReplaceAll(block[2], "\\\n", ""), "\n")...)
	}
	for _, span := range inline.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		lines = append(lines, span[1])
	}
	var commands []string
	for _, line := range lines {
		line = strings.TrimPrefix(strings.Join(strings.Fields(line), " "), "$ ")
		if strings.HasPrefix(line, "entralogin ") {
			commands = append(commands, strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("#|>;&", r) })[0])
		}
	}
	return commands
}

// TestDocsShowRealCommands holds every command line that a page shows to the commands and flags that there are.
func TestDocsShowRealCommands(t *testing.T) {
	for path, text := range pages(t) {
		for _, line := range shownCommands(text) {
			if problem := unknownWord(commandTree(), strings.Fields(line)[1:]); problem != "" {
				t.Errorf("%s shows %q: there is no %s", path, line, problem)
			}
		}
	}
}

// unknownWord returns the first of words that is neither a command nor a flag, "" if there is none.
func unknownWord(c *cobra.Command, words []string) string {
	for i := 0; i < len(words); i++ {
		word := strings.Trim(words[i], "[],.")
		switch {
		case word == "--", c.DisableFlagParsing: // what follows is another program's
			return ""
		case strings.HasPrefix(word, "-"):
			f := lookupFlag(c, word)
			if f == nil {
				return word
			}
			if f.NoOptDefVal == "" && !strings.Contains(word, "=") {
				i++ // its value
			}
		case c.Name() == "help" && word == "TOPIC":
			return ""
		case c.HasSubCommands() || c.Name() == "help":
			next := subcommand(c, word)
			if next == nil {
				return word
			}
			c = next
		}
	}
	return ""
}

// TestPagesAreListed holds README.md to the pages that "entralogin help" has: it links to all.
func TestPagesAreListed(t *testing.T) {
	readme := readDoc(t, "../../README.md")
	for path := range pages(t) {
		if name := filepath.Base(path); name != "README.md" && !strings.Contains(readme, "(cmd/entralogin/docs/"+name+")") {
			t.Errorf("README.md has no link to %s", name)
		}
	}
}
