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

// Fit is Table of the first of the tables, rows and the shorter ones behind it, that is no wider than width columns, 0 or
// less meaning no bound. Where none is, the last column of the last one is cut, if it is a shorter one and something is
// left of the column; else each row stands as lines with the name of a column each, without what is empty or "-". A row
// that begins with an empty cell goes on with the one before.
func Fit(rows [][]string, width int, shorter ...[][]string) string {
	for _, rows = range append([][][]string{rows}, shorter...) {
		if table := Table(rows, 0); width <= 0 || isWithin(table, width) {
			return table
		}
	}
	const least = 12 // columns of what is cut
	if len(shorter) > 0 {
		var others [][]string
		for _, row := range rows {
			others = append(others, row[:len(row)-1])
		}
		if isWithin(Table(others, 0), width-len(gap)-least) {
			return Table(rows, width)
		}
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
	return Facts(facts, width)
}

func isWithin(lines string, width int) bool {
	for line := range strings.Lines(lines) {
		if Width(strings.TrimSuffix(line, "\n")) > width {
			return false
		}
	}
	return true
}

// Facts lays out rows of a name and a value, and breaks values between words where a row would be wider than width
// columns, 0 or less meaning no bound: beside the name, or below it where there is too little room. A name that
// begins with spaces is of what stands below another. A row without cells is an empty line.
func Facts(rows [][]string, width int) string {
	names := 0
	clean := make([][]string, len(rows))
	for i, row := range rows {
		for _, cell := range row {
			clean[i] = append(clean[i], strings.TrimRight(Clean(cell), " "))
		}
		if len(row) > 0 {
			names = max(names, Width(clean[i][0]))
		}
	}
	const least = 24 // columns in which a value can be read
	margin := names + len(gap)
	if width-margin >= least || width <= 0 || isWithin(facts(clean, margin, 0), width) {
		return facts(clean, margin, width)
	}
	return facts(clean, width, width) // no value stands beside its name
}

// facts are clean rows whose values stand behind margin columns, or below their names where those are too few.
func facts(rows [][]string, margin, width int) string {
	var b strings.Builder
	for _, row := range rows {
		if len(row) > 0 {
			b.WriteString(fact(row[0], strings.Join(row[1:], gap), margin, width))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func fact(name, value string, margin, width int) string {
	begin := name + strings.Repeat(" ", max(margin-Width(name), 0))
	if width <= 0 || margin+Width(value) <= width || value == "" {
		return strings.TrimRight(begin+value, " ")
	}
	lines := Fold(value, width-margin)
	if margin >= width || !isWithin(strings.Join(lines, "\n"), width-margin) {
		below := "\n" + gap + name[:len(name)-len(strings.TrimLeft(name, " "))]
		return name + below + strings.Join(Fold(value, max(width-len(below)+1, 1)), below)
	}
	return begin + strings.Join(lines, "\n"+strings.Repeat(" ", margin))
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
