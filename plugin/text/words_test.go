package text

import (
	"os"
	"slices"
	"testing"
)

func TestShellWords(t *testing.T) {
	for line, want := range map[string][]string{
		"":                        nil,
		"  a\tb \n c ":            {"a", "b", "c"},
		`a 'b c' "d e"f`:          {"a", "b c", "d ef"},
		`'' ""`:                   {"", ""},
		`"it's" 'say "x"'`:        {"it's", `say "x"`},
		"firefox --new-window=%s": {"firefox", "--new-window=%s"},
	} {
		if got, whole := ShellWords(line); !slices.Equal(got, want) || !whole {
			t.Errorf("%q: %q, %t", line, got, whole)
		}
	}
	for line, want := range map[string][]string{`a "b c`: {"a", "b c"}, "'": {""}} {
		if got, whole := ShellWords(line); !slices.Equal(got, want) || whole {
			t.Errorf("%q: %q, %t", line, got, whole)
		}
	}
	if os.PathSeparator == '/' {
		if got, whole := ShellWords(`a\ b "c\"d" 'e\f' \\`); !slices.Equal(got, []string{"a b", `c"d`, `e\f`, `\`}) || !whole {
			t.Errorf("%q, %t", got, whole)
		}
		if _, whole := ShellWords(`a\`); whole {
			t.Error("nothing is behind the backslash")
		}
	}
}
