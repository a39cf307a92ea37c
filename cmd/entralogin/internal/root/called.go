package root

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
)

// asPlugin makes texts name commands as "kubectl entralogin COMMAND": whom krew gave the program has it on the PATH under
// no other name. A path, and what says kubectl already, stay as they are. A call that writes nothing compiles nothing.
func asPlugin() term.Spelling {
	compiled := sync.OnceValue(func() *regexp.Regexp {
		known := append(slices.Sorted(maps.Keys(commands())), "help", "--help", "--version", "[a-z]+ --help")
		return regexp.MustCompile(`(^|kubectl |[^\w/\\-])entralogin (` + strings.Join(known, "|") + `)\b`)
	})
	return func(content string) string {
		return compiled().ReplaceAllStringFunc(content, func(found string) string {
			if strings.HasPrefix(found, "kubectl ") {
				return found
			}
			before, rest, _ := strings.Cut(found, "entralogin ")
			return before + "kubectl entralogin " + rest
		})
	}
}
