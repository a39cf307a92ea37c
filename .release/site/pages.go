package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

const docs = "cmd/entralogin/docs/"

// section is a part of the menu.
type section struct {
	Title string
	Pages []*page
}

// page is one of the site.
type page struct {
	Source string // in the repository
	Name   string // of the file
	Label  string // in the menu
	Title  string
	Body   template.HTML
	Parts  []part
}

// part is what stands below one heading.
type part struct {
	Level int
	ID    string
	Title string
	Text  string
}

// menu is the order in which a person may want to read. A page that it does not name stands at its end.
func menu() []section {
	of := func(title string, names ...string) section {
		s := section{Title: title}
		for _, name := range names {
			s.Pages = append(s.Pages, &page{Source: docs + name + ".md", Name: name + ".html", Label: name})
		}
		return s
	}
	first := of("Start", "signin", "application", "accounts", "config")
	first.Pages = append([]*page{{Source: "README.md", Name: "index.html", Label: "overview"}}, first.Pages...)
	last := of("Reference", "upgrade", "library")
	last.Pages = append([]*page{{Source: man, Name: "commands.html", Label: "commands"}}, last.Pages...)
	last.Pages = append(last.Pages, &page{Source: "SECURITY.md", Name: "security.html", Label: "security"},
		&page{Source: ".release/CHANGELOG.md", Name: "changelog.html", Label: "changelog"})
	return []section{first, of("kubectl", "aks", "oidc", "kubelogin", "tools"), of("git, az, CI", "git", "az", "ci"), of("Other hosts", "agent", "ssh", "containers"),
		of("This machine", "storage", "network", "conditional-access"), of("When it fails", "doctor", "troubleshooting"), last}
}

// bracketed is a version in the changelog, as other programs read it.
var bracketed = regexp.MustCompile(`(?m)^## \[(.*?)\]`)

// whole is the menu with every help page that there is.
func whole(repository fs.FS) ([]section, error) {
	sections := menu()
	known := map[string]bool{}
	for _, s := range sections {
		for _, p := range s.Pages {
			known[p.Source] = true
		}
	}
	files, err := fs.Glob(repository, docs+"*.md")
	last := &sections[len(sections)-1]
	for _, file := range files {
		if name := strings.TrimSuffix(path.Base(file), ".md"); !known[file] {
			last.Pages = append(last.Pages, &page{Source: file, Name: name + ".html", Label: name})
		}
	}
	return sections, err
}

// source is the Markdown of a page.
func source(repository fs.FS, p *page) ([]byte, error) {
	if p.Source == man {
		return reference(repository)
	}
	return fs.ReadFile(repository, p.Source)
}

// render makes all files of the site.
func render(repository fs.FS) (map[string][]byte, error) {
	sections, err := whole(repository)
	if err != nil {
		return nil, err
	}
	var pages []*page
	texts := map[*page][]byte{}
	for _, s := range sections {
		for _, p := range s.Pages {
			text, err := source(repository, p)
			if err != nil {
				return nil, err
			}
			text = bracketed.ReplaceAll(text, []byte("## $1"))
			pages, texts[p] = append(pages, p), text
		}
	}
	d := newDocument(pages, texts)
	files := map[string][]byte{}
	for _, p := range pages {
		if err := d.convert(p, texts[p]); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Source, err)
		}
		var out bytes.Buffer
		if err := layout.Execute(&out, map[string]any{"Page": p, "Sections": sections}); err != nil {
			return nil, err
		}
		files[p.Name] = out.Bytes()
	}
	if files["license.txt"], err = fs.ReadFile(repository, "LICENSE"); err != nil {
		return nil, err
	}
	if files["index.js"], err = searchIndex(pages); err != nil {
		return nil, err
	}
	for _, name := range []string{"site.css", "site.js", "icon.svg"} {
		if files[name], err = assets.ReadFile(name); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// searchIndex is a script and no JSON: a page that was opened from a disk may load the one and not the other.
func searchIndex(pages []*page) ([]byte, error) {
	entries := [][]string{}
	for _, p := range pages {
		for _, part := range p.Parts {
			address := p.Name
			if part.ID != "" && part.Level > 1 {
				address += "#" + part.ID
			}
			entries = append(entries, []string{address, p.Title, part.Title, part.Text})
		}
	}
	list, err := json.Marshal(entries)
	return slices.Concat([]byte("const pages = "), list, []byte(";\n")), err
}
