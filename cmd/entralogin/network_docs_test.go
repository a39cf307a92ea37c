package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNetworkPageQuotesTheProgram holds the lines that docs/network.md quotes to those that the program says.
func TestNetworkPageQuotesTheProgram(t *testing.T) {
	files, err := filepath.Glob("../../plugin/https/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var program strings.Builder
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			program.WriteString(strings.ReplaceAll(readDoc(t, file), `e.Variable + "`, `"HTTPS_PROXY`))
		}
	}
	quoted := 0
	for line := range strings.Lines(readDoc(t, "docs/network.md")) {
		said, _, ok := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		if !ok || !strings.HasPrefix(line, "|") {
			continue
		}
		for _, quote := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(said, -1) {
			quoted++
			for _, part := range strings.Split(quote[1], " ... ") {
				if !strings.Contains(program.String(), part) {
					t.Errorf("the program does not say %q", part)
				}
			}
		}
	}
	if quoted < 14 {
		t.Errorf("only %d quotes", quoted)
	}
}
