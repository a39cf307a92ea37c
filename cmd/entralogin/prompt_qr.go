package main

import (
	"io"
	"runtime"
	"strings"
	"unicode/utf8"

	"rsc.io/qr"
)

// qrCode is the setting that has the page's address drawn as a QR code.
const qrCode = "qr"

// quietZone is how many light modules a QR code has around it, so that scanners find it.
const quietZone = 4

func wantsQR(s settings) (bool, error) {
	switch value, origin := s.get(qrCode); strings.ToLower(value) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, badSetting(qrCode, value, origin, "is neither true nor false")
	}
}

// showQR draws the address of the page below the prompt, which has to stay in sight, or says why not. The code
// itself is not in it: who scans the page still has to know what it is for.
func (a *app) showQR(page string, above []string) {
	drawing, why := a.drawQR(page, above)
	if why != "" {
		a.say("no QR code: %s", why)
		return
	}
	io.WriteString(a.stderr, drawing)
}

// drawQR returns the lines of the drawing, or why there can't be one.
func (a *app) drawQR(page string, above []string) (drawing, why string) {
	f := terminalOf(a.stderr)
	if f == nil || !a.canDraw() {
		return "", "standard error is no terminal that can show one"
	}
	code, err := qr.Encode(page, qr.L)
	if err != nil {
		return "", err.Error()
	}
	columns, rows := sizeOf(f)
	used := 1 // the countdown
	for _, line := range above {
		used += 1 + (len(prefix)+utf8.RuneCountInString(line))/max(columns, 1)
	}
	side := code.Size + 2*quietZone
	paint := a.paint()
	switch {
	case a.speaksUTF8() && side <= columns && (side+1)/2+used <= rows:
		return paint.halfBlocks(code), ""
	case 2*side <= columns && side+used <= rows:
		return paint.doubled(code), ""
	}
	return "", "the terminal is too small"
}

// paint says how modules become light and dark on a terminal, whose own colours nobody knows.
type paint struct {
	begin, end string // of a line: black on white, where colours may be used
	ink        bool   // characters are darker than their background
}

// paint uses colours, for then the code is dark on light as scanners want it, whatever the terminal's colours
// are. Without colours (https://no-color.org) it takes the terminal for a dark one, unless COLORFGBG says
// otherwise; many phones read a code whose colours are turned over, too.
func (a *app) paint() paint {
	if a.getenv("NO_COLOR") == "" && runtime.GOOS != "windows" {
		return paint{begin: "\x1b[30;47m", end: "\x1b[0m", ink: true}
	}
	background := a.getenv("COLORFGBG")
	background = background[strings.LastIndex(background, ";")+1:]
	return paint{ink: background == "7" || background == "15"}
}

// halfBlocks draws two rows of modules in one line, as one character for each column.
func (p paint) halfBlocks(c *qr.Code) string {
	return p.lines(c, 2, func(x, y int) string {
		upper, lower := c.Black(x, y) == p.ink, c.Black(x, y+1) == p.ink
		if !p.ink && y+1 >= c.Size+quietZone {
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
	for y := -quietZone; y < c.Size+quietZone; y += step {
		b.WriteString(p.begin)
		for x := -quietZone; x < c.Size+quietZone; x++ {
			b.WriteString(cell(x, y))
		}
		b.WriteString(p.end + "\n")
	}
	return b.String()
}
