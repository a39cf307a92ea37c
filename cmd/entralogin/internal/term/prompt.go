package term

import (
	"io"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin"
)

// narrow is how many columns a terminal has at most on which lines are broken between words: a code that its
// edge cuts in two can't be read.
const narrow = 60

// Show puts a sign-in before the person, and below it the drawing that --qr asks for. Then it does what --copy and
// --open ask for.
func (s *Stderr) Show(r plugin.Request, p plugin.Prompt) error {
	defer s.handOver(p)
	if s.drawnByAnother() {
		s.Lines(shortWords(r, p, s.Now()))
		return nil
	}
	words := plugin.PromptWords(r, p, s.Now())
	s.Say("%s", words)
	if s.QR {
		io.WriteString(s.Out, s.qrBelow(p.URL, strings.Split(words, "\n")))
	}
	return nil
}

// Count counts the time down while a person is asked, until the returned function is called. On a screen that another
// program draws it keeps the prompt in sight instead.
func (s *Stderr) Count(r plugin.Request, p plugin.Prompt) (stop func()) {
	f := terminalOf(s.Out)
	if f == nil || !s.Env.canDraw() || s.inCI() {
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
	s.count.Store(c)
	ended := c.start()
	return func() {
		ended()
		s.count.Store(nil)
	}
}
