package page

import (
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

const gap = 2 // columns between those of a table

// table lays out a table in columns that wrap in their cells; where there is too little room for that, each row
// as a paragraph: its first cell, and below it the others with the names of their columns.
func (p *layout) table(lines []string) {
	rows := p.cells(lines)
	widths := columns(rows, p.width)
	if widths == nil {
		p.records(rows)
		return
	}
	for i, row := range rows {
		var cells [][]string
		height := 1
		for j, cell := range row {
			cells = append(cells, p.fold(cell, widths[j]))
			height = max(height, len(cells[j]))
		}
		for n := range height {
			var b strings.Builder
			for j, cell := range cells {
				words := ""
				if n < len(cell) {
					words = cell[n]
				}
				if i == 0 {
					words = bold + plain(words) + end
				}
				b.WriteString(words + strings.Repeat(" ", widths[j]-text.Width(words)+gap))
			}
			p.line(strings.TrimRight(p.paint(b.String()), " "))
		}
		if i == 0 && !p.style.HasColours() {
			p.rule(widths)
		}
	}
}

// rule stands below the names of columns that nothing else tells from the rows.
func (p *layout) rule(widths []int) {
	var b strings.Builder
	for _, w := range widths {
		b.WriteString(strings.Repeat("-", w) + strings.Repeat(" ", gap))
	}
	p.line(strings.TrimRight(b.String(), " "))
}

// records lays out rows one below the other.
func (p *layout) records(rows [][]string) {
	names := 0
	for _, name := range rows[0][1:] {
		names = max(names, text.Width(name))
	}
	for i, row := range rows[1:] {
		if i > 0 {
			p.line("")
		}
		for _, line := range p.fold(row[0], p.width) {
			p.line(p.paint(bold + plain(line) + end))
		}
		for j, cell := range row[1:] {
			if cell == "" {
				continue
			}
			name := "  " + rows[0][j+1] + strings.Repeat(" ", names-text.Width(rows[0][j+1])+gap)
			margin := text.Width(name)
			if p.width-margin < 24 {
				p.line("  " + p.paint(rows[0][j+1]) + ":")
				name, margin = "    ", 4
			}
			for _, line := range p.fold(cell, p.width-margin) {
				p.line(p.paint(name + line))
				name = strings.Repeat(" ", margin)
			}
		}
	}
}

// cells are those of a table's lines, without the line below the names; all rows have as many as the first.
func (p *layout) cells(lines []string) [][]string {
	var rows [][]string
	for i, line := range lines {
		if i == 1 {
			continue
		}
		line = strings.ReplaceAll(strings.Trim(strings.TrimSpace(line), "|"), `\|`, "\x03")
		var row []string
		for _, cell := range strings.Split(line, "|") {
			row = append(row, p.inline(strings.ReplaceAll(strings.TrimSpace(cell), "\x03", "|")))
		}
		if len(rows) > 0 {
			row = append(row, make([]string, len(rows[0]))...)[:len(rows[0])]
		}
		rows = append(rows, row)
	}
	return rows
}

// columns are the widths of a table's columns so that it fits; nil where some would be too narrow to read. The
// narrow ones have what they need, and the others share the rest.
func columns(rows [][]string, width int) []int {
	const least = 18 // columns of a cell that goes on in a next line
	const whole = 26 // code is broken in a cell if it is no longer; what is longer people copy
	needs, words := make([]int, len(rows[0])), make([]int, len(rows[0]))
	for _, row := range rows {
		for j, cell := range row {
			needs[j] = max(needs[j], text.Width(cell))
			for _, word := range strings.Fields(cell) {
				if text.Width(word) <= whole {
					word = slices.MaxFunc(strings.Split(word, hard), func(a, b string) int { return text.Width(a) - text.Width(b) })
				}
				words[j] = max(words[j], text.Width(word))
			}
		}
	}
	rest := width - gap*(len(needs)-1)
	order := make([]int, len(needs))
	for j := range order {
		order[j] = j
	}
	slices.SortFunc(order, func(a, b int) int { return needs[a] - needs[b] })
	widths := make([]int, len(needs))
	for i, j := range order {
		share := rest / (len(order) - i)
		widths[j] = min(needs[j], max(share, words[j]))
		if widths[j] < needs[j] && widths[j] < least || widths[j] > rest {
			return nil
		}
		rest -= widths[j]
	}
	return widths
}
