package page

import (
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/text"
)

// Usage lays out what is said of a command and its flags, line by line, in width columns. Command lines are left
// whole, for people copy them.
func Usage(content string, width int, style term.Style) string {
	var b strings.Builder
	example := false
	for line := range strings.Lines(content) {
		if words := strings.TrimRight(line, "\n"); strings.HasSuffix(words, ":") && !strings.HasPrefix(words, " ") {
			example = words == "Examples:"
			line = style.Bold(words) + "\n"
		}
		b.WriteString(usageLine(line, width, example))
	}
	return b.String()
}

// usageLine breaks a line that is too long. What is said of a flag or a command stays beside it if there is room,
// else it goes below.
func usageLine(line string, width int, example bool) string {
	const narrowest = 30
	named := strings.TrimLeft(line, " ")
	indent := len(line) - len(named)
	if width <= 0 || text.Width(strings.TrimRight(line, "\n")) <= width {
		return line
	}
	gap := strings.Index(named, "  ")
	command := example || strings.HasPrefix(named, "entralogin ")
	if indent == 0 || gap < 0 {
		if command && indent > 0 {
			return line
		}
		return term.Wrap(line, width)
	}
	said := strings.TrimLeft(named[gap:], " ")
	name := line[:len(line)-len(said)]
	if width-len(name) >= narrowest {
		return name + strings.Join(text.Fold(said, width-len(name)), "\n"+strings.Repeat(" ", len(name))) + "\n"
	}
	margin := indent + 4
	if strings.HasPrefix(named, "-") {
		margin = 10 // below all flags, with a short name or without
	}
	below := "\n" + strings.Repeat(" ", margin)
	if command {
		below += "# "
	}
	return strings.TrimRight(name, " ") + below + strings.Join(text.Fold(said, width-len(below)+1), below) + "\n"
}
