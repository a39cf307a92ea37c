package text

import (
	"strings"

	"github.com/rivo/uniseg"
)

// gap is how many spaces stand between two columns of a table.
const gap = "  "

// Table lays rows out in columns, each as wide as its widest cell, and ends each row with a line end. Cells are
// cleaned. A row that would be wider than width is cut; 0 means no bound. Rows may differ in length.
func Table(rows [][]string, width int) string {
	var widest []int
	clean := make([][]string, len(rows))
	for i, row := range rows {
		for j, cell := range row {
			if j == len(widest) {
				widest = append(widest, 0)
			}
			cell = strings.TrimSpace(Clean(cell))
			clean[i] = append(clean[i], cell)
			widest[j] = max(widest[j], Width(cell))
		}
	}
	var b strings.Builder
	for _, row := range clean {
		var line strings.Builder
		for j, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", widest[j]-Width(cell)) + gap)
		}
		b.WriteString(Cut(strings.TrimRight(line.String(), " "), width) + "\n")
	}
	return b.String()
}

// Fit is Table where that is no wider than width columns, 0 or less meaning no bound. Elsewhere each row stands as
// lines with the name of a column each, without what is empty or "-". A row that begins with an empty cell goes
// on with the one before.
func Fit(rows [][]string, width int) string {
	table := Table(rows, 0)
	narrow := false
	for line := range strings.Lines(table) {
		narrow = narrow || width > 0 && Width(strings.TrimSuffix(line, "\n")) > width
	}
	if !narrow {
		return table
	}
	var facts [][]string
	for i, row := range rows[1:] {
		if i > 0 && row[0] != "" {
			facts = append(facts, nil)
		}
		for j, cell := range row {
			if cell != "" && cell != "-" {
				facts = append(facts, []string{rows[0][j], cell})
			}
		}
	}
	return Table(facts, 0)
}

// Fold breaks a clean text between words into lines of width columns. A longer word keeps a line of its own; 0 or
// less means no bound.
func Fold(s string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(s) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case width > 0 && Width(*last)+1+Width(word) > width:
			lines = append(lines, word)
		default:
			*last += " " + word
		}
	}
	return lines
}

// Width is how many columns of a terminal a clean text takes: a letter with its combining marks takes one, those
// of East Asia and emoji take two. https://www.unicode.org/reports/tr11/
func Width(s string) int { return uniseg.StringWidth(s) }

// Cut cuts a clean text to width columns, 0 or less meaning no bound; what is cut is marked with "...", which every terminal
// can show.
func Cut(s string, width int) string {
	if width <= 0 || Width(s) <= width {
		return s
	}
	mark := "..."[:min(3, width)]
	kept := 0
	for at, state := 0, -1; ; {
		cluster, _, columns, next := uniseg.FirstGraphemeClusterInString(s[kept:], state)
		if at += columns; at > width-len(mark) {
			return s[:kept] + mark
		}
		kept, state = kept+len(cluster), next
	}
}
