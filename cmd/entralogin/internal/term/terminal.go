// Package term writes for people: lines on standard error, prompts, a countdown, QR codes, and what a terminal
// can show.
package term

import (
	"io"
	"os"
	"runtime"
	"strings"

	xterm "golang.org/x/term"

	"github.com/entralogin/entralogin/plugin/text"
)

// terminalOf returns the terminal that out writes to, nil if it is none.
func terminalOf(out io.Writer) *os.File {
	f, ok := out.(*os.File)
	if !ok || !xterm.IsTerminal(int(f.Fd())) {
		return nil
	}
	return f
}

// IsTerminal reports whether out is a terminal.
func IsTerminal(out io.Writer) bool { return terminalOf(out) != nil }

// sizeOf returns the columns and rows of a terminal; 0 where it does not say.
func sizeOf(f *os.File) (columns, rows int) {
	columns, rows, err := xterm.GetSize(int(f.Fd()))
	if err != nil {
		return 0, 0
	}
	return columns, rows
}

// Env is the environment, as far as it says what a terminal can do.
type Env func(name string) string

// canDraw reports whether a terminal can do more than show one line after the other.
func (env Env) canDraw() bool {
	name := env("TERM")
	return name != "dumb" && (name != "" || runtime.GOOS == "windows")
}

// speaksUTF8 reports whether the terminal shows more than ASCII, as the locale says:
// https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html#tag_08_02
func (env Env) speaksUTF8() bool {
	if runtime.GOOS == "windows" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := env(name); value != "" {
			value = strings.ToLower(value)
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return false
}

// Width is how many columns a table on out may have: those of the terminal, or 0 where there is none.
func Width(out io.Writer) int {
	f := terminalOf(out)
	if f == nil {
		return 0
	}
	columns, _ := sizeOf(f)
	return columns
}

// Rows is how many lines out shows at a time: those of a terminal that can do more than show one line after the other,
// or 0.
func Rows(out io.Writer, env Env) int {
	f := terminalOf(out)
	if f == nil || !env.canDraw() {
		return 0
	}
	_, rows := sizeOf(f)
	return rows
}

// Wrap breaks a text between words where it is wider than columns. A line goes on below its own beginning.
func Wrap(content string, columns int) string { return wrap(content, columns, 0) }

// wrap is Wrap whose lines go on by hang columns further to the right.
func wrap(content string, columns, hang int) string {
	const narrowest = 10
	if columns < narrowest {
		return content
	}
	var b strings.Builder
	for line := range strings.Lines(content) {
		words, ended := strings.CutSuffix(line, "\n")
		if text.Width(words) > columns {
			words = wrapLine(words, columns, hang)
		}
		b.WriteString(words)
		if ended {
			b.WriteString("\n")
		}
	}
	return b.String()
}

func wrapLine(line string, columns, hang int) string {
	words := strings.TrimLeft(line, " ")
	indent := line[:len(line)-len(words)]
	if len(indent) > columns/2 {
		indent = "  "
	}
	on := indent + strings.Repeat(" ", hang)
	const hard = "\ue000\ue000" // two spaces at which no line is broken, as in "1  alice"; a clean text has none of them
	lines := text.Fold(strings.ReplaceAll(words, "  ", hard), columns-len(on))
	for i, words := range lines {
		words = strings.ReplaceAll(words, hard, "  ")
		lines[i] = words
		switch {
		case len(on)+text.Width(words) > columns: // a word, which has the whole line
		case i == 0:
			lines[i] = indent + words
		default:
			lines[i] = on + words
		}
	}
	return strings.Join(lines, "\n")
}
