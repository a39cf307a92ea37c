package term

import (
	"strings"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/text"
)

// A program that draws a whole screen (k9s, fzf) has the terminal raw: a line feed does not go back to the
// beginning of the line, and at the bottom it moves everything up, while the program goes on drawing what it thinks
// is missing. So what is said goes over the first lines of such a screen. A prompt is short there and comes again
// every second, for a redraw takes it away, with no countdown; when it is over the program is told to redraw.
//
// The sequences are those of every terminal since the VT100 that has raw programs: save the cursor, go to the first
// line, erase to the end of the line, restore the cursor (ECMA-48, DECSC, DECRC).
const (
	saveAndHome = "\x1b7\x1b[1;1H"
	eraseToEnd  = "\x1b[K"
	restore     = "\x1b8"
)

// drawnByAnother reports whether a program that draws the whole screen has the terminal of out, and whether this
// process may write on it.
func (s *Stderr) drawnByAnother() bool {
	f := terminalOf(s.Out)
	return f != nil && s.Env.canDraw() && !linesReturn(f) && inForeground(f)
}

// over is how lines look that go over the first ones of a screen. They have been broken to fit.
func over(lines string) string {
	var b strings.Builder
	b.WriteString(saveAndHome)
	for line := range strings.Lines(lines) {
		b.WriteString(strings.TrimSuffix(line, "\n") + eraseToEnd + "\r\n")
	}
	b.WriteString(restore)
	return b.String()
}

// short is a prompt on such a screen.
func (s *Stderr) short(r plugin.Request, p plugin.Prompt) string {
	r.Client, r.Scopes, r.Why = "", nil, ""
	return s.promptLines(strings.Split(plugin.PromptWords(r, p, s.Now()), "\n"), text.Clean(p.URL), text.Clean(p.UserCode))
}
