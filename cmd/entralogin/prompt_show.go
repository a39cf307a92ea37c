package main

import (
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin"
)

// narrow is how many columns a terminal has at most on which lines are broken between words: a code that its
// edge cuts in two can't be read.
const narrow = 60

// showPrompt puts a code before the person, and below it what --qr asks for.
func (a *app) showPrompt(s settings, r plugin.Request, code plugin.Code) {
	words := plugin.PromptWords(r, code, a.now())
	a.say("%s", words)
	if on, err := wantsQR(s); on && err == nil {
		a.showQR(code.VerificationURI, strings.Split(words, "\n"))
	}
}

// fitStderr gives lines the form that standard error can show.
func (a *app) fitStderr(text string) string {
	if strings.Contains(text, ellipsis) && !a.speaksUTF8() {
		text = strings.ReplaceAll(text, ellipsis, plainEllipsis)
	}
	if f := terminalOf(a.stderr); f != nil {
		if columns, _ := sizeOf(f); columns <= narrow {
			return wrap(text, columns)
		}
	}
	return text
}

// counting counts the time down while a person is asked, until the returned function is called. end is when
// the code ends.
func (a *app) counting(r plugin.Request, end time.Time) (stop func()) {
	if r.PromptTimeout > 0 && a.now().Add(r.PromptTimeout).Before(end) {
		end = a.now().Add(r.PromptTimeout)
	}
	f := terminalOf(a.stderr)
	ci := a.getenv("CI")
	if f == nil || !a.canDraw() || ci != "" && ci != "0" && !strings.EqualFold(ci, "false") {
		return func() {}
	}
	c := &countdown{out: f, left: func() time.Duration { return end.Sub(a.now()) },
		columns: func() int { columns, _ := sizeOf(f); return columns },
		mine:    func() bool { return inForeground(f) }}
	a.count.Store(c)
	ended := c.start()
	return func() {
		ended()
		a.count.Store(nil)
	}
}
