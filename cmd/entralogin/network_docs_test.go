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
	_, lines, _ := strings.Cut(readDoc(t, "docs/network.md"), "## What the lines mean")
	quotes := regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(strings.Join(strings.Fields(lines), " "), -1)
	for _, quote := range quotes {
		for _, part := range strings.Split(quote[1], " ... ") {
			if !strings.Contains(program.String(), part) {
				t.Errorf("the program does not say %q", part)
			}
		}
	}
	if len(quotes) < 14 {
		t.Errorf("only %d quotes", len(quotes))
	}
}
