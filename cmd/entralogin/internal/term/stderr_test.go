package term

import (
	"bytes"
	"strings"
	"sync"
	"testing"
)

// Services that are asked at the same time say whole lines, one after the other.
func TestLinesOfSeveral(t *testing.T) {
	var out bytes.Buffer
	s := &Stderr{Out: &out}
	const line, n = "a line of its own", 64
	var all sync.WaitGroup
	for range n {
		all.Go(func() { s.Lines([]string{line}) })
	}
	all.Wait()
	if got := strings.Count(out.String(), line+"\n"); got != n {
		t.Errorf("%d whole lines of %d", got, n)
	}
}
