// Package term writes for people: lines on standard error, prompts, a countdown, QR codes, and what a terminal
// can show.
package term

import (
	"io"
	"os"
	"runtime"
	"strings"
	"unicode/utf8"

	xterm "golang.org/x/term"
)

// terminalOf returns the terminal that out writes to, nil if it is none.
func terminalOf(out io.Writer) *os.File {
	f, ok := out.(*os.File)
	if !ok || !xterm.IsTerminal(int(f.Fd())) {
		return nil
	}
	return f
}

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
func Wrap(text string, columns int) string {
	const narrowest = 10
	if columns < narrowest {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(wrapLine(line, columns))
	}
	return b.String()
}

func wrapLine(line string, columns int) string {
	if utf8.RuneCountInString(strings.TrimRight(line, "\n")) <= columns {
		return line
	}
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	if len(indent) > columns/2 {
		indent = "  "
	}
	var b strings.Builder
	at := 0
	for _, word := range strings.Fields(line) {
		n := utf8.RuneCountInString(word)
		switch {
		case at == 0:
			b.WriteString(indent)
			at = len(indent)
		case at+1+n > columns:
			b.WriteString("\n" + indent)
			at = len(indent)
		default:
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at += n
	}
	if strings.HasSuffix(line, "\n") {
		b.WriteString("\n")
	}
	return b.String()
}
