package main

import (
	"image"
	"image/color"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// shades are the cells of a drawn line, upper and lower half: whether each is light. dark says that the
// terminal's own background is.
func shades(line string, dark bool) (upper, lower []bool) {
	ink, paper := dark, !dark // of characters, and of what is behind them: light or not
	runes := []rune(line)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; r {
		case '\x1b':
			end := i
			for runes[end] != 'm' {
				end++
			}
			switch string(runes[i+1 : end+1]) {
			case "[30;47m":
				ink, paper = false, true
			case "[40m":
				paper = false
			case "[47m":
				paper = true
			case "[0m":
				ink, paper = dark, !dark
			}
			i = end
		case '█', '#':
			upper, lower = append(upper, ink), append(lower, ink)
		case '▀':
			upper, lower = append(upper, ink), append(lower, paper)
		case '▄':
			upper, lower = append(upper, paper), append(lower, ink)
		default:
			upper, lower = append(upper, paper), append(lower, paper)
		}
	}
	return upper, lower
}

// scanScreen reads the QR code among lines, as a phone in front of the terminal does.
func scanScreen(t *testing.T, raw string, dark bool) string {
	t.Helper()
	var rows [][]bool
	for line := range strings.Lines(raw) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, term.Prefix) || strings.HasPrefix(line, "Signed in") || sentence.MatchString(line) {
			continue
		}
		upper, lower := shades(line, dark)
		rows = append(rows, upper, lower)
	}
	isDark := func(row []bool) bool { return !slices.Contains(row, true) }
	for dark && len(rows) > 0 && isDark(rows[len(rows)-1]) { // the terminal's own, below the code's edge
		rows = rows[:len(rows)-1]
	}
	width := 0
	for _, row := range rows {
		width = max(width, len(row))
	}
	tall := width > len(rows)*3/2 // two characters for each module: a row is twice as high
	if width == 0 || tall {
		t.Fatalf("no square: %d columns, %d half rows", width, len(rows))
	}
	result, err := scan(rows, width, dark, nil)
	if err != nil { // the library's search for a code misses one in a thousand, by its content; here it stands straight
		result, err = scan(rows, width, dark, map[gozxing.DecodeHintType]interface{}{gozxing.DecodeHintType_PURE_BARCODE: true})
	}
	if err != nil {
		t.Errorf("%v\n%s", err, raw)
		return ""
	}
	return result.GetText()
}

// scan reads the code in rows of modules.
func scan(rows [][]bool, width int, dark bool, hints map[gozxing.DecodeHintType]interface{}) (*gozxing.Result, error) {
	const px = 3 // the scanner looks at blocks of 8 pixels, which no module may fill
	picture := image.NewGray(image.Rect(0, 0, width*px, len(rows)*px))
	for y, row := range rows {
		for x := range width {
			light := !dark
			if x < len(row) {
				light = row[x]
			}
			if light {
				for i := range px * px {
					picture.SetGray(x*px+i%px, y*px+i/px, color.Gray{Y: 255})
				}
			}
		}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return nil, err
	}
	return qrcode.NewQRCodeReader().Decode(bitmap, hints)
}

// sentence is a line that goes on with the one before.
var sentence = regexp.MustCompile(`^  \S*[0-9A-Za-z]`)

// A scanner reads the page's address from the terminal, and nothing besides: the code is not in it.
func TestQR(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env           []string
		columns, rows int
		dark          bool // the terminal
		plain         bool // no escape sequences
	}{
		"dark":                     {[]string{"LANG=C.UTF-8"}, 80, 30, true, false},
		"light":                    {[]string{"LANG=C.UTF-8"}, 80, 30, false, false},
		"dark, no colours":         {[]string{"LANG=C.UTF-8", "NO_COLOR=1"}, 80, 30, true, true},
		"24 lines":                 {[]string{"LANG=C.UTF-8"}, 80, 24, true, false},
		"24 lines, no colours":     {[]string{"LANG=C.UTF-8", "NO_COLOR=1"}, 80, 24, true, true},
		"light, no colours":        {[]string{"LANG=C.UTF-8", "NO_COLOR=1", "COLORFGBG=0;15"}, 80, 30, false, true},
		"ASCII, dark":              {[]string{"LC_ALL=C"}, 80, 60, true, false},
		"ASCII, light":             {[]string{"LC_ALL=C"}, 80, 60, false, false},
		"ASCII, dark, no colours":  {[]string{"LC_ALL=C", "LANG=C.UTF-8", "NO_COLOR=1"}, 80, 60, true, true},
		"ASCII, light, no colours": {[]string{"NO_COLOR=1", "COLORFGBG=0;15"}, 80, 60, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, append([]string{"TERM=xterm", "ENTRALOGIN_QR=true"}, test.env...)...)
			h.sim.AutoApprove(entratest.Alice, 0)
			raw := h.onTerminal(test.columns, test.rows, nil, "entralogin", "login").end()
			page := page(t, raw)
			if got := scanScreen(t, beforeCountdown(raw), test.dark); got != page {
				t.Errorf("%s: scanned %q, not %q", name, got, page)
			}
			if test.plain && strings.Contains(raw, "\x1b") {
				t.Errorf("%s: an escape sequence: %q", name, raw)
			}
			if ascii := strings.Contains(name, "ASCII"); ascii && strings.ContainsAny(raw, "█▀▄") {
				t.Errorf("%s: more than ASCII", name)
			}
		})
	}
}

// page is the address that the sentence names.
func page(t *testing.T, raw string) string {
	t.Helper()
	_, rest, ok := strings.Cut(raw, "open the page ")
	page, _, _ := strings.Cut(rest, " ")
	if !ok || !strings.HasPrefix(page, "https://") {
		t.Fatalf("no page: %q", raw)
	}
	return page
}

// beforeCountdown is what was sent before and without the countdown.
func beforeCountdown(raw string) string {
	if i := strings.Index(raw, term.Prefix+"waiting"); i >= 0 {
		return raw[:i]
	}
	return raw
}

// Where no code can be drawn, a line says why, and the prompt is as it always is.
func TestNoQR(t *testing.T) {
	t.Parallel()
	for why, test := range map[string]struct {
		columns, rows int
		pipe          bool
		env           []string
	}{
		"the terminal is too small":                           {30, 40, false, nil},
		"the terminal is too small ":                          {80, 18, false, nil},
		"standard error is no terminal that can show one":     {80, 40, true, nil},
		"standard error is no terminal that can show one\r\n": {80, 40, false, []string{"TERM=dumb"}},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			var pipe screen
			h := newHouse(t, append([]string{"TERM=xterm", "LANG=C.UTF-8", "NO_COLOR=1"}, test.env...)...)
			h.sim.AutoApprove(entratest.Alice, time.Second)
			divert := func(c *exec.Cmd) {
				if test.pipe {
					c.Stderr, c.SysProcAttr.Setctty = &pipe, false // and nowhere else
				}
			}
			raw := h.onTerminal(test.columns, test.rows, divert, "entralogin", "login", "--qr").end() + string(pipe.Bytes())
			words := strings.Join(strings.Fields(raw), " ")
			if !strings.Contains(words, "no QR code: "+strings.TrimSpace(why)) || strings.ContainsAny(raw, "█▀▄\x1b") || !strings.Contains(raw, "Signed in as") {
				t.Errorf("%s: %q", why, raw)
			}
		})
	}
}
