package term

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// Prefix begins every line on standard error.
const Prefix = "entralogin: "

// Stderr is standard error as people read it: lines with the prefix, and what a terminal shows while a person
// is asked. A person who closed it wants no lines: what can't be written is dropped.
type Stderr struct {
	Out     io.Writer
	Env     Env
	Now     func() time.Time
	Verbose int  // 1: what was decided; 2: each request, too
	Quiet   bool // leave warnings out; a prompt is none, and neither is how a call ends
	QR      bool // draw the page's address below a prompt
	Said    bool // something was written

	HandOver HandOver // what is done with a prompt besides

	Typed Spelling // of our commands

	mu    sync.Mutex                // over a write: several services may be asked at a time
	count atomic.Pointer[countdown] // while a person is asked on a terminal
}

// Lines writes lines in one write, so that two processes don't mix theirs.
func (s *Stderr) Lines(lines []string) { s.write(s.form(lines)) }

// write writes lines that have their form, beside the countdown.
func (s *Stderr) write(shown string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Said = true
	write := func() { io.WriteString(s.Out, shown) }
	if c := s.count.Load(); c != nil {
		c.aside(write)
		return
	}
	write()
}

// Say writes a text, which may have several lines.
func (s *Stderr) Say(format string, args ...any) {
	s.Lines(strings.Split(fmt.Sprintf(format, args...), "\n"))
}

// Warn writes what a person may want to know though the answer is right.
func (s *Stderr) Warn(content string) {
	if !s.Quiet {
		s.Say("%s", content)
	}
}

// Explain says what was decided, with -v.
func (s *Stderr) Explain(content string) {
	if s.Verbose >= 1 {
		s.Say("%s", content)
	}
}

// Trace says what was asked of a service, with -vv.
func (s *Stderr) Trace(x https.Exchange) {
	if s.Verbose < 2 {
		return
	}
	result := fmt.Sprint(x.Status)
	if x.Err != nil {
		result = "failed"
	}
	scheme := "https"
	if x.Plain {
		scheme = "http"
	}
	s.Say("%s %s://%s%s: %s in %d ms", x.Method, scheme, x.Host, x.Path, result, x.Took.Milliseconds())
}

// Spelling makes a text name our commands as the person types them. nil leaves them as "entralogin COMMAND".
type Spelling func(string) string

// Of is the text.
func (s Spelling) Of(content string) string {
	if s == nil {
		return content
	}
	return s(content)
}

// form is how lines are written: with the prefix, and as Out can show them.
func (s *Stderr) form(lines []string) string {
	lines = slices.Clone(lines)
	for i, line := range lines {
		lines[i] = s.Typed.Of(line)
	}
	f := terminalOf(s.Out)
	if f == nil {
		return lay(lines, 0)
	}
	columns, _ := sizeOf(f)
	if s.drawnByAnother() {
		return over(Wrap(lay(lines, 0), columns))
	}
	return returned(f, lay(lines, columns))
}

// Verbatim writes lines such as those of a diff, none of which is broken.
func (s *Stderr) Verbatim(lines []string) {
	s.Said = true
	shown := lay(lines, 0)
	if f := terminalOf(s.Out); f != nil {
		shown = returned(f, shown)
	}
	io.WriteString(s.Out, shown)
}

// lay puts the prefix before lines, and breaks what is wider than columns, 0 meaning no bound.
func lay(lines []string, columns int) string {
	const hang = 2 // what goes on is told from the next line
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(Prefix + text.Clean(line) + "\n")
	}
	return wrap(b.String(), columns, hang)
}

// returned gives lines the ends that a terminal needs.
func returned(f *os.File, lines string) string {
	if !linesReturn(f) {
		return strings.ReplaceAll("\n"+lines, "\n", "\r\n")
	}
	return lines
}
