package graph

import (
	"bytes"
	"strings"
	"unicode"
)

const gap = 2 // spaces between two columns

// writeColumns writes rows with their columns aligned. A line that would be wider than width (0 means
// no bound) is cut.
func writeColumns(out *bytes.Buffer, rows [][]string, width int) {
	var widest []int
	for _, row := range rows {
		for i, s := range row {
			if i == len(widest) {
				widest = append(widest, 0)
			}
			widest[i] = max(widest[i], columns(s))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, s := range row {
			line.WriteString(s)
			line.WriteString(strings.Repeat(" ", widest[i]-columns(s)+gap))
		}
		out.WriteString(cut(strings.TrimRight(line.String(), " "), width))
		out.WriteByte('\n')
	}
}

// columns returns how many columns of a terminal s takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// cut cuts s to width columns; what is cut is marked with "…".
func cut(s string, width int) string {
	if width <= 0 || columns(s) <= width {
		return s
	}
	n := 0
	for i, r := range s {
		if n += runeColumns(r); n > width-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// runeColumns is a short form of Unicode's East Asian Width (https://www.unicode.org/reports/tr11/):
// combining marks take no column, the scripts and symbols of East Asia and emoji take two.
func runeColumns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf && r != 0x303f, r >= 0xac00 && r <= 0xd7a3,
		r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f, r >= 0xff01 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6,
		r >= 0x1f300 && r <= 0x1f64f, r >= 0x1f680 && r <= 0x1f6ff, r >= 0x1f900 && r <= 0x1f9ff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}
