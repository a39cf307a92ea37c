// Package docs holds the pages of "entralogin help TOPIC".
package docs

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed *.md
var pages embed.FS

// Topic is a page.
type Topic struct {
	Name  string // "config"
	Title string // its first line
	Text  string // Markdown of the kind that internal/page lays out
}

// Topics are all pages, by name.
func Topics() []Topic {
	entries, err := fs.ReadDir(pages, ".")
	if err != nil {
		return nil
	}
	var topics []Topic
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".md")
		if t, ok := Page(name); ok {
			topics = append(topics, t)
		}
	}
	return topics
}

// Page is the page of a name.
func Page(name string) (Topic, bool) {
	text, err := pages.ReadFile(name + ".md")
	if err != nil {
		return Topic{}, false
	}
	title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
	return Topic{Name: name, Title: title, Text: string(text)}, true
}
