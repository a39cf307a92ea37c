package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/entralogin/entralogin/cmd/entralogin/docs"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
)

func readDoc(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	fenced = regexp.MustCompile("(?ms)^ *```([a-z]*)\n(.*?)^ *```$")
	inline = regexp.MustCompile("`([^`]+)`")
)

// pages are README.md and the help pages, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("docs/*.md")
	if err != nil || len(paths) < 8 {
		t.Fatal(paths, err)
	}
	texts := map[string]string{}
	for _, path := range append(paths, "../../README.md") {
		texts[path] = readDoc(t, path)
	}
	return texts
}

// TestReferenceIsComplete holds docs/config.md to the settings, and README.md to the commands, that there are.
func TestReferenceIsComplete(t *testing.T) {
	readme, reference := readDoc(t, "../../README.md"), readDoc(t, "docs/config.md")
	for _, name := range append(config.InFile(), config.ConfigFile, "authorities", "hosts", "registries") {
		if !strings.Contains(reference, "`"+name+"`") {
			t.Errorf("the setting %s is not in docs/config.md", name)
		}
	}
	for _, c := range commandTree().Commands() {
		if c.Name() != "help" && !c.Hidden && !strings.Contains(readme, c.Name()) {
			t.Errorf("the command %s is not in README.md", c.Name())
		}
	}
}

// TestHelpSaysEveryFlag holds the text of --help: each flag has a description.
func TestHelpSaysEveryFlag(t *testing.T) {
	root := commandTree()
	for _, name := range config.InFile() {
		found := root.PersistentFlags().Lookup(name) != nil
		for _, c := range root.Commands() {
			found = found || c.Flags().Lookup(name) != nil
		}
		if !found {
			t.Errorf("the setting %s has no flag", name)
		}
	}
	for _, c := range root.Commands() {
		if c.Runnable() && !c.Hidden && c.Name() != "help" && c.Name() != "graph" && c.Example == "" {
			t.Errorf("%s has no example", c.Name())
		}
	}
}

// TestLinks holds README.md to files that exist and to help topics that exist.
func TestLinks(t *testing.T) {
	readme := readDoc(t, "../../README.md")
	for _, link := range regexp.MustCompile(`\]\(([^):]+)\)`).FindAllStringSubmatch(readme, -1) {
		if _, err := os.Stat(filepath.Join("../..", link[1])); err != nil {
			t.Error(err)
		}
	}
	for _, topic := range regexp.MustCompile("`entralogin help ([a-z-]+)`").FindAllStringSubmatch(readme, -1) {
		if _, ok := docs.Page(topic[1]); !ok {
			t.Errorf("there is no topic %s", topic[1])
		}
	}
}

// TestDocsFitATerminal holds the pages to 80 columns. Tables, and lines that a long address is in, can't be broken.
// Blocks of code are shown with a margin of two; those of README.md are not held to it.
func TestDocsFitATerminal(t *testing.T) {
	for path, text := range pages(t) {
		loose := filepath.Base(path) == "README.md"
		text = fenced.ReplaceAllStringFunc(text, func(block string) string {
			if loose {
				return ""
			}
			return strings.ReplaceAll(block, "\n", "\n  ")
		})
		for line := range strings.Lines(text) {
			line = strings.TrimRight(line, "\n")
			free := strings.HasPrefix(line, "|") || strings.Contains(line, "://")
			if n := utf8.RuneCountInString(line); n > 80 && !free {
				t.Errorf("%s: %d columns: %s", path, n, line)
			}
		}
	}
}

// TestDocsAreShort bounds README.md, SECURITY.md and, with both, the pages. A page that nobody reads to the end helps nobody,
// and they had 19,200 words once. Who adds a paragraph takes out what "--help" or another page says already.
func TestDocsAreShort(t *testing.T) {
	security := len(strings.Fields(readDoc(t, "../../SECURITY.md")))
	all := security
	for _, text := range pages(t) {
		all += len(strings.Fields(text))
	}
	for _, bound := range []struct {
		of          string
		words, most int
	}{
		{"README.md has", len(strings.Fields(readDoc(t, "../../README.md"))), 1300},
		{"SECURITY.md has", security, 1600},
		{"README.md, SECURITY.md and the pages have", all, 14500},
	} {
		if bound.words > bound.most {
			t.Errorf("%s %d words, of which %d are too many", bound.of, bound.words, bound.words-bound.most)
		}
	}
}

// TestTroubleshootingKnowsTheProgram holds docs/troubleshooting.md to the exit codes and the AADSTS numbers
// that the program explains.
func TestTroubleshootingKnowsTheProgram(t *testing.T) {
	text := readDoc(t, "docs/troubleshooting.md")
	for _, code := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9} {
		if !strings.Contains(text, fmt.Sprintf("\n- %d: ", code)) {
			t.Errorf("the exit code %d has no remedy", code)
		}
	}
	items := regexp.MustCompile(`(?m)^- ((?:\d{5,}(?:,\s+)?)+):\s`).FindAllStringSubmatch(text, -1)
	if len(items) < 15 {
		t.Errorf("only %d items of AADSTS numbers", len(items))
	}
	var listed []int
	for _, item := range items {
		for _, number := range strings.Fields(strings.ReplaceAll(item[1], ",", "")) {
			n, err := strconv.Atoi(number)
			if err != nil {
				t.Error(err)
			}
			listed = append(listed, n)
		}
	}
	slices.Sort(listed)
	if known := entra.Numbers(); !slices.Equal(listed, known) {
		t.Errorf("the page has the numbers\n%d\nand the program\n%d", listed, known)
	}
}

// TestSecurityNamesRealTests holds SECURITY.md to tests, scripts and files that exist: what it promises is
// shown by them.
func TestSecurityNamesRealTests(t *testing.T) {
	text, tests := readDoc(t, "../../SECURITY.md"), map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, found := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllStringSubmatch(readDoc(t, path), -1) {
			tests[found[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(text, -1)
	if len(named) < 20 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, name := range named {
		if !tests[name[1]] {
			t.Errorf("there is no test %s", name[1])
		}
	}
	for _, name := range regexp.MustCompile("`(\\w+\\.txtar)`").FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join("../../testdata/script", name[1])); err != nil {
			t.Error(err)
		}
	}
}
