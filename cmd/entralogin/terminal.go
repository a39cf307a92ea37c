package main

import (
	"bytes"
	"io"
	"os"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// terminalOf returns the terminal that out writes to, nil if it is none.
func terminalOf(out io.Writer) *os.File {
	f, ok := out.(*os.File)
	if plain, is := out.(plainTerminal); is {
		f, ok = plain.File, true
	}
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return f
}

// sizeOf returns the columns and rows of a terminal; 0 where it does not say.
func sizeOf(f *os.File) (columns, rows int) {
	columns, rows, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0, 0
	}
	return columns, rows
}

// canDraw reports whether a terminal can do more than show one line after the other.
func (a *app) canDraw() bool {
	name := a.getenv("TERM")
	return name != "dumb" && (name != "" || runtime.GOOS == "windows")
}

// speaksUTF8 reports whether the terminal shows more than ASCII, as the locale says:
// https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html#tag_08_02
func (a *app) speaksUTF8() bool {
	if runtime.GOOS == "windows" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := a.getenv(name); value != "" {
			value = strings.ToLower(value)
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return false
}

// The one character beyond ASCII that texts of ours have, and what stands for it elsewhere. Names of people
// and places stay as they are.
const (
	ellipsis      = "…"
	plainEllipsis = "..."
)

// plainTerminal is a terminal that shows ASCII alone.
type plainTerminal struct{ *os.File }

func (p plainTerminal) Write(b []byte) (int, error) {
	if _, err := p.File.Write(bytes.ReplaceAll(b, []byte(ellipsis), []byte(plainEllipsis))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// fitStdout has a terminal without UTF-8 get none of ours. A file, a pipe and a program get the same answer
// in every locale.
func (a *app) fitStdout() {
	if a.speaksUTF8() {
		return
	}
	if f := terminalOf(a.stdout); f != nil {
		a.stdout = plainTerminal{f}
	}
}

// width is how many columns a table may have: those of the terminal, or 0 where there is none.
func (a *app) width() int {
	f := terminalOf(a.stdout)
	if f == nil {
		return 0
	}
	columns, _ := sizeOf(f)
	if _, plain := a.stdout.(plainTerminal); plain {
		columns = max(columns-len(plainEllipsis)+1, 0)
	}
	return columns
}

// wrap breaks a text between words where it is wider than columns. A line goes on below its own beginning.
func wrap(text string, columns int) string {
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
