package agent

import (
	"errors"
	"strings"
	"testing"
)

// What an agent advises is foreign text: little of it is shown, and that is clean.
func TestAdviceIsForeign(t *testing.T) {
	t.Parallel()
	err := (&attempt{}).refused(Error{Code: NotAllowed, Message: "no\x1b[31m", Advice: strings.Split(strings.Repeat("run\x1b[31m\nthis\u202e eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2VjcmV0,", 20), ",")})
	call, ok := errors.AsType[*CallError](err)
	if !ok || len(call.Advice) != mostAdvice {
		t.Fatalf("got %v", err)
	}
	for _, line := range append(call.Advice, call.What) {
		if strings.ContainsAny(line, "\x1b\n\u202e") || strings.Contains(line, "c2VjcmV0") {
			t.Errorf("%q", line)
		}
	}
}
