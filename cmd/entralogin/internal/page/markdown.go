// Package page lays out pages of help for a terminal, and shows long ones in a pager.
//
// The pages are our own, and the renderer knows what stands in them: headings, paragraphs, lists, tables, blocks of
// code, `code`, **bold** and links. A library for all of Markdown (glamour) would be ten times the work of a warm
// call before the first line of main: it sets up tables of hundreds of languages.
package page

import (
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/text"
)

// widest is the longest line that is easily read.
const widest = 100

// layout is a page in the making.
type layout struct {
	out    strings.Builder
	width  int
	style  term.Style
	inList int // columns by which the text of a list's item is indented, 0 outside of a list
}

// Markdown lays out a page in width columns. Blocks of code are left whole, for people copy them.
func Markdown(source string, width int, style term.Style) string {
	p := &layout{width: min(width, widest), style: style}
	lines := strings.Split(strings.TrimSpace(source), "\n")
	for len(lines) > 0 {
		lines = lines[p.block(lines):]
	}
	return p.out.String()
}

// block lays out the block that lines begin with, and returns how many lines it has.
func (p *layout) block(lines []string) int {
	line := lines[0]
	named := strings.TrimLeft(line, " ")
	indent := len(line) - len(named)
	if indent == 0 && marker(line) == "" && named != "" {
		p.inList = 0
	}
	switch {
	case named == "":
		p.line("")
		return 1
	case isFence(line):
		return p.code(lines)
	case strings.HasPrefix(line, "#"):
		p.heading(line)
		return 1
	case strings.HasPrefix(line, "|"):
		n := 1
		for n < len(lines) && strings.HasPrefix(lines[n], "|") {
			n++
		}
		p.table(lines[:n])
		return n
	case marker(line) != "":
		p.inList = len(marker(line))
	case indent > 0 && p.inList == 0:
		p.out.WriteString(usageLine(line+"\n", p.width, false))
		return 1
	}
	return p.paragraph(lines, marker(line))
}

func (p *layout) line(s string) { p.out.WriteString(s + "\n") }

// heading is bold; without colours a line below it tells it from a paragraph.
func (p *layout) heading(line string) {
	rule := "-"
	if strings.HasPrefix(line, "# ") {
		rule = "="
	}
	words := p.inline(strings.TrimLeft(line, "# "))
	for _, line := range text.Fold(words, p.width) {
		p.line(p.paint(bold + plain(line) + end))
	}
	if !p.style.HasColours() {
		p.line(strings.Repeat(rule, min(text.Width(words), p.width)))
	}
}

// code leaves a block whole, but for the fence and its indent. One of no language is a list of what is what, and may be
// broken.
func (p *layout) code(lines []string) int {
	indent := strings.Repeat(" ", len(lines[0])-len(strings.TrimLeft(lines[0], " ")))
	for i, line := range lines[1:] {
		if isFence(line) {
			return i + 2
		}
		line = strings.TrimRight("  "+indent+strings.TrimPrefix(line, indent), " ") + "\n"
		if strings.HasSuffix(lines[0], "```") {
			line = usageLine(line, p.width, false)
		}
		p.out.WriteString(line)
	}
	return len(lines)
}

// paragraph lays out a paragraph, or an item of a list that begins with mark, up to the next block.
func (p *layout) paragraph(lines []string, mark string) int {
	words := []string{strings.TrimPrefix(lines[0], mark)}
	for _, line := range lines[1:] {
		isIndented := strings.HasPrefix(line, " ")
		if strings.TrimSpace(line) == "" || isFence(line) || marker(line) != "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "|") || isIndented && p.inList == 0 {
			break
		}
		words = append(words, line)
	}
	hang := strings.Repeat(" ", p.inList)
	if mark == "" {
		mark = hang
	}
	for _, line := range p.fold(p.inline(strings.Join(words, " ")), p.width-len(hang)) {
		p.line(p.paint(mark + line))
		mark = hang
	}
	return len(words)
}

func isFence(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " "), "```") }

// marker is what an item of a list begins with: "- ", "  10. "; "" for any other line.
func marker(line string) string {
	rest := strings.TrimLeft(line, " ")
	at := len(line) - len(rest)
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	switch {
	case strings.HasPrefix(rest, "- "):
		return line[:at+2]
	case digits > 0 && strings.HasPrefix(rest[digits:], ". "):
		return line[:at+digits+2]
	}
	return ""
}
