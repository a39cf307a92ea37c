package main

import (
	"bytes"
	"html/template"
	"path"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

const repositoryPage = "https://github.com/entralogin/entralogin/tree/HEAD/"

// document converts pages that lead to each other.
type document struct {
	markdown goldmark.Markdown
	names    map[string]string // of pages by their file in the repository
	topics   map[string]string // of pages by the command that shows them: "entralogin help git"
	commands map[string]string // addresses of commands: "entralogin git setup"
}

func newDocument(pages []*page, texts map[*page][]byte) *document {
	d := &document{names: map[string]string{"LICENSE": "license.txt"}, topics: map[string]string{}, commands: map[string]string{}}
	for _, p := range pages {
		d.names[p.Source] = p.Name
		if topic, isHelp := strings.CutPrefix(strings.TrimSuffix(p.Source, ".md"), docs); isHelp {
			d.topics["entralogin help "+topic] = p.Name
		}
		if p.Source == man {
			for _, heading := range regexp.MustCompile(`(?m)^## (entralogin .*)$`).FindAllSubmatch(texts[p], -1) {
				command := string(heading[1])
				d.commands[command] = p.Name + "#" + strings.ReplaceAll(command, " ", "-")
			}
		}
	}
	d.markdown = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Linkify),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(blocks{}, 1))))
	return d
}

// convert fills in what a page shows.
func (d *document) convert(p *page, source []byte) error {
	tree := d.markdown.Parser().Parse(text.NewReader(source))
	p.Parts = parts(tree, source)
	p.Title = p.Parts[0].Title
	var spans []*ast.CodeSpan // which are replaced after the walk, whose way it would change
	err := ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Link:
			if entering {
				n.Destination = d.address(p, n.Destination)
			}
		case *ast.CodeSpan:
			if entering {
				spans = append(spans, n)
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return err
	}
	for _, n := range spans {
		d.link(p, n, source)
	}
	var out bytes.Buffer
	if err := d.markdown.Renderer().Render(&out, source, tree); err != nil {
		return err
	}
	wide := strings.NewReplacer("<table>", `<div class="table"><table>`, "</table>", "</table></div>") // scrolls by itself
	p.Body = template.HTML(wide.Replace(out.String()))
	return nil
}

// address is where a link of the repository leads on the site: a file that is no page, to where the repository is.
func (d *document) address(p *page, destination []byte) []byte {
	file, anchor, anchored := strings.Cut(string(destination), "#")
	if file == "" || strings.Contains(file, ":") {
		return destination
	}
	file = path.Join(path.Dir(p.Source), file)
	name, ok := d.names[file]
	if !ok {
		name = repositoryPage + file
	}
	if anchored {
		name += "#" + anchor
	}
	return []byte(name)
}

// link has a command that shows a page, or one that the reference describes, lead there.
func (d *document) link(p *page, n *ast.CodeSpan, source []byte) {
	words := plain(n, source)
	to, ok := d.topics[words]
	if !ok && p.Source != man {
		to, ok = d.commands[words]
	}
	parent := n.Parent()
	if _, linked := parent.(*ast.Link); !ok || linked || to == p.Name {
		return
	}
	link := ast.NewLink()
	link.Destination = []byte(to)
	parent.ReplaceChild(parent, n, link)
	link.AppendChild(link, n)
}

// parts are the headings of a page with what stands below each.
func parts(tree ast.Node, source []byte) []part {
	var found []part
	for n := tree.FirstChild(); n != nil; n = n.NextSibling() {
		heading, ok := n.(*ast.Heading)
		if ok {
			id, _ := heading.AttributeString("id")
			name, _ := id.([]byte)
			found = append(found, part{Level: heading.Level, ID: string(name), Title: plain(n, source)})
			continue
		}
		if len(found) == 0 {
			found = append(found, part{})
		}
		last := &found[len(found)-1]
		last.Text = strings.Join(strings.Fields(last.Text+" "+plain(n, source)), " ")
	}
	return found
}

// plain is the text of a node, without its marks.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(n.Segment.Value(source))
				if n.SoftLineBreak() || n.HardLineBreak() {
					b.WriteByte(' ')
				}
			}
		case *ast.String:
			if entering {
				b.Write(n.Value)
			}
		case *ast.AutoLink:
			if entering {
				b.Write(n.Label(source))
			}
		default:
			if entering && n.Type() == ast.TypeBlock {
				b.WriteByte(' ')
				if n.Kind() == ast.KindFencedCodeBlock || n.Kind() == ast.KindCodeBlock {
					b.Write(n.Lines().Value(source))
				}
			}
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(b.String())
}

// blocks draws headings with their address, and blocks of code with their remarks set back.
type blocks struct{}

func (blocks) RegisterFuncs(to renderer.NodeRendererFuncRegisterer) {
	to.Register(ast.KindHeading, drawHeading)
	to.Register(ast.KindFencedCodeBlock, drawCode)
	to.Register(ast.KindCodeSpan, drawSpan)
}

func drawHeading(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	heading := n.(*ast.Heading)
	level := string(rune('0' + heading.Level))
	id, _ := heading.AttributeString("id")
	name, _ := id.([]byte)
	if entering {
		w.WriteString("<h" + level + ` id="` + string(util.EscapeHTML(name)) + `">`)
		return ast.WalkContinue, nil
	}
	if heading.Level > 1 {
		w.WriteString(` <a class="anchor" href="#` + string(util.EscapeHTML(name)) + `" aria-label="Address of this part">#</a>`)
	}
	w.WriteString("</h" + level + ">\n")
	return ast.WalkContinue, nil
}

func drawSpan(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	w.WriteString("<code>" + unbroken(plain(n, source)) + "</code>")
	return ast.WalkSkipChildren, nil
}

// unbroken keeps words such as --tenant-id whole, which a browser would break at a hyphen.
func unbroken(line string) string {
	const longest = 24
	words := strings.Split(line, " ")
	for i, word := range words {
		escaped := string(util.EscapeHTML([]byte(word)))
		if strings.Contains(word, "-") && len(word) <= longest {
			escaped = `<span class="word">` + escaped + "</span>"
		}
		words[i] = escaped
	}
	return strings.Join(words, " ")
}

var remark = regexp.MustCompile(`^(|.*\s)(#\s.*)$`)

func drawCode(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	language := string(n.(*ast.FencedCodeBlock).Language(source))
	w.WriteString("<pre")
	if language != "" {
		w.WriteString(` data-language="` + string(util.EscapeHTML([]byte(language))) + `"`)
	}
	w.WriteString("><code>")
	for line := range strings.Lines(string(n.Lines().Value(source))) {
		line = strings.TrimSuffix(line, "\n")
		before, after := line, ""
		if m := remark.FindStringSubmatch(line); m != nil && language != "console" {
			before, after = m[1], m[2]
		}
		if rest, ok := strings.CutPrefix(before, "$ "); ok && language == "console" {
			w.WriteString(`<span class="prompt">$ </span>`)
			before = rest
		}
		if language == "console" { // which is wrapped
			w.WriteString(unbroken(before))
		} else {
			w.Write(util.EscapeHTML([]byte(before)))
		}
		if after != "" {
			w.WriteString(`<span class="remark">` + string(util.EscapeHTML([]byte(after))) + "</span>")
		}
		w.WriteByte('\n')
	}
	w.WriteString("</code></pre>\n")
	return ast.WalkContinue, nil
}
