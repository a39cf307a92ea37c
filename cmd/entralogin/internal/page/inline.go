package page

import (
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// Marks of a text that is laid out. They take no columns, but for the space that no line is broken at, and no page
// has them.
const (
	bold = "\x01"
	end  = "\x02"
	hard = "\ue000"
)

// inline takes the marks of Markdown out of a text and puts ours in. Code is bold; where nothing can be, quotes hold
// together what has a space.
func (p *layout) inline(s string) string {
	var b strings.Builder
	for s != "" {
		at := strings.IndexAny(s, "`*[<\\")
		if at < 0 {
			at = len(s)
		}
		b.WriteString(s[:at])
		var shown string
		shown, s = p.span(s[at:])
		b.WriteString(shown)
	}
	return b.String()
}

// span is what stands at the beginning of s, and the rest behind it.
func (p *layout) span(s string) (shown, rest string) {
	if s == "" {
		return "", ""
	}
	switch s[0] {
	case '`':
		if code, rest, ok := strings.Cut(s[1:], "`"); ok {
			return p.literal(code), rest
		}
	case '*':
		if words, rest, ok := strings.Cut(strings.TrimPrefix(s, "**"), "**"); ok && strings.HasPrefix(s, "**") {
			return marked(words), rest
		}
	case '[':
		words, rest, ok := strings.Cut(s[1:], "](")
		if url, rest, closed := strings.Cut(rest, ")"); ok && closed && !strings.Contains(words, "]") {
			if strings.HasPrefix(url, "https://") && url != words {
				return p.inline(words) + " (" + url + ")", rest
			}
			return p.inline(words), rest
		}
	case '<':
		if url, rest, ok := strings.Cut(s[1:], ">"); ok && strings.HasPrefix(url, "https://") {
			return url, rest
		}
	case '\\':
		if len(s) > 1 && strings.ContainsRune("`*[<\\|_", rune(s[1])) {
			return s[1:2], s[2:]
		}
	}
	return s[:1], s[1:]
}

func (p *layout) literal(code string) string {
	words := strings.Join(strings.Fields(code), hard)
	if strings.Contains(words, hard) && !p.style.HasColours() {
		return `"` + words + `"`
	}
	return marked(words)
}

// marked makes each word bold by itself: a line may end between them.
func marked(words string) string {
	return bold + strings.NewReplacer(" ", end+" "+bold, hard, end+hard+bold).Replace(words) + end
}

// fold breaks a text into lines of width columns. Code is broken only where it is longer than that.
func (p *layout) fold(s string, width int) []string {
	width = max(width, 1)
	words := strings.Split(s, " ")
	for i, word := range words {
		if text.Width(word) > width {
			words[i] = strings.ReplaceAll(word, hard, " ")
		}
	}
	return text.Fold(strings.Join(words, " "), width)
}

// plain takes the marks of bold words out again.
func plain(s string) string { return strings.NewReplacer(bold, "", end, "").Replace(s) }

// paint writes the marks as the terminal shows them.
func (p *layout) paint(line string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(line, bold)
		b.WriteString(before)
		if !ok {
			break
		}
		words, after, _ := strings.Cut(rest, end)
		b.WriteString(p.style.Bold(words))
		line = after
	}
	return strings.ReplaceAll(b.String(), hard, " ")
}
