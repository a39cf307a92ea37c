package diagnose

import (
	"testing"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
)

// A level has its colour, in a table and in a list; a finding that speaks of one has none.
func TestPaint(t *testing.T) {
	const table = "TOPIC       LEVEL    FINDING\nuser entry  failure  a warning  in it\n                     failure  of it\nlooks ok    ok       fine\nwarning  files\n  ok  then\n2 checks: 1 failure.\n"
	const want = "\x1b[1mTOPIC       LEVEL    FINDING\x1b[0m\nuser entry  \x1b[31mfailure\x1b[0m  a warning  in it\n                     failure  of it\nlooks ok    \x1b[32mok\x1b[0m       fine\n" +
		"\x1b[33mwarning\x1b[0m  files\n  ok  then\n2 checks: 1 failure.\n"
	for force, want := range map[string]string{"1": want, "": table} {
		style := term.StyleOf(nil, func(name string) string { return map[string]string{"CLICOLOR_FORCE": force}[name] })
		if got := paint(table, style); got != want {
			t.Errorf("got\n%q\nwant\n%q", got, want)
		}
	}
}
