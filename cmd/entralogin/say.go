package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// prefix begins every line on standard error.
const prefix = "entralogin: "

// sayAll writes lines to standard error in one write, so that two processes don't mix theirs. A person who
// closed standard error wants no lines: what can't be written is dropped.
func (a *app) sayAll(lines []string) {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(prefix + text.Clean(line) + "\n")
	}
	write := func() { io.WriteString(a.stderr, a.fitStderr(b.String())) }
	if c := a.count.Load(); c != nil {
		c.aside(write)
		return
	}
	write()
}

func (a *app) say(format string, args ...any) {
	a.sayAll(strings.Split(fmt.Sprintf(format, args...), "\n"))
}

// explain says what was decided, with -v.
func (a *app) explain(text string) {
	if a.verbose >= 1 {
		a.say("%s", text)
	}
}

// trace says what was asked of a service, with -vv.
func (a *app) trace(x https.Exchange) {
	if a.verbose < 2 {
		return
	}
	result := fmt.Sprint(x.Status)
	if x.Err != nil {
		result = "failed"
	}
	a.say("%s https://%s%s: %s in %d ms", x.Method, x.Host, x.Path, result, x.Took.Milliseconds())
}
