package artifactscmd

import (
	"testing"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
)

// An address of a nuget.config may have whatever ends a quote in a shell. PowerShell knows five single quotes.
func TestAssign(t *testing.T) {
	const value = "a'b\\c\u2018d\u2019e\u201af\u201bg"
	for shell, want := range map[string]string{
		"sh":         "export X='a'\\''b\\c\u2018d\u2019e\u201af\u201bg'",
		"fish":       "set -gx X 'a\\'b\\\\c\u2018d\u2019e\u201af\u201bg'",
		"powershell": "$env:X = 'a''b\\c\u2018\u2018d\u2019\u2019e\u201a\u201af\u201b\u201bg'",
	} {
		if got := assign(cli.Format(shell), "X", value); got != want {
			t.Errorf("%s: %s, want %s", shell, got, want)
		}
	}
}
