package term

import (
	"runtime"
	"strings"
	"unicode/utf8"

	"rsc.io/qr"
)

// A QR code has 4 light modules around it, so that scanners find it. Cameras of phones find one with 2, which
// is what fits under the prompt on a terminal of 24 lines.
func quietZones() []int { return []int{4, 2} }

// tooSmall is why there is no drawing where lines above it take too much room.
const tooSmall = "the terminal is too small"

// drawQR returns the lines of a drawing of the page's address, for below the prompt, which has to stay in sight; or why
// there can't be one. The code itself is not in it: who scans the page still has to know what it is for.
func (s *Stderr) drawQR(page, above string) (drawing, why string) {
	f := terminalOf(s.Out)
	if f == nil || !s.Env.canDraw() {
		return "", "standard error is no terminal that can show one"
	}
	code, err := qr.Encode(page, qr.L)
	if err != nil {
		return "", err.Error()
	}
	columns, rows := sizeOf(f)
	used := 1 // the countdown
	for line := range strings.Lines(above) {
		used += 1 + utf8.RuneCountInString(strings.TrimRight(line, "\r\n"))/max(columns, 1)
	}
	paint := s.paint()
	for _, paint.quiet = range quietZones() {
		side := code.Size + 2*paint.quiet
		switch {
		case s.Env.speaksUTF8() && side <= columns && (side+1)/2+used <= rows:
			return paint.halfBlocks(code), ""
		case 2*side <= columns && side+used <= rows:
			return paint.doubled(code), ""
		}
	}
	return "", tooSmall
}

// paint says how modules become light and dark on a terminal, whose own colours nobody knows.
type paint struct {
	begin, end string // of a line: black on white, where colours may be used
	ink        bool   // characters are darker than their background
	quiet      int    // light modules around the code
}

// paint uses colours, for then the code is dark on light as scanners want it, whatever the terminal's colours
// are. Without colours (https://no-color.org) it takes the terminal for a dark one, unless COLORFGBG says
// otherwise; many phones read a code whose colours are turned over, too.
func (s *Stderr) paint() paint {
	if s.Env("NO_COLOR") == "" && runtime.GOOS != "windows" {
		return paint{begin: "\x1b[30;47m", end: "\x1b[0m", ink: true}
	}
	background := s.Env("COLORFGBG")
	background = background[strings.LastIndex(background, ";")+1:]
	return paint{ink: background == "7" || background == "15"}
}

// halfBlocks draws two rows of modules in one line, as one character for each column.
func (p paint) halfBlocks(c *qr.Code) string {
	return p.lines(c, 2, func(x, y int) string {
		upper, lower := c.Black(x, y) == p.ink, c.Black(x, y+1) == p.ink
		if !p.ink && y+1 >= c.Size+p.quiet {
			lower = false // below the drawing
		}
		switch {
		case upper && lower:
			return "█"
		case upper:
			return "▀"
		case lower:
			return "▄"
		}
		return " "
	})
}

// doubled draws one row of modules in one line, as two characters of ASCII for each: spaces on a colour, or
// "##" on none.
func (p paint) doubled(c *qr.Code) string {
	coloured := p.begin != ""
	p.begin = ""
	return p.lines(c, 1, func(x, y int) string {
		if coloured && c.Black(x, y) {
			return "\x1b[40m  "
		}
		if coloured {
			return "\x1b[47m  "
		}
		if c.Black(x, y) == p.ink {
			return "##"
		}
		return "  "
	})
}

func (p paint) lines(c *qr.Code, step int, cell func(x, y int) string) string {
	var b strings.Builder
	for y := -p.quiet; y < c.Size+p.quiet; y += step {
		b.WriteString(p.begin)
		for x := -p.quiet; x < c.Size+p.quiet; x++ {
			b.WriteString(cell(x, y))
		}
		b.WriteString(p.end + "\n")
	}
	return b.String()
}
