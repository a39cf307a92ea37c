package term

import (
	"strings"
	"sync"
	"time"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/text"
)

// narrow is how many columns a terminal has at most on which the well-known sentence is broken between words.
const narrow = 60

// Show puts a sign-in before the person, and below it the drawing that --qr asks for. Then it does what --copy and
// --open ask for.
func (s *Stderr) Show(r plugin.Request, p plugin.Prompt) error {
	defer s.handOver(p)
	if s.drawnByAnother() {
		s.Lines(shortWords(r, p, s.Now()))
		return nil
	}
	s.write(s.prompt(r, p))
	return nil
}

// prompt is how a sign-in is shown, with the drawing that --qr asks for. Where there is no room for all the drawing
// takes the place of the lines below the sentence.
func (s *Stderr) prompt(r plugin.Request, p plugin.Prompt) string {
	words := strings.Split(plugin.PromptWords(r, p, s.Now()), "\n")
	shown := s.promptLines(words, text.Clean(p.URL), text.Clean(p.UserCode))
	switch {
	case !s.QR:
		return shown
	case p.UserCode == "": // a telephone does not reach this machine
		return shown + s.form([]string{"no QR code: the page can be opened on this machine alone"})
	}
	drawing, why := s.drawQR(p.URL, shown)
	if short := lay(words, 0); why == tooSmall {
		if drawing, why = s.drawQR(p.URL, short); why == "" {
			return short + drawing
		}
	}
	if why != "" {
		return shown + s.form([]string{"no QR code: " + why})
	}
	return shown + drawing
}

// promptLines are the lines of a sign-in. On a terminal page and code have lines of their own, for the edge of the
// terminal cuts the well-known sentence anywhere: below the sentence, which stays whole for programs that look for it,
// or within it where the terminal is narrow. Programs look for no other sentence.
func (s *Stderr) promptLines(words []string, page, code string) string {
	f := terminalOf(s.Out)
	if f == nil || s.drawnByAnother() {
		return s.form(words)
	}
	columns, _ := sizeOf(f)
	own := func(words string) string { return Wrap("  "+strings.TrimSpace(words)+"\n", columns) }
	if code == "" {
		return returned(f, lay(words[:1], columns)+apart(words[1:len(words)-1], page, columns)+lay(words[len(words)-1:], columns))
	}
	codeLine := strings.Replace(own(code), code, StyleOf(s.Out, s.Env).Bold(code), 1)
	sentence := Prefix + words[1] + "\n" + own(page) + codeLine
	if columns <= narrow {
		before, rest, _ := strings.Cut(words[1], page)
		between, after, _ := strings.Cut(rest, code)
		sentence = lay([]string{strings.TrimSpace(before)}, columns) + own(page) + own(between) + codeLine + own(after)
	}
	return returned(f, lay(words[:1], columns)+sentence+lay(words[2:], columns))
}

// Count counts the time down while a person is asked, until the returned function is called. On a screen that another
// program draws it keeps the prompt in sight instead. Beside a line that is typed there is none.
func (s *Stderr) Count(r plugin.Request, p plugin.Prompt) (stop func()) {
	f := terminalOf(s.Out)
	if f == nil || !s.Env.canDraw() || s.inCI() || p.Method == plugin.Paste {
		return func() {}
	}
	words := shortWords(r, p, s.Now())
	c := &countdown{out: f, left: func() time.Duration { return p.Expires.Sub(s.Now()) },
		columns: func() int { columns, _ := sizeOf(f); return columns },
		mine:    func() bool { return cooked(f) && inForeground(f) },
		over: func() string {
			if !s.drawnByAnother() {
				return ""
			}
			return s.form(words)
		}}
	ended := c.start()
	c.stop = sync.OnceFunc(func() {
		ended()
		s.count.CompareAndSwap(c, nil)
	})
	s.count.Store(c)
	return c.stop
}

// apart lays lines out, each with what is to be copied from its end on a line of its own: the page, or a command.
func apart(lines []string, page string, columns int) string {
	var b strings.Builder
	for _, line := range lines {
		said, copied := line, ""
		if at := strings.Index(line, ": ssh "); at >= 0 {
			said, copied = line[:at+1], line[at+2:]
		} else if before, after, found := strings.Cut(line, page); page != "" && found {
			said, copied = before+after, page
		}
		b.WriteString(lay([]string{strings.Join(strings.Fields(said), " ")}, columns))
		if copied != "" {
			b.WriteString("  " + copied + "\n")
		}
	}
	return b.String()
}
