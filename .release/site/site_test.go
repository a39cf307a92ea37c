package main

import (
	"bytes"
	"html"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func rendered(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := render(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var (
	links = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	ids   = regexp.MustCompile(` id="([^"]*)"`)
)

// TestLinks holds every link to a page, a part of it or a file that is there. What leads elsewhere is https, or http on
// the reader's own machine.
func TestLinks(t *testing.T) {
	files := rendered(t)
	known := map[string]bool{}
	for name, content := range files {
		known[name] = true
		for _, id := range ids.FindAllSubmatch(content, -1) {
			address := name + "#" + html.UnescapeString(string(id[1]))
			if known[address] {
				t.Errorf("%s stands twice", address)
			}
			known[address] = true
		}
	}
	count := 0
	for name, content := range files {
		if path.Ext(name) != ".html" {
			continue
		}
		for _, link := range links.FindAllSubmatch(content, -1) {
			address := html.UnescapeString(string(link[1]))
			if strings.HasPrefix(address, "https://") {
				if file, ok := strings.CutPrefix(address, repositoryPage); ok {
					if _, err := os.Stat(filepath.Join("../..", file)); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
				continue
			}
			if strings.HasPrefix(address, "#") {
				address = name + address
			}
			count++
			if !known[address] {
				t.Errorf("%s leads to %s, which is not there", name, address)
			}
		}
	}
	if count < 500 {
		t.Errorf("only %d links", count)
	}
}

// TestAllPages holds the site to the pages that there are, each of which is whole, and in the menu and the index.
func TestAllPages(t *testing.T) {
	files := rendered(t)
	sources, err := fs.Glob(os.DirFS("../.."), docs+"*.md")
	if err != nil || len(sources) < 15 {
		t.Fatal(sources, err)
	}
	for _, source := range sources {
		name := strings.TrimSuffix(path.Base(source), ".md") + ".html"
		if files[name] == nil || !bytes.Contains(files["index.html"], []byte(`<a href="`+name+`">`)) || !bytes.Contains(files["index.js"], []byte(`["`+name+`"`)) {
			t.Errorf("%s is not on the site", source)
		}
	}
	commands, err := fs.Glob(os.DirFS("../.."), man+"/*.1")
	if err != nil || len(commands) < 60 {
		t.Fatal(commands, err)
	}
	for _, command := range commands {
		if id := strings.TrimSuffix(path.Base(command), ".1"); !bytes.Contains(files["commands.html"], []byte(`<h2 id="`+id+`">`)) {
			t.Errorf("commands.html has no %s", id)
		}
	}
	for name, content := range files {
		for _, left := range []string{"raw HTML omitted", "ZgotmplZ", "\n```"} {
			if bytes.Contains(content, []byte(left)) {
				t.Errorf("%s has %q", name, left)
			}
		}
	}
}

// TestLoadsNothingFromElsewhere holds pages to their policy, which a browser enforces: they load what lies beside them.
func TestLoadsNothingFromElsewhere(t *testing.T) {
	loads := regexp.MustCompile(`<(?:script|img|iframe|link|source|video|audio|object|embed)[^>]*(?:src|href|data)="([^"]*)"|url\(|@import|style="| on[a-z]+="|<script>|<style`)
	for name, content := range rendered(t) {
		switch path.Ext(name) {
		case ".html":
			if bytes.Count(content, []byte(`http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';`)) != 1 {
				t.Errorf("%s has no policy", name)
			}
		case ".css", ".svg":
		case ".js":
			if name == "site.js" && regexp.MustCompile(`https?:|fetch|XMLHttp|cookie|Storage|innerHTML|eval`).Match(content) {
				t.Errorf("%s asks or keeps something", name)
			}
			continue
		default:
			continue
		}
		for _, found := range loads.FindAllSubmatch(content, -1) {
			if to := string(found[1]); to == "" || strings.Contains(to, ":") || strings.HasPrefix(to, "/") {
				t.Errorf("%s loads %q", name, found[0])
			}
		}
	}
}

func TestSameBytes(t *testing.T) {
	one, other := rendered(t), rendered(t)
	for name := range one {
		if !bytes.Equal(one[name], other[name]) {
			t.Errorf("%s differs", name)
		}
	}
	dir := t.TempDir()
	if err := write(os.DirFS("../.."), dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range one {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConvert(t *testing.T) {
	p := &page{Source: docs + "x.md", Name: "x.html"}
	other := &page{Source: docs + "git.md", Name: "git.html"}
	commands := &page{Source: man, Name: "commands.html"}
	text := []byte("# X `y`\n\nSee `entralogin help git` and `entralogin help git`, `entralogin git set-up`, [it](git.md#a), [a file](../main.go).\n\n## <b> & c\n\n" +
		"<script>alert(1)</script>\n\n```console\n$ a --b-c '<x>'\nout # no remark\n```\n\n```sh\na  # <why>\n```\n\n| a |\n|---|\n| b |\n")
	d := newDocument([]*page{p, other, commands}, map[*page][]byte{p: text, commands: []byte("# All\n\n## entralogin git set-up\n")})
	if err := d.convert(p, text); err != nil {
		t.Fatal(err)
	}
	body := string(p.Body)
	if n := strings.Count(body, `<a href="git.html"><code>entralogin help git</code></a>`); n != 2 {
		t.Errorf("%d links to the topic: %s", n, body)
	}
	for _, want := range []string{`<a href="git.html#a">it</a>`, `<a href="` + repositoryPage + `cmd/entralogin/main.go">a file</a>`,
		"<span class=\"prompt\">$ </span>a <span class=\"word\">--b-c</span> '&lt;x&gt;'\nout # no remark\n", "a  <span class=\"remark\"># &lt;why&gt;</span>\n",
		"<div class=\"table\"><table>", `<a href="commands.html#entralogin-git-set-up"><code>entralogin git <span class="word">set-up</span></code></a>`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	if strings.Contains(body, "<script") || p.Title != "X y" || p.Parts[1].Title != "& c" {
		t.Errorf("%q %+v\n%s", p.Title, p.Parts, body)
	}
}

func TestDescribed(t *testing.T) {
	roff := ".TH X 1\n.SH NAME\na\\-get\\-b \\- c\n.SH SYNOPSIS\n.B a get\\-b NAME [flags]\n.SH DESCRIPTION\nIt\\(aqs \\(gax\\(ga.\n.PP\n\\&.npmrc\n" +
		".SH OPTIONS\n.TP\n.B \\-f, \\-\\-file name\na file\n.SH SHARED OPTIONS\nSee\n.BR a (1).\n.SH EXAMPLES\n.nf\na get\\-b x\n\na get\\-b y\n.fi\n.SH SEE ALSO\nz\n"
	want := "\n## a get-b\n\nIt's `x`.\n\n.npmrc\n\n```\na get-b x\n\na get-b y\n```\n\n- `-f, --file name`: a file\n"
	if got, err := described("a-get-b", roff); err != nil || got != want {
		t.Errorf("%v: %q", err, got)
	}
	if got, err := described("a-get-c", roff); err == nil {
		t.Errorf("another command's: %q", got)
	}
}
